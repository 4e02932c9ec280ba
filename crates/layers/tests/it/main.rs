//! The tests of layers, as one program: it is linked once. Here is how they run a layer.

mod activation;
mod as_dense;
mod containers;
mod conv;
mod draw;
mod gradient;
mod hostile;
mod init;
mod nesting;
mod normal;
mod pool;
mod recipe;
mod windows;

use gradflow_kernels::{Real, Workers};
use gradflow_layers::{Cx, Draw, Layer, Mode, Own, Pass};
use gradflow_tensor::Shape;
use proptest::collection::vec;
use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// Number of parameters of a layer.
fn parameters<T: Real>(layer: &dyn Layer<T>) -> usize {
    layer.spec().parameters()
}

/// The draws of all training passes that do not choose their own.
fn draw() -> Draw {
    Draw::new(1, 1)
}

/// A fresh state: batch statistics of nothing yet.
fn state<T: Real>(layer: &dyn Layer<T>) -> Vec<T> {
    let mut state = vec![T::from_f64(f64::NAN); layer.spec().state_len()];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    for block in &layer.spec().state {
        block.initialise(&mut state, &mut rng);
    }
    state
}

/// What a forward pass in training writes, into buffers that held NaN before: output and scratch.
fn forward_and_scratch<T: Real>(
    layer: &dyn Layer<T>,
    theta: &[T],
    x: &[T],
    workers: &Workers,
) -> (Vec<T>, Vec<T>) {
    let cx = Cx::train(workers, draw());
    run(layer, theta, &state(layer), x, cx)
}

/// What a forward pass writes, into buffers that held NaN before: output and scratch.
fn run<T: Real>(
    layer: &dyn Layer<T>,
    theta: &[T],
    state: &[T],
    x: &[T],
    cx: Cx<'_>,
) -> (Vec<T>, Vec<T>) {
    let spec = layer.spec();
    let samples = x.len() / spec.input.len();
    let nan = T::from_f64(f64::NAN);
    let mut p = vec![nan; samples * spec.output.len()];
    let room = match cx.mode {
        Mode::Train(_) => spec.train,
        Mode::Predict => spec.predict,
    };
    let mut scratch = vec![nan; room.of(samples)];
    layer.forward(
        Own { theta, state },
        spec.input.columns(x, samples),
        spec.output.columns_mut(&mut p, samples),
        &mut scratch,
        cx,
    );
    (p, scratch)
}

/// The outputs of a training pass, sample after sample.
fn forward<T: Real>(layer: &dyn Layer<T>, theta: &[T], x: &[T]) -> Vec<T> {
    forward_and_scratch(layer, theta, x, &Workers::inline()).0
}

/// The outputs of a prediction with the fresh state.
fn predict<T: Real>(layer: &dyn Layer<T>, theta: &[T], x: &[T]) -> Vec<T> {
    let workers = Workers::inline();
    run(layer, theta, &state(layer), x, Cx::predict(&workers)).0
}

/// `(dL/dtheta, dL/dx)` from `dL/dp`.
fn backward<T: Real>(layer: &dyn Layer<T>, theta: &[T], x: &[T], p_bar: &[T]) -> (Vec<T>, Vec<T>) {
    backward_with(layer, theta, x, p_bar, true, &Workers::inline())
}

/// Like [`backward`], without `dL/dx` unless asked for; buffers held NaN before.
fn backward_with<T: Real>(
    layer: &dyn Layer<T>,
    theta: &[T],
    x: &[T],
    p_bar: &[T],
    want_x: bool,
    workers: &Workers,
) -> (Vec<T>, Vec<T>) {
    let cx = Cx::train(workers, draw());
    pass(layer, theta, &state(layer), x, p_bar, want_x, cx)
}

/// Both passes in training; buffers held NaN before.
fn pass<T: Real>(
    layer: &dyn Layer<T>,
    theta: &[T],
    state: &[T],
    x: &[T],
    p_bar: &[T],
    want_x: bool,
    cx: Cx<'_>,
) -> (Vec<T>, Vec<T>) {
    let (input, output) = (layer.spec().input, layer.spec().output);
    let samples = x.len() / input.len();
    let nan = T::from_f64(f64::NAN);
    let (p, mut scratch) = run(layer, theta, state, x, cx);
    let mut p_bar = p_bar.to_vec();
    let mut theta_bar = vec![nan; theta.len()];
    let mut x_bar = vec![nan; if want_x { x.len() } else { 0 }];
    let pass = Pass {
        x: input.columns(x, samples),
        p: output.columns(&p, samples),
        scratch: &mut scratch,
        p_bar: output.columns_mut(&mut p_bar, samples),
        x_bar: want_x.then(|| input.columns_mut(&mut x_bar, samples)),
    };
    layer.backward(Own { theta, state }, pass, &mut theta_bar, cx);
    (theta_bar, x_bar)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Accepts differences of `1e-12` times the largest element: sums of a few hundred products in another order, whose terms may cancel.
fn assert_close(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    let scale = a.iter().chain(b).fold(1.0, |max, v| f64::max(max, v.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= 1e-12 * scale, "element {i}: {a} and {b}");
    }
}

/// Input shapes of pictures that are small, flat and tall alike.
fn pictures() -> impl Strategy<Value = Shape<3>> + Clone {
    [1..=3_usize, 1..=7, 1..=7].prop_map(|dims| Shape::new(dims).expect("small"))
}

/// So many numbers of the size of 1.
fn numbers(len: usize) -> impl Strategy<Value = Vec<f64>> {
    vec(-1.5..1.5_f64, len)
}

/// Both passes of 40 samples have the same bits for any number of threads; any numbers will do that are not round.
fn threads_agree(layer: &dyn Layer<f32>) {
    let wave = |len: usize| (0..len).map(|i| (i as f32).sin()).collect::<Vec<_>>();
    let spec = layer.spec();
    let theta = wave(spec.parameters());
    let (x, p_bar) = (wave(40 * spec.input.len()), wave(40 * spec.output.len()));
    let of = |threads| {
        let workers = Workers::new(threads);
        let p = forward_and_scratch(layer, &theta, &x, &workers).0;
        (p, backward_with(layer, &theta, &x, &p_bar, true, &workers))
    };
    let one = of(1);
    for threads in [2, 3, 8] {
        assert!(of(threads) == one, "{} on {threads} threads", spec.name);
    }
}
