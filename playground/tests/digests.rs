//! The digests that the page compares itself with, and that the page trains as the library does.

use gradflow::kernels::cpu::{self, Level};
use gradflow::optim::{Descent, Rule};
use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol, Run};
use gradflow_playground::{Config, Page, Result, Session};
use serde_json::{Value, json};

const FILE: &str = "tests/digests.json";

fn plane(set: &str) -> Value {
    json!({
        "data": { "Plane": { "set": set, "samples": 120, "noise": 0.03, "share": 0.7 } },
        "features": ["x", "y"],
        "layers": [dense(8, json!("Tanh")), dense(8, json!("Tanh"))],
        "loss": "CrossEntropy",
        "rule": { "Adam": { "rate": 0.02 } },
        "batch": 10,
        "seed": 1,
    })
}

fn dense(outputs: usize, activation: Value) -> Value {
    json!({ "Dense": { "outputs": outputs, "activation": activation } })
}

fn with(mut config: Value, key: &str, value: Value) -> Value {
    config[key] = value;
    config
}

/// Name, configuration and steps of every training that is compared: all rules, activations, data, and more.
fn trainings() -> Result<Vec<(String, Value, usize)>> {
    let mut all = Vec::new();
    for rule in Rule::examples() {
        let config = with(plane("circles"), "rule", serde_json::to_value(&rule)?);
        all.push((format!("circles, {}", rule.name()), config, 60));
    }
    for activation in Activation::ALL {
        let layers = json!([dense(6, serde_json::to_value(&activation)?)]);
        let config = with(plane("xor"), "layers", layers);
        all.push((format!("xor, {activation}"), config, 40));
    }
    for set in ["spiral", "moons", "gauss"] {
        let every = json!(["x", "y", "x2", "y2", "xy", "sinx", "siny"]);
        all.push((
            format!("{set}, all features"),
            with(plane(set), "features", every),
            40,
        ));
    }
    for (set, loss) in [
        ("slope", json!("SquaredError")),
        ("hills", json!({ "Huber": { "delta": 0.3 } })),
        ("hills", json!({ "Quantile": { "tau": 0.8 } })),
        ("moons", json!("Hinge")),
    ] {
        all.push((format!("{set}, {loss}"), with(plane(set), "loss", loss), 40));
    }
    for schedule in [
        json!({ "Cosine": { "steps": 50, "floor": 0.1 } }),
        json!({ "Exponential": { "factor": 0.97 } }),
        json!({ "OneCycle": { "steps": 50, "rise": 10, "start": 0.1, "end": 0.01 } }),
    ] {
        let name = format!(
            "circles, {}",
            schedule
                .as_object()
                .and_then(|s| s.keys().next())
                .map_or("", |s| s)
        );
        all.push((name, with(plane("circles"), "schedule", schedule), 60));
    }
    for centre in [json!("Zero"), json!("Start"), json!({ "Value": 0.5 })] {
        let trap = json!({ "strength": 0.01, "centre": centre });
        all.push((
            format!("circles, trap, {centre}"),
            with(plane("circles"), "trap", trap),
            60,
        ));
    }
    let digits = json!({
        "data": "Digits", "layers": [dense(32, json!("Relu"))], "loss": "CategoricalCrossEntropy",
        "rule": { "Adam": { "rate": 0.005 } }, "batch": 32, "seed": 1,
    });
    let conv = json!([
        { "Conv": { "filters": 8, "activation": "Relu", "window": { "size": [3, 3], "stride": [1, 1], "padding": { "Both": [1, 1] } } } },
        { "MaxPool": { "window": { "size": [2, 2], "stride": [2, 2] } } },
        dense(16, json!("Relu")),
    ]);
    all.push((
        "digits, convolution".into(),
        with(digits.clone(), "layers", conv),
        30,
    ));
    all.push(("digits, dense".into(), digits, 90));
    Ok(all)
}

fn trained(config: &Value, steps: usize) -> Result<Session> {
    let config: Config = serde_json::from_value(config.clone())?;
    let mut session = Session::new(config)?;
    session.train(steps);
    Ok(session)
}

/// With `DIGESTS=write` the file is written anew.
#[test]
fn the_file_holds_the_digests_of_the_native_library() -> Result<()> {
    assert_eq!(cpu::limit(Level::Portable), Level::Portable);
    let mut lines = Vec::new();
    for (name, config, steps) in trainings()? {
        let session = trained(&config, steps)?;
        assert!(session.end().is_none(), "{name}: {:?}", session.end());
        let digest = format!("{:016x}", session.digest());
        let line = json!({ "name": name, "steps": steps, "digest": digest, "config": config });
        lines.push(line.to_string());
    }
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    if std::env::var("DIGESTS").is_ok_and(|word| word == "write") {
        std::fs::write(FILE, &text)?;
    }
    let file = std::fs::read_to_string(FILE)?;
    for (line, there) in text.lines().zip(file.lines()) {
        assert_eq!(line, there);
    }
    assert_eq!(text.len(), file.len());
    Ok(())
}

/// A run of the library on the same samples ends at the same bits, epochs and short last mini-batches included.
#[test]
fn a_session_trains_as_a_run_of_the_library() -> Result<()> {
    let (x, y): (Vec<f32>, Vec<f32>) = (0..23)
        .map(|i| (i as f32 / 11.0 - 1.0, (i as f32 / 5.0).sin()))
        .unzip();
    let rule = json!({ "MomentumSummed": { "rate": 0.05, "beta": 0.9 } });
    let config = json!({
        "data": { "Table": { "inputs": 1, "x": x, "outputs": 1, "y": y } },
        "layers": [dense(5, json!("Tanh"))], "loss": "SquaredError", "rule": rule, "batch": 5, "seed": 7,
    });
    let mut session = trained(&config, 12)?;

    let network = Network::builder(1)
        .dense(5, Activation::Tanh)
        .dense(1, Activation::Identity)
        .build()?;
    let mut model = Model::<f32>::new(network, Cost::regression(), 7)?.with_threads(1);
    let data = Dataset::regression(1, x, 1, y)?;
    let descent = Descent::new(serde_json::from_value::<Rule>(rule)?);
    let protocol = Protocol::new(descent).epochs(3).batch(5).seed(7);
    let mut run = Run::new(protocol, &mut model, &data)?;
    for _ in 0..12 {
        run.step()?;
    }
    drop(run);
    assert_eq!(session.steps(), 12);
    assert_eq!(session.theta(), model.theta());
    session.train(1);
    assert_ne!(session.theta(), model.theta());
    Ok(())
}

fn answer(page: &mut Page, of: &str, ask: Value) -> Result<(Value, Vec<f32>)> {
    let question = json!({ "of": of, "ask": ask }).to_string();
    let answer = page.answer(question.as_bytes());
    Ok((serde_json::from_str(&answer.text)?, answer.numbers))
}

#[test]
fn questions_have_answers_and_wrong_ones_have_sentences() -> Result<()> {
    let mut page = Page::new();
    let (choices, _) = answer(&mut page, "", json!("Choices"))?;
    assert_eq!(
        choices["rules"].as_array().map(Vec::len),
        Some(Rule::examples().len())
    );

    let (none, _) = answer(&mut page, "a", json!("Look"))?;
    assert_eq!(none["error"], "no training has begun");
    let (begun, points) = answer(&mut page, "a", json!({ "Start": plane("circles") }))?;
    assert_eq!(
        (begun["parameters"].as_u64(), points.len()),
        (Some(105), 3 * 120)
    );
    answer(&mut page, "a", json!({ "Train": 30 }))?;
    let (look, theta) = answer(&mut page, "a", json!("Look"))?;
    assert_eq!((look["step"].as_u64(), theta.len()), (Some(30), 105));
    let (maps, numbers) = answer(&mut page, "a", json!({ "Maps": 10 }))?;
    assert_eq!(maps["units"], json!([2, 8, 8, 1]));
    assert_eq!(numbers.len(), 100 * (2 + 8 + 8 + 1));
    let (stability, _) = answer(&mut page, "a", json!("Stability"))?;
    assert!(stability["curvature"].as_f64().is_some_and(|c| c > 0.0));

    for (key, value) in [
        ("batch", json!(0)),
        ("features", json!([])),
        ("rule", json!({ "Adam": { "rate": -1.0 } })),
        ("layers", json!([dense(0, json!("Tanh"))])),
        ("loss", json!("CategoricalCrossEntropy")),
    ] {
        let (wrong, _) = answer(
            &mut page,
            "a",
            json!({ "Start": with(plane("xor"), key, value) }),
        )?;
        assert!(wrong["error"].is_string(), "{key}: {wrong}");
    }
    // What stood there before goes on.
    assert_eq!(answer(&mut page, "a", json!("Look"))?.0["step"], 30);
    Ok(())
}

#[test]
fn rules_walk_on_landscapes() -> Result<()> {
    let mut page = Page::new();
    let (heights, numbers) = answer(&mut page, "", json!({ "Heights": ["Himmelblau", 20] }))?;
    assert_eq!((heights, numbers.len()), (Value::Null, 400));
    for rule in Rule::examples() {
        let walk = json!({ "Walk": {
            "height": "Quadratic", "rule": serde_json::to_value(&rule)?, "start": [1.0, 1.0], "steps": 40,
        } });
        let (walked, path) = answer(&mut page, "", walk)?;
        let steps = walked["steps"].as_u64().ok_or("no steps")? as usize;
        assert!(path.len() == 3 * (steps + 1), "{}: {walked}", rule.name());
        assert_eq!(path[..2], [1.0, 1.0]);
    }
    Ok(())
}
