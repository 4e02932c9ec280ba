//! The moving average of the parameters.

use gradflow::optim::{Descent, GradientDescent};
use gradflow::{
    Activation, Cost, Dataset, EarlyStopping, Model, Network, Protocol, Run, TrainingError,
};

/// `y = 2 x + 1` with errors, so that steps on single samples jitter.
fn data() -> Dataset<f64> {
    let x: Vec<f64> = (0..20).map(|i| f64::from(i) / 10.0 - 1.0).collect();
    let y = x
        .iter()
        .enumerate()
        .map(|(i, x)| 2.0 * x + 1.0 + (7.1 * i as f64).sin());
    let y = y.collect();
    Dataset::regression(1, x, 1, y).expect("a data set")
}

fn model() -> Model<f64> {
    let network = Network::builder(1).dense(1, Activation::Identity).build();
    Model::new(network.expect("a network"), Cost::regression(), 1).expect("a model")
}

fn protocol() -> Protocol {
    Protocol::new(GradientDescent { rate: 0.2 })
        .epochs(3)
        .batch(1)
        .seed(2)
}

/// `E <- d E + (1 - d) theta` from zeros, divided by `1 - d^n`.
fn average(decay: f64, path: &[Vec<f64>]) -> Vec<f64> {
    let unbiased = 1.0 - decay.powi(path.len() as i32);
    let mut e = vec![0.0; path[0].len()];
    for theta in path {
        e.iter_mut()
            .zip(theta)
            .for_each(|(e, q)| *e = decay * *e + (1.0 - decay) * q);
    }
    e.iter().map(|e| e / unbiased).collect()
}

#[test]
fn the_model_has_the_average_in_the_end_and_steps_go_on_from_the_parameters() {
    let (data, decay) = (data(), 0.9);
    let mut plain = model();
    let mut run = Run::new(protocol(), &mut plain, &data).expect("a run");
    let mut path = Vec::new();
    while run.step().expect("a step").is_some() {
        path.push(run.model().theta().to_vec());
    }
    drop(run);
    for steps in [1, 2, 17, path.len()] {
        let mut averaged = model();
        let mut run = Run::new(protocol().average(decay), &mut averaged, &data).expect("a run");
        for _ in 0..steps {
            run.step().expect("a step");
        }
        assert_eq!(run.model().theta(), path[steps - 1]);
        run.stop();
        for (found, exact) in averaged.theta().iter().zip(average(decay, &path[..steps])) {
            // Some roundings a step.
            assert!((found - exact).abs() < 1e-14, "{found} not {exact}");
        }
    }
}

#[test]
fn validation_and_early_stopping_look_at_the_average() {
    let data = data();
    let mut averaged = model();
    let protocol = protocol().average(0.95).epochs(8);
    let early = protocol.clone().early_stopping(EarlyStopping::default());
    let history = Run::new(early, &mut averaged, &data)
        .and_then(|run| run.validate(&data))
        .and_then(Run::finish)
        .expect("a history");
    let best = history.best.expect("a best epoch");
    let costs = history
        .epochs
        .iter()
        .map(|epoch| epoch.validation.expect("a validation").cost);
    let costs: Vec<f64> = costs.collect();
    assert!(costs.iter().all(|cost| *cost >= costs[best - 1]));
    let cost = averaged.evaluate(&data).expect("an evaluation").cost;
    assert_eq!(cost, costs[best - 1]);
    // The parameters of that epoch are another point.
    let mut plain = model();
    protocol
        .epochs(best)
        .train(&mut plain, &data)
        .expect("a history");
    assert_eq!(plain.theta(), averaged.theta());
}

#[test]
fn a_decay_that_is_none_and_a_snapshot_of_another_kind_are_refused() {
    let data = data();
    for decay in [0.0, 1.0, -0.5, 2.0, f64::NAN] {
        let error = Run::new(protocol().average(decay), &mut model(), &data).err();
        assert!(
            matches!(error, Some(TrainingError::Decay { .. })),
            "{decay}"
        );
    }
    let descent = || Descent::of(GradientDescent { rate: 0.1 });
    let (with, without) = (
        Protocol::of(descent()).average(0.9),
        Protocol::of(descent()),
    );
    for (from, to) in [(&with, &without), (&without, &with)] {
        let snapshot = Run::new(from.clone(), &mut model(), &data)
            .expect("a run")
            .snapshot();
        let mut other = model();
        let mut run = Run::new(to.clone(), &mut other, &data).expect("a run");
        let error = run.resume(snapshot).unwrap_err();
        assert!(matches!(error, TrainingError::NoAverage { .. }), "{error}");
    }
}
