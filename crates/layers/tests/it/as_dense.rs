//! The dense image of a convolution (36), (37) as an oracle, over random shapes with stride, padding, dilation and groups.
//!
//! `PROPTEST_CASES` sets the number of shapes.

use crate::*;
use gradflow_layers::{Activation, Conv, Describe, Padding, Recipe, Window, strategies};
use gradflow_tensor::Shape;
use gradflow_testing::config;
use proptest::prelude::*;

/// A linear convolution with parameters and a sample.
#[derive(Debug, Clone)]
struct Case {
    conv: Conv,
    theta: Vec<f64>,
    x: Vec<f64>,
}

fn cases() -> impl Strategy<Value = Case> {
    let input = prop_oneof![
        pictures().boxed(),
        // Rows longer than vectors, and many channels.
        ([1..=3_usize, 1..=4, 8..=40].prop_map(|dims| Shape::new(dims).expect("small"))).boxed(),
        ([4..=20_usize, 1..=5, 1..=9].prop_map(|dims| Shape::new(dims).expect("small"))).boxed(),
    ];
    let draft = strategies::convolution(Just(Activation::Identity));
    (input, draft)
        .prop_map(|(input, draft)| (input, draft.recipe(input).expect("small")))
        .prop_map(|(input, recipe)| match recipe {
            Recipe::Conv {
                filters,
                groups,
                window,
                activation,
                ..
            } => Conv::grouped(input, filters, groups, window, activation).expect("fits"),
            Recipe::Depthwise {
                multiplier,
                window,
                activation,
                ..
            } => Conv::depthwise(input, multiplier, window, activation).expect("fits"),
            other => panic!("not a convolution: {other:?}"),
        })
        .prop_flat_map(|conv| {
            let theta = numbers(parameters::<f64>(&conv));
            let x = numbers(conv.spec().input.len());
            (Just(conv), theta, x)
        })
        .prop_map(|(conv, theta, x)| Case { conv, theta, x })
}

/// Window, stride, zeros in front and groups of a convolution, from its recipe and the formulas of the documentation of [`Window`].
struct Sizes {
    window: Window,
    stride: [usize; 2],
    front: [usize; 2],
    groups: usize,
}

fn sizes(conv: &Conv) -> Sizes {
    let depth = conv.spec().input.dims()[0];
    let (window, groups) = match conv.recipe() {
        Some(Recipe::Conv { window, groups, .. }) => (window, groups),
        Some(Recipe::Depthwise { window, .. }) => (window, depth),
        other => panic!("{other:?}"),
    };
    let stride = window.stride.unwrap_or([1, 1]);
    let front = [0, 1].map(|d| {
        let input = conv.spec().input.dims()[d + 1];
        let reach = (window.size[d] - 1) * window.dilation[d] + 1;
        match window.padding {
            Padding::Both(both) => both[d],
            Padding::Sides { front, .. } => front[d],
            Padding::Same => {
                let outputs = input.div_ceil(stride[d]);
                ((outputs - 1) * stride[d] + reach).saturating_sub(input) / 2
            }
            Padding::Causal => reach - 1,
        }
    });
    Sizes {
        window,
        stride,
        front,
        groups,
    }
}

/// Equation (38) as it stands: bias first, then `a, b, c`; and the sum of the magnitudes of its terms.
fn naive(Case { conv, theta, x }: &Case) -> Vec<(f64, f64)> {
    let (input, output) = (conv.spec().input, conv.spec().output);
    let Sizes {
        window,
        stride,
        front,
        groups,
    } = sizes(conv);
    let [fv, fh] = window.size;
    let depth = input.dims()[0] / groups;
    let filters = output.dims()[0];
    let (filter, bias) = theta.split_at(theta.len() - filters);
    let sum = |[i, j, k]: [usize; 3]| {
        let (mut sum, mut magnitude) = (bias[i], bias[i].abs());
        for [a, b, c] in Shape::new([depth, fv, fh]).unwrap().indices() {
            let y = (b * window.dilation[0] + j * stride[0]).checked_sub(front[0]);
            let z = (c * window.dilation[1] + k * stride[1]).checked_sub(front[1]);
            let channel = i / (filters / groups) * depth + a;
            let place = y.zip(z).and_then(|(y, z)| input.flatten([channel, y, z]));
            if let Some(place) = place {
                let term = filter[((i * depth + a) * fv + b) * fh + c] * x[place];
                sum += term;
                magnitude += term.abs();
            }
        }
        (sum, magnitude)
    };
    output.indices().map(sum).collect()
}

/// The image in the order of its columns: bias first, then every weight, also those that are 0.
fn image(Case { conv, theta, x }: &Case) -> Vec<f64> {
    let (dense, image) = conv.as_dense(theta).unwrap();
    let (weight, bias) = image.split_at(x.len() * dense.spec().output.len());
    let rows = weight.chunks(x.len()).zip(bias);
    rows.map(|(row, bias)| row.iter().zip(x).fold(*bias, |sum, (w, x)| sum + w * x))
        .collect()
}

proptest! {
    #![proptest_config(config(256))]

    /// The same bits in the naive order; the kernels, in any order, within `n u sum|terms|` with `u = eps/2` and `n` the bias and the
    /// products: each term is rounded once as a product and in at most as many additions as there are products.
    #[test]
    fn is_its_dense_image(case in cases()) {
        let expected = naive(&case);
        let bits = |sums: &mut dyn Iterator<Item = f64>| sums.map(f64::to_bits).collect::<Vec<_>>();
        let naive_bits = bits(&mut expected.iter().map(|(sum, _)| *sum));
        prop_assert_eq!(naive_bits, bits(&mut image(&case).into_iter()));
        let Case { conv, theta, x } = &case;
        let filters = conv.spec().output.dims()[0];
        let n = 1 + (theta.len() - filters) / filters;
        // The naive sum is rounded like the kernels': twice the bound lies between them.
        let bound = 2.0 * n as f64 * f64::EPSILON / 2.0;
        for (p, (sum, magnitude)) in forward(conv, theta, x).iter().zip(&expected) {
            prop_assert!((p - sum).abs() <= bound * magnitude, "{p} and {sum}, {magnitude}");
        }
        // In single precision the naive sum of the same numbers is exact but for a part in 10^8 of the bound.
        let single = |v: &[f64]| v.iter().map(|v| *v as f32).collect::<Vec<f32>>();
        let double = |v: &[f32]| v.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
        let (theta, x) = (single(theta), single(x));
        let exact = naive(&Case { conv: conv.clone(), theta: double(&theta), x: double(&x) });
        let bound = n as f64 * f64::from(f32::EPSILON) / 2.0 * (1.0 + 1e-7);
        for (p, (sum, magnitude)) in forward(conv, &theta, &x).iter().zip(&exact) {
            prop_assert!((f64::from(*p) - sum).abs() <= bound * magnitude, "{p} and {sum}, {magnitude}");
        }
    }
}

#[test]
fn parameters_of_another_layer_have_no_image() {
    let conv = Conv::new(Shape::new([1, 3, 3]).unwrap(), 2, [2, 2], Activation::Tanh).unwrap();
    let error = conv.as_dense(&[1.0; 9]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conv 2@2x2 tanh: it has 10 parameters, but 9 came"
    );
    let vast = Conv::new(
        Shape::new([1, 1 << 13, 1 << 13]).unwrap(),
        1,
        [1, 1],
        Activation::Tanh,
    );
    // 2^52 weights.
    let error = vast.unwrap().as_dense(&[1.0, 1.0]).unwrap_err();
    assert!(
        error.to_string().contains("more parameters than memory"),
        "{error}"
    );
}
