//! The objective that solvers see: gradient and products with the second derivative, by differences.

use gradflow_kernels::Workers;
use gradflow_loss::{Cost, Loss, Output, mean_one_weights};
use gradflow_optim::Objective;
use gradflow_tensor::Batch;
use proptest::prelude::*;

use super::linear::Linear;
use super::objective::{Regression, Scales};

/// Numbers of a sine, some in [-1, 1].
fn wave(len: usize, seed: f64) -> Vec<f64> {
    (0..len).map(|i| ((i as f64 + 1.0) * seed).sin()).collect()
}

/// A cost for so many outputs.
fn cost(outputs: usize, squared: bool) -> Cost {
    let (output, loss) = match (outputs, squared) {
        (1, false) => (Output::Logistic, Loss::CrossEntropy),
        (1, true) => (Output::Logistic, Loss::SquaredError),
        (_, false) => (Output::Softmax, Loss::CategoricalCrossEntropy),
        (_, true) => (Output::Softmax, Loss::SquaredError),
    };
    Cost::new(output, loss).expect("a cost")
}

proptest! {
    #[test]
    fn gradients_and_products_are_those_of_the_value(
        samples in 1..600_usize,
        inputs in 1..6_usize,
        outputs in 1..5_usize,
        (squared, weighted, intercept, unit) in any::<(bool, bool, bool, bool)>(),
        lam in 0.0..0.5_f64,
        seed in 0.3..0.9_f64,
        offset in -3.0..3.0_f64,
    ) {
        let cost = cost(outputs, squared);
        let x: Vec<f64> = wave(samples * inputs, seed).iter().map(|x| x + offset).collect();
        let mut y = vec![0.0; samples * outputs];
        for (s, y) in y.chunks_exact_mut(outputs).enumerate() {
            match outputs {
                1 => y[0] = (s % 2) as f64,
                _ => y[(s * s) % outputs] = 1.0,
            }
        }
        let weights: Vec<f64> = (0..samples).map(|s| 0.5 + (s % 3) as f64).collect();
        let weights = mean_one_weights(samples, &weights).expect("weights");
        let (x, y) = (Batch::new(&x, inputs).expect("x"), Batch::new(&y, outputs).expect("y"));
        let scales = Scales::of(x, lam, intercept).expect("scales");
        let scales = if unit { scales.unit() } else { scales };
        let workers = Workers::inline();
        let weights = weighted.then_some(&weights[..]);
        let linear = Linear::new(&cost, x, y, weights, &workers).expect("memory");
        let centre = wave(outputs * inputs, 0.7);
        let mut regression =
            Regression::new(linear, &scales, lam, Some(&centre), outputs).expect("memory");
        let n = Objective::<f64>::dimension(&regression);
        let (q, v) = (wave(n, 1.1), wave(n, 2.3));
        let h = 1e-5;
        let along = |t: f64| -> Vec<f64> { q.iter().zip(&v).map(|(q, v)| q + t * v).collect() };
        let mut j = vec![0.0; n];
        let mut ends = [(); 2].map(|()| (0.0, vec![0.0; n]));
        for (t, end) in [-h, h].into_iter().zip(&mut ends) {
            end.0 = regression.value_and_gradient(&along(t), &mut end.1);
        }
        let value = regression.value_and_gradient(&q, &mut j);
        prop_assert_eq!(regression.value(&q), value);
        let slope: f64 = j.iter().zip(&v).map(|(j, v)| j * v).sum();
        let difference = (ends[1].0 - ends[0].0) / (2.0 * h);
        let size = j.iter().fold(1.0_f64, |m, j| m.max(j.abs()));
        prop_assert!((slope - difference).abs() <= 1e-6 * size, "{slope} {difference}");

        let mut hv = vec![0.0; n];
        let known = regression.curvature(&q, &v, &mut hv);
        // The soft-max's squared error has no closed form here.
        prop_assert_eq!(known, outputs == 1 || !squared);
        if known {
            let size = hv.iter().fold(1.0_f64, |m, h| m.max(h.abs()));
            for i in 0..n {
                let difference = (ends[1].1[i] - ends[0].1[i]) / (2.0 * h);
                prop_assert!((hv[i] - difference).abs() <= 1e-6 * size, "{i}: {} {difference}", hv[i]);
            }
            // A product elsewhere first goes there.
            let (mut there, mut again) = (vec![0.0; n], vec![0.0; n]);
            regression.curvature(&along(0.3), &v, &mut there);
            regression.value_and_gradient(&along(0.3), &mut j);
            regression.curvature(&along(0.3), &v, &mut again);
            prop_assert_eq!(&again, &there);
            regression.curvature(&q, &v, &mut again);
            prop_assert_eq!(&again, &hv);
        }
    }
}

/// In unknowns of 1, each coefficient is one over the root of a quarter of its feature's variance and the trap.
#[test]
fn scales_are_those_of_standardised_features() {
    let x: Vec<f64> = (0..8)
        .flat_map(|s| [100.0 + f64::from(s % 2), 3.0 * f64::from(s % 2), 7.0])
        .collect();
    let x = Batch::new(&x, 3).expect("whole samples");
    let scales = Scales::of(x, 0.0, true).expect("scales");
    let (mut w, mut b) = (vec![0.0; 3], vec![0.0]);
    scales.read(&[1.0; 4], &mut w, &mut b);
    // Standard deviations of 1/2 and 3/2; a constant feature keeps its scale.
    for (w, exact) in w.iter().zip([4.0, 4.0 / 3.0, 1.0]) {
        assert!((w - exact).abs() < 1e-9, "{w} not {exact}");
    }
}
