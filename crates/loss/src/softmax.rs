//! Costs of a soft-max output, value and gradient in one pass.
//!
//! With `k` the largest logit, `e_a = exp(z_a - z_k)` and `rest = sum_{a != k} e_a`, the soft-max is
//! `zeta_a = e_a / (1 + rest)`. What a confident network makes small stays accurate, because it is computed from
//! `rest` and not as a difference from 1: `1 - zeta_k = rest / (1 + rest)`, `log zeta_k = -log1p(rest)`.

use gradflow_kernels::{Real, slices};

use crate::columns::OutputColumns;
use crate::entrywise::Entry;
use crate::output::argmax;
use crate::sums::{below, sum, times};
use crate::terms::Terms;

/// Samples whose exponentials are taken in one pass.
const BLOCK: usize = 16;

/// Lanes of sums: independent ones let the processor add several at once.
const LANES: usize = 4;

/// One sample on its way from logits to gradient.
struct Sample<'a, T> {
    /// Its logits.
    z: &'a [T],
    /// Its target.
    y: &'a [T],
    /// Holds `e`; receives the gradient.
    p_bar: &'a mut [T],
    /// The largest logit `z_k`.
    largest: T,
    /// The gradient is multiplied by it.
    factor: T,
}

/// The value of a sample: `plain + log_weight log1p(rest)`. The logarithms of a block are taken in one pass.
struct Value<T> {
    plain: f64,
    log_weight: T,
    rest: T,
}

/// The categorical cross-entropy.
#[inline(always)]
pub(crate) fn categorical<T: Real>(columns: OutputColumns<'_, T>, terms: impl Terms<T>) -> f64 {
    for_each_sample(columns, |sample| categorical_of(sample, terms))
}

/// The cross-entropy (21) of every component.
#[inline(always)]
pub(crate) fn cross_entropy<T: Real>(columns: OutputColumns<'_, T>, terms: impl Terms<T>) -> f64 {
    for_each_sample(columns, |sample| cross_entropy_of(sample, terms))
}

/// The cost whose components are losses of `d = zeta - y`, such as the squared error's; `entry` is that and its slope in `d`.
#[inline(always)]
pub(crate) fn difference<T: Real>(
    columns: OutputColumns<'_, T>,
    terms: impl Terms<T>,
    entry: impl Fn(T) -> Entry<T>,
) -> f64 {
    for_each_sample(columns, |sample| difference_of(sample, terms, &entry))
}

/// `sum_s share(s) value_s` over the samples; `each` turns a sample into its value and its gradient.
#[inline(always)]
fn for_each_sample<T: Real>(
    columns: OutputColumns<'_, T>,
    each: impl Fn(Sample<'_, T>) -> Value<T>,
) -> f64 {
    let OutputColumns {
        shares,
        n,
        p,
        y,
        p_bar,
    } = columns;
    let mut largest = [T::ZERO; BLOCK];
    let mut rests = [T::ZERO; BLOCK];
    let mut logs = [T::ZERO; BLOCK];
    let mut log_weights = [0.0; BLOCK];
    let mut sum = 0.0;
    let blocks = p
        .chunks(BLOCK * n)
        .zip(y.chunks(BLOCK * n))
        .zip(p_bar.chunks_mut(BLOCK * n));
    for (block, ((p, y), p_bar)) in blocks.enumerate() {
        let columns = p.chunks_exact(n).zip(p_bar.chunks_exact_mut(n));
        for ((z, e), largest) in columns.zip(&mut largest) {
            *largest = max(z);
            e.iter_mut().zip(z).for_each(|(e, z)| *e = *z - *largest);
        }
        if largest.iter().fold(false, |any, z| any | !z.is_finite()) {
            subtract(&largest, n, p, p_bar);
        }
        slices::exp(p_bar);
        let columns = p
            .chunks_exact(n)
            .zip(y.chunks_exact(n))
            .zip(p_bar.chunks_exact_mut(n));
        let mut samples = 0;
        for (s, ((z, y), e)) in columns.enumerate() {
            let share = shares.of(block * BLOCK + s);
            samples = s + 1;
            if shares.weights.is_some() && share == 0.0 {
                // The sample is left out, whatever it is.
                e.fill(T::ZERO);
                (log_weights[s], rests[s], logs[s]) = (0.0, T::ZERO, T::ONE);
                continue;
            }
            let value = each(Sample {
                z,
                y,
                p_bar: e,
                largest: largest[s],
                factor: T::from_f64(share),
            });
            sum += share * value.plain;
            log_weights[s] = share * value.log_weight.to_f64();
            rests[s] = value.rest;
            logs[s] = T::ONE + value.rest;
        }
        slices::ln(&mut logs[..samples]);
        for s in 0..samples {
            sum += log_weights[s] * log_1p(rests[s], logs[s]).to_f64();
        }
    }
    sum
}

/// `e_a = z_a - z_k`, and 0 for the largest logit itself, also where it is infinite.
#[cold]
fn subtract<T: Real>(largest: &[T], n: usize, p: &[T], p_bar: &mut [T]) {
    let columns = p.chunks_exact(n).zip(p_bar.chunks_exact_mut(n));
    for ((z, e), largest) in columns.zip(largest) {
        for (e, z) in e.iter_mut().zip(z) {
            *e = -below(*largest, *z);
        }
    }
}

/// `log(1 + x)` for `x >= 0` out of `log`, the logarithm of the rounded sum `u = 1 + x`, which may come from a
/// vectorised pass: what the rounding lost is added to first order.
#[inline(always)]
pub(crate) fn log_1p<T: Real>(x: T, log: T) -> T {
    let u = T::ONE + x;
    log + (x - (u - T::ONE)) / u
}

/// The largest element. A NaN in front stays the largest, so that subtracting "the largest" spreads it; a NaN further
/// back reaches the sums by itself.
#[inline(always)]
fn max<T: Real>(z: &[T]) -> T {
    let larger = |a: T, b: T| if b > a { b } else { a };
    let mut lanes = [z[0]; LANES];
    let chunks = z.chunks_exact(LANES);
    for (lane, z) in lanes.iter_mut().zip(chunks.remainder()) {
        *lane = larger(*lane, *z);
    }
    for z in chunks {
        for lane in 0..LANES {
            lanes[lane] = larger(lanes[lane], z[lane]);
        }
    }
    larger(larger(lanes[0], lanes[1]), larger(lanes[2], lanes[3]))
}

impl<T: Real> Sample<'_, T> {
    /// Where the largest logit stands, and `sum_{a != k} e_a`.
    #[inline(always)]
    fn top_and_rest(&mut self) -> (usize, T) {
        let k = argmax(self.p_bar);
        self.p_bar[k] = T::ZERO;
        let rest = sum(self.p_bar);
        self.p_bar[k] = T::ONE;
        (k, rest)
    }
}

/// `-sum_a w_a y_a log zeta_a`, gradient `zeta_b sum_{a != b} w_a y_a - w_b y_b (1 - zeta_b)`.
///
/// In the usual form `zeta_b sum_a w_a y_a - w_b y_b` two nearly equal numbers cancel where the answer is right.
/// The largest logit is known by `e = 1` alone, so that no step depends on where it stands.
#[inline(always)]
fn categorical_of<T: Real>(sample: Sample<'_, T>, terms: impl Terms<T>) -> Value<T> {
    let Sample {
        z,
        y,
        p_bar: e,
        largest,
        factor,
    } = sample;
    let n = z.len();
    let (y, e) = (&y[..n], &mut e[..n]);
    let alpha = |a: usize| terms.weight(a) * terms.target(y[a]);
    let zeros = [0.0; LANES];
    let (mut smaller, mut tops, mut totals, mut linear) = (zeros, zeros, zeros, zeros);
    let mut each = |a: usize, lane: usize| {
        let top = e[a] >= T::ONE;
        smaller[lane] += if top { 0.0 } else { e[a].to_f64() };
        tops[lane] += if top { 1.0 } else { 0.0 };
        let alpha = alpha(a);
        totals[lane] += alpha.to_f64();
        linear[lane] += (alpha * (largest - z[a])).to_f64();
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
    let add = |lanes: [f64; LANES]| (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    let total = T::from_f64(add(totals));
    let rest = T::from_f64(add(smaller) + (add(tops) - 1.0));
    let linear = add(linear);
    let linear = if linear.is_finite() {
        linear
    } else {
        far_linear(largest, z, alpha)
    };
    let sum = T::ONE + rest;
    let factor = factor / sum;
    for a in 0..n {
        let alpha = alpha(a);
        let others = if e[a] >= T::ONE { rest } else { sum - e[a] };
        e[a] = factor * (e[a] * (total - alpha) - alpha * others);
    }
    Value {
        plain: linear,
        log_weight: total,
        rest,
    }
}

/// `sum_a alpha_a (z_k - z_a)` of logits so far apart that a difference overflows: without the terms whose factor is zero.
#[cold]
fn far_linear<T: Real>(largest: T, z: &[T], alpha: impl Fn(usize) -> T) -> f64 {
    let term = |(a, z): (usize, &T)| times(alpha(a).to_f64(), below(largest.to_f64(), z.to_f64()));
    z.iter().enumerate().map(term).sum()
}

/// `sum_a w_a l~(d_a)`, `d_a = zeta_a - y_a`, gradient by (33) with `u_a = w_a l~'(d_a)`; `entry` is `l~` and its slope.
#[inline(always)]
fn difference_of<T: Real>(
    mut sample: Sample<'_, T>,
    terms: impl Terms<T>,
    entry: impl Fn(T) -> Entry<T>,
) -> Value<T> {
    let (k, rest) = sample.top_and_rest();
    let Sample {
        y, p_bar, factor, ..
    } = sample;
    let n = y.len();
    let scale = T::ONE / (T::ONE + rest);
    let entry = |a: usize, zeta: T| {
        let y = terms.target(y[a]);
        if a == k {
            entry((T::ONE - y) - rest * scale)
        } else {
            entry(zeta - y)
        }
    };
    // J u = J (u - u_k): soft-max ignores a common shift, and the largest term drops out of the mean.
    let u_k = terms.weight(k) * entry(k, T::ZERO).1;
    let mut value = 0.0;
    let mut mean = 0.0;
    for a in 0..n {
        let zeta = p_bar[a] * scale;
        p_bar[a] = zeta;
        let (l, slope) = entry(a, zeta);
        value += (terms.weight(a) * l).to_f64();
        mean += (zeta * (terms.weight(a) * slope - u_k)).to_f64();
    }
    let mean = T::from_f64(mean);
    for a in 0..n {
        let zeta = p_bar[a];
        let u = terms.weight(a) * entry(a, zeta).1;
        p_bar[a] = factor * zeta * ((u - u_k) - mean);
    }
    Value {
        plain: value,
        log_weight: T::ZERO,
        rest,
    }
}

/// `sum_a w_a (-y_a log zeta_a - (1 - y_a) log(1 - zeta_a))`, Equation (21) without the terms whose factor is zero.
///
/// With `alpha_a = w_a y_a`, `beta_a = w_a (1 - y_a)`, the odds `r_a = zeta_a / (1 - zeta_a) = e_a / (1 + rest - e_a)`
/// and `R = sum_{a != k} beta_a r_a` the gradient is
/// ```text
/// g_k = ζ_k (Σ_{a ≠ k} α_a + β_k − R) − α_k (1 − ζ_k)
/// g_b = ζ_b (Σ_{a ≠ b} α_a + β_b − (R − β_b r_b)) − α_b (1 − ζ_b) − β_k ζ_k s_b
/// ```
/// where `s` is the soft-max of all logits but the largest: the odds of `k` itself may be infinite, `zeta_b r_k = zeta_k s_b` is not.
#[inline(always)]
fn cross_entropy_of<T: Real>(mut sample: Sample<'_, T>, terms: impl Terms<T>) -> Value<T> {
    let (k, rest) = sample.top_and_rest();
    let Sample {
        z,
        y,
        p_bar,
        largest,
        factor,
    } = sample;
    let n = z.len();
    let scale = T::ONE / (T::ONE + rest);
    let alpha = |a: usize| terms.weight(a) * terms.target(y[a]);
    let beta = |a: usize| terms.weight(a) * (T::ONE - terms.target(y[a]));
    let odds = |e: T| e / ((T::ONE - e) + rest);

    let (mut value, mut all_alpha, mut all_odds) = (0.0, 0.0, 0.0);
    for a in 0..n {
        let (alpha, beta) = (alpha(a), beta(a));
        if alpha != T::ZERO {
            all_alpha += alpha.to_f64();
            value += (alpha * below(largest, z[a])).to_f64();
        }
        if a != k && beta != T::ZERO {
            all_odds += (beta * odds(p_bar[a])).to_f64();
            value -= (beta * (-(p_bar[a] * scale)).ln_1p()).to_f64();
        }
    }
    let (all_alpha, all_odds) = (T::from_f64(all_alpha), T::from_f64(all_odds));
    let others = Others::new(z, k, rest);
    let (alpha_k, beta_k) = (alpha(k), beta(k));
    if beta_k != T::ZERO {
        value -= (beta_k * others.log_sum).to_f64();
    }
    for b in 0..n {
        let (alpha, beta, e) = (alpha(b), beta(b), p_bar[b]);
        let zeta = e * scale;
        let bracket = (all_alpha - alpha) + beta - (all_odds - beta * odds(e));
        let mut g = zeta * bracket - alpha * (T::ONE - zeta);
        if beta_k != T::ZERO {
            g -= beta_k * scale * others.softmax(z[b], e);
        }
        p_bar[b] = factor * g;
    }
    let bracket = (all_alpha - alpha_k) + beta_k - all_odds;
    p_bar[k] = factor * scale * (bracket - alpha_k * rest);
    Value {
        plain: value,
        log_weight: all_alpha + beta_k,
        rest,
    }
}

/// The soft-max of all logits but the largest.
struct Others<T> {
    /// `log sum_{a != k} exp(z_a - z_k)`
    log_sum: T,
    /// The second largest logit and the sum of exponentials relative to it, where those relative to the largest vanish.
    far: Option<(T, T)>,
    rest: T,
}

impl<T: Real> Others<T> {
    #[inline(always)]
    fn new(z: &[T], k: usize, rest: T) -> Self {
        // Above this bound no term that matters has been lost below the smallest normal number.
        if rest.is_nan() || rest >= T::MIN_POSITIVE / T::EPSILON {
            return Self {
                log_sum: rest.ln(),
                far: None,
                rest,
            };
        }
        let others = || z.iter().enumerate().filter(|(a, _)| *a != k);
        let second = others().fold(-T::INFINITY, |m, (_, z)| m.max(*z));
        let exps = others().map(|(_, z)| (-below(second, *z)).exp().to_f64());
        let sum = T::from_f64(exps.sum());
        Self {
            log_sum: (second - z[k]) + sum.ln(),
            far: Some((second, sum)),
            rest,
        }
    }

    /// Of the logit `z` with `e = exp(z - z_k)`.
    #[inline(always)]
    fn softmax(&self, z: T, e: T) -> T {
        match self.far {
            None => e / self.rest,
            Some((second, sum)) => (-below(second, z)).exp() / sum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two roundings: of the correction's sum, and of the logarithm.
    #[test]
    fn the_logarithm_gets_back_what_the_sum_lost() {
        for k in 0..6000 {
            let x = 1e-20 * 1.01_f64.powi(k);
            let (found, exact) = (log_1p(x, (1.0 + x).ln()), x.ln_1p());
            assert!((found / exact - 1.0).abs() < 1e-15, "{x}: {found} {exact}");
        }
    }
}
