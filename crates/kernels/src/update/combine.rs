//! Passes of methods that combine several points and gradients.

use super::parts::in_parts;
use super::range::{finite, flush};
use crate::dispatch::kernel;
use crate::{Real, Workers, cpu};

/// Elements of a block of [`combine`]: small enough to stay in the first-level cache while term after term is added.
const BLOCK: usize = 1024;

/// `out = keep out + sum_k c_k x_k`: a Runge-Kutta stage.
///
/// With `keep = 0` what `out` held does not matter, not even a NaN.
pub fn combine<T: Real>(out: &mut [T], keep: f64, terms: &[(f64, &[T])], workers: &Workers) {
    let n = out.len();
    assert!(
        terms.iter().all(|(_, x)| x.len() == n),
        "arrays of one update pass differ in length"
    );
    let keep = T::from_f64(keep);
    workers.for_each_chunk(
        out,
        16 * BLOCK,
        n.saturating_mul(10 * terms.len()),
        |i, chunk| {
            for (b, block) in chunk.chunks_mut(BLOCK).enumerate() {
                let start = (16 * i + b) * BLOCK;
                combine_at(cpu::level(), block, keep, terms, start);
            }
        },
    );
}

kernel! {
    fn combine_at<T, S>(s: S; out: &mut [T], keep: T, terms: &[(f64, &[T])], start: usize) {
        if keep == T::ZERO {
            out.fill(T::ZERO);
        } else if keep != T::ONE {
            out.iter_mut().for_each(|out| *out = finite(*out * keep));
        }
        for (c, x) in terms {
            let c = T::from_f64(*c);
            for (out, x) in out.iter_mut().zip(&x[start..]) {
                // Two infinite terms would be no number; a sum with one of them is cut below.
                *out += finite(c * *x);
            }
        }
        out.iter_mut().for_each(|out| *out = finite(*out));
    }
}

/// What [`multistep`] leaves in place of the oldest array of its history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The point that the step starts from.
    Point,
    /// The gradient there.
    Gradient,
}

/// A step of a linear multistep formula that remembers one or two points or gradients:
/// `q = a q + b J + c oldest + d other`, where `oldest` is then replaced by the point or gradient that the step came from.
///
/// `factors` are `a`, `b`, `c`; `other` is `d` with its array.
pub fn multistep<T: Real>(
    q: &mut [T],
    j: &[T],
    oldest: &mut [T],
    factors: [f64; 3],
    other: Option<(f64, &[T])>,
    keep: Keep,
    workers: &Workers,
) {
    let (d, other) = other.unwrap_or((0.0, j));
    let [a, b, c] = factors;
    let k = [a, b, c, d].map(T::from_f64);
    let point = keep == Keep::Point;
    in_parts(workers, [q, oldest], [j, other], |[q, o], [j, x]| {
        multistep_at(cpu::level(), q, o, j, x, k, point);
    });
}

kernel! {
    fn multistep_at<T, S>(s: S; q: &mut [T], oldest: &mut [T], j: &[T], other: &[T], k: [T; 4], point: bool) {
        let [a, b, c, d] = k;
        for (((q, o), j), x) in q.iter_mut().zip(oldest).zip(j).zip(other) {
            let [q0, j0, o0, x0] = [a * *q, b * *j, c * *o, d * *x].map(finite);
            let next = finite(q0 + j0 + o0 + x0);
            *o = flush(if point { *q } else { *j });
            *q = next;
        }
    }
}
