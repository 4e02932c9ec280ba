//! Costs whose components do not mix: identity and logistic outputs.

use gradflow_kernels::Real;

/// Lanes of the sum of values: independent sums let the processor add several at once.
const LANES: usize = 4;

/// The loss of one component and its derivative with respect to `p`.
pub(crate) type Entry<T> = (T, T);

/// `sum_s share(s) sum_a w_a l~_a` over columns of `n` components, and `p_bar_a = share(s) w_a l~'_a`.
#[inline(always)]
pub(crate) fn for_each_column<T: Real>(
    n: usize,
    share: impl Fn(usize) -> f64,
    weight: impl Fn(usize) -> T + Copy,
    entry: impl Fn(T, T) -> Entry<T> + Copy,
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
        sum += share * column(entry, weight, T::from_f64(share), p, y, p_bar);
    }
    sum
}

#[inline(always)]
fn column<T: Real>(
    entry: impl Fn(T, T) -> Entry<T>,
    weight: impl Fn(usize) -> T,
    factor: T,
    p: &[T],
    y: &[T],
    p_bar: &mut [T],
) -> f64 {
    let n = p.len();
    let (y, p_bar) = (&y[..n], &mut p_bar[..n]);
    let mut sums = [0.0; LANES];
    let mut each = |a: usize, lane: usize| {
        let (value, slope) = entry(p[a], y[a]);
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

/// `1/2 (zeta - y)^2` with `zeta = 1 / (1 + e^-p)`
#[inline(always)]
pub(crate) fn squared_logistic<T: Real>(p: T, y: T) -> Entry<T> {
    let e = (-p.abs()).exp();
    let d = logistic_minus(p, e, y);
    let slope = e / ((T::ONE + e) * (T::ONE + e));
    (T::from_f64(0.5) * d * d, d * slope)
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

/// Equation (21) of `zeta = 1 / (1 + e^-p)`: `max(p, 0) - p y + log(1 + e^-|p|)`, derivative `zeta - y`.
#[inline(always)]
pub(crate) fn cross_entropy_logistic<T: Real>(p: T, y: T) -> Entry<T> {
    let e = (-p.abs()).exp();
    // max(p, 0) - p y, without the difference of two large numbers.
    let linear = if p >= T::ZERO {
        p * (T::ONE - y)
    } else {
        -p * y
    };
    (linear + e.ln_1p(), logistic_minus(p, e, y))
}

/// `1 / (1 + e^-p) - y` with `e = e^-|p|`. It stays exact where `zeta` rounds to `y = 1`: the gradient of a
/// confident and right answer is small, not zero.
#[inline(always)]
fn logistic_minus<T: Real>(p: T, e: T, y: T) -> T {
    let not = T::ONE - y;
    let d = if p >= T::ZERO {
        not - y * e
    } else {
        not * e - y
    };
    d / (T::ONE + e)
}
