//! Entrywise losses of the user's through the output map, in double precision.

use gradflow_kernels::Real;

use crate::columns::OutputColumns;
use crate::output::argmax;
use crate::sums::{below, times};
use crate::terms::Terms;
use crate::{CustomLoss, Output};

/// The cost of an entrywise loss of the user's on the output map.
pub(crate) fn custom<T: Real>(
    loss: &CustomLoss,
    output: Output,
    columns: OutputColumns<'_, T>,
    terms: impl Terms<T>,
) -> f64 {
    columns.sum(|share, p, y, p_bar| match output {
        Output::Identity => separate(loss, |p| (p, 1.0), share, terms, p, y, p_bar),
        Output::Logistic => separate(loss, logistic, share, terms, p, y, p_bar),
        Output::Softmax => softmax(loss, share, terms, p, y, p_bar),
    })
}

/// `zeta` and `dzeta/dp` of the logistic output.
fn logistic(p: f64) -> (f64, f64) {
    let e = (-p.abs()).exp();
    let zeta = if p >= 0.0 { 1.0 } else { e } / (1.0 + e);
    (zeta, e / ((1.0 + e) * (1.0 + e)))
}

/// A sample where `zeta_a` depends on `p_a` alone. Equation (32).
fn separate<T: Real>(
    loss: &CustomLoss,
    map: impl Fn(f64) -> (f64, f64),
    share: f64,
    terms: impl Terms<T>,
    p: &[T],
    y: &[T],
    p_bar: &mut [T],
) -> f64 {
    let mut sum = 0.0;
    for a in 0..p.len() {
        let w = terms.weight(a).to_f64();
        let y = terms.target(y[a]).to_f64();
        let (zeta, dzeta) = map(p[a].to_f64());
        sum += times(w, loss.value(zeta, y));
        let slope = times(dzeta, loss.slope(zeta, y));
        p_bar[a] = T::from_f64(share * times(w, slope));
    }
    sum
}

/// A sample through soft-max: `p_bar = zeta * (u - <u, zeta>)` with `u_a = w_a l~'(zeta_a, y_a)`. Equation (33).
///
/// `u` stands in `p_bar` meanwhile, and exponentials are taken anew in each pass, so that no memory is needed.
fn softmax<T: Real>(
    loss: &CustomLoss,
    share: f64,
    terms: impl Terms<T>,
    p: &[T],
    y: &[T],
    p_bar: &mut [T],
) -> f64 {
    let n = p.len();
    let k = argmax(p);
    let largest = p[k].to_f64();
    let e = |a: usize| (-below(largest, p[a].to_f64())).exp();
    let total: f64 = (0..n).map(e).sum();
    let mut sum = 0.0;
    for a in 0..n {
        let w = terms.weight(a).to_f64();
        let (zeta, y) = (e(a) / total, terms.target(y[a]).to_f64());
        sum += times(w, loss.value(zeta, y));
        p_bar[a] = T::from_f64(times(w, loss.slope(zeta, y)));
    }
    // J u = J (u - u_k): soft-max ignores a common shift, and the largest term drops out of the mean.
    let u_k = p_bar[k].to_f64();
    let shifted = |u: T| u.to_f64() - u_k;
    let mean: f64 = (0..n).map(|a| times(e(a) / total, shifted(p_bar[a]))).sum();
    for a in 0..n {
        let u = shifted(p_bar[a]);
        p_bar[a] = T::from_f64(share * times(e(a) / total, u - mean));
    }
    sum
}
