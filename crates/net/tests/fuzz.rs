//! Mutations of what the library writes to files, in JSON and in RON: recipes, costs, protocols, snapshots, evaluations. Each is
//! a value or an error, never a panic; reading takes at most 64 times the text and a MiB. What is read is built, run and printed,
//! and parameters stay finite.
//!
//! A run takes a few seconds; `FUZZ_SECONDS=600 cargo test -p gradflow --test fuzz` takes longer.

mod counting;

use std::time::{Duration, Instant};

use counting::peak;
use gradflow::layers::strategies::registry;
use gradflow::layers::{Padding, Remainder};
use gradflow::optim::{Clip, Descent, Leg, Mask, Rule, Schedule, Trap};
use gradflow::{
    Activation, Cost, Dataset, EarlyStopping, Evaluation, Init, Join, Loss, Model, Network, Output,
    Plateau, Protocol, Recipe, Run, Shape, Snapshot,
};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Serialize, de::DeserializeOwned};

type Saved = Snapshot<f32, <Rule as gradflow::optim::Method<f32>>::State>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Recipe,
    Cost,
    Protocol,
    Snapshot,
    Evaluation,
}

/// A text, and what it says.
struct File {
    kind: Kind,
    json: bool,
    text: String,
}

fn files<S: Serialize>(kind: Kind, values: impl IntoIterator<Item = S>) -> Vec<File> {
    let both = |value: S| {
        [
            (true, serde_json::to_string(&value).expect("text")),
            (false, ron::to_string(&value).expect("text")),
        ]
    };
    let texts = values.into_iter().flat_map(both);
    texts
        .map(|(json, text)| File { kind, json, text })
        .collect()
}

// ---------------------------------------------------------------- what is written

fn data() -> Dataset<f32> {
    let inputs = (0..14).map(|i| (i as f32).sin()).collect();
    let data = Dataset::classification(2, inputs, [0, 1, 2, 1, 2, 0, 1], 3).expect("data");
    data.with_class_names(["ham", "spam", "eggs"])
        .expect("names")
}

fn model() -> Model<f32> {
    let network = Network::builder(2)
        .dense(4, Activation::Tanh)
        .registry(registry())
        .recipe(Recipe::named(
            "batch norm",
            [("epsilon", 1e-5), ("rate", 0.1)],
        ))
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    Model::new(network, Cost::classification(), 1).expect("a model")
}

fn recipes() -> [Recipe; 3] {
    let branches = vec![
        Recipe::Activation(Activation::LeakyRelu(0.1)),
        Recipe::Chain(vec![]),
    ];
    [
        Recipe::dense(3, Activation::Softplus)
            .init(Init::Uniform(0.1))
            .bias_init(Init::HeNormal),
        Recipe::conv(2, [3, 2], Activation::Relu)
            .stride([1, 2])
            .padding([1, 0]),
        Recipe::Chain(vec![
            Recipe::Branches {
                join: Join::Concat,
                branches,
            },
            Recipe::residual(vec![Recipe::named("dropout", [("rate", 0.5)])]),
            Recipe::batch_norm().momentum(0.5),
            Recipe::layer_norm().epsilon(1e-3),
            Recipe::dropout(0.5),
            Recipe::rescale([0.5], [2.0]),
            Recipe::max_pool([2, 2]).stride([1, 1]),
            Recipe::avg_pool([5, 5]),
            Recipe::depthwise([1, 3], Activation::Tanh)
                .dilation([1, 2])
                .padding(Padding::Causal),
            Recipe::Upsample { factor: [1, 2] },
            Recipe::max_pool([2, 2])
                .padding(Padding::Same)
                .remainder(Remainder::Ceil),
            Recipe::GlobalAvgPool,
            Recipe::dense(2, Activation::Identity),
        ]),
    ]
}

fn costs() -> [Cost; 3] {
    let huber = Cost::new(Output::Identity, Loss::Huber { delta: 0.5 }).expect("a cost");
    [
        huber.with_weights(vec![1.0, 2.0, 0.0]).expect("weights"),
        Cost::classification()
            .with_label_smoothing(0.1)
            .expect("less than 1"),
        Cost::new(Output::Logistic, Loss::Quantile { tau: 0.2 }).expect("a cost"),
    ]
}

/// Of every rule, with everything that composes.
fn protocols() -> Vec<Protocol> {
    let legs = [Schedule::WarmUp { steps: 2 }, Schedule::Constant];
    let legs = legs.map(|schedule| Leg { steps: 2, schedule });
    let of = |(i, rule): (usize, Rule)| {
        let descent = Descent::new(rule);
        let protocol = match i % 3 {
            0 => return Protocol::of(descent).epochs(2).batch(4),
            1 => Protocol::of(descent.with_trap(Trap {
                strength: 0.1,
                centre: Some(vec![0.5; 35]),
                mask: Some(Mask::new(vec![0..3, 5..9]).expect("a mask")),
            })),
            _ => Protocol::of(
                descent
                    .with_clip(Clip::Norm(0.5))
                    .with_schedule(Schedule::Sequence(legs.to_vec())),
            ),
        };
        let cycle = Schedule::OneCycle {
            steps: 9,
            rise: 3,
            start: 0.1,
            end: 0.0,
        };
        protocol
            .epochs(2)
            .batch(4)
            .pieces(2)
            .seed(3)
            .freeze([1])
            .by_epoch(Schedule::Product(vec![
                cycle,
                Schedule::Step {
                    every: 2,
                    factor: 0.5,
                },
            ]))
            .plateau(Plateau::default())
            .early_stopping(EarlyStopping::default())
    };
    Rule::examples().into_iter().enumerate().map(of).collect()
}

fn snapshots() -> Vec<Saved> {
    let of = |protocol| {
        let (mut model, data) = (model(), data());
        let mut run = Run::new(protocol, &mut model, &data).expect("it fits");
        run = run.validate(&data).expect("it fits");
        for _ in 0..3 {
            run.step().expect("it goes on");
        }
        run.snapshot()
    };
    protocols().into_iter().map(of).collect()
}

fn evaluations() -> [Evaluation; 2] {
    let network = Network::builder(2).dense(2, Activation::Identity);
    let values = Dataset::regression(2, vec![0.1_f32; 6], 2, vec![0.5; 6]).expect("data");
    let network = network.build().expect("a network");
    let regression = Model::new(network, Cost::regression(), 1).expect("a model");
    [
        model().evaluate(&data()).expect("it fits"),
        regression.evaluate(&values).expect("it fits"),
    ]
}

fn corpus() -> Vec<File> {
    [
        files(Kind::Recipe, recipes()),
        files(Kind::Cost, costs()),
        files(Kind::Protocol, protocols()),
        files(Kind::Snapshot, snapshots()),
        files(Kind::Evaluation, evaluations()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

// ---------------------------------------------------------------- mutations

const NUMBERS: [&str; 16] = [
    "0",
    "-1",
    "1",
    "2",
    "3",
    "0.5",
    "-0.0",
    "1e-320",
    "1e38",
    "-3e38",
    "1e308",
    "1e999",
    "NaN",
    "inf",
    "4294967296",
    "18446744073709551615",
];

const TOKENS: [&str; 20] = [
    "[", "]", "{", "}", "(", ")", ",", ":", "\"", "null", "None", "Some(", "true", "Chain",
    "Product", "Dense", "Adam", "rate", "\u{e9}", "\\u0000",
];

fn mutate(text: &mut Vec<u8>, other: &[u8], random: &mut Xoshiro256PlusPlus) {
    for _ in 0..1 + random.random_range(0..3) {
        let at = random.random_range(0..text.len() + 1);
        let len = random
            .random_range(0..text.len() - at + 1)
            .min(1 + random.random_range(0..64));
        match random.random_range(0..8) {
            0 if at < text.len() => text[at] ^= 1 << random.random_range(0..7),
            1 => drop(text.drain(at..at + len)),
            2 => {
                let part = text[at..at + len].to_vec();
                for _ in 0..1 + random.random_range(0..8) {
                    text.splice(at..at, part.iter().copied());
                }
            }
            3 => {
                let from = random.random_range(0..other.len() + 1);
                text.truncate(at);
                text.extend(&other[from..]);
            }
            4 => drop(text.splice(at..at, TOKENS[random.random_range(0..TOKENS.len())].bytes())),
            _ => replace_number(text, at, random),
        }
    }
}

/// The first number from here on becomes another one: what most often still reads.
fn replace_number(text: &mut Vec<u8>, at: usize, random: &mut Xoshiro256PlusPlus) {
    let part = |c: &u8| c.is_ascii_digit() || matches!(c, b'.' | b'-' | b'e' | b'E' | b'+');
    let Some(start) = text[at..].iter().position(u8::is_ascii_digit) else {
        return;
    };
    let start = at + start;
    let len = text[start..].iter().take_while(|c| part(c)).count();
    let number = NUMBERS[random.random_range(0..NUMBERS.len())];
    text.splice(start..start + len, number.bytes());
}

// ---------------------------------------------------------------- what is read

fn read<S: DeserializeOwned>(text: &str, json: bool) -> Option<S> {
    let (value, most) = peak(|| match json {
        true => serde_json::from_str(text).map_err(|error| error.to_string()),
        false => ron::from_str(text).map_err(|error| error.to_string()),
    });
    assert!(
        most <= 64 * text.len() + (1 << 20),
        "{most} bytes for a text of {}",
        text.len()
    );
    value.ok()
}

fn finite(theta: &[f32]) -> bool {
    theta.iter().all(|q| q.is_finite())
}

/// Whether the text could be read and what it says could be used.
fn used(kind: Kind, text: &str, json: bool) -> bool {
    match kind {
        Kind::Recipe => read(text, json).is_some_and(|recipe| build(&recipe)),
        Kind::Cost => read(text, json).is_some_and(cost),
        Kind::Protocol => read(text, json).is_some_and(|protocol| run(protocol, None)),
        Kind::Snapshot => read(text, json).is_some_and(|saved: Saved| {
            // Of which protocol it is, nobody says.
            protocols().into_iter().any(|p| run(p, Some(saved.clone())))
        }),
        Kind::Evaluation => read(text, json).is_some_and(|evaluation: Evaluation| {
            assert!(evaluation.to_string().len() < 64 * text.len() + 10_000);
            true
        }),
    }
}

fn build(recipe: &Recipe) -> bool {
    let input = Shape::new([1, 6, 6]).expect("a shape");
    let recipes = core::slice::from_ref(recipe);
    let (network, most) = peak(|| Network::<f32>::from_recipes(input, recipes, &registry()));
    assert!(most < 1 << 20, "{most} bytes for {recipe:?}");
    let Ok(network) = network else { return false };
    assert!(!network.summary().to_string().is_empty());
    let room = network.spec().predict;
    if network.parameters() > 100_000 || room.fixed.saturating_add(room.each) > 100_000 {
        return true;
    }
    let outputs = network.output().len();
    // Initial values may be numbers in double precision only.
    let Ok(model) = Model::new(network, Cost::regression(), 1) else {
        return false;
    };
    assert!(finite(model.theta()));
    let out = model.predict(&[0.5; 36]).expect("one sample");
    assert_eq!(out.len(), outputs);
    true
}

fn cost(cost: Cost) -> bool {
    let network = Network::builder(2).dense(3, Activation::Identity);
    let network = network.build().expect("a network");
    let Ok(model) = Model::new(network, cost, 1) else {
        return false;
    };
    model
        .evaluate(&data())
        .is_ok_and(|e| !e.to_string().is_empty())
}

/// A few steps, from the snapshot on if there is one.
fn run(protocol: Protocol, saved: Option<Saved>) -> bool {
    let (mut model, data) = (model(), data());
    let Ok(run) = Run::new(protocol, &mut model, &data) else {
        return false;
    };
    let mut run = run.validate(&data).expect("it fits");
    if saved.is_some_and(|saved| run.resume(saved).is_err()) {
        return false;
    }
    for _ in 0..4 {
        assert!(finite(run.model().theta()) && finite(run.model().state()));
        if !matches!(run.step(), Ok(Some(_))) {
            break;
        }
    }
    let history = run.stop();
    assert!(finite(model.theta()), "{history}");
    true
}

#[test]
fn mutated_texts_are_values_or_errors() {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok());
    let time = Duration::from_secs(seconds.unwrap_or(3));
    let (corpus, start) = (corpus(), Instant::now());
    for file in &corpus {
        assert!(used(file.kind, &file.text, file.json), "{}", file.text);
    }
    let (mut texts, mut good) = (0, 0);
    for seed in 0.. {
        if start.elapsed() > time {
            break;
        }
        let random = &mut Xoshiro256PlusPlus::seed_from_u64(seed);
        let file = &corpus[random.random_range(0..corpus.len())];
        let other = &corpus[random.random_range(0..corpus.len())];
        let mut text = file.text.clone().into_bytes();
        mutate(&mut text, other.text.as_bytes(), random);
        texts += 1;
        good += usize::from(used(file.kind, &String::from_utf8_lossy(&text), file.json));
    }
    // Mutations that nobody can read would test nothing but the readers of JSON and RON.
    assert!(good > texts / 50, "{good} of {texts} texts say something");
}
