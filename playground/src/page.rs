//! Questions and answers.

use std::collections::BTreeMap;

use gradflow::Activation;
use gradflow::optim::Rule;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::data::target;
use crate::landscape::Height;
use crate::picture::activations;
use crate::plane::{Feature, Set};
use crate::{Config, Result, Session, Walk};

/// What is answered: a text in JSON, and numbers beside it. Where something went wrong the text is `{"error": …}`.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// JSON.
    pub text: String,
    /// Pictures, parameters, points, paths.
    pub numbers: Vec<f32>,
}

impl Answer {
    /// Nothing.
    pub const fn new() -> Self {
        Self {
            text: String::new(),
            numbers: Vec::new(),
        }
    }
}

/// A question about one of the page's trainings.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// Which one.
    #[serde(default)]
    pub of: String,
    /// What is asked.
    pub ask: Ask,
}

/// What can be asked.
#[derive(Debug, Clone, Deserialize)]
pub enum Ask {
    /// What there is to choose from: rules with their constants, activations, data, features, landscapes.
    Choices,
    /// Begin a training.
    Start(Box<Config>),
    /// Take steps.
    Train(usize),
    /// Costs, accuracies, digest; with the parameters.
    Look,
    /// What every unit makes of every point of a grid on `[-1, 1]^2`, bottom row first.
    Maps(usize),
    /// What every layer makes of one sample.
    Activations(Vec<f32>),
    /// A held-out sample and its class or value.
    Sample(usize),
    /// How the rule stands on the cost's curvature.
    Stability,
    /// Heights of a landscape on a grid.
    Heights(Height, usize),
    /// A walk on a landscape.
    Walk(Walk),
}

/// The trainings of the page.
#[derive(Debug, Default)]
pub struct Page {
    sessions: BTreeMap<String, Session>,
}

impl Page {
    /// A page without a training.
    pub const fn new() -> Self {
        Self {
            sessions: BTreeMap::new(),
        }
    }

    /// Answers a question in JSON.
    pub fn answer(&mut self, question: &[u8]) -> Answer {
        let mut numbers = Vec::new();
        let answered = serde_json::from_slice(question)
            .map_err(Into::into)
            .and_then(|question: Question| self.ask(question, &mut numbers));
        let value = answered.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        Answer {
            text: value.to_string(),
            numbers,
        }
    }

    fn ask(&mut self, Question { of, ask }: Question, numbers: &mut Vec<f32>) -> Result<Value> {
        match ask {
            Ask::Choices => return choices(),
            Ask::Heights(height, grid) => {
                check_grid(grid)?;
                *numbers = height.heights(grid);
                return Ok(Value::Null);
            }
            Ask::Walk(walk) => {
                let (walked, path) = walk.walk()?;
                *numbers = path;
                return Ok(serde_json::to_value(walked)?);
            }
            Ask::Start(config) => {
                let session = Session::new(*config)?;
                numbers.extend(&session.points);
                let answer = start(&session);
                self.sessions.insert(of, session);
                return answer;
            }
            _ => {}
        }
        let session = self.sessions.get_mut(&of).ok_or("no training has begun")?;
        match ask {
            Ask::Train(steps) => {
                session.train(steps);
                Ok(
                    json!({ "step": session.steps(), "epoch": session.epochs(), "end": session.end() }),
                )
            }
            Ask::Look => look(session, numbers),
            Ask::Maps(grid) => maps(session, grid, numbers),
            Ask::Activations(x) => all_of_one(session, &x, numbers),
            Ask::Sample(i) => {
                let test = session.test.as_ref().ok_or("no samples are held out")?;
                let i = i % test.len();
                let (x, _) = test.sample(i).ok_or("no such sample")?;
                numbers.extend(x);
                Ok(json!({ "index": i, "of": test.len(), "target": target(test, i) }))
            }
            _ => stability(session),
        }
    }
}

fn choices() -> Result<Value> {
    let rules = Rule::examples().into_iter().map(|rule| {
        Ok(json!({
            "rule": serde_json::to_value(&rule)?,
            "caution": rule.caution(),
            "gradients": rule.gradients_per_step(),
            "order": rule.order(),
        }))
    });
    let activations = Activation::ALL.iter().map(|activation| {
        Ok(json!({ "name": activation.to_string(), "as": serde_json::to_value(activation)? }))
    });
    Ok(json!({
        "rules": rules.collect::<Result<Vec<_>>>()?,
        "activations": activations.collect::<Result<Vec<_>>>()?,
        "sets": Set::ALL.map(|set| json!({ "name": set, "values": set.has_values() })),
        "features": Feature::ALL,
        "landscapes": Height::views(),
    }))
}

fn start(session: &Session) -> Result<Value> {
    let network = session.network();
    let layers = network.layers().map(|layer| {
        let spec = layer.spec();
        json!({ "name": spec.name, "shape": spec.output.dims() })
    });
    let blocks = network.blocks().iter().map(
        |block| json!({ "name": block.name, "start": block.range.start, "end": block.range.end }),
    );
    Ok(json!({
        "input": network.input().dims(),
        "layers": layers.collect::<Vec<_>>(),
        "blocks": blocks.collect::<Vec<_>>(),
        "parameters": network.parameters(),
        "train": session.train.len(),
        "test": session.test.as_ref().map_or(0, |test| test.len()),
        "classes": session.train.classes(),
    }))
}

fn look(session: &mut Session, numbers: &mut Vec<f32>) -> Result<Value> {
    let (train, test) = session.evaluate()?;
    numbers.extend(session.theta());
    Ok(json!({
        "step": session.steps(),
        "epoch": session.epochs(),
        "end": session.end(),
        "rate": session.rate(),
        "train": { "cost": train.cost, "accuracy": train.accuracy() },
        "test": test.map(|test| json!({ "cost": test.cost, "accuracy": test.accuracy() })),
        "digest": format!("{:016x}", session.digest()),
    }))
}

fn check_grid(grid: usize) -> Result<()> {
    const MOST: usize = 512;
    if (1..=MOST).contains(&grid) {
        Ok(())
    } else {
        Err(format!("a picture has 1 to {MOST} points on a side").into())
    }
}

fn maps(session: &mut Session, grid: usize, numbers: &mut Vec<f32>) -> Result<Value> {
    check_grid(grid)?;
    let features = session.features().to_vec();
    let at = |i: usize| ((2 * i + 1) as f32) / grid as f32 - 1.0;
    let points = (0..grid * grid).map(|i| (at(i % grid), at(i / grid)));
    numbers.extend(points.flat_map(|(x, y)| features.iter().map(move |feature| feature.of(x, y))));
    if features.is_empty() {
        return Err("these samples are no points of the plane".into());
    }
    let mut units = vec![features.len()];
    let layers = activations(session.model()?, numbers)?;
    for (shape, p) in layers {
        units.push(shape.len());
        numbers.extend(p);
    }
    Ok(json!({ "units": units }))
}

fn all_of_one(session: &mut Session, x: &[f32], numbers: &mut Vec<f32>) -> Result<Value> {
    let model = session.model()?;
    let input = model.network().input();
    if x.len() != input.len() {
        return Err(format!("a sample has {} numbers, not {}", input.len(), x.len()).into());
    }
    let mut shapes = Vec::new();
    for (shape, p) in activations(model, x)? {
        shapes.push(shape.dims());
        numbers.extend(p);
    }
    Ok(json!({ "shapes": shapes }))
}

fn stability(session: &mut Session) -> Result<Value> {
    let report = session.stability()?;
    Ok(json!({
        "text": report.to_string(),
        "curvature": report.curvature,
        "growth": report.growth,
        "limit": report.limit,
        "share": report.share(),
        "caution": report.caution,
        "step": session.steps(),
    }))
}
