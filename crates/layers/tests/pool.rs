//! Pooling against its definition, ties and NaN included.

mod common;

use common::*;
use gradflow_layers::{AvgPool, Describe, MaxPool};
use gradflow_tensor::Shape;
use proptest::collection::vec;
use proptest::prelude::*;

/// For each output, the flat positions of its window in row-major order.
fn windows(
    input: Shape<3>,
    output: Shape<3>,
    size: [usize; 2],
    stride: [usize; 2],
) -> Vec<Vec<usize>> {
    let window = Shape::new(size).unwrap();
    let at = |[i, j, k]: [usize; 3], [b, c]: [usize; 2]| {
        input
            .flatten([i, j * stride[0] + b, k * stride[1] + c])
            .expect("inside")
    };
    output
        .indices()
        .map(|index| window.indices().map(|offset| at(index, offset)).collect())
        .collect()
}

/// Input, window and stride: windows that overlap, touch, or leave elements out, also of 2x2 with stride 2.
fn sizes() -> impl Strategy<Value = (Shape<3>, [usize; 2], [usize; 2])> {
    let direction = || {
        prop_oneof![
            (1..=4_usize, 1..=3_usize, 1..=4_usize),
            (1..=4_usize, Just(2), Just(2))
        ]
    };
    (1..=3_usize, direction(), direction()).prop_map(|(depth, v, h)| {
        let input = |(output, size, stride): (usize, usize, usize)| (output - 1) * stride + size;
        (
            Shape::new([depth, input(v), input(h)]).unwrap(),
            [v.1, h.1],
            [v.2, h.2],
        )
    })
}

/// A case with values among few, so that ties are frequent, and now and then a NaN or an infinity.
fn cases() -> impl Strategy<Value = (Shape<3>, [usize; 2], [usize; 2], Vec<f64>, Vec<f64>)> {
    let value = prop_oneof![
        12 => (-2..=2_i8).prop_map(f64::from),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NEG_INFINITY),
    ];
    sizes().prop_flat_map(move |(input, size, stride)| {
        // There are no more outputs than this.
        let (x, p_bar) = (
            vec(value.clone(), 2 * input.len()),
            vec(-1.5..1.5_f64, 2 * input.len()),
        );
        (Just(input), Just(size), Just(stride), x, p_bar)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// A NaN in the window is the maximum; otherwise the first of the largest in row-major order, which takes the whole gradient.
    #[test]
    fn maximum_takes_all((input, size, stride, x, p_bar) in cases()) {
        let layer = MaxPool::strided(input, size, stride).unwrap();
        let output = layer.spec().output;
        let p_bar = &p_bar[..2 * output.len()];
        let (mut p, mut x_bar) = (Vec::new(), vec![0.0; x.len()]);
        for s in 0..2 {
            for (o, window) in windows(input, output, size, stride).iter().enumerate() {
                let value = |i: &usize| x[s * input.len() + i];
                let largest = window.iter().map(value).fold(f64::NEG_INFINITY, f64::max);
                let winner = window.iter().position(|i| value(i).is_nan())
                    .or(window.iter().position(|i| value(i) == largest))
                    .map(|n| s * input.len() + window[n])
                    .expect("one of them");
                p.push(x[winner]);
                x_bar[winner] += p_bar[s * output.len() + o];
            }
        }
        // Bits, since NaN is not equal to itself.
        let bits = |v: &[f64]| v.iter().map(|v| if v.is_nan() { None } else { Some(v.to_bits()) }).collect::<Vec<_>>();
        prop_assert_eq!(bits(&forward(&layer, &[], &x)), bits(&p));
        assert_close(&backward(&layer, &[], &x, p_bar).1, &x_bar);
    }

    /// The mean of the window; its gradient is shared equally.
    #[test]
    fn average_shares((input, size, stride, x, p_bar) in cases()) {
        let x: Vec<f64> = x.iter().map(|x| if x.is_finite() { *x } else { 0.5 }).collect();
        let layer = AvgPool::strided(input, size, stride).unwrap();
        let output = layer.spec().output;
        let p_bar = &p_bar[..2 * output.len()];
        let (mut p, mut x_bar) = (Vec::new(), vec![0.0; x.len()]);
        for s in 0..2 {
            for (o, window) in windows(input, output, size, stride).iter().enumerate() {
                p.push(window.iter().map(|i| x[s * input.len() + i]).sum::<f64>() / window.len() as f64);
                for i in window {
                    x_bar[s * input.len() + i] += p_bar[s * output.len() + o] / window.len() as f64;
                }
            }
        }
        assert_close(&forward(&layer, &[], &x), &p);
        assert_close(&backward(&layer, &[], &x, p_bar).1, &x_bar);
    }
}

#[test]
fn first_of_equals_takes_all() {
    let layer = MaxPool::new(Shape::new([1, 2, 4]).unwrap(), [2, 2]).unwrap();
    let x = [1.0, 3.0, f64::NAN, 9.0, 3.0, 3.0, 9.0, f64::NAN];
    let p = forward(&layer, &[], &x);
    assert_eq!(p[0], 3.0);
    assert!(p[1].is_nan());
    let x_bar = backward(&layer, &[], &x, &[1.0, 10.0]).1;
    assert_eq!(x_bar, [0.0, 1.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn overlapping_windows_add_up() {
    let input = Shape::new([1, 1, 3]).unwrap();
    let max = MaxPool::strided(input, [1, 2], [1, 1]).unwrap();
    assert_eq!(
        backward(&max, &[], &[0.0, 5.0, 1.0], &[1.0, 10.0]).1,
        [0.0, 11.0, 0.0]
    );
    let avg = AvgPool::strided(input, [1, 2], [1, 1]).unwrap();
    assert_eq!(
        backward(&avg, &[], &[0.0, 5.0, 1.0], &[1.0, 10.0]).1,
        [0.5, 5.5, 5.0]
    );
    assert_eq!(avg.spec().name, "avg-pool 1x2 stride 1x1");
}
