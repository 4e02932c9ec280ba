//! A run put down after any step, written to a file and taken up again ends with the bits of an unbroken one.

use gradflow::data::{Augment, Dataset};
use gradflow::layers::strategies::registry;
use gradflow::optim::{
    Clip, Descent, Method, MomentumAveraged, NonFinite, OptimError, Rule, Schedule, Step, Trap,
};
use gradflow::{
    Activation, Cost, EarlyStopping, Model, Network, Plateau, Protocol, Recipe, Run, Samples,
    Snapshot, TrainingError,
};
use serde::{Serialize, de::DeserializeOwned};

/// Points on a circle, in three classes, as pictures of two pixels.
pub(crate) fn circle(samples: usize) -> Dataset<f32> {
    let point = |s: usize| {
        let angle = std::f32::consts::TAU * (s % 3) as f32 / 3.0 + 0.7 * (s as f32 * 12.9).sin();
        [angle.cos(), angle.sin()]
    };
    let inputs = (0..samples).flat_map(point).collect();
    let labels = (0..samples).map(|s| s % 3).collect::<Vec<_>>();
    Dataset::classification([1, 1, 2], inputs, labels, 3).expect("data")
}

/// Dense layers with batch statistics and random draws between them, some of them in a residual.
pub(crate) fn model(threads: usize) -> Model<f32> {
    let network = Network::builder([1, 1, 2])
        .dense(6, Activation::Tanh)
        .batch_norm()
        .registry(registry())
        .residual([
            Recipe::dense(6, Activation::Gelu),
            Recipe::batch_norm(),
            Recipe::dropout(0.25),
            Recipe::named("batch norm", [("epsilon", 1e-5), ("rate", 0.1)]),
            Recipe::named("dropout", [("rate", 0.25)]),
            Recipe::dense(6, Activation::Identity),
        ])
        .layer_norm()
        .dropout(0.25)
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    Model::new(network, Cost::classification(), 1)
        .expect("a model")
        .with_threads(threads)
}

/// Lion (Chen et al. 2023), a rule of the user's.
#[derive(Debug, Clone)]
struct Lion {
    rate: f64,
}

impl Method<f32> for Lion {
    type State = Vec<f32>;

    fn init(&self, q: &[f32]) -> Vec<f32> {
        vec![0.0; q.len()]
    }

    fn step(&self, at: Step<'_, f32>, m: &mut Vec<f32>) -> Result<(), NonFinite> {
        for ((q, j), m) in at.q.iter_mut().zip(at.j).zip(m) {
            let u = 0.9 * *m + 0.1 * j;
            let sign = f32::from(u > 0.0) - f32::from(u < 0.0);
            *q -= (self.rate * at.factor) as f32 * sign;
            *m = 0.99 * *m + 0.01 * j;
        }
        Ok(())
    }

    fn check(&self, state: &Vec<f32>, len: usize) -> Result<(), OptimError> {
        match state.len() == len {
            true => Ok(()),
            false => Err(OptimError::Length {
                of: "momentum of Lion",
                expected: len,
                found: state.len(),
            }),
        }
    }
}

/// What is the same, bit for bit: parameters, layer state, costs.
fn bits(model: &Model<f32>, costs: impl Iterator<Item = f64>) -> Vec<u64> {
    let numbers = model.theta().iter().chain(model.state());
    let numbers = numbers.map(|q| u64::from(q.to_bits()));
    numbers.chain(costs.map(f64::to_bits)).collect()
}

fn finish<M: Method<f32>>(run: Run<'_, f32, M>) -> Vec<f64> {
    let history = run.finish().expect("it goes on");
    history.epochs.iter().map(|epoch| epoch.cost).collect()
}

/// Through a file and back, in either form.
fn through_file<S: Serialize + DeserializeOwned>(snapshot: &S, json: bool) -> S {
    if json {
        let text = serde_json::to_string(snapshot).expect("it serialises");
        serde_json::from_str(&text).expect("it reads")
    } else {
        let text = ron::to_string(snapshot).expect("it serialises");
        ron::from_str(&text).expect("it reads")
    }
}

/// The run before its first step, on a training and a validation set.
pub(crate) fn start<'a, M: Method<f32>>(
    protocol: &Protocol<M>,
    model: &'a mut Model<f32>,
    [train, validation]: &'a [Dataset<f32>; 2],
) -> Run<'a, f32, M> {
    let weights: Vec<f32> = (0..train.len()).map(|s| 1.0 + (s % 4) as f32).collect();
    let samples = Samples::weighted(train, &weights).expect("weights");
    let samples = samples
        .augmented(Augment::default().flip())
        .expect("pictures");
    let run = Run::new(protocol.clone(), model, samples).expect("it fits");
    run.validate(validation).expect("it fits")
}

fn resumes<M: Method<f32>>(protocol: &Protocol<M>)
where
    M::State: Serialize + DeserializeOwned,
{
    let data = [circle(52), circle(20)];
    let mut unbroken = model(1);
    let costs = finish(start(protocol, &mut unbroken, &data));
    let unbroken = bits(&unbroken, costs.into_iter());
    let steps = protocol.epochs * 7;
    for cut in 0..=steps {
        // Every number of threads with either form, over the cuts.
        let (threads, json) = ([1, 2, 3, 8][cut % 4], cut / 4 % 2 == 0);
        let mut first = model([3, 1, 8, 2][cut % 4]);
        let mut run = start(protocol, &mut first, &data);
        let mut taken = 0;
        for _ in 0..cut {
            taken += usize::from(run.step().expect("it goes on").is_some());
        }
        let snapshot = through_file(&run.snapshot(), json);
        assert_eq!((snapshot.steps(), snapshot.epochs()), (taken, taken / 7));
        assert_eq!(snapshot.theta(), run.model().theta());
        let mut second = model(threads);
        let mut run = start(protocol, &mut second, &data);
        run.resume(snapshot).expect("it is the same run");
        assert!(run.notes().is_empty());
        let costs = finish(run);
        let resumed = bits(&second, costs.into_iter());
        assert_eq!(resumed, unbroken, "{protocol:?} after step {cut}");
    }
}

fn protocol<M>(descent: Descent<M>) -> Protocol<M> {
    Protocol::of(descent).epochs(2).batch(8).seed(3)
}

/// All that composes with a rule and with a run, but freezing.
pub(crate) fn with_everything<M>(rule: M) -> Protocol<M> {
    let descent = Descent::of(rule)
        .with_trap(Trap::new(1e-3))
        .with_clip(Clip::Norm(0.5))
        .with_schedule(Schedule::Cosine {
            steps: 14,
            floor: 0.1,
        });
    protocol(descent)
        .pieces(2)
        .by_epoch(Schedule::Exponential { factor: 0.5 })
        .plateau(Plateau {
            patience: 1,
            ..Plateau::default()
        })
        .early_stopping(EarlyStopping::default())
        .average(0.9)
}

#[test]
fn every_rule_of_the_list() {
    for rule in Rule::examples() {
        resumes(&protocol(Descent::of(rule)));
    }
}

#[test]
fn with_everything_that_composes() {
    for rule in Rule::examples() {
        resumes(&with_everything(rule).freeze([0]));
    }
}

#[test]
fn a_rule_of_the_users() {
    let lion = Lion { rate: 0.01 };
    resumes(&protocol(
        Descent::of(lion.clone()).with_trap(Trap::new(1e-3)),
    ));
    resumes(&with_everything(lion).freeze([2]));
}

#[test]
fn early_stopping_remembers_the_best_across_a_file() {
    let descent = Descent::of(Rule::from(MomentumAveraged {
        rate: 3.0,
        beta: 0.9,
    }));
    let stopping = EarlyStopping {
        patience: 2,
        min_decrease: 0.01,
    };
    resumes(&protocol(descent).epochs(6).early_stopping(stopping));
}

#[test]
fn snapshots_of_something_else_are_refused() {
    let (data, other) = (circle(52), circle(40));
    let adam = || Protocol::new(gradflow::optim::Adam::new(0.01)).batch(8);
    let mut one = model(1);
    let mut run = Run::new(adam(), &mut one, &data).expect("it fits");
    run.step().expect("it goes on");
    let snapshot = run.snapshot();

    let mut two = model(1);
    let before = two.theta().to_vec();
    let mut refused = |protocol: Protocol, data: &Dataset<f32>, snapshot: &Snapshot<_, _>| {
        let mut run = Run::new(protocol, &mut two, data).expect("it fits");
        let error = run.resume(snapshot.clone()).unwrap_err();
        assert_eq!(run.model().theta(), before);
        error
    };
    let error = refused(adam(), &other, &snapshot);
    assert!(matches!(error, TrainingError::Snapshot(_)), "{error}");
    let error = refused(adam().batch(16), &data, &snapshot);
    assert!(matches!(error, TrainingError::Position { .. }), "{error}");
    let momentum = Protocol::new(MomentumAveraged {
        rate: 0.1,
        beta: 0.9,
    });
    let error = refused(momentum.batch(8), &data, &snapshot);
    assert!(matches!(error, TrainingError::Method(_)), "{error}");
    // One parameter more, and one that is no number.
    let text = ron::to_string(&snapshot).expect("it serialises");
    let (head, tail) = text.split_once("theta:[").expect("parameters");
    let (_, rest) = tail.split_once(',').expect("several");
    for bad in [
        format!("{head}theta:[0.5,{tail}"),
        format!("{head}theta:[NaN,{rest}"),
    ] {
        let snapshot = ron::from_str(&bad).expect("it reads");
        let error = refused(adam(), &data, &snapshot);
        assert!(matches!(error, TrainingError::Snapshot(_)), "{error}");
    }
    // A factor of the plateau that no run has.
    for factor in ["0.0", "-1.0", "1.5", "NaN"] {
        let bad = text.replace(",factor:1.0,", &format!(",factor:{factor},"));
        assert_ne!(bad, text);
        let error = refused(adam(), &data, &ron::from_str(&bad).expect("it reads"));
        assert!(matches!(error, TrainingError::Position { .. }), "{error}");
    }
}

#[test]
fn the_order_comes_from_seed_and_epoch_alone() {
    let data = circle(52);
    let cost_of = |seed, epoch| {
        // A rate of almost nothing: the costs of the steps tell the order of the samples.
        let mut model = model(1);
        let rule = gradflow::optim::GradientDescent { rate: 1e-30 };
        let protocol = Protocol::new(rule)
            .epochs(epoch)
            .batch(4)
            .seed(seed)
            .freeze([1, 3]);
        let mut run = Run::new(protocol, &mut model, &data).expect("it fits");
        let mut costs = Vec::new();
        while let Some(step) = run.step().expect("it goes on") {
            if step.epoch == epoch {
                costs.push(step.cost.to_bits());
            }
        }
        costs
    };
    assert_ne!(cost_of(1, 1), cost_of(1, 2));
    assert_ne!(cost_of(1, 2), cost_of(2, 2));
    assert_eq!(cost_of(1, 2), cost_of(1, 2));
}
