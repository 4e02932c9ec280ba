//! Passes of gradient descent and momentum.

use super::parts::in_parts;
use super::range::{finite, flush};
use crate::dispatch::kernel;
use crate::{Real, Workers, cpu};

/// Gradient descent: `q = q - rate J`. Equation (2).
pub fn descend<T: Real>(q: &mut [T], j: &[T], rate: f64, workers: &Workers) {
    let rate = T::from_f64(rate);
    in_parts(workers, [q], [j], |[q], [j]| {
        descend_at(cpu::level(), q, j, rate);
    });
}

kernel! {
    fn descend_at<T, S>(s: S; q: &mut [T], j: &[T], rate: T) {
        for (q, j) in q.iter_mut().zip(j) {
            *q = finite(*q - rate * *j);
        }
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
pub fn momentum<T: Real>(q: &mut [T], v: &mut [T], j: &[T], k: Momentum, workers: &Workers) {
    let k = [k.keep, k.gain, k.rate].map(T::from_f64);
    in_parts(workers, [q, v], [j], |[q, v], [j]| {
        momentum_at(cpu::level(), q, v, j, k);
    });
}

kernel! {
    fn momentum_at<T, S>(s: S; q: &mut [T], v: &mut [T], j: &[T], k: [T; 3]) {
        let [keep, gain, rate] = k;
        for ((q, v), j) in q.iter_mut().zip(v).zip(j) {
            let velocity = flush(finite(keep * *v + gain * *j));
            *q = finite(*q - rate * velocity);
            *v = velocity;
        }
    }
}

/// Nesterov's momentum: `b = beta b + J ; q = q - rate (J + beta b)`.
pub fn nesterov<T: Real>(
    q: &mut [T],
    b: &mut [T],
    j: &[T],
    rate: f64,
    beta: f64,
    workers: &Workers,
) {
    let k = [rate, beta].map(T::from_f64);
    in_parts(workers, [q, b], [j], |[q, b], [j]| {
        nesterov_at(cpu::level(), q, b, j, k);
    });
}

kernel! {
    fn nesterov_at<T, S>(s: S; q: &mut [T], b: &mut [T], j: &[T], k: [T; 2]) {
        let [rate, beta] = k;
        for ((q, b), j) in q.iter_mut().zip(b).zip(j) {
            let velocity = flush(finite(beta * *b + *j));
            *q = finite(*q - rate * (*j + beta * velocity));
            *b = velocity;
        }
    }
}
