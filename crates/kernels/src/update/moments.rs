//! Passes of Adam and its relatives.

use super::parts::in_parts;
use super::{finite, flush, flush_positive, nonzero};
use crate::dispatch::kernel;
use crate::{Real, Workers, cpu};

/// Constants of one step of [`adam`] and [`amsgrad`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Learning rate.
    pub rate: f64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the square root.
    pub epsilon: f64,
    /// Factor of `q` before the step: 1, or less for decoupled decay.
    pub shrink: f64,
    /// Number of this step, from 1.
    pub step: u64,
}

/// `1 - beta^n` in double precision.
pub fn bias_correction(beta: f64, n: u64) -> f64 {
    1.0 - beta.powf(n as f64)
}

/// The constants of one step in the type of the parameters; the divisions by the bias corrections are done here,
/// once, so that an element costs one square root and one division.
#[derive(Clone, Copy)]
struct Factors<T> {
    keep1: T,
    gain1: T,
    keep2: T,
    gain2: T,
    rate: T,
    unbias2: T,
    root_unbias2: T,
    epsilon: T,
    shrink: T,
}

impl<T: Real> Factors<T> {
    fn new(k: Moments) -> Self {
        let unbias2 = 1.0 / bias_correction(k.beta2, k.step);
        Self {
            keep1: T::from_f64(k.beta1),
            gain1: T::from_f64(1.0 - k.beta1),
            keep2: T::from_f64(k.beta2),
            gain2: T::from_f64(1.0 - k.beta2),
            rate: T::from_f64(k.rate / bias_correction(k.beta1, k.step)),
            unbias2: T::from_f64(unbias2),
            root_unbias2: T::from_f64(unbias2.sqrt()),
            epsilon: nonzero(k.epsilon),
            shrink: T::from_f64(k.shrink),
        }
    }
}

/// Adam: `m = b1 m + (1-b1) J ; v = b2 v + (1-b2) J^2 ; q = shrink q - rate (m/(1-b1^n)) / (sqrt(v/(1-b2^n)) + eps)`.
/// Equation (11).
pub fn adam<T: Real>(
    workers: &Workers,
    q: &mut [T],
    m: &mut [T],
    v: &mut [T],
    j: &[T],
    k: Moments,
) {
    let k = Factors::new(k);
    in_parts(workers, [q, m, v], [j], |[q, m, v], [j]| {
        adam_at(cpu::level(), q, m, v, j, k);
    });
}

kernel! {
    fn adam_at<T, S>(s: S; q: &mut [T], m: &mut [T], v: &mut [T], j: &[T], k: Factors<T>) {
        for (((q, m), v), j) in q.iter_mut().zip(m).zip(v).zip(j) {
            let first = flush(s.fma(k.keep1, *m, k.gain1 * *j));
            let second = flush_positive(s.fma(k.keep2, *v, k.gain2 * *j * *j));
            let root = s.fma(k.root_unbias2, second.sqrt(), k.epsilon);
            *q = finite(s.fma(k.shrink, *q, -(k.rate * first) / root));
            (*m, *v) = (first, second);
        }
    }
}

/// AMSGrad: as [`adam`], with the largest corrected second moment so far, `u = max(u, v/(1-b2^n))`, in the root.
pub fn amsgrad<T: Real>(
    workers: &Workers,
    q: &mut [T],
    m: &mut [T],
    v: &mut [T],
    u: &mut [T],
    j: &[T],
    k: Moments,
) {
    let k = Factors::new(k);
    in_parts(workers, [q, m, v, u], [j], |[q, m, v, u], [j]| {
        amsgrad_at(cpu::level(), q, m, v, u, j, k);
    });
}

kernel! {
    fn amsgrad_at<T, S>(s: S; q: &mut [T], m: &mut [T], v: &mut [T], u: &mut [T], j: &[T], k: Factors<T>) {
        for ((((q, m), v), u), j) in q.iter_mut().zip(m).zip(v).zip(u).zip(j) {
            let first = flush(s.fma(k.keep1, *m, k.gain1 * *j));
            let second = flush_positive(s.fma(k.keep2, *v, k.gain2 * *j * *j));
            let unbiased = k.unbias2 * second;
            let largest = if unbiased > *u { unbiased } else { *u };
            let root = largest.sqrt() + k.epsilon;
            *q = finite(s.fma(k.shrink, *q, -(k.rate * first) / root));
            (*m, *v, *u) = (first, second, largest);
        }
    }
}
