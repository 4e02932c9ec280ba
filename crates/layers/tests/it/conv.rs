//! A convolution is a dense layer with constrained weights.

use crate::*;
use gradflow_layers::{Activation, Conv, Dense, Describe, Padding, Remainder, Window, strategies};
use gradflow_tensor::Shape;
use gradflow_testing::config;
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

    fn filters(&self) -> usize {
        self.conv.spec().output.dims()[0]
    }

    /// Calls `f(row, column, filter position)` for every weight of the dense layer (37) that is not zero by construction, which are
    /// found as the ones that differ in the image of a filter of distinct numbers.
    fn for_each_weight(&self, mut f: impl FnMut(usize, usize, usize)) {
        let numbered: Vec<f64> = (0..self.theta.len()).map(|i| (i + 1) as f64).collect();
        let (_, image) = self.conv.as_dense(&numbered).expect("small");
        let inputs = self.conv.spec().input.len();
        let weights = inputs * self.conv.spec().output.len();
        for (place, w) in image[..weights].iter().enumerate() {
            if *w > 0.0 {
                f(place / inputs, place % inputs, *w as usize - 1);
            }
        }
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

/// Sizes of one direction: output, filter, stride, dilation, padding in front and behind; the input's follows. Strides go beyond the filter.
fn direction() -> impl Strategy<Value = [usize; 6]> {
    let padding = (0..=2_usize, 0..=2_usize);
    (1..=4_usize, 1..=3_usize, 1..=4_usize, 1..=3_usize, padding)
        .prop_map(|(output, filter, stride, dilation, (front, behind))| {
            let padded = (output - 1) * stride + (filter - 1) * dilation + 1;
            let input = padded.saturating_sub(front + behind);
            [input, filter, stride, dilation, front, behind]
        })
        .prop_filter("an input", |[input, ..]| *input > 0)
}

/// Any input and window that rounds.
fn rounded() -> impl Strategy<Value = ([usize; 2], Window)> {
    let remainder = proptest::sample::select(vec![Remainder::Floor, Remainder::Ceil]);
    let kind = proptest::sample::select(vec![
        Padding::Same,
        Padding::Causal,
        Padding::Both([1, 0]),
        Padding::Sides {
            front: [0, 2],
            behind: [3, 1],
        },
    ]);
    let axis = || (1..=7_usize, 1..=3_usize, 1..=4_usize, 1..=3_usize);
    ([axis(), axis()], kind, remainder).prop_map(|(axes, padding, remainder)| {
        // No window is larger than the input.
        let input = axes.map(|(input, size, _, dilation)| input.max((size - 1) * dilation + 1));
        let window = Window::from(axes.map(|(_, size, ..)| size))
            .stride(axes.map(|(_, _, stride, _)| stride))
            .dilation(axes.map(|(.., dilation)| dilation));
        (input, window.padding(padding).remainder(remainder))
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let exact = [direction(), direction()].prop_map(|[v, h]| {
        let of = |which: usize| [v[which], h[which]];
        let padding = Padding::Sides {
            front: of(4),
            behind: of(5),
        };
        let window = Window::from(of(1)).stride(of(2)).dilation(of(3));
        (of(0), window.padding(padding))
    });
    let depths = prop_oneof![
        2 => (1..=3_usize, 1..=3_usize, Just(1)),
        1 => (1..=2_usize, 1..=2_usize, 2..=3_usize),
        1 => (Just(1), 1..=2_usize, 2..=9_usize),
    ];
    let windows = prop_oneof![exact, rounded()];
    (depths, windows, strategies::activation()).prop_flat_map(
        |((depth, filters, groups), ([vertical, horizontal], window), activation)| {
            let input = Shape::new([depth * groups, vertical, horizontal]).unwrap();
            let filters = filters * groups;
            let conv = Conv::grouped(input, filters, groups, window, activation.clone());
            Case::of(conv.expect("the input was made to fit"), activation)
        },
    )
}

proptest! {
    #![proptest_config(config(300))]

    /// (37), forward and both gradients.
    #[test]
    fn is_the_dense_layer_of_its_weights(case in cases()) {
        let Case { conv, activation, theta, x, p_bar } = &case;
        let (dense, dense_theta) = conv.as_dense(theta).unwrap();
        prop_assert_eq!(dense.spec().output.len(), conv.spec().output.len());
        prop_assert!(dense.spec().name.ends_with(&activation.to_string()));
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
            let conv = Conv::new(input, filters, Window::from([vertical, horizontal]).stride(stride), activation.clone());
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
    fn padding_is_zeros_around_the_input(
        (case, [top, left], [below, right]) in (pictures(), 1..=3_usize, [0..=2_usize, 0..=2], [0..=2_usize, 0..=2])
            .prop_flat_map(|(input, filters, front, behind)| {
                let window = Window::from([1, 1]).padding(Padding::Sides { front, behind });
                let conv = Conv::new(input, filters, window, Activation::Tanh).expect("fits");
                (Case::of(conv, Activation::Tanh), Just(front), Just(behind))
            }),
    ) {
        let Case { conv, activation, theta, x, p_bar } = &case;
        let [depth, vertical, horizontal] = conv.spec().input.dims();
        let around = Shape::new([depth, vertical + top + below, horizontal + left + right]).unwrap();
        let unpadded = Conv::new(around, case.filters(), [1, 1], activation.clone()).unwrap();
        prop_assert_eq!(unpadded.spec().output, conv.spec().output);
        let inside = |s: usize, [a, b, c]: [usize; 3]| s * around.len() + around.flatten([a, b + top, c + left]).unwrap();
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
