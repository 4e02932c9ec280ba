//! Theorems that every layer satisfies: gradients are derivatives, backward is the adjoint of forward, samples do not meet.

mod common;

use std::sync::Arc;

use common::*;
use gradflow_gradcheck::GradCheck;
use gradflow_kernels::Workers;
use gradflow_layers::{
    Activation, AvgPool, Conv, CustomActivation, Dense, Layer, MaxPool, strategies,
};
use gradflow_tensor::Shape;
use proptest::prelude::*;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

/// A layer with parameters, inputs and a direction in the space of its outputs.
#[derive(Debug, Clone)]
struct Case {
    layer: Arc<dyn Layer<f64>>,
    theta: Vec<f64>,
    x: Vec<f64>,
    p_bar: Vec<f64>,
}

impl Case {
    fn samples(&self) -> usize {
        self.x.len() / self.layer.input().len()
    }
}

fn cases(
    activation: impl Strategy<Value = Activation> + Clone + 'static,
) -> impl Strategy<Value = Case> {
    (pictures(), strategies::recipe(activation), 1..=3_usize)
        .prop_map(|(input, recipe, samples)| (recipe.layer(input).expect("small"), samples))
        .prop_flat_map(|(layer, samples)| {
            let theta = numbers(parameters(&*layer));
            let x = numbers(samples * layer.input().len());
            let p_bar = numbers(samples * layer.output().len());
            (Just(layer), theta, x, p_bar)
        })
        .prop_map(|(layer, theta, x, p_bar)| Case {
            layer,
            theta,
            x,
            p_bar,
        })
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(300))]

    /// The project's criterion for `L = <p_bar, p>`, in theta and x at once: `|a - n| <= 1e-6 max(|a|, |n|, max|g|)`.
    #[test]
    fn gradients_equal_differences(case in cases(strategies::activation())) {
        let Case { layer, theta, x, p_bar } = &case;
        let (theta_bar, x_bar) = backward(&**layer, theta, x, p_bar);
        let l = |q: &[f64]| {
            let (theta, x) = q.split_at(theta.len());
            dot(p_bar, &forward(&**layer, theta, x))
        };
        let report = GradCheck::new()
            .report(l, &[&theta[..], x].concat(), &[theta_bar, x_bar].concat())
            .expect("finite");
        prop_assert!(report.worst.is_none_or(|worst| worst.relative_error <= 1e-6), "{report}");
        // Components within a step of a kink are named, not judged: with numbers of the size of 1 they are few, and
        // only where there are kinks. The slopes of the soft sign and the soft logistic have some, at 0.
        let name = layer.name();
        let kinked = ["relu", "soft ", "max-pool"].iter().any(|kind| name.contains(kind));
        prop_assert!(kinked || report.kinks.is_empty(), "{name}: {report}");
    }

    /// `<delta, J u> = <J^T delta, u>` where the layer is linear: in x without biases, and in theta.
    #[test]
    fn backward_is_the_adjoint_of_forward(
        (case, u) in cases(Just(Activation::Identity))
            .prop_filter("linear", |case| !case.layer.name().starts_with("max"))
            .prop_flat_map(|case| {
                let u = numbers(case.x.len());
                (Just(case), u)
            }),
    ) {
        let Case { layer, theta, x, p_bar } = &case;
        let mut linear = theta.clone();
        if let [_, bias] = layer.blocks() {
            linear[bias.range.clone()].fill(0.0);
        }
        let (theta_bar, x_bar) = backward(&**layer, &linear, x, p_bar);
        assert_close(&[dot(p_bar, &forward(&**layer, &linear, &u))], &[dot(&x_bar, &u)]);
        if !theta.is_empty() {
            assert_close(&[dot(p_bar, &forward(&**layer, theta, x))], &[dot(&theta_bar, theta)]);
        }
    }

    /// Batch gradient = sum of the samples' gradients; outputs and input gradients are those of the samples alone.
    #[test]
    fn samples_do_not_meet(case in cases(strategies::activation())) {
        let Case { layer, theta, x, p_bar } = &case;
        let p = forward(&**layer, theta, x);
        let (theta_bar, x_bar) = backward(&**layer, theta, x, p_bar);
        let mut sum = vec![0.0; theta.len()];
        let (mut one_by_one, mut x_bars) = (Vec::new(), Vec::new());
        for (x, p_bar) in x.chunks(layer.input().len()).zip(p_bar.chunks(layer.output().len())) {
            one_by_one.extend(forward(&**layer, theta, x));
            let (theta_bar, x_bar) = backward(&**layer, theta, x, p_bar);
            sum.iter_mut().zip(theta_bar).for_each(|(sum, bar)| *sum += bar);
            x_bars.extend(x_bar);
        }
        assert_close(&p, &one_by_one);
        assert_close(&x_bar, &x_bars);
        assert_close(&theta_bar, &sum);
    }

    /// The first layer's input gradient is not asked for; the parameters' gradient is the same, to the bit.
    #[test]
    fn input_gradient_is_optional(case in cases(strategies::activation())) {
        let Case { layer, theta, x, p_bar } = &case;
        let workers = Workers::inline();
        let (without, _) = backward_with(&**layer, theta, x, p_bar, false, &workers);
        prop_assert_eq!(without, backward(&**layer, theta, x, p_bar).0);
    }

    /// A batch without samples has the gradient 0.
    #[test]
    fn nothing_has_no_gradient(case in cases(strategies::activation())) {
        let (theta_bar, x_bar) = backward(&*case.layer, &case.theta, &[], &[]);
        prop_assert!(theta_bar.iter().all(|bar| *bar == 0.0));
        prop_assert!(x_bar.is_empty());
    }

    /// What the layer says of itself: blocks without gaps, sizes that multiply out, values in the range stated.
    #[test]
    fn descriptions_are_true(case in cases(strategies::activation())) {
        let Case { layer, theta, x, .. } = &case;
        let mut end = 0;
        for block in layer.blocks() {
            prop_assert_eq!(block.range.start, end);
            prop_assert_eq!(block.range.len(), block.dims.iter().product::<usize>());
            end = block.range.end;
        }
        prop_assert_eq!(end, theta.len());
        let p = forward(&**layer, theta, x);
        prop_assert_eq!(p.len(), case.samples() * layer.output().len());
        let (low, high) = layer.output_range();
        prop_assert!(p.iter().all(|p| (low..=high).contains(p)));
    }
}

/// The same bits for any number of threads, where there is work enough to share.
#[test]
fn threads_do_not_change_a_bit() {
    let input = Shape::new([3, 12, 12]).unwrap();
    let layers: [Arc<dyn Layer<f32>>; 4] = [
        Arc::new(Dense::new(input, 30, Activation::Tanh).unwrap()),
        Arc::new(Conv::new(input, 8, [3, 3], Activation::SqrtSquare).unwrap()),
        Arc::new(MaxPool::strided(input, [4, 4], [2, 2]).unwrap()),
        Arc::new(AvgPool::strided(input, [4, 4], [2, 2]).unwrap()),
    ];
    for layer in layers {
        // Any numbers will do that are not round.
        let wave = |len: usize| (0..len).map(|i| (i as f32).sin()).collect::<Vec<_>>();
        let theta = wave(parameters(&*layer));
        let (x, p_bar) = (wave(40 * input.len()), wave(40 * layer.output().len()));
        let of = |threads| {
            let workers = Workers::new(threads);
            let p = forward_and_scratch(&*layer, &theta, &x, &workers).0;
            (
                p,
                backward_with(&*layer, &theta, &x, &p_bar, true, &workers),
            )
        };
        let one = of(1);
        for threads in [2, 3, 8] {
            assert!(of(threads) == one, "{} on {threads} threads", layer.name());
        }
    }
}

/// A layer behind a pointer says and does what it says and does itself, also where the trait has a default.
#[test]
fn pointers_are_layers() {
    let custom = Activation::from(
        CustomActivation::new("half tanh", |z| 0.5 * z.tanh(), |z| 0.5 / z.cosh().powi(2))
            .with_range(-0.5, 0.5),
    );
    let layer = Dense::new(Shape::new([3, 1, 1]).unwrap(), 2, custom).unwrap();
    let inner: &dyn Layer<f64> = &layer;
    let boxed: Box<dyn Layer<f64>> = Box::new(layer.clone());
    let shared: Arc<dyn Layer<f64>> = Arc::new(layer.clone());
    let x = [0.3, -0.2, 0.9, 1.0, 0.0, -1.1];
    for outer in [&boxed as &dyn Layer<f64>, &shared] {
        assert_eq!(outer.name(), inner.name());
        assert_eq!(outer.input(), inner.input());
        assert_eq!(outer.output(), inner.output());
        assert_eq!(outer.blocks(), inner.blocks());
        assert_eq!(outer.scratch(2), inner.scratch(2));
        assert_eq!(outer.output_range(), (-0.5, 0.5));
        let initial = [outer, inner].map(|layer| {
            let mut theta = vec![f64::NAN; 8];
            layer.initialise(&mut theta, &mut Xoshiro256PlusPlus::seed_from_u64(1));
            theta
        });
        assert_eq!(initial[0], initial[1]);
        let passes = [outer, inner].map(|layer| backward(layer, &initial[0], &x, &[1.0; 4]));
        assert_eq!(passes[0], passes[1]);
    }
}
