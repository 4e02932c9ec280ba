//! How the tests run a layer.
#![allow(dead_code)] // each test binary uses a part of it

use gradflow_kernels::{Real, Workers};
use gradflow_layers::{Layer, Pass};
use gradflow_tensor::Shape;
use proptest::collection::vec;
use proptest::prelude::*;

/// Number of parameters of a layer.
pub(crate) fn parameters<T: Real>(layer: &dyn Layer<T>) -> usize {
    layer.blocks().last().map_or(0, |block| block.range.end)
}

/// What a forward pass writes, into buffers that held NaN before: output and scratch.
pub(crate) fn forward_and_scratch<T: Real>(
    layer: &dyn Layer<T>,
    theta: &[T],
    x: &[T],
    workers: &Workers,
) -> (Vec<T>, Vec<T>) {
    let samples = x.len() / layer.input().len();
    let nan = T::from_f64(f64::NAN);
    let mut p = vec![nan; samples * layer.output().len()];
    let mut scratch = vec![nan; layer.scratch(samples)];
    layer.forward(
        theta,
        layer.input().columns(x, samples),
        layer.output().columns_mut(&mut p, samples),
        &mut scratch,
        workers,
    );
    (p, scratch)
}

/// The outputs, sample after sample.
pub(crate) fn forward<T: Real>(layer: &dyn Layer<T>, theta: &[T], x: &[T]) -> Vec<T> {
    forward_and_scratch(layer, theta, x, &Workers::inline()).0
}

/// `(dL/dtheta, dL/dx)` from `dL/dp`.
pub(crate) fn backward<T: Real>(
    layer: &dyn Layer<T>,
    theta: &[T],
    x: &[T],
    p_bar: &[T],
) -> (Vec<T>, Vec<T>) {
    backward_with(layer, theta, x, p_bar, true, &Workers::inline())
}

/// Like [`backward`], without `dL/dx` unless asked for; buffers held NaN before.
pub(crate) fn backward_with<T: Real>(
    layer: &dyn Layer<T>,
    theta: &[T],
    x: &[T],
    p_bar: &[T],
    want_x: bool,
    workers: &Workers,
) -> (Vec<T>, Vec<T>) {
    let samples = x.len() / layer.input().len();
    let nan = T::from_f64(f64::NAN);
    let (p, scratch) = forward_and_scratch(layer, theta, x, workers);
    let mut p_bar = p_bar.to_vec();
    let mut theta_bar = vec![nan; theta.len()];
    let mut x_bar = vec![nan; if want_x { x.len() } else { 0 }];
    let pass = Pass {
        x: layer.input().columns(x, samples),
        p: layer.output().columns(&p, samples),
        scratch: &scratch,
    };
    layer.backward(
        theta,
        pass,
        layer.output().columns_mut(&mut p_bar, samples),
        &mut theta_bar,
        want_x.then(|| layer.input().columns_mut(&mut x_bar, samples)),
        workers,
    );
    (theta_bar, x_bar)
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Accepts differences of `1e-12` times the largest element: sums of a few hundred products in another order, whose terms may cancel.
pub(crate) fn assert_close(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    let scale = a.iter().chain(b).fold(1.0, |max, v| f64::max(max, v.abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= 1e-12 * scale, "element {i}: {a} and {b}");
    }
}

/// Input shapes of pictures that are small, flat and tall alike.
pub(crate) fn pictures() -> impl Strategy<Value = Shape<3>> + Clone {
    [1..=3_usize, 1..=7, 1..=7].prop_map(|dims| Shape::new(dims).expect("small"))
}

/// So many numbers of the size of 1.
pub(crate) fn numbers(len: usize) -> impl Strategy<Value = Vec<f64>> {
    vec(-1.5..1.5_f64, len)
}
