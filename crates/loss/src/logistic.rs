//! Costs of logistic outputs, with `e = e^-|p|` of many components taken in one pass.

use gradflow_kernels::{Real, slices};

use crate::columns::OutputColumns;
use crate::entrywise::{Entry, column};
use crate::sums::times;
use crate::terms::Terms;

/// Components whose exponentials and logarithms are taken in one pass.
const CHUNK: usize = 32;

/// The cost whose components are losses of `d = zeta - y`, such as the squared error's; `entry` is that and its slope in `d`.
#[inline(always)]
pub(crate) fn difference<T: Real>(
    columns: OutputColumns<'_, T>,
    terms: impl Terms<T>,
    entry: impl Fn(T) -> Entry<T>,
) -> f64 {
    columns.sum(|share, p, y, p_bar| {
        let factor = T::from_f64(share);
        chunks(p, y, p_bar, |first, p, y, exps, p_bar| {
            let through = |a: usize| {
                let e = exps[a];
                let (value, slope) = entry(zeta_minus(p[a], terms.target(y[a]), e));
                (value, slope * (e / ((T::ONE + e) * (T::ONE + e))))
            };
            column(through, |a| terms.weight(first + a), factor, p_bar)
        })
    })
}

/// The cross-entropy of logistic outputs.
#[inline(always)]
pub(crate) fn cross_entropy<T: Real>(columns: OutputColumns<'_, T>, terms: impl Terms<T>) -> f64 {
    let mut logs = [T::ZERO; CHUNK];
    columns.sum(|share, p, y, p_bar| {
        let factor = T::from_f64(share);
        chunks(p, y, p_bar, |first, p, y, exps, p_bar| {
            let logs = &mut logs[..p.len()];
            logs.iter_mut()
                .zip(exps)
                .for_each(|(log, e)| *log = T::ONE + *e);
            slices::ln(logs);
            let entry = |a: usize| entropy(p[a], terms.target(y[a]), exps[a], logs[a]);
            column(entry, |a| terms.weight(first + a), factor, p_bar)
        })
    })
}

/// Adds up what `each` makes of every chunk of a column: its first component, `p`, `y`, `e^-|p|` and its place for the gradient.
#[inline(always)]
fn chunks<T: Real>(
    p: &[T],
    y: &[T],
    p_bar: &mut [T],
    mut each: impl FnMut(usize, &[T], &[T], &[T], &mut [T]) -> f64,
) -> f64 {
    let chunks = p
        .chunks(CHUNK)
        .zip(y.chunks(CHUNK))
        .zip(p_bar.chunks_mut(CHUNK));
    let mut sum = 0.0;
    for (chunk, ((p, y), p_bar)) in chunks.enumerate() {
        let n = p.len();
        let mut exps = [T::ZERO; CHUNK];
        exps.iter_mut().zip(p).for_each(|(e, p)| *e = -p.abs());
        slices::exp(&mut exps[..n]);
        sum += each(chunk * CHUNK, p, &y[..n], &exps[..n], &mut p_bar[..n]);
    }
    sum
}

/// Equation (21) of `zeta = 1 / (1 + e^-p)`: `max(p, 0) - p y + log(1 + e)`, derivative `zeta - y`. `log` is the logarithm of
/// the rounded `1 + e`.
#[inline(always)]
fn entropy<T: Real>(p: T, y: T, e: T, log: T) -> Entry<T> {
    // max(p, 0) - p y, without the difference of two large numbers, and 0 where its factor is.
    let factor = if p >= T::ZERO { T::ONE - y } else { y };
    let linear = times(factor, p.abs());
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
