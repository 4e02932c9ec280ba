//! A training step and a prediction into the caller's memory allocate nothing after the first; a prepared model makes no system call.

mod counting;

use counting::allocations;
use gradflow::optim::{Adam, Descent, Rule};
use gradflow::{
    Activation, Arena, Cost, Dataset, Loss, Model, Network, Output, Protocol, Recipe, Run, Samples,
};

fn model(threads: usize) -> Model<f32> {
    let network = Network::builder([1, 20, 20])
        .conv(4, [3, 3], Activation::Relu)
        .max_pool([2, 2])
        .conv(6, [3, 3], Activation::SoftSign)
        .stride([2, 2])
        .avg_pool([2, 2])
        .dense(
            300,
            Activation::custom("cube", |z| z * z * z, |z| 3.0 * z * z),
        )
        .dense(10, Activation::Identity)
        .build()
        .expect("a network");
    let cost = Cost::new(Output::Softmax, Loss::CrossEntropy).expect("a cost");
    Model::new(network, cost, 1)
        .expect("a model")
        .with_threads(threads)
}

fn samples(n: usize) -> (Vec<f32>, Vec<f32>) {
    let x = (0..n * 400).map(|i| (i as f32 * 0.37).sin()).collect();
    let y = (0..n * 10)
        .map(|i| if i % 10 == i / 10 % 10 { 1.0 } else { 0.0 })
        .collect();
    (x, y)
}

fn steps_allocate_nothing(descent: Descent, threads: usize) {
    let mut model = model(threads);
    let (x, y) = samples(64);
    let protocol = Protocol::new(descent.clone()).batch(64);
    let mut run = Run::online(protocol, &mut model).expect("a run");
    let mut step = |n: usize| run.step_on(&x[..n * 400], &y[..n * 10]).expect("a step");
    step(64);
    let count = allocations(|| {
        step(64);
        step(17); // a short last batch
        step(64);
    });
    assert_eq!(count, 0, "{descent:?} on {threads} threads");
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1]))), 1);
}

#[test]
fn a_training_step() {
    // A full matrix has the square of the parameters as its state, and its eigenproblem allocates: not for networks.
    let rules = Rule::examples()
        .into_iter()
        .filter(|rule| rule.name() != "FullMatrixAdaGrad");
    for rule in rules {
        steps_allocate_nothing(rule.into(), 1);
    }
}

#[test]
fn training_steps_with_workers() {
    let mut model = model(3);
    let (x, y) = samples(64);
    let protocol = Protocol::new(Adam::new(0.001)).batch(64);
    let mut run = Run::online(protocol, &mut model).expect("a run");
    let mut step = || run.step_on(&x, &y).expect("a step");
    step();
    // Which part of a product falls to this thread is a matter of chance, and its packing buffer grows with the first
    // part of each size that does: a few times in all, whatever the number of steps.
    let count = allocations(|| {
        (0..200).for_each(|_| {
            step();
        })
    });
    assert!(count <= 12, "{count} allocations in 200 steps");
}

#[test]
fn steps_of_a_run_with_state_branches_weights_and_pieces() {
    let network = Network::<f32>::builder([1, 6, 6])
        .conv(4, [3, 3], Activation::Relu)
        .batch_norm()
        .residual([Recipe::conv(4, [3, 3], Activation::Tanh).padding([1, 1])])
        .dropout(0.2)
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let mut model = Model::new(network, Cost::classification(), 1)
        .expect("a model")
        .with_threads(1);
    let inputs = (0..40 * 36).map(|i| (i as f32 * 0.37).sin()).collect();
    let data = Dataset::classification([1, 6, 6], inputs, (0..40).map(|s| s % 3), 3);
    let data = data.expect("data");
    let samples = Samples::weighted(&data, &[2.0; 40]).expect("weights");
    let protocol = Protocol::new(Adam::new(0.01)).batch(8).pieces(2).epochs(3);
    let mut run = Run::new(protocol, &mut model, samples).expect("a run");
    for _ in 0..6 {
        run.step().expect("a step"); // one epoch, and the first step of the next
    }
    let count = allocations(|| {
        for _ in 0..3 {
            run.step().expect("a step");
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn a_prediction() {
    for threads in [1, 3] {
        let model = model(threads);
        let (x, _) = samples(64);
        let mut out = vec![0.0; 640];
        let mut arena = Arena::prediction(model.network(), 16).expect("memory");
        let mut predict = |n: usize| {
            let x = model.network().input().columns(&x, n);
            let out = &mut out[..n * 10];
            model.predict_into(x, out, &mut arena).expect("it fits");
        };
        predict(1);
        predict(64);
        let count = allocations(|| {
            predict(1);
            predict(64);
            predict(33);
        });
        assert_eq!(count, 0, "{threads} threads");
    }
}

fn perceptron() -> Model<f32> {
    let network = Network::builder(5)
        .dense(32, Activation::Tanh)
        .dense(16, Activation::Logistic)
        .dense(2, Activation::Identity)
        .build();
    let model = Model::new(network.expect("a network"), Cost::regression(), 1);
    model.expect("a model").with_threads(1)
}

/// Samples of every number that takes another way: single ones, few, blocks that are whole and not, more than a batch.
const NUMBERS: [usize; 6] = [1, 2, 3, 16, 45, 64];

#[test]
fn a_prepared_model() {
    for model in [perceptron(), model(1)] {
        let mut prepared = model.prepare(32).expect("memory");
        let network = model.network();
        let (inputs, outputs) = (network.input().len(), network.output().len());
        let x: Vec<f32> = (0..64 * inputs).map(|i| (i as f32 * 0.37).sin()).collect();
        let mut out = vec![0.0; 64 * outputs];
        let count = allocations(|| {
            for n in NUMBERS {
                let (x, out) = (&x[..n * inputs], &mut out[..n * outputs]);
                prepared.predict_into(x, out).expect("it fits");
            }
        });
        assert_eq!(count, 0);
    }
}

/// Another thread than the one that prepared the model: what is dense alone needs nothing of it, the rest is warmed up.
#[test]
fn a_prepared_model_on_another_thread() {
    let mut dense = perceptron().prepare(1).expect("memory");
    let mut conv = model(1).prepare(1).expect("memory");
    let thread = std::thread::spawn(move || {
        let (x, mut out) = ([0.5; 400], [0.0; 10]);
        let first = allocations(|| dense.predict_into(&x[..5], &mut out[..2]).expect("it fits"));
        conv.warm_up().expect("memory");
        let second = allocations(|| conv.predict_into(&x, &mut out).expect("it fits"));
        [first, second]
    });
    assert_eq!(thread.join().expect("no panic"), [0, 0]);
}

/// Files that do not exist; to look for them is a system call that shows.
#[cfg(target_os = "linux")]
const MARKS: [&str; 2] = ["/gradflow-predictions-begin", "/gradflow-predictions-end"];

/// What is traced: it runs in a program of its own.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by a_prepared_model_makes_no_system_call"]
fn traced() {
    let mut models = [perceptron(), model(1)].map(|model| {
        let prepared = model.prepare(32).expect("memory");
        let network = model.network();
        (prepared, network.input().len(), network.output().len())
    });
    let (x, mut out) = (vec![0.5; 64 * 400], vec![0.0; 640]);
    let _ = std::fs::metadata(MARKS[0]);
    for (prepared, inputs, outputs) in &mut models {
        for n in NUMBERS {
            let (x, out) = (&x[..n * *inputs], &mut out[..n * *outputs]);
            prepared.predict_into(x, out).expect("it fits");
        }
    }
    let _ = std::fs::metadata(MARKS[1]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_prepared_model_makes_no_system_call() {
    let program = std::env::current_exe().expect("this program");
    let mut strace = std::process::Command::new("strace");
    strace.args(["-f", "-qq"]).arg(program);
    strace.args(["--exact", "traced", "--ignored", "--test-threads=1"]);
    let Ok(output) = strace.output() else {
        println!("skipped: strace cannot be run");
        return;
    };
    let trace = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = trace.lines().collect();
    let [begin, end] = MARKS.map(|mark| lines.iter().position(|line| line.contains(mark)));
    let (Some(begin), Some(end)) = (begin, end) else {
        println!("skipped: strace does not trace here: {trace}");
        return;
    };
    // With one thread the calls of that thread are all that there are; a line may name the process first.
    assert_eq!(lines[begin + 1..end], [""; 0]);
}
