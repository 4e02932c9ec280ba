//! The largest curvature of an objective, estimated.

use crate::{NonFinite, Objective, evaluate};
use gradflow_kernels::{Real, update};

/// What [`curvature`] found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curvature {
    /// The largest curvature found, without a margin.
    pub estimate: f64,
    /// The estimate times 1.1: a bound to choose rates by.
    pub bound: f64,
    /// Gradients evaluated.
    pub gradients: usize,
}

/// Margin of [`Curvature::bound`]: a power iteration comes from below.
const SAFETY: f64 = 1.1;

/// The largest curvature (in absolute value) of an objective at `q`, by a power iteration on gradient differences.
///
/// ```text
/// v ← (J(q + h v) − J(q)) / h ;  L = |v| before it is normalised
/// ```
///
/// It stops when the estimate changes by less than 1 %, or after `iterations`; each costs a gradient.
/// For a mini-batch objective it is the curvature of that mini-batch. All zero for an objective without parameters or
/// without curvature.
///
/// # Errors
/// [`NonFinite`] if a value, a gradient or the curvature is not finite.
///
/// ```
/// use gradflow_optim::{curvature, study::Quadratic};
///
/// let found = curvature(&mut Quadratic::log_spaced(50, 1.0, 1000.0), &[1.0; 50], 100)?;
/// assert!(found.estimate <= 1000.0 * (1.0 + 1e-6) && found.bound >= 1000.0);
/// # Ok::<(), gradflow_optim::NonFinite>(())
/// ```
pub fn curvature<T: Real, O: Objective<T> + ?Sized>(
    objective: &mut O,
    q: &[T],
    iterations: usize,
) -> Result<Curvature, NonFinite> {
    let n = q.len();
    let (mut j, mut ahead) = (vec![T::ZERO; n], vec![T::ZERO; n]);
    let mut point = q.to_vec();
    evaluate(objective, q, &mut j)?;
    // A start that is orthogonal to no axis: the fractions of multiples of the golden ratio, both signs.
    let golden = |i: usize| (i as f64 * 0.618_033_988_749_895 + 0.3).fract() - 0.5;
    let mut v: Vec<f64> = (0..n)
        .map(|i| golden(i) + 0.05_f64.copysign(golden(i)))
        .collect();
    // The cube root of the precision balances rounding against third derivatives.
    let h = T::EPSILON.to_f64().cbrt() * (1.0 + update::norm(q) / (n.max(1) as f64).sqrt());
    let mut found = Curvature {
        estimate: 0.0,
        bound: 0.0,
        gradients: 1,
    };
    for _ in 0..iterations {
        let length = update::norm(&v);
        if length == 0.0 {
            break;
        }
        let step = h * (n as f64).sqrt() / length;
        for i in 0..n {
            point[i] = T::from_f64(q[i].to_f64() + step * v[i]);
        }
        let value = evaluate(objective, &point, &mut ahead)?;
        found.gradients += 1;
        for i in 0..n {
            v[i] = (ahead[i].to_f64() - j[i].to_f64()) / step;
        }
        let estimate = update::norm(&v) / length;
        if !estimate.is_finite() {
            return Err(NonFinite { value });
        }
        let settled = (estimate - found.estimate).abs() <= 0.01 * estimate;
        found.estimate = found.estimate.max(estimate);
        if settled {
            break;
        }
    }
    found.bound = SAFETY * found.estimate;
    Ok(found)
}
