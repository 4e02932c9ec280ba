//! State of the layers, pieces of a mini-batch, and losses of the user's, through whole runs.

use std::cell::Cell;

use gradflow::data::Dataset;
use gradflow::layers::strategies::{PlainBatchNorm, PlainDropout};
use gradflow::optim::{Adam, Chebyshev, GradientDescent, Rule, RungeKutta, Tableau};
use gradflow::{
    Activation, Cost, Criterion, Gathered, InProcess, Loss, Model, Network, Output, Pieces,
    Protocol, Reduce, Run, Shape, Snapshot, Source, TargetKind, TargetsMut, TrainingError, Workers,
};

/// Samples in two classes on a line, with a second component that says nothing.
fn data(samples: usize) -> Dataset<f64> {
    let inputs = (0..samples).flat_map(|s| [(s as f64 * 1.3).sin(), (s as f64 * 0.7).cos()]);
    let inputs: Vec<f64> = inputs.collect();
    let labels: Vec<usize> = inputs.chunks(2).map(|x| usize::from(x[0] > 0.0)).collect();
    Dataset::classification(2, inputs, labels, 2).expect("data")
}

fn model(dropout: f64) -> Model<f64> {
    let network = Network::builder([2, 1, 1])
        .dense(4, Activation::Tanh)
        .layer(|input| PlainBatchNorm::new(input, 1e-5, 0.1))
        .layer(move |input| PlainDropout::new(input, dropout))
        .dense(2, Activation::Identity)
        .build()
        .expect("a network");
    Model::new(network, Cost::classification(), 1).expect("a model")
}

fn one_hot(data: &Dataset<f64>) -> Vec<f64> {
    let labels = data.labels().expect("labels");
    gradflow::data::one_hot(labels, 2).expect("classes")
}

#[test]
fn stages_leave_no_trace_in_the_state() {
    let data = data(12);
    let (x, y) = (data.inputs().data(), one_hot(&data));
    let rk4 = RungeKutta {
        rate: 0.1,
        table: Tableau::Rk4,
    };
    let rules: [Rule; 3] = [
        GradientDescent { rate: 0.1 }.into(),
        rk4.into(),
        Chebyshev::below(10.0).expect("a rate").into(),
    ];
    // However many gradients a step takes, the state is that of the first evaluation, at the same parameters.
    let states = rules.map(|rule| {
        let mut model = model(0.0);
        let before = model.state().to_vec();
        let mut run = Run::online(Protocol::new(rule).batch(12), &mut model).expect("a run");
        run.step_on(x, &y).expect("a step");
        assert_ne!(run.model().state(), before);
        run.model().state().to_vec()
    });
    assert_eq!(states[0], states[1]);
    assert_eq!(states[0], states[2]);
}

#[test]
fn a_step_that_diverges_leaves_parameters_and_state() {
    let mut model = model(0.5);
    let (theta, state) = (model.theta().to_vec(), model.state().to_vec());
    let mut run = Run::online(Protocol::new(Adam::new(0.1)).batch(2), &mut model).expect("a run");
    let error = run.step_on(&[f64::MAX, 0.0, -f64::MAX, 0.0], &[1.0, 0.0, 0.0, 1.0]);
    assert!(error.is_ok(), "tanh takes it: {error:?}");
    let (theta_after, state_after) = (run.model().theta().to_vec(), run.model().state().to_vec());
    assert_ne!((theta, state), (theta_after.clone(), state_after.clone()));
    let error = run.step_on(&[f64::NAN, 0.0, 1.0, 0.0], &[1.0, 0.0, 0.0, 1.0]);
    assert!(
        matches!(error, Err(TrainingError::Diverged(_))),
        "{error:?}"
    );
    assert_eq!(run.model().theta(), theta_after);
    assert_eq!(run.model().state(), state_after);
}

#[test]
fn frozen_batch_statistics_stay_and_are_used() {
    let data = data(12);
    let mut model = model(0.0);
    let before = model.state().to_vec();
    let protocol = Protocol::new(Adam::new(0.1)).epochs(3).batch(4).freeze([1]);
    protocol.train(&mut model, &data).expect("a run");
    assert_eq!(model.state(), before);
    // As in prediction: no statistics of a batch are taken, and one sample will do.
    let protocol = Protocol::new(Adam::new(0.1)).batch(1).freeze([1]);
    protocol.train(&mut model, &data).expect("a run");
    assert_eq!(model.state(), before);
    let protocol = Protocol::new(Adam::new(0.1)).batch(1);
    let error = protocol.train(&mut model, &data).unwrap_err().to_string();
    assert!(error.contains("batch statistics need 2"), "{error}");
    let protocol = Protocol::new(Adam::new(0.1)).batch(11); // leaves one at the end
    let error = protocol.train(&mut model, &data).unwrap_err().to_string();
    assert!(error.contains("of 1 samples"), "{error}");
}

#[test]
fn pieces_add_up_to_the_whole() {
    // Without batch statistics the pieces of a mini-batch are only another grouping of the same sum; draws are by sample.
    let network = || {
        Network::builder([2, 1, 1])
            .dense(5, Activation::Tanh)
            .layer(|input| PlainDropout::new(input, 0.3))
            .dense(2, Activation::Identity)
            .build()
            .expect("a network")
    };
    let (data, train) = (data(30), |pieces| {
        let mut model = Model::new(network(), Cost::classification(), 1).expect("a model");
        let protocol = Protocol::new(GradientDescent { rate: 0.5 });
        let protocol = protocol.epochs(5).batch(12).seed(2).pieces(pieces);
        protocol.train(&mut model, &data(30)).expect("a run");
        model.theta().to_vec()
    });
    assert_eq!(data.len(), 30);
    let whole = train(1);
    for pieces in [2, 3, 5, 12, 100] {
        for (a, b) in train(pieces).iter().zip(&whole) {
            assert!((a - b).abs() < 1e-12, "{pieces} pieces: {a} and {b}");
        }
    }
}

/// Adds up the pieces from the last to the first, and counts them.
#[derive(Debug)]
struct Backwards<'a> {
    counted: &'a Cell<usize>,
    sum: Vec<f64>,
}

impl Reduce<f64> for Backwards<'_> {
    fn sum(&mut self, pieces: &mut dyn Pieces<f64>, q: &[f64]) -> (f64, &[f64]) {
        assert!(!pieces.is_empty());
        self.sum = vec![0.0; pieces.numbers()];
        let (mut value, mut part) = (0.0, self.sum.clone());
        for i in (0..pieces.len()).rev() {
            value += pieces.piece(i, q, &mut part);
            self.sum
                .iter_mut()
                .zip(&part)
                .for_each(|(j, part)| *j += part);
            self.counted.set(self.counted.get() + 1);
        }
        (value, &self.sum)
    }
}

#[test]
fn who_adds_up_the_pieces_can_be_replaced() {
    let (data, counted, mut one, mut other) = (data(12), Cell::new(0), model(0.2), model(0.2));
    let protocol = || {
        let protocol = Protocol::new(Adam::new(0.01)).batch(12);
        protocol.epochs(4).pieces(3)
    };
    protocol().train(&mut one, &data).expect("a run");
    let run = Run::new(protocol(), &mut other, &data).expect("it fits");
    let mut backwards = Backwards {
        counted: &counted,
        sum: Vec::new(),
    };
    let run = run.reduce(&mut backwards).expect("room");
    run.finish().expect("a run");
    assert_eq!(counted.get(), 12);
    // A borrowed one is the same.
    let alone = |reduce: &dyn Reduce<f64>| reduce.is_alone();
    let mut here = InProcess::default();
    assert!(alone(&here) && alone(&&mut here) && !alone(&&mut backwards));
    for (a, b) in one.theta().iter().zip(other.theta()) {
        assert!((a - b).abs() < 1e-9, "{a} and {b}"); // Adam divides by roots that begin near 0
    }
}

/// `(p - y)^4 / 4`, summed over the outputs; the prediction is `2 p`.
#[derive(Debug)]
struct Fourth;

impl Criterion for Fourth {
    fn name(&self) -> &str {
        "fourth power"
    }

    fn sample(&self, p: &[f64], y: &[f64], p_bar: &mut [f64]) -> f64 {
        for a in 0..p.len() {
            p_bar[a] = (p[a] - y[a]).powi(3);
        }
        p.iter().zip(y).map(|(p, y)| (p - y).powi(4) / 4.0).sum()
    }

    fn map(&self, p: &mut [f64]) {
        p.iter_mut().for_each(|p| *p *= 2.0);
    }
}

#[test]
fn losses_of_the_users_train_evaluate_and_predict() {
    let shape = Shape::vector(1).expect("a shape");
    let data = Dataset::regression(shape, vec![0.0, 0.5, 1.0], 1, vec![1.0, 2.0, 3.0]);
    let data = data.expect("data");
    let cosh = Loss::custom(
        "log cosh",
        |v, y| (v - y).cosh().ln(),
        |v, y| (v - y).tanh(),
    );
    for (loss, scale) in [(cosh, 1.0_f64), (Loss::criterion(Fourth), 2.0)] {
        let network = Network::builder([1, 1, 1]).dense(1, Activation::Identity);
        let network = network.build().expect("a network");
        let cost = Cost::new(Output::Identity, loss).expect("a cost");
        let mut model = Model::new(network, cost, 1).expect("a model");
        let protocol = Protocol::new(Adam::new(0.05)).epochs(600).batch(3);
        let history = protocol.train(&mut model, &data).expect("a run");
        assert!(history.epochs[599].cost < 1e-3);
        assert!(model.evaluate(&data).expect("an evaluation").cost < 1e-3);
        let end = model.predict(&[0.5]).expect("a prediction")[0];
        assert!((end - 2.0 * scale).abs() < 0.3, "{end}");
    }
}

/// A source that gives a target, and a weight, that there cannot be.
#[derive(Debug)]
struct Unsound {
    shape: Shape<3>,
    target: f64,
    weight: f64,
}

impl Source<f64> for Unsound {
    fn len(&self) -> usize {
        4
    }

    fn shape(&self) -> Shape<3> {
        self.shape
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values(2)
    }

    fn weighted(&self) -> bool {
        true
    }

    fn gather(
        &mut self,
        _: &[usize],
        into: Gathered<'_, f64>,
        _: &Workers,
    ) -> Result<(), TrainingError> {
        into.x.fill(0.5);
        if let TargetsMut::Values(y) = into.targets {
            y.fill(self.target);
        }
        into.weights.into_iter().for_each(|w| w.fill(self.weight));
        Ok(())
    }
}

#[test]
fn what_a_source_gives_is_looked_at() {
    let shape = Shape::vector(2).expect("a shape");
    for (target, weight, sound) in [(0.5, 1.0, true), (7.0, 1.0, false), (0.5, -1.0, false)] {
        let source = Unsound {
            shape,
            target,
            weight,
        };
        let run = Protocol::new(Adam::new(0.1)).train(&mut model(0.0), source);
        let refused = matches!(&run, Err(TrainingError::Data { .. }));
        assert_eq!(refused, !sound, "{run:?}");
    }
}

#[test]
fn another_level_goes_on_and_says_so() {
    let (data, mut one, mut two) = (data(12), model(0.1), model(0.1));
    let protocol = || Protocol::new(Adam::new(0.01)).batch(4);
    let mut run = Run::new(protocol(), &mut one, &data).expect("it fits");
    run.step().expect("it goes on");
    let text = serde_json::to_string(&run.snapshot()).expect("it serialises");
    let level = format!("{:?}", gradflow::kernels::cpu::level());
    let other = text.replacen(&format!("{level:?}"), "\"Abacus\"", 1);
    assert_ne!(text, other);
    let snapshot: Snapshot<f64, _> = serde_json::from_str(&other).expect("it reads");
    let mut run = Run::new(protocol(), &mut two, &data).expect("it fits");
    run.resume(snapshot).expect("it goes on");
    let notes = run.finish().expect("a run").notes;
    assert_eq!(notes.len(), 1);
    let note = notes[0].to_string();
    assert!(note.contains("Abacus") && note.contains(&level), "{note}");
}
