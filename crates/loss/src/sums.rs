//! Sums that keep their accuracy, and products that drop what does not count.

use gradflow_kernels::Real;

/// Terms that are added up in `T`, one after another or in lanes, before their sum goes over into double precision: its
/// roundings stay below `RUN/2 EPSILON` of the sum of magnitudes, however many runs there are.
const RUN: usize = 64;

/// `K` sums over `a < n`, in an order that depends on `n` alone; `part` yields those over a range.
#[inline(always)]
pub(crate) fn in_runs<T: Real, const K: usize>(
    n: usize,
    mut part: impl FnMut(usize, usize) -> [T; K],
) -> [T; K] {
    let sums = part(0, n.min(RUN));
    if n <= RUN {
        return sums;
    }
    let mut totals = sums.map(T::to_f64);
    for start in (RUN..n).step_by(RUN) {
        let sums = part(start, n.min(start + RUN));
        for k in 0..K {
            totals[k] += sums[k].to_f64();
        }
    }
    totals.map(T::from_f64)
}

/// `K` sums `sum_a term(a)_k` over `a < n`.
#[inline(always)]
pub(crate) fn sums<T: Real, const K: usize>(
    n: usize,
    mut term: impl FnMut(usize) -> [T; K],
) -> [T; K] {
    in_runs(n, |start, end| {
        let mut sums = [T::ZERO; K];
        for a in start..end {
            let term = term(a);
            for k in 0..K {
                sums[k] += term[k];
            }
        }
        sums
    })
}

/// `sum_a term(a)` over `a < n`.
#[inline(always)]
pub(crate) fn sum<T: Real>(n: usize, mut term: impl FnMut(usize) -> T) -> T {
    let [total] = sums(n, |a| [term(a)]);
    total
}

/// `factor x`, and 0 where the factor is, also of an infinite `x`.
#[inline(always)]
pub(crate) fn times<T: Real>(factor: T, x: T) -> T {
    if factor == T::ZERO {
        T::ZERO
    } else {
        factor * x
    }
}

/// `largest - z`, and 0 for the largest itself, also where it is infinite.
#[inline(always)]
pub(crate) fn below<T: Real>(largest: T, z: T) -> T {
    if z == largest { T::ZERO } else { largest - z }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_million_terms_in_single_precision() {
        let n = 10_000_000;
        for term in [0.1_f32, 1.0 / 3.0, 1.0] {
            let exact = n as f64 * f64::from(term);
            assert!(
                (f64::from(sum(n, |_| term)) - exact).abs() <= 1e-5 * exact,
                "{term}"
            );
        }
        let alternating = |a: usize| if a % 2 == 0 { 0.7_f32 } else { -0.1 };
        let exact = n as f64 / 2.0 * (f64::from(0.7_f32) - f64::from(0.1_f32));
        let magnitudes = n as f64 * 0.4;
        assert!((f64::from(sum(n, alternating)) - exact).abs() <= 1e-5 * magnitudes);
    }

    #[test]
    fn every_term_counts_once() {
        for n in [0, 1, 3, 4, 5, 255, 256, 257, 1030] {
            let expected = (n * n) as f64 / 2.0 - n as f64 / 2.0;
            assert_eq!(sums(n, |a| [a as f64, 1.0]), [expected, n as f64]);
        }
    }
}
