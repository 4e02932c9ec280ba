//! Fused update passes: one walk over the parameters that reads and writes each array once.
//!
//! Every pass works element by element, so its bits depend neither on the number of threads nor on the vector width.
//! Running state below the smallest normal number is flushed to zero: a gradient that stays zero decays its averages
//! for ever, and arithmetic on denormal numbers is many times slower.
//! A parameter that would overflow stops at the largest finite number, so that a divergence is found by the next
//! evaluation and not by a NaN that has replaced the parameters.

use crate::Real;
use crate::workers::Workers;
use std::sync::{Mutex, PoisonError};

/// Elements of one part: 64 kB of `f32`, far above what it costs to hand a part to another thread.
const PART: usize = 16_384;
/// Most parts of one pass; they stand on the stack, so that a pass never allocates.
const PARTS: usize = 32;

/// Calls `pass` on matching parts of all arrays, on as many threads as pay.
fn in_parts<T: Real, const W: usize, const R: usize>(
    workers: &Workers,
    mut write: [&mut [T]; W],
    mut read: [&[T]; R],
    pass: impl Fn([&mut [T]; W], [&[T]; R]) + Sync,
) {
    let n = write[0].len();
    assert!(
        write.iter().all(|x| x.len() == n) && read.iter().all(|x| x.len() == n),
        "arrays of one update pass differ in length"
    );
    if workers.threads() == 1 || n < 2 * PART {
        return pass(write, read);
    }
    let len = PART.max(n.div_ceil(PARTS)).next_multiple_of(64);
    let parts: [Mutex<Option<_>>; PARTS] = core::array::from_fn(|_| {
        let part = len.min(write[0].len());
        let write = core::array::from_fn::<_, W, _>(|k| {
            let (head, tail) = core::mem::take(&mut write[k]).split_at_mut(part);
            write[k] = tail;
            head
        });
        let read = core::array::from_fn::<_, R, _>(|k| {
            let (head, tail) = read[k].split_at(part);
            read[k] = tail;
            head
        });
        Mutex::new(Some((write, read)))
    });
    workers.run(n.div_ceil(len), n * (W + R), |i| {
        let part = parts[i]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((write, read)) = part {
            pass(write, read);
        }
    });
}

/// `x`, or zero where it is denormal.
#[inline(always)]
fn flush<T: Real>(x: T) -> T {
    if x.abs() < T::MIN_POSITIVE {
        T::ZERO
    } else {
        x
    }
}

/// `x`, or the nearest finite number.
#[inline(always)]
fn finite<T: Real>(x: T) -> T {
    let x = if x > -T::MAX { x } else { -T::MAX };
    if x < T::MAX { x } else { T::MAX }
}

/// Gradient descent: `q = q - rate J`. Equation (2).
pub fn descend<T: Real>(workers: &Workers, q: &mut [T], j: &[T], rate: f64) {
    let rate = T::from_f64(rate);
    in_parts(workers, [q], [j], |[q], [j]| descend_loop(q, j, rate));
}

#[inline(always)]
fn descend_loop<T: Real>(q: &mut [T], j: &[T], rate: T) {
    for (q, j) in q.iter_mut().zip(j) {
        *q = finite(*q - rate * *j);
    }
}

/// Constants of [`momentum`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Momentum {
    /// What is kept of the velocity.
    pub keep: f64,
    /// Weight of the gradient in the velocity.
    pub gain: f64,
    /// Step along the velocity.
    pub rate: f64,
}

/// Momentum: `v = keep v + gain J ; q = q - rate v`. Every form of equation (7) is a choice of the three constants.
pub fn momentum<T: Real>(workers: &Workers, q: &mut [T], v: &mut [T], j: &[T], k: Momentum) {
    let [keep, gain, rate] = [k.keep, k.gain, k.rate].map(T::from_f64);
    in_parts(workers, [q, v], [j], |[q, v], [j]| {
        momentum_loop(q, v, j, keep, gain, rate);
    });
}

#[inline(always)]
fn momentum_loop<T: Real>(q: &mut [T], v: &mut [T], j: &[T], keep: T, gain: T, rate: T) {
    for ((q, v), j) in q.iter_mut().zip(v).zip(j) {
        *v = flush(keep * *v + gain * *j);
        *q = finite(*q - rate * *v);
    }
}

/// Constants of [`adam`], with the bias corrections of this step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
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

/// Adam: `m = b1 m + (1-b1) J ; v = b2 v + (1-b2) J^2 ; q = shrink q - rate (m/(1-b1^n)) / (sqrt(v/(1-b2^n)) + eps)`.
/// Equation (11).
pub fn adam<T: Real>(workers: &Workers, q: &mut [T], m: &mut [T], v: &mut [T], j: &[T], k: Adam) {
    let k = AdamFactors::new(k);
    in_parts(workers, [q, m, v], [j], |[q, m, v], [j]| {
        adam_loop(q, m, v, j, k);
    });
}

/// The constants of one step in the type of the parameters; the divisions by the bias corrections are done here,
/// once, so that an element costs one square root and one division.
#[derive(Clone, Copy)]
struct AdamFactors<T> {
    keep1: T,
    gain1: T,
    keep2: T,
    gain2: T,
    rate: T,
    unbias2: T,
    epsilon: T,
    shrink: T,
}

impl<T: Real> AdamFactors<T> {
    fn new(k: Adam) -> Self {
        Self {
            keep1: T::from_f64(k.beta1),
            gain1: T::from_f64(1.0 - k.beta1),
            keep2: T::from_f64(k.beta2),
            gain2: T::from_f64(1.0 - k.beta2),
            rate: T::from_f64(k.rate / bias_correction(k.beta1, k.step)),
            unbias2: T::from_f64(1.0 / bias_correction(k.beta2, k.step)),
            epsilon: T::from_f64(k.epsilon),
            shrink: T::from_f64(k.shrink),
        }
    }
}

#[inline(always)]
fn adam_loop<T: Real>(q: &mut [T], m: &mut [T], v: &mut [T], j: &[T], k: AdamFactors<T>) {
    for (((q, m), v), j) in q.iter_mut().zip(m).zip(v).zip(j) {
        *m = flush(k.keep1 * *m + k.gain1 * *j);
        *v = flush(k.keep2 * *v + k.gain2 * (*j * *j));
        let root = (*v * k.unbias2).sqrt() + k.epsilon;
        *q = finite(k.shrink * *q - ratio(k.rate * *m, root));
    }
}

/// `a / b`, or 0 for `0 / 0`: with `eps = 0` a parameter that never had a gradient does not move.
#[inline(always)]
fn ratio<T: Real>(a: T, b: T) -> T {
    if a == T::ZERO { T::ZERO } else { a / b }
}

/// Adds the gradient of a harmonic trap, `j = j + strength (q - centre)`, and returns its value,
/// `strength/2 |q - centre|^2`, summed in double precision in an order that depends on the length alone.
/// Without a centre it is 0. Equation (3).
pub fn trap<T: Real>(q: &[T], centre: Option<&[T]>, j: &mut [T], strength: f64) -> f64 {
    let factor = T::from_f64(strength);
    let squares = match centre {
        None => squares_of(q.len(), |i| {
            j[i] += factor * q[i];
            q[i]
        }),
        Some(centre) => squares_of(q.len(), |i| {
            let d = q[i] - centre[i];
            j[i] += factor * d;
            d
        }),
    };
    0.5 * strength * squares
}

/// The value of a harmonic trap alone: see [`trap`].
pub fn trap_value<T: Real>(q: &[T], centre: Option<&[T]>, strength: f64) -> f64 {
    let squares = match centre {
        None => squares_of(q.len(), |i| q[i]),
        Some(centre) => squares_of(q.len(), |i| q[i] - centre[i]),
    };
    0.5 * strength * squares
}

/// `sum_i x(i)^2` in double precision; eight running sums, because one would wait for each addition.
#[inline(always)]
fn squares_of<T: Real>(n: usize, mut x: impl FnMut(usize) -> T) -> f64 {
    let mut sums = [0.0; 8];
    let mut square = |i| {
        let x = x(i).to_f64();
        x * x
    };
    let whole = n - n % 8;
    for start in (0..whole).step_by(8) {
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum += square(start + k);
        }
    }
    let tail: f64 = (whole..n).map(square).sum();
    sums.iter().sum::<f64>() + tail
}

/// `sum x_i^2` in double precision, where no `f32` overflows.
pub fn squared_norm<T: Real>(x: &[T]) -> f64 {
    squares_of(x.len(), |i| x[i])
}

/// `x = factor x`.
pub fn scale<T: Real>(x: &mut [T], factor: f64) {
    let factor = T::from_f64(factor);
    x.iter_mut().for_each(|x| *x *= factor);
}

/// Limits every finite `x` to `[-limit, limit]`; what is not finite stays, so that a later check still finds it.
pub fn clamp<T: Real>(x: &mut [T], limit: f64) {
    let limit = T::from_f64(limit);
    for x in x {
        let clamped = if *x > limit { limit } else { *x };
        let clamped = if clamped < -limit { -limit } else { clamped };
        *x = if x.abs() <= T::MAX { clamped } else { *x };
    }
}
