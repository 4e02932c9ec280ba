//! Normalisation, dropout and scales against their formulas, as plain as they are printed.

use crate::*;
use gradflow_kernels::{Real, Workers, dropout_number};
use gradflow_layers::strategies::PlainBatchNorm;
use gradflow_layers::{
    BatchNorm, Cx, Describe, Draw, Dropout, Layer, LayerNorm, Recipe, Registry, Rescale,
};
use gradflow_tensor::Shape;
use gradflow_testing::config;
use proptest::prelude::*;

/// Everything that two passes and settling give: output, state, gradients.
fn all<T: Real>(
    layer: &dyn Layer<T>,
    [theta, state, x, p_bar]: [&[T]; 4],
    cx: Cx<'_>,
) -> [Vec<T>; 4] {
    let (p, scratch) = run(layer, theta, state, x, cx);
    let mut settled = state.to_vec();
    layer.settle(x.len() / layer.spec().input.len(), &scratch, &mut settled);
    let (theta_bar, x_bar) = pass(layer, theta, state, x, p_bar, true, cx);
    [p, settled, theta_bar, x_bar]
}

/// Shapes of vectors, of small maps that share vectors, and of large ones.
fn shapes() -> impl Strategy<Value = Shape<3>> {
    [1..=20_usize, 1..=7, 1..=7].prop_map(|dims| Shape::new(dims).expect("small"))
}

fn case() -> impl Strategy<Value = (Shape<3>, [Vec<f64>; 4])> {
    (
        prop_oneof![
            shapes(),
            (1..=40_usize).prop_map(|n| Shape::vector(n).expect("small"))
        ],
        2..=9_usize,
    )
        .prop_flat_map(|(shape, samples)| {
            let (c, n) = (shape.dims()[0], samples * shape.len());
            (
                Just(shape),
                numbers(2 * c),
                numbers(2 * c),
                numbers(n),
                numbers(n),
            )
        })
        .prop_map(|(shape, theta, mut state, x, p_bar)| {
            let c = shape.dims()[0];
            state[c..].iter_mut().for_each(|v| *v = v.abs() + 0.1);
            (shape, [theta, state, x, p_bar])
        })
}

proptest! {
    #![proptest_config(config(120))]

    /// In training, frozen, and in prediction.
    #[test]
    fn batch_norm_is_its_formula((shape, numbers) in case(), momentum in 0.01..1.0_f64) {
        let layer = BatchNorm::new(shape, momentum, 1e-3).unwrap();
        let plain = PlainBatchNorm::new(shape, 1e-3, momentum).unwrap();
        let workers = Workers::inline();
        let [theta, state, x, p_bar] = &numbers;
        let numbers = [&theta[..], state, x, p_bar];
        let cx = Cx::train(&workers, draw());
        let own = 0..1;
        let frozen = std::slice::from_ref(&own);
        for cx in [cx, Cx { frozen, ..cx }] {
            let (found, expected) = (all(&layer, numbers, cx), all(&plain, numbers, cx));
            for (found, expected) in found.iter().zip(&expected) {
                assert_close(found, expected);
            }
        }
        let predicted = run(&layer, theta, state, x, Cx::predict(&workers)).0;
        assert_close(&predicted, &run(&plain, theta, state, x, Cx::predict(&workers)).0);
        // A frozen layer predicts, to the bit, and keeps its state.
        let kept = all(&layer, numbers, Cx { frozen, ..cx });
        prop_assert_eq!((&kept[0], &kept[1]), (&predicted, state));
    }

    #[test]
    fn layer_norm_is_its_formula(shape in shapes(), samples in 0..5_usize, seed in any::<u32>()) {
        let n = shape.len();
        let wave = |len: usize, shift: f64| -> Vec<f64> {
            (0..len).map(|i| ((i as f64 + f64::from(seed % 1000)) * 1.7 + shift).sin()).collect()
        };
        let (theta, x, p_bar) = (wave(2 * n, 0.1), wave(samples * n, 0.2), wave(samples * n, 0.3));
        let layer = LayerNorm::new(shape, 1e-3).unwrap();
        let p = forward::<f64>(&layer, &theta, &x);
        prop_assert_eq!(&p, &predict::<f64>(&layer, &theta, &x));
        let (theta_bar, x_bar) = backward::<f64>(&layer, &theta, &x, &p_bar);
        let (mut expected, mut sums) = ([Vec::new(), Vec::new()], vec![0.0; 2 * n]);
        for (x, p_bar) in x.chunks(n).zip(p_bar.chunks(n)) {
            let mean = |y: &dyn Fn(usize) -> f64| (0..n).map(y).sum::<f64>() / n as f64;
            let mu = mean(&|i| x[i]);
            let scale = 1.0 / (mean(&|i| (x[i] - mu).powi(2)) + 1e-3).sqrt();
            let u: Vec<f64> = x.iter().map(|x| (x - mu) * scale).collect();
            let y: Vec<f64> = (0..n).map(|i| theta[i] * p_bar[i]).collect();
            let (first, second) = (mean(&|i| y[i]), mean(&|i| y[i] * u[i]));
            expected[0].extend((0..n).map(|i| theta[i] * u[i] + theta[n + i]));
            expected[1].extend((0..n).map(|i| scale * (y[i] - first - u[i] * second)));
            for i in 0..n {
                sums[i] += p_bar[i] * u[i];
                sums[n + i] += p_bar[i];
            }
        }
        assert_close(&p, &expected[0]);
        assert_close(&x_bar, &expected[1]);
        assert_close(&theta_bar, &sums);
    }

    /// Element by element by the generator's definition; the gradient has the same factors; a part of the batch draws what the whole draws.
    #[test]
    fn dropout_is_its_formula(
        shape in shapes(),
        rate in prop_oneof![Just(0.0), 0.01..0.99_f64],
        seed in any::<[u64; 2]>(),
        first in any::<u32>(),
        site in 0..100_usize,
    ) {
        let (n, samples) = (shape.len(), 4);
        let layer = Dropout::new(shape, rate).unwrap();
        let x: Vec<f64> = (0..samples * n).map(|i| 1.0 + i as f64).collect();
        let workers = Workers::inline();
        let draw = Draw::new(seed[0], seed[1]).from(u64::from(first));
        let cx = Cx::train(&workers, draw).at(site);
        let (p, _) = run::<f64>(&layer, &[], &[], &x, cx);
        let row = |s: usize| cx.draw().expect("it trains").row(s as u64);
        let least = (rate * 2f64.powi(32)) as u32;
        for (i, p) in p.iter().enumerate() {
            let kept = dropout_number(row(i / n), (i % n) as u32) >= least;
            let factor = if kept { 1.0 / (1.0 - rate) } else { 0.0 };
            prop_assert_eq!(*p, x[i] * factor);
        }
        prop_assert_eq!(&pass::<f64>(&layer, &[], &[], &x, &x, true, cx).1, &p);
        prop_assert_eq!(&predict::<f64>(&layer, &[], &x), &x);
        let rest = Cx::train(&workers, draw.from(u64::from(first) + 1)).at(site);
        prop_assert_eq!(&run::<f64>(&layer, &[], &[], &x[n..], rest).0[..], &p[n..]);
    }

    /// One number for all, one for each channel, one for each element.
    #[test]
    fn scales_are_their_formula(shape in shapes(), which in [0..3_usize, 0..3], samples in 1..5_usize) {
        let (c, n) = (shape.dims()[0], shape.len());
        let [a, b] = which.map(|which| [1, c, n][which]);
        let offset: Vec<f64> = (0..a).map(|i| (i as f64).sin()).collect();
        let scale: Vec<f64> = (0..b).map(|i| 2.0 + (i as f64).cos()).collect();
        let layer = Rescale::<f64>::new(shape, &offset, &scale).unwrap();
        prop_assert_eq!(layer.recipe(), Some(Recipe::rescale(offset.clone(), scale.clone())));
        let x: Vec<f64> = (0..samples * n).map(|i| (i as f64 * 0.7).sin()).collect();
        // Where several readings fit, they are the same.
        let of = |given: &[f64], i: usize| given[i % n / (n / given.len())];
        let expected: Vec<f64> = (0..x.len()).map(|i| (x[i] - of(&offset, i)) / of(&scale, i)).collect();
        assert_close(&forward(&layer, &[], &x), &expected);
        prop_assert_eq!(forward(&layer, &[], &x), predict(&layer, &[], &x));
        let expected: Vec<f64> = (0..x.len()).map(|i| x[i] / of(&scale, i)).collect();
        assert_close(&backward(&layer, &[], &x, &x).1, &expected);
    }
}

/// The bits do not depend on the number of threads, where there is work enough to share.
#[test]
fn threads_do_not_change_a_bit() {
    for dims in [[24, 10, 10], [600, 1, 1], [100, 3, 3]] {
        let input = Shape::new(dims).unwrap();
        let recipes = [
            Recipe::batch_norm(),
            Recipe::layer_norm(),
            Recipe::dropout(0.3),
            Recipe::rescale([0.5], [3.0]),
        ];
        for recipe in recipes {
            let layer = recipe.on::<f32>(input, &Registry::default()).unwrap();
            let wave = |len: usize| (0..len).map(|i| (i as f32).sin()).collect::<Vec<_>>();
            let (theta, x) = (wave(layer.spec().parameters()), wave(130 * input.len()));
            let of = |threads| {
                let workers = Workers::new(threads);
                let cx = Cx::train(&workers, draw());
                all(&*layer, [&theta, &state(&*layer), &x, &wave(x.len())], cx)
            };
            let one = of(1);
            for threads in [2, 3, 8] {
                assert!(of(threads) == one, "{recipe:?} on {threads} threads");
            }
        }
    }
}

/// Statistics over one element say nothing; positions count as well as samples.
#[test]
fn one_element_is_refused() {
    let least = |dims| {
        BatchNorm::new(Shape::new(dims).unwrap(), 0.1, 1e-5)
            .unwrap()
            .spec()
            .least_samples
    };
    assert_eq!(
        [least([5, 1, 1]), least([5, 1, 2]), least([1, 4, 4])],
        [2, 1, 1]
    );
}
