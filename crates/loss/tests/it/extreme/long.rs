//! Ten million terms in single precision: errors stay below 1e-5 of the sum of magnitudes.

use gradflow_loss::{Cost, Loss, Output, SoftmaxJacobian};
use gradflow_tensor::{Batch, BatchMut};

const LONG: usize = 10_000_000;

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-5 * expected.abs()
}

#[test]
fn soft_max_of_many_classes() {
    let n = LONG as f64;
    let mut p = vec![0.0_f32; LONG];
    let mut y = vec![0.0_f32; LONG];
    y[3] = 1.0;
    let mut p_bar = vec![0.0_f32; LONG];
    for (loss, expected, slope) in [
        (Loss::CategoricalCrossEntropy, n.ln(), 1.0),
        // (1/n) (log n - (n-1) log(1 - 1/n))
        (Loss::CrossEntropy, (n.ln() + 1.0) / n, 1.0 / n),
    ] {
        let cost = Cost::new(Output::Softmax, loss).unwrap();
        let batch = |x| Batch::new(x, LONG).unwrap();
        let target = BatchMut::new(&mut p_bar, LONG).unwrap();
        let value = cost.value_and_gradient(batch(&p), batch(&y), None, 1.0, target);
        assert!(close(value, expected), "{cost}: {value}, not {expected}");
        assert!(close(f64::from(p_bar[3]), -slope), "{cost}: {}", p_bar[3]);
        let others = f64::from(p_bar[4]) / slope;
        assert!(
            (others * n - 1.0).abs() < 1e-5 * n.sqrt(),
            "{cost}: {others}"
        );
    }
    // Denominators: every probability is 1/n, and the product with a constant vector vanishes.
    let jacobian = SoftmaxJacobian::at(&p);
    let zeta = jacobian.zeta().iter();
    assert!(zeta.clone().all(|zeta| close(f64::from(*zeta), 1.0 / n)));
    p.fill(1.0);
    jacobian.multiply(&mut p);
    assert!(p.iter().all(|u| f64::from(u.abs()) <= 1e-5 / n));
}

#[test]
fn many_samples() {
    let p = vec![0.1_f32; LONG];
    let y = vec![0.0_f32; LONG];
    let d = f64::from(0.1_f32);
    for (cost, expected) in [
        (Cost::regression(), 0.5 * d * d),
        (Cost::binary(), d.exp().ln_1p()),
        (Cost::new(Output::Identity, Loss::AbsoluteError).unwrap(), d),
        (Cost::new(Output::Identity, Loss::Hinge).unwrap(), 1.0 + d),
    ] {
        for size in [1, LONG] {
            let batch = |x| Batch::new(x, size).unwrap();
            let share = size as f64 / LONG as f64;
            let value = cost.value(batch(&p), batch(&y), None, share);
            assert!(close(value, expected), "{cost}: {value}, not {expected}");
        }
    }
}
