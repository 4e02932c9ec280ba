//! Training: what a run promises.

use core::ops::ControlFlow;

use gradflow::data::Dataset;
use gradflow::loss::class_weights;
use gradflow::optim::{Adam, Descent, GradientDescent, MomentumAveraged, Rule, Schedule, Trap};
use gradflow::{
    Activation, Arena, Cost, DataRole, EarlyStopping, End, Epoch, Loss, Model, Network, Output,
    Plateau, Protocol, Real, Risk, Run, Samples, Shape, TrainingError,
};

/// Three classes on a circle, with some noise that depends on the sample's number alone.
fn circle<T: Real>(samples: usize) -> Dataset<T> {
    let point = |s: usize| {
        let angle =
            core::f64::consts::TAU * (s % 3) as f64 / 3.0 + 0.7 * (s as f64 * 12.9898).sin();
        let radius = 1.0 + 0.3 * (s as f64 * 78.233).sin();
        [radius * angle.cos(), radius * angle.sin()]
    };
    let inputs = (0..samples).flat_map(point).map(T::from_f64).collect();
    let shape = Shape::vector(2).expect("a shape");
    Dataset::classification(shape, inputs, (0..samples).map(|s| s % 3), 3).expect("finite data")
}

fn model<T: Real>(seed: u64) -> Model<T> {
    let network = Network::builder([2, 1, 1])
        .dense(8, Activation::Tanh)
        .dense(3, Activation::Identity);
    let cost = Cost::new(Output::Softmax, Loss::CategoricalCrossEntropy).expect("a cost");
    Model::new(network.build().expect("a network"), cost, seed)
        .expect("a model")
        .with_threads(1)
}

fn train<T: Real>(model: &mut Model<T>, seed: u64) -> gradflow::History {
    let rule = Adam::new(0.02);
    Protocol::new(rule)
        .epochs(20)
        .batch(16)
        .seed(seed)
        .train(model, &circle(100))
        .expect("a run")
}

#[test]
fn a_run_learns_and_returns_its_curve() {
    let mut model = model::<f32>(1);
    let history = train(&mut model, 1);
    assert_eq!(history.end, End::Completed);
    assert_eq!(history.epochs.len(), 20);
    let epochs: f64 = history.epochs.iter().map(|epoch| epoch.seconds).sum();
    assert!(epochs > 0.0 && (history.seconds - epochs).abs() <= 1e-6 * epochs);
    assert!(
        history.epochs[19].cost < 0.3 * history.epochs[0].cost,
        "{:?}",
        history.epochs
    );
    assert!(
        model
            .evaluate(&circle(100))
            .expect("an evaluation")
            .accuracy()
            .expect("labels")
            > 0.9
    );
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_does_not() {
    let run = |model_seed, seed| {
        let mut model = model::<f32>(model_seed);
        train(&mut model, seed);
        model.theta().to_vec()
    };
    assert_eq!(run(1, 1), run(1, 1));
    assert_ne!(run(1, 1), run(1, 2));
    assert_ne!(run(1, 1), run(2, 1));
}

#[test]
fn one_full_batch_of_gradient_descent_is_one_step_by_the_gradient() {
    use gradflow::optim::Objective;
    let (mut model, data) = (model::<f64>(3), circle::<f64>(30));
    let before = model.theta().to_vec();
    let mut arena = Arena::training(model.network(), 30).expect("memory");
    let mut gradient = vec![0.0; before.len()];
    let one_hot: Vec<f64> = (0..90).map(|i| f64::from(i % 3 == i / 3 % 3)).collect();
    let y = model.network().output().columns(&one_hot, 30);
    Risk::new(&model, data.inputs(), y, &mut arena)
        .expect("it fits")
        .value_and_gradient(&before, &mut gradient);
    let rule = GradientDescent { rate: 0.1 };
    Protocol::new(rule)
        .batch(1000)
        .train(&mut model, &data)
        .expect("a run");
    for ((after, before), j) in model.theta().iter().zip(&before).zip(&gradient) {
        // The run sums the samples in shuffled order: equal up to rounding.
        assert!(
            (after - (before - 0.1 * j)).abs() < 1e-14,
            "{after} {before} {j}"
        );
    }
}

#[test]
fn the_last_batch_may_be_short() {
    let (mut seen, data, mut model) = (Vec::new(), circle(100), model::<f32>(1));
    let run = Run::new(Protocol::new(Adam::new(0.01)).batch(16), &mut model, &data);
    let history = run.expect("it fits").watch(Steps(&mut seen)).finish();
    assert_eq!(history.expect("a run").epochs.len(), 1);
    assert_eq!(seen, (1..=7).collect::<Vec<_>>()); // 6 of 16 and one of 4
}

struct Steps<'a>(&'a mut Vec<usize>);

impl gradflow::Observer for Steps<'_> {
    fn step(&mut self, step: &gradflow::Iteration) {
        assert_eq!(step.total, 7);
        self.0.push(step.taken);
    }

    fn epoch(&mut self, _: &Epoch) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Epochs and parameters, as a run shows them.
struct Seen<'a>(&'a mut Vec<(usize, Vec<f64>)>);

impl gradflow::Observer<f64> for Seen<'_> {
    fn model(&mut self, epochs: usize, model: &Model<f64>) {
        self.0.push((epochs, model.theta().to_vec()));
    }

    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        // The model of an epoch is shown before the epoch is told.
        assert_eq!(self.0.last().map(|(epochs, _)| *epochs), Some(epoch.epoch));
        ControlFlow::Continue(())
    }
}

#[test]
fn an_observer_is_shown_the_model_before_and_after_each_epoch() {
    for decay in [None, Some(0.9)] {
        let (mut seen, data, mut model) = (Vec::new(), circle(40), model::<f64>(1));
        let first = model.theta().to_vec();
        let mut protocol = Protocol::new(Adam::new(0.01)).epochs(3).batch(16);
        protocol.average = decay;
        let run = Run::new(protocol, &mut model, &data).expect("it fits");
        run.watch(Seen(&mut seen)).finish().expect("a run");
        let epochs: Vec<usize> = seen.iter().map(|(epochs, _)| *epochs).collect();
        assert_eq!(epochs, [0, 1, 2, 3]);
        assert_eq!(seen[0].1, first);
        assert_ne!(seen[1].1, seen[2].1);
        // The averaged parameters, where there is an average: what the run leaves.
        assert_eq!(seen[3].1, model.theta());
    }
}

/// Counts epochs up to the one after which it has seen enough, and steps and models.
struct Enough {
    after: usize,
    seen: usize,
    steps: usize,
    models: usize,
}

impl gradflow::Observer for Enough {
    fn step(&mut self, _: &gradflow::Iteration) {
        self.steps += 1;
    }

    fn model(&mut self, _: usize, _: &Model<f32>) {
        self.models += 1;
    }

    fn epoch(&mut self, _: &Epoch) -> ControlFlow<()> {
        self.seen += 1;
        match self.seen < self.after {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    }
}

#[test]
fn two_observers_are_one_and_either_ends_the_run() {
    for (first, second) in [(2, 5), (5, 2)] {
        let (data, mut model) = (circle(20), model::<f32>(1));
        let mut both = [first, second].map(|after| Enough {
            after,
            seen: 0,
            steps: 0,
            models: 0,
        });
        let [a, b] = &mut both;
        let run = Run::new(Protocol::new(Adam::new(0.01)).epochs(9), &mut model, &data);
        let history = run.expect("it fits").watch((a, b)).finish();
        assert_eq!(history.expect("a run").end, End::Interrupted);
        for one in both {
            // 20 samples are one step; the model is shown before the first epoch too.
            assert_eq!((one.seen, one.steps, one.models), (2, 2, 3));
        }
    }
}

#[test]
fn an_observer_can_end_a_run() {
    let (data, mut model, mut costs) = (circle(50), model::<f32>(1), Vec::new());
    let run = Run::new(Protocol::new(Adam::new(0.01)).epochs(10), &mut model, &data);
    let history = run
        .expect("it fits")
        .observe(|epoch| {
            if epoch.epoch == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .observe(|epoch| {
            costs.push(epoch.cost);
            ControlFlow::Continue(())
        })
        .finish()
        .expect("a run");
    assert_eq!((&history.end, history.epochs.len()), (&End::Interrupted, 3));
    assert_eq!(costs.len(), 3);
}

#[test]
fn early_stopping_brings_the_best_parameters_back() {
    let (train, validation) = (circle::<f64>(12), circle::<f64>(90));
    let mut model = model::<f64>(2);
    // A rate so large that the cost on the validation set soon wanders.
    let protocol = Protocol::new(Adam::new(0.5))
        .epochs(200)
        .batch(4)
        .early_stopping(EarlyStopping {
            patience: 5,
            min_decrease: 0.0,
        });
    let run = Run::new(protocol, &mut model, &train).expect("it fits");
    let run = run.validate(&validation).expect("it fits");
    let history = run.finish().expect("a run");
    let End::EarlyStopped { best } = history.end else {
        panic!("{:?}", history.end)
    };
    assert_eq!(history.epochs.len(), best + 5);
    let costs: Vec<f64> = history
        .epochs
        .iter()
        .map(|e| e.validation.expect("validated").cost)
        .collect();
    let lowest = costs.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(costs[best - 1], lowest);
    assert_eq!(
        model.evaluate(&validation).expect("an evaluation").cost,
        lowest
    );
}

#[test]
fn frozen_layers_stay_for_every_rule_and_the_others_move() {
    let mut descents: Vec<Descent> = Rule::examples().into_iter().map(Descent::new).collect();
    let trapped = Descent::from(MomentumAveraged {
        rate: 0.1,
        beta: 0.9,
    });
    descents.push(trapped.with_trap(Trap::new(0.1)));
    for descent in descents {
        for frozen in [0, 1] {
            let mut model = model::<f64>(1);
            let before = model.theta().to_vec();
            let range = model.network().range(frozen).expect("a layer");
            let other = model.network().range(1 - frozen).expect("a layer");
            let protocol = Protocol::new(descent.clone())
                .epochs(2)
                .batch(16)
                .freeze([frozen]);
            protocol.train(&mut model, &circle(50)).expect("a run");
            assert_eq!(model.theta()[range.clone()], before[range], "{descent:?}");
            assert_ne!(model.theta()[other.clone()], before[other], "{descent:?}");
        }
    }
}

/// How many steps were made.
struct Counted<'a>(&'a mut usize);

impl gradflow::Observer for Counted<'_> {
    fn step(&mut self, _: &gradflow::Iteration) {
        *self.0 += 1;
    }

    fn epoch(&mut self, _: &Epoch) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[test]
fn divergence_is_a_value_and_the_parameters_stay_finite() {
    let network = Network::<f32>::builder([2, 1, 1])
        .dense(4, Activation::Relu)
        .dense(3, Activation::Identity);
    let cost = Cost::new(Output::Identity, Loss::SquaredError).expect("a cost");
    let mut model = Model::new(network.build().expect("a network"), cost, 1).expect("a model");
    let protocol = Protocol::new(GradientDescent { rate: 1e6 }).epochs(10);
    let (data, mut steps) = (circle(100), 0);
    let run = Run::new(protocol, &mut model, &data).expect("it fits");
    let history = run.watch(Counted(&mut steps)).finish().expect("a run");
    let text = serde_json::to_string(&history).expect("a text");
    let read: gradflow::History = serde_json::from_str(&text).expect("a history");
    assert_eq!(read.end.to_string(), history.end.to_string());
    let End::Diverged {
        epoch,
        step,
        reason,
    } = history.end
    else {
        panic!("{:?}", history.end)
    };
    assert_eq!(reason.rate, 1e6);
    assert!(
        reason
            .to_string()
            .contains(" at a rate of 1e6: lower the rate, "),
        "{reason}"
    );
    // It is the step after those that were made, four in an epoch.
    assert!(steps > 0);
    assert_eq!((epoch, step), (steps / 4 + 1, steps % 4 + 1));
    assert!(model.theta().iter().all(|q| q.is_finite()));
}

#[test]
fn a_single_step_reports_divergence_and_wrong_sizes() {
    let mut model = model::<f32>(1);
    let before = model.theta().to_vec();
    let protocol = Protocol::new(Adam::new(0.1)).batch(2);
    let mut run = Run::online(protocol, &mut model).expect("a run");
    let error = run.step_on(&[f32::NAN, 0.0], &[1.0, 0.0, 0.0]);
    assert!(
        matches!(error, Err(TrainingError::Diverged(_))),
        "{error:?}"
    );
    let batches: [(&[f32], &[f32]); 3] = [
        (&[1.0], &[1.0, 0.0, 0.0]),
        (&[1.0, 1.0], &[1.0, 0.0]),
        (&[], &[]),
    ];
    for (x, y) in batches {
        let error = run.step_on(x, y);
        assert!(
            matches!(
                error,
                Err(TrainingError::Data {
                    role: DataRole::Batch,
                    ..
                })
            ),
            "{error:?}"
        );
    }
    assert_eq!(run.model().theta(), before);
    assert!(run.step_on(&[1.0, 1.0], &[1.0, 0.0, 0.0]).is_ok());
}

#[test]
fn a_weight_of_two_is_the_sample_twice() {
    let data = circle::<f64>(9);
    let twice = data
        .select(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 4])
        .expect("samples");
    let mut weights = [1.0; 9];
    weights[4] = 2.0;
    let step = |data: &Dataset<f64>, weights: Option<&[f64]>| {
        let mut model = model::<f64>(1);
        let protocol = Protocol::new(GradientDescent { rate: 0.5 }).batch(10);
        let samples = match weights {
            Some(weights) => Samples::weighted(data, weights).expect("weights"),
            None => data.into(),
        };
        protocol.train(&mut model, samples).expect("a run");
        model.theta().to_vec()
    };
    for (a, b) in step(&data, Some(&weights)).iter().zip(step(&twice, None)) {
        assert!((a - b).abs() < 1e-14, "{a} and {b}"); // the order of the sums differs
    }
}

#[test]
fn class_weights_move_the_decision() {
    let data = circle::<f64>(60);
    let labels: Vec<usize> = (0..60).map(|s| s % 3).collect();
    let recall = |weights: [f64; 3]| {
        let weights: Vec<f64> = class_weights(&labels, &weights).expect("weights");
        let mut model = model::<f64>(1);
        let protocol = Protocol::new(Adam::new(0.02)).epochs(30).batch(60);
        let samples = Samples::weighted(&data, &weights).expect("weights");
        protocol.train(&mut model, samples).expect("a run");
        model
            .evaluate(&data)
            .expect("an evaluation")
            .confusion
            .expect("labels")
            .recall(0)
            .expect("samples")
    };
    let [none, equal, heavy] = [[0.0, 1.0, 1.0], [1.0; 3], [20.0, 1.0, 1.0]].map(recall);
    assert!(none < equal && equal <= heavy, "{none} {equal} {heavy}");
}

#[test]
fn predictions_do_not_depend_on_how_many_are_asked_for_at_once() {
    let (model, data) = (model::<f64>(4), circle::<f64>(600));
    let all = model.predict_batch(data.inputs()).expect("predictions");
    for s in [0, 255, 256, 257, 599] {
        let one = model
            .predict(data.sample(s).expect("a sample").0)
            .expect("a prediction");
        for (a, b) in one.iter().zip(&all[3 * s..]) {
            assert!((a - b).abs() < 1e-14, "{a} and {b}"); // one sample may be summed in another order than many
        }
        let classes = model.predict_classes(data.inputs()).expect("classes");
        assert_eq!(
            model.predict_class(data.sample(s).expect("a sample").0),
            Ok(classes[s])
        );
    }
}

#[test]
fn many_threads_predict_from_one_model() {
    let (model, data) = (model::<f32>(5).with_threads(3), circle::<f32>(400));
    assert_eq!(model.workers().threads(), 3);
    let expected = model.predict_batch(data.inputs()).expect("predictions");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(
                        model.predict_batch(data.inputs()).expect("predictions"),
                        expected
                    );
                }
            });
        }
    });
}

#[test]
fn one_logistic_output_predicts_class_one_from_a_half_on() {
    let network = Network::<f64>::builder([1, 1, 1])
        .dense(1, Activation::Identity)
        .build()
        .expect("a network");
    let cost = Cost::new(Output::Logistic, Loss::CrossEntropy).expect("a cost");
    let model = Model::with_parameters(network, cost, vec![1.0, 0.0]).expect("a model");
    assert_eq!(model.predict_class(&[-1e-9]), Ok(0));
    assert_eq!(model.predict_class(&[0.0]), Ok(1));
    assert_eq!(model.predict(&[0.0]), Ok(vec![0.5]));
}

/// One weight and one bias that begin at 0.
fn line() -> Model<f64> {
    let network = Network::builder([1, 1, 1]).dense(1, Activation::Identity);
    let network = network.build().expect("a network");
    Model::with_parameters(network, Cost::regression(), vec![0.0, 0.0]).expect("a model")
}

/// Several values a sample, in mini-batches of which the last is short.
#[test]
fn several_values_are_fitted_at_once() {
    let x: Vec<f64> = (0..10).map(|i| f64::from(i) / 5.0 - 1.0).collect();
    let y = x.iter().flat_map(|x| [2.0 * x, 1.0 - x, 0.5]).collect();
    let data = Dataset::regression(1, x, 3, y).expect("a data set");
    let network = Network::builder(1).dense(3, Activation::Identity).build();
    let mut model =
        Model::new(network.expect("a network"), Cost::regression(), 1).expect("a model");
    let protocol = Protocol::new(MomentumAveraged {
        rate: 1.0,
        beta: 0.5,
    })
    .epochs(200)
    .batch(4);
    protocol.train(&mut model, &data).expect("a history");
    for (found, exact) in model.theta().iter().zip([2.0, -1.0, 0.0, 0.0, 1.0, 0.5]) {
        assert!((found - exact).abs() < 1e-6, "{:?}", model.theta());
    }
}

/// More samples than are taken at once, with several values each.
#[test]
fn an_evaluation_of_many_samples_is_the_mean_over_all() {
    let n = 5000;
    let x: Vec<f64> = (0..n).map(|i| f64::from(i) / 2500.0 - 1.0).collect();
    let y: Vec<f64> = x.iter().flat_map(|x| [x * x, x.sin()]).collect();
    let data = Dataset::regression(1, x, 2, y.clone()).expect("a data set");
    let network = Network::builder(1).dense(2, Activation::Tanh).build();
    let model = Model::new(network.expect("a network"), Cost::regression(), 1).expect("a model");
    let p = model.predict_batch(data.inputs()).expect("predictions");
    let squares: f64 = p.iter().zip(&y).map(|(p, y)| (p - y).powi(2) / 2.0).sum();
    let cost = model.evaluate(&data).expect("an evaluation").cost;
    assert!((cost - squares / f64::from(2 * n)).abs() < 1e-12);
}

#[test]
fn steps_say_where_they_are() {
    let (mut model, data) = (model::<f64>(1), circle::<f64>(50));
    let protocol = Protocol::new(GradientDescent { rate: 0.1 })
        .epochs(3)
        .batch(20);
    let mut run = Run::new(protocol, &mut model, &data).expect("a run");
    let mut taken = 0;
    while let Some(step) = run.step().expect("a step") {
        taken += 1;
        assert_eq!(
            (step.epoch, step.taken, step.total),
            ((taken - 1) / 3 + 1, taken, 9)
        );
        assert!(step.rate == 0.1 && step.cost.is_finite());
    }
    assert_eq!(taken, 9);
    let history = run.finish().expect("a history");
    let seconds: f64 = history.epochs.iter().map(|epoch| epoch.seconds).sum();
    let rate = history.samples_per_second() * seconds;
    assert!((rate - 150.0).abs() < 1e-6, "{rate} samples");
}

/// Of weighted samples, some of them wrong.
#[test]
fn validation_has_the_accuracy_of_an_evaluation() {
    let data = circle::<f64>(60);
    let weights: Vec<f64> = (0..60).map(|s| f64::from(1 + s % 3)).collect();
    let samples = Samples::weighted(&data, &weights).expect("weights");
    let mut model = model::<f64>(3);
    let protocol = Protocol::new(GradientDescent { rate: 1e-300 });
    let run = Run::new(protocol, &mut model, &data).expect("it fits");
    let history = run.validate(samples.clone()).expect("it fits").finish();
    let validation = history.expect("a run").epochs[0].validation;
    let accuracy = validation.and_then(|v| v.accuracy).expect("labels");
    assert!(accuracy > 0.0 && accuracy < 1.0);
    let whole = model.evaluate(samples).expect("an evaluation").accuracy();
    assert!((accuracy - whole.expect("labels")).abs() < 1e-12);
}

/// Numbers that are no probabilities have no scores of probabilities.
#[test]
fn squared_errors_of_classes_make_no_probabilities() {
    let network = Network::builder(2).dense(3, Activation::Identity).build();
    let cost = Cost::new(Output::Identity, Loss::SquaredError).expect("a cost");
    let model = Model::new(network.expect("a network"), cost, 1).expect("a model");
    let evaluation = model.evaluate(&circle::<f64>(30)).expect("an evaluation");
    assert!(evaluation.confusion.is_some() && evaluation.probabilities.is_none());
}

#[test]
fn weights_count_the_same_for_any_batch_size() {
    let shape = Shape::vector(1).expect("a shape");
    let data = Dataset::regression(shape, vec![0.0; 4], 1, vec![0.0, 10.0, 0.0, 10.0]);
    let data = data.expect("data");
    let samples = Samples::weighted(&data, &[1.0, 9.0, 1.0, 9.0]).expect("weights");
    for batch in 1..=4 {
        let falling = Schedule::Polynomial {
            steps: 2000 * 4_usize.div_ceil(batch),
            floor: 0.0,
            power: 1.0,
        };
        // Constant: the mean of what the last epochs end with. Falling to 0: the end itself.
        let descent = Descent::from(GradientDescent { rate: 0.1 }).with_schedule(falling);
        let mut model = line();
        let protocol = Protocol::new(descent).epochs(2000).batch(batch).seed(1);
        let history = protocol.train(&mut model, samples.clone()).expect("a run");
        let end = model.predict(&[0.0]).expect("a prediction")[0];
        assert!((end - 9.0).abs() < 0.02, "{end} with batches of {batch}");
        // The history's cost is the weighted one, whatever the batch: sum w_s L_s / sum w_s at 9 is 4.5.
        let cost = history.epochs[1999].cost;
        assert!((cost - 4.5).abs() < 0.1, "{cost} with batches of {batch}");
        let evaluation = model.evaluate(samples.clone()).expect("an evaluation");
        assert!((evaluation.cost - 4.5).abs() < 0.01, "{}", evaluation.cost);
    }
}

#[test]
fn the_cost_of_an_epoch_is_the_mean_over_its_samples() {
    let data = circle::<f64>(50);
    let cost_of = |batch| {
        let mut model = model::<f64>(1);
        let protocol = Protocol::new(GradientDescent { rate: 1e-300 }).batch(batch);
        protocol.train(&mut model, &data).expect("a run").epochs[0].cost
    };
    let whole = model::<f64>(1).evaluate(&data).expect("an evaluation").cost;
    for batch in [1, 16, 49, 50] {
        // The order of the sums differs.
        assert!((cost_of(batch) - whole).abs() < 1e-13, "batches of {batch}");
    }
}

#[test]
fn the_lowest_cost_comes_back_although_its_decrease_did_not_count() {
    let (data, mut model) = (circle::<f64>(60), model::<f64>(1));
    let stopping = EarlyStopping {
        patience: 3,
        min_decrease: 1e6,
    };
    let protocol = Protocol::new(Adam::new(0.01))
        .epochs(50)
        .early_stopping(stopping);
    let run = Run::new(protocol, &mut model, &data).expect("it fits");
    let history = run
        .validate(&data)
        .expect("it fits")
        .finish()
        .expect("a run");
    assert_eq!(history.end, End::EarlyStopped { best: 4 });
    assert_eq!((history.epochs.len(), history.best), (4, Some(4)));
    let lowest = history.epochs[3].validation.expect("validated").cost;
    assert_eq!(model.evaluate(&data).expect("an evaluation").cost, lowest);
}

#[test]
fn a_plateau_lowers_the_rate_and_the_epochs_say_so() {
    let (data, mut model) = (circle::<f64>(60), model::<f64>(1));
    let plateau = Plateau {
        factor: 0.5,
        patience: 2,
        min_decrease: 1e6,
        floor: 0.2,
    };
    let protocol = Protocol::new(GradientDescent { rate: 0.1 })
        .epochs(9)
        .plateau(plateau);
    let history = protocol.train(&mut model, &data).expect("a run");
    let rates: Vec<f64> = history.epochs.iter().map(|epoch| epoch.rate).collect();
    // The first epoch sets what is measured from; then two in vain, twice; then the floor.
    let expected = [0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025, 0.02, 0.02];
    for (rate, expected) in rates.iter().zip(expected) {
        assert!((rate - expected).abs() < 1e-15, "{rates:?}");
    }
}

#[test]
fn schedules_go_by_steps_and_by_epochs() {
    let (data, mut model) = (circle::<f64>(64), model::<f64>(1));
    let by_step = Schedule::Exponential { factor: 0.5 };
    let descent = Descent::from(GradientDescent { rate: 0.1 }).with_schedule(by_step);
    let protocol = Protocol::new(descent)
        .epochs(2)
        .batch(32)
        .by_epoch(Schedule::Exponential { factor: 0.1 });
    let mut run = Run::new(protocol, &mut model, &data).expect("it fits");
    for expected in [0.1, 0.05, 0.0025, 0.00125] {
        let step = run.step().expect("it goes on").expect("a step");
        assert!((step.rate - expected).abs() < 1e-15, "{}", step.rate);
    }
    assert_eq!(run.step().expect("it is over"), None);
    assert_eq!(run.end(), Some(&End::Completed));
}

#[test]
fn two_classes_on_one_logistic_output_from_end_to_end() {
    // (15): the classes by the sign of the first component, with names.
    let inputs = (0..40).flat_map(|s| [(s as f64 * 1.7).sin(), (s as f64 * 0.3).cos()]);
    let inputs: Vec<f64> = inputs.collect();
    let labels: Vec<usize> = inputs.chunks(2).map(|x| usize::from(x[0] > 0.0)).collect();
    let shape = Shape::vector(2).expect("a shape");
    let data = Dataset::classification(shape, inputs, labels.clone(), 2).expect("data");
    let data = data.with_class_names(["left", "right"]).expect("names");
    let network = Network::builder([2, 1, 1]).dense(1, Activation::Identity);
    let network = network.build().expect("a network");
    let mut model = Model::new(network, Cost::binary(), 1).expect("a model");
    let protocol = Protocol::new(Adam::new(0.1)).epochs(100).batch(8);
    let run = Run::new(protocol, &mut model, &data).expect("it fits");
    let history = run
        .validate(&data)
        .expect("it fits")
        .finish()
        .expect("a run");
    let validation = history.epochs[99].validation.expect("validated");
    let evaluation = model.evaluate(&data).expect("an evaluation");
    assert_eq!(evaluation.accuracy(), Some(1.0));
    assert_eq!(validation.accuracy, Some(1.0));
    assert_eq!(
        model.predict_classes(data.inputs()).expect("classes"),
        labels
    );
    let table = evaluation.confusion.expect("labels").to_string();
    assert!(table.contains("left") && table.contains("right"), "{table}");
    // Three classes on one output are refused by name.
    let three = Dataset::classification(shape, vec![0.0; 6], [0, 1, 2], 3).expect("data");
    let error = model.evaluate(&three).unwrap_err().to_string();
    assert_eq!(
        error,
        "labels of 3 classes for a network that tells 2 apart: its last layer must have 3 outputs"
    );
}

#[test]
fn classes_of_other_names_are_not_compared_by_number() {
    let named = |names: [&str; 3]| circle::<f64>(30).with_class_names(names).expect("names");
    let (train, other) = (named(["cat", "dog", "fox"]), named(["cat", "fox", "dog"]));
    let mut model = model::<f64>(1);
    let run = Run::new(Protocol::new(Adam::new(0.1)), &mut model, &train).expect("it fits");
    let error = run.validate(&other).unwrap_err().to_string();
    assert_eq!(
        error,
        "validation data: class 1 is `dog` in one and `fox` in the other: announce the same classes in the same order for both"
    );
}
