//! Theorems that every layer satisfies: gradients are derivatives, backward is the adjoint of forward, samples do not meet.

use std::sync::Arc;

use crate::*;
use gradflow_gradcheck::GradCheck;
use gradflow_kernels::Workers;
use gradflow_layers::{
    Activation, AvgPool, Conv, CustomActivation, Cx, Dense, Describe, Draw, Init, Layer, MaxPool,
    Own, Pass, Recipe, Room, Spec, Window, strategies,
};
use gradflow_tensor::{Batch, BatchMut, Shape};
use gradflow_testing::config;
use proptest::prelude::*;
use rand::Rng;
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
        self.x.len() / self.layer.spec().input.len()
    }
}

fn cases(
    activation: impl Strategy<Value = Activation> + Clone + 'static,
) -> impl Strategy<Value = Case> {
    (pictures(), strategies::recipe(activation), 1..=3_usize)
        .prop_map(|(input, draft, samples)| (draft.layer(input).expect("small"), samples))
        .prop_flat_map(|(layer, samples)| {
            let theta = numbers(parameters(&*layer));
            let x = numbers(samples * layer.spec().input.len());
            let p_bar = numbers(samples * layer.spec().output.len());
            (Just(layer), theta, x, p_bar)
        })
        .prop_map(|(layer, theta, x, p_bar)| Case {
            layer,
            theta,
            x,
            p_bar,
        })
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
        // only where there are kinks. The slopes of the soft sign, the soft logistic and the ELU have some, at 0.
        let name = &layer.spec().name;
        let kinked = ["relu", "soft ", "elu", "hard ", "max-pool"].iter().any(|kind| name.contains(kind));
        prop_assert!(kinked || report.kinks.is_empty(), "{name}: {report}");
    }

    /// `<delta, J u> = <J^T delta, u>` where the layer is linear: in x without biases, and in theta.
    #[test]
    fn backward_is_the_adjoint_of_forward(
        (case, u) in cases(Just(Activation::Identity))
            .prop_filter("linear", |case| !case.layer.spec().name.contains("max-pool"))
            .prop_flat_map(|case| {
                let u = numbers(case.x.len());
                (Just(case), u)
            }),
    ) {
        let Case { layer, theta, x, p_bar } = &case;
        let mut linear = theta.clone();
        if let [_, bias] = &layer.spec().blocks[..] {
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
        for (x, p_bar) in x.chunks(layer.spec().input.len()).zip(p_bar.chunks(layer.spec().output.len())) {
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
        for block in &layer.spec().blocks {
            prop_assert_eq!(block.range.start, end);
            prop_assert_eq!(block.range.len(), block.dims.iter().product::<usize>());
            end = block.range.end;
        }
        prop_assert_eq!(end, theta.len());
        let p = forward(&**layer, theta, x);
        prop_assert_eq!(p.len(), case.samples() * layer.spec().output.len());
        let (low, high) = layer.spec().output_range;
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
        Arc::new(MaxPool::new(input, Window::from([4, 4]).stride([2, 2])).unwrap()),
        Arc::new(AvgPool::new(input, Window::from([4, 4]).stride([2, 2])).unwrap()),
    ];
    for layer in layers {
        threads_agree(&*layer);
    }
}

/// Does everything in its own way: whatever a pointer leaves to a default is seen.
#[derive(Debug)]
struct Peculiar(Spec);

impl Describe for Peculiar {
    fn spec(&self) -> &Spec {
        &self.0
    }

    fn recipe(&self) -> Option<Recipe> {
        Some(Recipe::named("peculiar", [("constant", 2.0)]))
    }
}

impl Layer<f64> for Peculiar {
    fn forward(
        &self,
        own: Own<f64>,
        x: Batch<f64>,
        mut p: BatchMut<f64>,
        scratch: &mut [f64],
        cx: Cx,
    ) {
        let y = own.theta[0] * x.data()[0] + own.state[0] + cx.site as f64;
        p.data()[0] = y;
        scratch[0] = 2.0 * y;
    }

    fn backward(&self, own: Own<f64>, mut pass: Pass<f64>, theta_bar: &mut [f64], cx: Cx) {
        theta_bar[0] = own.theta[0] + pass.scratch[0] + pass.p_bar.data()[0] + cx.site as f64;
    }

    fn settle(&self, samples: usize, scratch: &[f64], state: &mut [f64]) {
        state[0] = scratch[0] + samples as f64;
    }

    fn initialise(&self, theta: &mut [f64], _: &mut dyn Rng) {
        theta.fill(7.0);
    }
}

/// A layer behind a pointer says and does what it says and does itself, also where the trait has a default.
#[test]
fn pointers_are_layers() {
    let one = Shape::new([1, 1, 1]).unwrap();
    let peculiar = || {
        let room = Room { fixed: 1, each: 0 };
        let spec = Spec::new("peculiar", one, one)
            .block("weight", [1], Init::Constant(0.0))
            .state("memory", [1], Init::Constant(0.0))
            .room(room, room);
        Peculiar(spec)
    };
    /// All that a layer says and does.
    fn all(layer: &dyn Layer<f64>) -> (Spec, Option<Recipe>, Vec<f64>, Vec<f64>, Vec<f64>) {
        let mut theta = vec![f64::NAN; 1];
        layer.initialise(&mut theta, &mut Xoshiro256PlusPlus::seed_from_u64(1));
        let workers = Workers::inline();
        let cx = Cx::train(&workers, Draw::new(1, 1)).at(3);
        let (mut p, scratch) = run(layer, &theta, &[5.0], &[11.0], cx);
        let mut state = vec![5.0];
        layer.settle(3, &scratch, &mut state);
        let (theta_bar, _) = pass(layer, &theta, &[5.0], &[11.0], &[13.0], false, cx);
        p.extend(scratch);
        (layer.spec().clone(), layer.recipe(), p, state, theta_bar)
    }
    let inner = all(&peculiar());
    assert_eq!(inner.2, [7.0 * 11.0 + 5.0 + 3.0, 170.0]);
    assert_eq!(
        (&inner.3[..], &inner.4[..]),
        (&[173.0][..], &[7.0 + 170.0 + 13.0 + 3.0][..])
    );
    assert_eq!(all(&(Box::new(peculiar()) as Box<dyn Layer<f64>>)), inner);
    assert_eq!(all(&(Arc::new(peculiar()) as Arc<dyn Layer<f64>>)), inner);
    assert_eq!(all(&Box::new(Arc::new(peculiar()))), inner);
}

/// The slopes of a user's activation are kept in training alone.
#[test]
fn predictions_keep_no_slopes() {
    let custom = Activation::from(
        CustomActivation::new("half tanh", |z| 0.5 * z.tanh(), |z| 0.5 / z.cosh().powi(2))
            .with_range(-0.5, 0.5),
    );
    let layer = Dense::new(Shape::new([3, 1, 1]).unwrap(), 2, custom).unwrap();
    assert_eq!(
        (layer.spec().train.of(2), layer.spec().predict),
        (4, Room::NONE)
    );
    assert_eq!(layer.spec().output_range, (-0.5, 0.5));
    let (theta, x) = (
        [0.5, -1.0, 0.25, 1.0, 2.0, -0.5, 0.1, 0.0],
        [0.3, -0.2, 0.9],
    );
    assert_eq!(
        predict::<f64>(&layer, &theta, &x),
        forward(&layer, &theta, &x)
    );
}
