//! A convolution is a dense layer with constrained weights.

mod common;

use common::*;
use gradflow_layers::{Activation, Conv, Dense, Describe, Recipe, Window, strategies};
use gradflow_tensor::Shape;
use proptest::prelude::*;

/// A convolution, its parameters, samples, and a direction in the space of its outputs.
#[derive(Debug, Clone)]
struct Case {
    conv: Conv,
    activation: Activation,
    theta: Vec<f64>,
    x: Vec<f64>,
    p_bar: Vec<f64>,
}

/// Samples of a case.
const SAMPLES: usize = 2;

impl Case {
    fn of(conv: Conv, activation: Activation) -> impl Strategy<Value = Case> {
        let theta = numbers(parameters::<f64>(&conv));
        let x = numbers(SAMPLES * conv.spec().input.len());
        let p_bar = numbers(SAMPLES * conv.spec().output.len());
        (Just(conv), Just(activation), theta, x, p_bar).prop_map(
            |(conv, activation, theta, x, p_bar)| Case {
                conv,
                activation,
                theta,
                x,
                p_bar,
            },
        )
    }

    /// Size, stride and padding.
    fn sizes(&self) -> ([usize; 2], [usize; 2], [usize; 2]) {
        match self.conv.recipe() {
            Some(Recipe::Conv {
                size,
                stride,
                padding,
                ..
            }) => (size, stride, padding),
            other => panic!("not the recipe of a convolution: {other:?}"),
        }
    }

    fn filters(&self) -> usize {
        self.conv.spec().output.dims()[0]
    }

    /// `(filter, bias)` of a vector like theta.
    fn split<'a>(&self, theta: &'a [f64]) -> (&'a [f64], &'a [f64]) {
        theta.split_at(theta.len() - self.filters())
    }

    /// The filter's position of `f_iabc`, if there is such an element.
    fn position(&self, i: usize, a: usize, b: Option<usize>, c: Option<usize>) -> Option<usize> {
        let [fv, fh] = self.sizes().0;
        let shape = Shape::new([self.filters(), self.conv.spec().input.dims()[0], fv, fh]).unwrap();
        shape.flatten([i, a, b?, c?])
    }

    /// Calls `f(row, column, filter position)` for every weight of the dense layer (37) that is not zero by construction:
    /// `w_ijk,abc = f_{i, a, b - j s_v, c - k s_h}`, where padding moves `b` and `c`.
    fn for_each_weight(&self, mut f: impl FnMut(usize, usize, usize)) {
        let ([sv, sh], [pv, ph]) = (self.sizes().1, self.sizes().2);
        for (row, [i, j, k]) in self.conv.spec().output.indices().enumerate() {
            for (column, [a, b, c]) in self.conv.spec().input.indices().enumerate() {
                let (b, c) = ((b + pv).checked_sub(j * sv), (c + ph).checked_sub(k * sh));
                if let Some(position) = self.position(i, a, b, c) {
                    f(row, column, position);
                }
            }
        }
    }

    /// Parameters of the dense layer (37) from those of the convolution.
    fn dense_theta(&self) -> Vec<f64> {
        let (filter, bias) = self.split(&self.theta);
        let inputs = self.conv.spec().input.len();
        let mut weight = vec![0.0; inputs * self.conv.spec().output.len()];
        self.for_each_weight(|row, column, f| weight[row * inputs + column] = filter[f]);
        let biases = self.conv.spec().output.indices().map(|[i, _, _]| bias[i]);
        weight.extend(biases);
        weight
    }

    /// The chain rule through (37): each filter element collects the gradients of its copies.
    fn collect(&self, dense_bar: &[f64]) -> Vec<f64> {
        let (inputs, outputs) = (self.conv.spec().input.len(), self.conv.spec().output.len());
        let mut theta_bar = vec![0.0; self.theta.len()];
        self.for_each_weight(|row, column, f| theta_bar[f] += dense_bar[row * inputs + column]);
        let bias = theta_bar.len() - self.filters();
        for (row, [i, _, _]) in self.conv.spec().output.indices().enumerate() {
            theta_bar[bias + i] += dense_bar[inputs * outputs + row];
        }
        theta_bar
    }
}

/// Sizes of one direction: the output's size is chosen, the input's follows. Strides go beyond the filter.
fn direction() -> impl Strategy<Value = [usize; 4]> {
    (1..=4_usize, 1..=3_usize, 1..=4_usize, 0..=2_usize)
        .prop_map(|(output, filter, stride, padding)| {
            let padded = (output - 1) * stride + filter;
            [padded.saturating_sub(2 * padding), filter, stride, padding]
        })
        .prop_filter("an input", |[input, ..]| *input > 0)
}

fn cases() -> impl Strategy<Value = Case> {
    let activation = strategies::activation();
    ([1..=3_usize, 1..=3], direction(), direction(), activation).prop_flat_map(
        |([depth, filters], v, h, activation)| {
            let input = Shape::new([depth, v[0], h[0]]).unwrap();
            let of = |which: usize| [v[which], h[which]];
            let conv = Conv::new(
                input,
                filters,
                Window {
                    size: of(1),
                    stride: of(2),
                    padding: of(3),
                },
                activation.clone(),
            );
            Case::of(conv.expect("the input was made to fit"), activation)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// (37), forward and both gradients.
    #[test]
    fn is_the_dense_layer_of_its_weights(case in cases()) {
        let Case { conv, activation, theta, x, p_bar } = &case;
        let dense = Dense::new(conv.spec().input, conv.spec().output.len(), activation.clone()).unwrap();
        let dense_theta = case.dense_theta();
        assert_close(&forward(conv, theta, x), &forward(&dense, &dense_theta, x));
        let (theta_bar, x_bar) = backward(conv, theta, x, p_bar);
        let (dense_bar, dense_x_bar) = backward(&dense, &dense_theta, x, p_bar);
        assert_close(&x_bar, &dense_x_bar);
        assert_close(&theta_bar, &case.collect(&dense_bar));
    }

    /// A filter of the input's size: the parameters are those of a dense layer, in the same order.
    #[test]
    fn full_filter_is_dense(case in (pictures(), 1..=4_usize, strategies::activation(), [1..=4_usize, 1..=4]).prop_flat_map(
        |(input, filters, activation, stride)| {
            let [_, vertical, horizontal] = input.dims();
            let conv = Conv::new(input, filters, Window { stride, ..Window::from([vertical, horizontal]) }, activation.clone());
            Case::of(conv.expect("one position"), activation)
        },
    )) {
        let Case { conv, activation, theta, x, p_bar } = &case;
        let dense = Dense::new(conv.spec().input, case.filters(), activation.clone()).unwrap();
        assert_close(&forward(conv, theta, x), &forward(&dense, theta, x));
        let (theta_bar, x_bar) = backward(conv, theta, x, p_bar);
        let (dense_bar, dense_x_bar) = backward(&dense, theta, x, p_bar);
        assert_close(&theta_bar, &dense_bar);
        assert_close(&x_bar, &dense_x_bar);
    }

    /// (34) with `w_abcd = Omega_ac delta_bd, b_ab = B_a`: a filter of 1x1 is one dense layer, applied to every pixel.
    #[test]
    fn one_by_one_is_dense_in_depth(case in (pictures(), 1..=4_usize, strategies::activation()).prop_flat_map(
        |(input, filters, activation)| {
            Case::of(Conv::new(input, filters, [1, 1], activation.clone()).expect("fits"), activation)
        },
    )) {
        let Case { conv, activation, theta, x, p_bar } = &case;
        let [depth, vertical, horizontal] = conv.spec().input.dims();
        let pixels = vertical * horizontal;
        let dense = Dense::new(Shape::new([depth, 1, 1]).unwrap(), case.filters(), activation.clone()).unwrap();
        // Sample s, depth a, pixel d  <->  sample (s, d), component a.
        let by_pixel = |v: &[f64]| {
            let depth = v.len() / (SAMPLES * pixels);
            let at = |n: usize| v[(n / (depth * pixels) * depth + n % depth) * pixels + n / depth % pixels];
            (0..v.len()).map(at).collect::<Vec<_>>()
        };
        let (x_of_pixels, p_bar_of_pixels) = (by_pixel(x), by_pixel(p_bar));
        assert_close(&by_pixel(&forward(conv, theta, x)), &forward(&dense, theta, &x_of_pixels));
        let (theta_bar, x_bar) = backward(conv, theta, x, p_bar);
        let (dense_bar, dense_x_bar) = backward(&dense, theta, &x_of_pixels, &p_bar_of_pixels);
        assert_close(&theta_bar, &dense_bar);
        assert_close(&by_pixel(&x_bar), &dense_x_bar);
    }

    /// A padded layer is the unpadded one on the input with zeros around it.
    #[test]
    fn padding_is_zeros_around_the_input(case in cases()) {
        let Case { conv, activation, theta, x, p_bar } = &case;
        let ([depth, vertical, horizontal], [pv, ph]) = (conv.spec().input.dims(), case.sizes().2);
        let around = Shape::new([depth, vertical + 2 * pv, horizontal + 2 * ph]).unwrap();
        let unpadded = Conv::new(around, case.filters(), Window { stride: case.sizes().1, ..Window::from(case.sizes().0) }, activation.clone()).unwrap();
        prop_assert_eq!(unpadded.spec().output, conv.spec().output);
        let inside = |s: usize, [a, b, c]: [usize; 3]| s * around.len() + around.flatten([a, b + pv, c + ph]).unwrap();
        let places: Vec<usize> = (0..SAMPLES)
            .flat_map(|s| conv.spec().input.indices().map(move |index| inside(s, index)))
            .collect();
        let mut x_around = vec![0.0; SAMPLES * around.len()];
        places.iter().zip(x).for_each(|(place, x)| x_around[*place] = *x);
        assert_close(&forward(conv, theta, x), &forward(&unpadded, theta, &x_around));
        let (theta_bar, x_bar) = backward(conv, theta, x, p_bar);
        let (unpadded_bar, x_around_bar) = backward(&unpadded, theta, &x_around, p_bar);
        assert_close(&theta_bar, &unpadded_bar);
        let inner: Vec<f64> = places.iter().map(|place| x_around_bar[*place]).collect();
        assert_close(&x_bar, &inner);
    }
}

/// (38) by hand: no flip, one bias for each output channel.
#[test]
fn correlates_without_a_flip() {
    let conv = Conv::new(
        Shape::new([1, 2, 3]).unwrap(),
        2,
        [2, 2],
        Activation::Identity,
    )
    .unwrap();
    let theta = [1.0, 10.0, 100.0, 1000.0, 0.0, 0.0, 0.0, 1.0, 0.5, -7.0];
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    assert_eq!(forward(&conv, &theta, &x), [5421.5, 6532.5, -2.0, -1.0]);
}
