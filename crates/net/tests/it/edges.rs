//! Where parts of a step meet: who adds up pieces, what is frozen, statistics, what labels become.

use gradflow::data::Dataset;
use gradflow::layers::strategies::PlainBatchNorm;
use gradflow::optim::{
    Adam, Chebyshev, Clip, Descent, GradientDescent, Mask, Rule, RungeKutta, Tableau, Trap,
};
use gradflow::{
    Activation, Cost, CostError, End, InProcess, Loss, Model, ModelError, Network, Output, Pieces,
    Protocol, Reduce, Run, Shape, TrainingError,
};

/// Points in three classes.
fn data(samples: usize) -> Dataset<f32> {
    let shape = Shape::vector(2).expect("a shape");
    let inputs = (0..2 * samples).map(|i| (i as f32).sin()).collect();
    let labels = (0..samples).map(|s| s % 3).collect::<Vec<_>>();
    Dataset::classification(shape, inputs, labels, 3).expect("data")
}

fn model(hidden: usize) -> Model<f32> {
    let network = Network::builder([2, 1, 1])
        .dense(hidden, Activation::Tanh)
        .dense(hidden, Activation::Tanh)
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    Model::new(network, Cost::classification(), 1).expect("a model")
}

/// A model that begins with statistics of the batch.
fn with_statistics() -> Model<f32> {
    let network = Network::builder([2, 1, 1])
        .layer(|input| PlainBatchNorm::new(input, 1e-5, 0.1))
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    Model::new(network, Cost::classification(), 1).expect("a model")
}

/// The sum of pieces of which one is in another process.
#[derive(Debug, Default)]
struct Elsewhere(InProcess<f32>, Vec<f32>);

impl Reduce<f32> for Elsewhere {
    fn sum(&mut self, of: &mut dyn Pieces<f32>, q: &[f32]) -> (f64, &[f32]) {
        let (value, sum) = self.0.sum(of, q);
        self.1 = sum.to_vec();
        self.1[0] = f32::INFINITY; // what came from there
        (value, &self.1)
    }
}

/// The layers are wide and the batch is small: the passes alone would know that the gradient is finite.
#[test]
fn a_gradient_to_which_somebody_adds_is_looked_at() {
    let (mut model, data) = (model(300), data(3));
    let before = model.theta().to_vec();
    let protocol = Protocol::new(GradientDescent { rate: 0.1 }).batch(1);
    let run = Run::new(protocol, &mut model, &data).expect("it fits");
    let run = run.reduce(Elsewhere::default()).expect("room");
    let history = run.finish().expect("a result");
    assert!(matches!(history.end, End::Diverged { step: 1, .. }));
    assert_eq!(model.theta(), before);
}

#[test]
fn traps_leave_alone_what_is_frozen() {
    let data = data(6);
    let rules: [Rule; 3] = [
        GradientDescent { rate: 0.5 }.into(),
        RungeKutta {
            rate: 0.5,
            table: Tableau::Rk4,
        }
        .into(),
        Chebyshev {
            rate: 0.5,
            stages: 3,
            damping: 0.05,
        }
        .into(),
    ];
    for rule in rules {
        let trained = |mask| {
            let mut model = model(6);
            let trap = Trap {
                mask,
                ..Trap::new(1.0)
            };
            let descent = Descent::new(rule.clone())
                .with_trap(trap)
                .with_clip(Clip::Norm(0.1));
            let protocol = Protocol::of(descent).batch(6).epochs(2).freeze([1]);
            let history = protocol.train(&mut model, &data).expect("it trains");
            (model.theta().to_vec(), history.epochs[1].cost)
        };
        let network = model(6);
        let range = |l| network.network().range(l).expect("a layer");
        let learns = Mask::new(vec![range(0), range(2)]).expect("a mask");
        assert_eq!(trained(None), trained(Some(learns)), "{rule}");
    }
    // A mask that reaches too far is still refused.
    let beyond = Mask::new(core::iter::once(0..1000).collect()).expect("a mask");
    let trap = Trap {
        mask: Some(beyond),
        ..Trap::new(1.0)
    };
    let descent = Descent::new(Adam::new(0.1)).with_trap(trap);
    let error = Protocol::of(descent)
        .freeze([0])
        .train(&mut model(6), &data);
    assert!(matches!(error, Err(TrainingError::Method(_))), "{error:?}");
}

#[test]
fn pieces_of_small_batches_have_samples_enough() {
    let mut model = with_statistics();
    let (x, y) = (
        [0.1, 0.2, 0.3, 0.5, 0.4, 0.6, 0.9, 0.7, 0.8, 1.0],
        [1.0, 0.0, 0.0, 0.0, 1.0, 0.0].repeat(3),
    );
    let protocol = Protocol::new(Adam::new(0.1)).batch(32).pieces(4);
    let mut run = Run::online(protocol, &mut model).expect("it fits");
    // Pieces of 2 and 3, since four would have too few.
    run.step_on(&x, &y[..15]).expect("a step");
    let error = run.step_on(&x[..2], &y[..3]).unwrap_err();
    assert!(
        matches!(error, TrainingError::Model(ModelError::FewSamples { .. })),
        "{error}"
    );
    assert!(run.model().state().iter().all(|s| s.is_finite()));
}

#[test]
fn statistics_that_overflow_are_not_adopted() {
    let mut model = with_statistics();
    let (theta, state) = (model.theta().to_vec(), model.state().to_vec());
    let mut run = Run::online(Protocol::new(Adam::new(0.1)), &mut model).expect("it fits");
    // The variance is beyond f32; outputs, cost and gradient are finite.
    let error = run.step_on(&[1e25, 1.0, -1e25, 2.0], &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    let error = error.unwrap_err();
    assert!(error.to_string().contains("statistics"), "{error}");
    let model = run.model();
    assert_eq!((model.theta(), model.state()), (&theta[..], &state[..]));
}

#[test]
fn labels_are_checked_like_targets() {
    let data = data(6);
    let refused = |cost: Cost| {
        let network = Network::builder([2, 1, 1]).dense(3, Activation::Identity);
        let network = network.build().expect("a network");
        let mut model = Model::new(network, cost, 1).expect("a model");
        assert!(model.evaluate(&data).is_err());
        let trained = Protocol::new(Adam::new(0.1)).train(&mut model, &data);
        match trained.unwrap_err() {
            TrainingError::Data {
                error: ModelError::Cost(error),
                ..
            } => error,
            other => panic!("{other}"),
        }
    };
    // Weights that are infinite in f32.
    let heavy = Cost::classification().with_weights(vec![1e300, 1.0, 1.0]);
    let error = refused(heavy.expect("weights of f64"));
    assert!(matches!(error, CostError::WeightSum { .. }), "{error}");
    // Labels become 0 and 1.
    let inner = gradflow::loss::CustomLoss::new("inner", |v, y| v - y, |_, _| 1.0);
    let inner = Loss::from(inner.with_targets(0.1..=0.9));
    let error = refused(Cost::new(Output::Identity, inner).expect("a cost"));
    assert!(matches!(error, CostError::Target { .. }), "{error}");
}
