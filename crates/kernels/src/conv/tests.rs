//! Every kernel of every pass, at every level, against the equations as they stand.

use gradflow_testing::config;
use proptest::prelude::*;

use super::backward_filter::backward_filter_by;
use super::backward_input::backward_input_by;
use super::choice::{Choice, Lanes};
use super::definition::{Case, Sum};
use super::depthwise::{self, Depthwise};
use super::forward::forward_by;
use super::shape::Part;
use super::widths::widths;
use super::*;
use crate::Real;
use crate::cpu::{Level, available};
use crate::number::is_single;
use crate::{Unary, Workers};

/// All choices that a shape may be given at a level.
fn choices<T: Real>(level: Level, shape: &ConvShape) -> Vec<Choice<'_>> {
    let choice = |lanes| {
        let widths = widths(level, T::ZERO);
        widths.into_iter().map(move |width| Choice {
            shape,
            level,
            lanes,
            width,
            single: is_single::<T>(),
        })
    };
    let by_rows = choice(Lanes::Positions).filter(|_| shape.stride[1] == 1);
    choice(Lanes::Channels).chain(by_rows).collect()
}

/// Runs a pass of every group by one choice.
fn for_each_group(shape: &ConvShape, mut pass: impl FnMut(Part<'_>, usize)) {
    (0..shape.groups).for_each(|group| pass(Part { shape, group }, group));
}

fn forward_all<T: Real>(
    choice: Choice<'_>,
    shape: &ConvShape,
    [filter, bias, x]: [&[T]; 3],
    p: &mut [T],
    f: Unary<T>,
    workers: &Workers,
) {
    let (n, depth) = (choice.shape.filter_len(), choice.shape.output[0]);
    for_each_group(shape, |part, g| {
        let own = [&filter[g * n..][..n], &bias[g * depth..][..depth]];
        forward_by(choice, part, own, x, p, f, workers);
    });
}

fn backward_filter_all<T: Real>(
    choice: Choice<'_>,
    shape: &ConvShape,
    [x, delta]: [&[T]; 2],
    [filter_bar, bias_bar]: [&mut [T]; 2],
    workers: &Workers,
) {
    let (n, depth) = (choice.shape.filter_len(), choice.shape.output[0]);
    for_each_group(shape, |part, g| {
        let bars = [
            &mut filter_bar[g * n..][..n],
            &mut bias_bar[g * depth..][..depth],
        ];
        backward_filter_by(choice, part, x, delta, bars, workers);
    });
}

fn backward_input_all<T: Real>(
    choice: Choice<'_>,
    shape: &ConvShape,
    [filter, delta]: [&[T]; 2],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let n = choice.shape.filter_len();
    for_each_group(shape, |part, g| {
        backward_input_by(choice, part, &filter[g * n..][..n], delta, x_bar, workers);
    });
}

fn check<T: Real>(case: &Case) -> Result<(), TestCaseError> {
    let (shape, group) = (&case.shape, &case.shape.part());
    let (z, filter_bar, x_bar) = (case.z(), case.filter_bar(), case.x_bar());
    let (x, delta, filter, bias) = (
        case.x::<T>(),
        case.delta::<T>(),
        case.filter::<T>(),
        case.bias::<T>(),
    );
    let nan = T::from_f64(f64::NAN);
    let epsilon = T::EPSILON.to_f64();
    let agree = |sums: &[Sum], out: &[T]| {
        sums.len() == out.len()
            && sums
                .iter()
                .zip(out)
                .all(|(sum, x)| sum.is(x.to_f64(), epsilon))
    };
    for level in available() {
        depthwise_kernels::<T>(level, case)?;
        for choice in choices::<T>(level, group) {
            if choice.lanes == Lanes::Channels || shape.output[2] >= choice.width {
                let mut one = vec![nan; z.len()];
                let mut three = one.clone();
                for (p, threads) in [(&mut one, 1), (&mut three, 3)] {
                    let (workers, f) = (Workers::new(threads), Unary::Identity);
                    forward_all(choice, shape, [&filter, &bias, &x], p, f, &workers);
                }
                prop_assert!(agree(&z, &one), "forward, {choice:?}");
                prop_assert_eq!(&one, &three);
                relu_is_fused::<T>(choice, case)?;
            }
            let mut one = vec![nan; filter_bar.len()];
            let mut three = one.clone();
            for (bar, threads) in [(&mut one, 1), (&mut three, 3)] {
                let (f, b) = bar.split_at_mut(shape.filter_len());
                let workers = Workers::new(threads);
                backward_filter_all(choice, shape, [&x, &delta], [f, b], &workers);
            }
            prop_assert!(agree(&filter_bar, &one), "filter gradient, {choice:?}");
            prop_assert_eq!(&one, &three);
            if choice.lanes == Lanes::Channels {
                let mut one = vec![nan; x_bar.len()];
                let mut three = one.clone();
                for (bar, threads) in [(&mut one, 1), (&mut three, 3)] {
                    let workers = Workers::new(threads);
                    backward_input_all(choice, shape, [&filter, &delta], bar, &workers);
                }
                prop_assert!(agree(&x_bar, &one), "input gradient, {choice:?}");
                prop_assert_eq!(&one, &three);
            }
        }
    }
    Ok(())
}

/// The kernels of depthwise convolutions, where the shape is one.
fn depthwise_kernels<T: Real>(level: Level, case: &Case) -> Result<(), TestCaseError> {
    let shape = &case.shape;
    let Some(all) = Depthwise::at(level, shape) else {
        return Ok(());
    };
    let (x, delta, filter) = (case.x::<T>(), case.delta::<T>(), case.filter::<T>());
    let (bias, nan) = (case.bias::<T>(), T::from_f64(f64::NAN));
    let epsilon = T::EPSILON.to_f64();
    let run = |threads| {
        let workers = Workers::new(threads);
        let (mut p, mut x_bar) = (vec![nan; delta.len()], vec![nan; x.len()]);
        let mut bars = vec![nan; filter.len() + bias.len()];
        let (f, b) = bars.split_at_mut(filter.len());
        depthwise::forward(all, [&filter, &bias], &x, &mut p, Unary::Identity, &workers);
        depthwise::backward_input(all, &filter, &delta, &mut x_bar, &workers);
        depthwise::backward_filter(all, &x, &delta, [f, b], &workers);
        let mut relu = vec![nan; delta.len()];
        depthwise::forward(all, [&filter, &bias], &x, &mut relu, Unary::Relu, &workers);
        [p, x_bar, bars, relu]
    };
    let [p, x_bar, bars, relu] = run(1);
    let agree = |sums: &[Sum], out: &[T]| {
        sums.len() == out.len()
            && sums
                .iter()
                .zip(out)
                .all(|(sum, x)| sum.is(x.to_f64(), epsilon))
    };
    prop_assert!(agree(&case.z(), &p), "depthwise forward, {level:?}");
    prop_assert!(
        agree(&case.x_bar(), &x_bar),
        "depthwise input gradient, {level:?}"
    );
    prop_assert!(
        agree(&case.filter_bar(), &bars),
        "depthwise filter gradient, {level:?}"
    );
    let mut positive = p.clone();
    Unary::Relu.apply(&mut positive);
    prop_assert_eq!(&relu, &positive);
    prop_assert_eq!(run(3), [p, x_bar, bars, relu]);
    Ok(())
}

/// ReLU gives the bits of a pass over the sums, also where these are NaN or infinite.
fn relu_is_fused<T: Real>(choice: Choice<'_>, case: &Case) -> Result<(), TestCaseError> {
    let shape = &case.shape;
    let (filter, bias, mut x) = (case.filter::<T>(), case.bias::<T>(), case.x::<T>());
    let n = x.len();
    x[n / 3] = T::from_f64(f64::NAN);
    x[n / 2] = T::INFINITY;
    let run = |f| {
        let mut p = vec![T::ZERO; case.samples * shape.output_len()];
        let data = [&filter[..], &bias, &x];
        forward_all(choice, shape, data, &mut p, f, &Workers::inline());
        p
    };
    let mut expected = run(Unary::Identity);
    Unary::Relu.apply(&mut expected);
    let same = |(p, q): (&T, &T)| p == q || p.is_nan() && q.is_nan();
    let p = run(Unary::Relu);
    prop_assert!(p.iter().zip(&expected).all(same), "ReLU, {choice:?}");
    Ok(())
}

/// The sizes of one direction.
#[derive(Debug, Clone, Copy)]
struct Direction {
    output: usize,
    filter: usize,
    stride: usize,
    dilation: usize,
    padding: [usize; 2],
    input: usize,
}

/// Half of them as in most networks: no dilation, as much padding behind as in front, nothing left over.
fn direction(most: usize) -> impl Strategy<Value = Direction> {
    let sizes = (1..=most, 1..=6usize, 1..=4usize, 1..=4usize);
    let rest = ([0..4usize, 0..4], 0..4usize, any::<bool>());
    (sizes, rest).prop_filter_map(
        "an input of at least one element",
        |((output, filter, stride, dilation), (padding, left, usual))| {
            let (dilation, padding, left) = match usual {
                true => (1, [padding[0]; 2], 0),
                false => (dilation, padding, left % stride),
            };
            let padded = (output - 1) * stride + (filter - 1) * dilation + 1 + left;
            let input = padded.checked_sub(padding[0] + padding[1])?;
            (input > 0).then_some(Direction {
                output,
                filter,
                stride,
                dilation,
                padding,
                input,
            })
        },
    )
}

fn cases() -> impl Strategy<Value = Case> {
    let depth = || prop_oneof![1..=5usize, 6..=20usize];
    let depths = prop_oneof![
        3 => (depth(), depth(), Just(1)),
        1 => (1..=3usize, 1..=3usize, 2..=3usize),
        1 => (Just(1), 1..=2usize, 2..=9usize),
    ];
    (
        depths,
        direction(7),
        prop_oneof![direction(7), direction(36)],
        1..=3usize,
        any::<u64>(),
    )
        .prop_map(|((id, od, groups), v, h, samples, seed)| Case {
            shape: ConvShape {
                input: [id * groups, v.input, h.input],
                output: [od * groups, v.output, h.output],
                filter: [v.filter, h.filter],
                stride: [v.stride, h.stride],
                dilation: [v.dilation, h.dilation],
                padding: [v.padding, h.padding],
                groups,
            },
            samples,
            seed,
        })
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn every_kernel_computes_its_equation_f32(case in cases()) {
        check::<f32>(&case)?;
    }

    #[test]
    fn every_kernel_computes_its_equation_f64(case in cases()) {
        check::<f64>(&case)?;
    }

    /// `<delta, z(x) - bias> = <x_bar(delta), x> = <filter_bar(delta, x), filter>`
    #[test]
    fn the_gradients_are_adjoint(case in cases()) {
        let (shape, workers) = (&case.shape, Workers::inline());
        let (x, delta, filter) = (case.x::<f64>(), case.delta::<f64>(), case.filter::<f64>());
        let (mut z, mut x_bar) = (vec![0.0; delta.len()], vec![0.0; x.len()]);
        let (mut filter_bar, mut bias_bar) = (vec![0.0; filter.len()], vec![0.0; shape.output[0]]);
        conv_forward(shape, &filter, &vec![0.0; shape.output[0]], &x, &mut z, Unary::Identity, &workers);
        conv_backward_input(shape, &filter, &delta, &mut x_bar, &workers);
        conv_backward_filter(shape, &x, &delta, &mut filter_bar, &mut bias_bar, &workers);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let expected = dot(&delta, &z);
        // Every number is less than 1; a product of three is less too, and there are `work / 2` in each sample.
        let tolerance = f64::EPSILON * (case.samples * shape.work()) as f64 * 10.0;
        prop_assert!((dot(&x_bar, &x) - expected).abs() <= tolerance);
        prop_assert!((dot(&filter_bar, &filter) - expected).abs() <= tolerance);
    }
}

fn shape(input: [usize; 3], depth: usize, filter: usize, stride: usize, pad: usize) -> ConvShape {
    let out = |i: usize| (i + 2 * pad - filter) / stride + 1;
    ConvShape {
        input,
        output: [depth, out(input[1]), out(input[2])],
        filter: [filter; 2],
        stride: [stride; 2],
        dilation: [1; 2],
        padding: [[pad; 2]; 2],
        groups: 1,
    }
}

#[test]
fn shapes_of_networks_and_many_samples() {
    for (shape, samples) in [
        (shape([1, 28, 28], 5, 3, 1, 0), 20),
        (shape([5, 26, 26], 8, 5, 3, 0), 20),
        (shape([1, 28, 28], 16, 5, 1, 0), 2),
        (shape([3, 32, 32], 5, 3, 1, 0), 9),
        (shape([20, 7, 7], 33, 3, 1, 1), 2),
        (shape([17, 5, 5], 9, 1, 1, 0), 200),
        (shape([3, 16, 16], 4, 2, 7, 0), 1),
    ] {
        let case = Case {
            shape,
            samples,
            seed: 7,
        };
        check::<f32>(&case).unwrap();
    }
}

#[test]
fn the_function_is_applied_to_every_output() {
    for shape in [
        shape([3, 20, 20], 5, 3, 1, 0),
        shape([3, 21, 21], 18, 3, 2, 0),
    ] {
        let case = Case {
            shape,
            samples: 3,
            seed: 1,
        };
        let workers = Workers::inline();
        let run = |f| {
            let mut p = vec![0.0; case.samples * shape.output_len()];
            let (filter, bias, x) = (case.filter::<f32>(), case.bias(), case.x());
            conv_forward(&shape, &filter, &bias, &x, &mut p, f, &workers);
            p
        };
        let mut expected = run(Unary::Identity);
        Unary::Relu.apply(&mut expected);
        assert_eq!(run(Unary::Relu), expected);
        assert!(expected.contains(&0.0) && expected.iter().any(|p| *p > 0.0));
    }
}

/// Sums over positions and samples, of equal terms, whose roundings all go the same way.
#[test]
fn long_sums_keep_their_digits() {
    for (shape, samples) in [
        (shape([1, 502, 502], 2, 3, 1, 0), 2),
        (shape([1, 3, 70_002], 1, 3, 1, 0), 1),
        (shape([2, 34, 34], 17, 3, 1, 0), 300),
        (shape([1, 5, 5], 2, 3, 2, 0), 50_000),
        (shape([1, 1, 1], 2, 1, 1, 0), 1_000_000),
    ] {
        let terms = samples * shape.output[1] * shape.output[2];
        let x = vec![1.0_f32; samples * shape.input_len()];
        let delta = vec![0.1_f32; samples * shape.output_len()];
        let exact = terms as f64 * f64::from(0.1_f32);
        for level in available() {
            for choice in choices::<f32>(level, &shape) {
                let run = |threads| {
                    let mut bars = [vec![0.0; shape.filter_len()], vec![0.0; shape.output[0]]];
                    let [f, b] = &mut bars;
                    let workers = Workers::new(threads);
                    backward_filter_all(choice, &shape, [&x, &delta], [f, b], &workers);
                    bars
                };
                let bars = run(1);
                assert_eq!(bars, run(3));
                for sum in bars.iter().flatten() {
                    let error = f64::from(*sum) / exact - 1.0;
                    assert!(
                        error.abs() < 1e-5,
                        "{choice:?}, {shape:?}: off by {error:e}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_samples_have_no_gradient() {
    let shape = shape([2, 5, 5], 3, 3, 1, 0);
    let (mut filter_bar, mut bias_bar) = (vec![1.0; shape.filter_len()], vec![1.0; 3]);
    conv_backward_filter(
        &shape,
        &[],
        &[],
        &mut filter_bar,
        &mut bias_bar,
        &Workers::inline(),
    );
    assert!(filter_bar.iter().chain(&bias_bar).all(|g: &f32| *g == 0.0));
}

#[test]
#[should_panic(expected = "incompatible")]
fn sizes_that_do_not_belong_together_are_refused() {
    let mut wrong = shape([1, 5, 5], 1, 3, 1, 0);
    wrong.output[2] += 1;
    let mut p = vec![0.0f32; wrong.output_len()];
    conv_forward(
        &wrong,
        &[0.0; 9],
        &[0.0],
        &[0.0; 25],
        &mut p,
        Unary::Identity,
        &Workers::inline(),
    );
}

/// Checks `start + terms w`.
fn close(found: &[f32], terms: usize, w: f32, start: f64) {
    let exact = start + terms as f64 * f64::from(w);
    for found in found {
        let error = f64::from(*found) / exact - 1.0;
        assert!(error.abs() < 1e-5, "{terms} terms: off by {error:e}");
    }
}

#[test]
fn a_forward_pass_over_many_terms_keeps_its_digits() {
    for shape in [
        shape([513, 1, 37], 3, 1, 1, 0),
        shape([1500, 3, 40], 9, 3, 1, 0),
        shape([200_000, 1, 1], 9, 1, 1, 0),
    ] {
        let (filter, x) = (vec![0.1; shape.filter_len()], vec![1.0; shape.input_len()]);
        let bias = vec![3.0; shape.output[0]];
        for level in available() {
            let all = choices::<f32>(level, &shape).into_iter();
            let by_rows = |c: &Choice<'_>| c.lanes == Lanes::Channels || shape.output[2] >= c.width;
            for choice in all.filter(by_rows) {
                let mut p = vec![f32::NAN; shape.output_len()];
                let workers = Workers::inline();
                forward_all(
                    choice,
                    &shape,
                    [&filter, &bias, &x],
                    &mut p,
                    Unary::Relu,
                    &workers,
                );
                close(&p, shape.taps(), 0.1, 3.0);
                let filter = filter.iter().map(|w| -w).collect::<Vec<_>>();
                forward_all(
                    choice,
                    &shape,
                    [&filter, &bias, &x],
                    &mut p,
                    Unary::Relu,
                    &workers,
                );
                assert!(p.iter().all(|p| *p == 0.0));
            }
        }
    }
}

#[test]
fn an_input_gradient_of_many_terms_keeps_its_digits() {
    // Of strides that reach all inputs, and of one that leaves gaps.
    for (shape, gap) in [
        (shape([2, 1, 9], 1500, 1, 1, 0), 1),
        (shape([9, 1, 1], 200_000, 1, 1, 0), 1),
        (shape([3, 1, 9], 1500, 1, 2, 0), 2),
    ] {
        let (filter, delta) = (vec![0.1; shape.filter_len()], vec![1.0; shape.output_len()]);
        for level in available() {
            for choice in choices::<f32>(level, &shape) {
                if choice.lanes == Lanes::Positions {
                    continue;
                }
                let mut x_bar = vec![f32::NAN; shape.input_len()];
                let workers = Workers::inline();
                backward_input_all(choice, &shape, [&filter, &delta], &mut x_bar, &workers);
                for row in x_bar.chunks(shape.input[2]) {
                    for (i, x_bar) in row.iter().enumerate() {
                        if i % gap == 0 {
                            close(&[*x_bar], shape.output[0], 0.1, 0.0);
                        } else {
                            assert_eq!(*x_bar, 0.0);
                        }
                    }
                }
            }
        }
    }
}
