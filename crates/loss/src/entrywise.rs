//! Costs whose components do not mix: columns of independent entries.

use gradflow_kernels::Real;

/// Lanes of the sum of values: independent sums let the processor add several at once.
const LANES: usize = 4;

/// The loss of one component and its derivative with respect to `p`.
pub(crate) type Entry<T> = (T, T);

/// `sum_s share(s) column_s` over columns of `n` components; `column` yields `sum_a w_a l~_a` and writes `p_bar_a = factor w_a l~'_a`.
#[inline(always)]
pub(crate) fn for_each_column<T: Real>(
    n: usize,
    share: impl Fn(usize) -> f64,
    column: impl Fn(T, &[T], &[T], &mut [T]) -> f64,
    p: &[T],
    y: &[T],
    p_bar: &mut [T],
) -> f64 {
    let columns = p
        .chunks_exact(n)
        .zip(y.chunks_exact(n))
        .zip(p_bar.chunks_exact_mut(n));
    let mut sum = 0.0;
    for (s, ((p, y), p_bar)) in columns.enumerate() {
        let share = share(s);
        sum += share * column(T::from_f64(share), p, y, p_bar);
    }
    sum
}

/// A column whose entry `a` is `entry(a)`, a loss and its derivative.
#[inline(always)]
pub(crate) fn column<T: Real>(
    entry: impl Fn(usize) -> Entry<T>,
    weight: impl Fn(usize) -> T,
    factor: T,
    p_bar: &mut [T],
) -> f64 {
    let n = p_bar.len();
    let mut sums = [0.0; LANES];
    let mut each = |a: usize, lane: usize| {
        let (value, slope) = entry(a);
        let w = weight(a);
        sums[lane] += (w * value).to_f64();
        p_bar[a] = factor * (w * slope);
    };
    let whole = n - n % LANES;
    for a in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            each(a + lane, lane);
        }
    }
    for a in whole..n {
        each(a, a - whole);
    }
    sums.iter().sum()
}

/// `1/2 (p - y)^2`
#[inline(always)]
pub(crate) fn squared<T: Real>(p: T, y: T) -> Entry<T> {
    let d = p - y;
    (T::from_f64(0.5) * d * d, d)
}

/// `-y log p - (1 - y) log(1 - p)`, Equation (21), without the terms whose factor is zero.
#[inline(always)]
pub(crate) fn cross_entropy<T: Real>(p: T, y: T) -> Entry<T> {
    let (mut value, mut slope) = (T::ZERO, T::ZERO);
    if y != T::ZERO {
        value += -y * p.ln();
        slope += -y / p;
    }
    if y != T::ONE {
        let not = T::ONE - y;
        value += -not * (-p).ln_1p();
        slope += not / (T::ONE - p);
    }
    (value, slope)
}
