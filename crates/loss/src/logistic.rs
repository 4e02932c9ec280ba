//! Costs of logistic outputs, with `e = e^-|p|` of many components taken in one pass.

use gradflow_kernels::{Real, slices};

use crate::entrywise::{Entry, column};

/// Components whose exponentials and logarithms are taken in one pass.
const CHUNK: usize = 32;

/// Which loss of a logistic output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Squared,
    CrossEntropy,
}

/// `sum_a w_a l~_a` of one column, and `p_bar_a = factor w_a l~'_a`.
#[inline(always)]
pub(crate) fn logistic_column<T: Real>(
    kind: Kind,
    weight: impl Fn(usize) -> T,
    factor: T,
    p: &[T],
    y: &[T],
    p_bar: &mut [T],
) -> f64 {
    let mut logs = [T::ZERO; CHUNK];
    let mut sum = 0.0;
    let chunks = p
        .chunks(CHUNK)
        .zip(y.chunks(CHUNK))
        .zip(p_bar.chunks_mut(CHUNK));
    for (chunk, ((p, y), p_bar)) in chunks.enumerate() {
        let n = p.len();
        let y = &y[..n];
        let mut exps = [T::ZERO; CHUNK];
        exps.iter_mut().zip(p).for_each(|(e, p)| *e = -p.abs());
        slices::exp(&mut exps[..n]);
        let weight = |a| weight(chunk * CHUNK + a);
        sum += match kind {
            Kind::Squared => column(|a| squared(p[a], y[a], exps[a]), weight, factor, p_bar),
            Kind::CrossEntropy => {
                logs.iter_mut()
                    .zip(&exps)
                    .for_each(|(log, e)| *log = T::ONE + *e);
                slices::ln(&mut logs[..n]);
                let entry = |a: usize| cross_entropy(p[a], y[a], exps[a], logs[a]);
                column(entry, weight, factor, p_bar)
            }
        };
    }
    sum
}

/// `1/2 (zeta - y)^2` with `zeta = 1 / (1 + e^-p)`
#[inline(always)]
fn squared<T: Real>(p: T, y: T, e: T) -> Entry<T> {
    let d = zeta_minus(p, y, e);
    let slope = e / ((T::ONE + e) * (T::ONE + e));
    (T::from_f64(0.5) * d * d, d * slope)
}

/// Equation (21) of `zeta = 1 / (1 + e^-p)`: `max(p, 0) - p y + log(1 + e)`, derivative `zeta - y`. `log` is the logarithm of
/// the rounded `1 + e`.
#[inline(always)]
fn cross_entropy<T: Real>(p: T, y: T, e: T, log: T) -> Entry<T> {
    // max(p, 0) - p y, without the difference of two large numbers.
    let linear = if p >= T::ZERO {
        p * (T::ONE - y)
    } else {
        -p * y
    };
    (linear + crate::softmax::log_1p(e, log), zeta_minus(p, y, e))
}

/// `1 / (1 + e^-p) - y`. It stays exact where `zeta` rounds to `y = 1`: the gradient of a confident and right answer is
/// small, not zero.
#[inline(always)]
fn zeta_minus<T: Real>(p: T, y: T, e: T) -> T {
    let not = T::ONE - y;
    let d = if p >= T::ZERO {
        not - y * e
    } else {
        not * e - y
    };
    d / (T::ONE + e)
}
