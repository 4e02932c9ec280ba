//! Costs of a soft-max output, value and gradient in one pass.
//!
//! With `k` the largest logit, `e_a = exp(z_a - z_k)` and `rest = sum_{a != k} e_a`, the soft-max is
//! `zeta_a = e_a / (1 + rest)`. What a confident network makes small stays accurate, because it is computed from
//! `rest` and not as a difference from 1: `1 - zeta_k = rest / (1 + rest)`, `log zeta_k = -log1p(rest)`.

use gradflow_kernels::{Real, slices};

use crate::output::argmax;

/// Samples whose exponentials are taken in one pass.
const BLOCK: usize = 32;

/// One sample on its way from logits to gradient.
pub(crate) struct Sample<'a, T> {
    /// Its logits.
    z: &'a [T],
    /// Its target.
    y: &'a [T],
    /// Holds `e` with `e_k = 1`; receives the gradient.
    p_bar: &'a mut [T],
    /// Where the largest logit stands.
    k: usize,
    /// `sum_{a != k} e_a`
    rest: T,
    /// The gradient is multiplied by it.
    factor: T,
}

/// `sum_s share(s) value_s` over samples of `n` components; `each` turns a sample into its value and its gradient.
pub(crate) fn for_each_sample<T: Real>(
    n: usize,
    share: impl Fn(usize) -> f64,
    p: &[T],
    y: &[T],
    p_bar: &mut [T],
    each: impl Fn(Sample<'_, T>) -> f64,
) -> f64 {
    let mut top = [0_usize; BLOCK];
    let mut sum = 0.0;
    let blocks = p
        .chunks(BLOCK * n)
        .zip(y.chunks(BLOCK * n))
        .zip(p_bar.chunks_mut(BLOCK * n));
    for (block, ((p, y), p_bar)) in blocks.enumerate() {
        for ((z, e), k) in p
            .chunks_exact(n)
            .zip(p_bar.chunks_exact_mut(n))
            .zip(&mut top)
        {
            *k = argmax(z);
            let largest = z[*k];
            e.iter_mut().zip(z).for_each(|(e, z)| *e = *z - largest);
        }
        slices::exp(p_bar);
        let samples = p
            .chunks_exact(n)
            .zip(y.chunks_exact(n))
            .zip(p_bar.chunks_exact_mut(n));
        for (s, (((z, y), e), k)) in samples.zip(top).enumerate() {
            e[k] = T::ZERO;
            let rest = e.iter().copied().sum();
            e[k] = T::ONE;
            let share = share(block * BLOCK + s);
            sum += share
                * each(Sample {
                    z,
                    y,
                    p_bar: e,
                    k,
                    rest,
                    factor: T::from_f64(share),
                });
        }
    }
    sum
}

/// `-sum_a w_a y_a log zeta_a`, gradient `zeta_b sum_a w_a y_a - w_b y_b`.
#[inline(always)]
pub(crate) fn categorical<T: Real>(sample: Sample<'_, T>, weight: impl Fn(usize) -> T) -> f64 {
    let Sample {
        z,
        y,
        p_bar,
        k,
        rest,
        factor,
    } = sample;
    let (mut total, mut linear) = (T::ZERO, 0.0);
    for a in 0..z.len() {
        let alpha = weight(a) * y[a];
        total += alpha;
        linear += alpha.to_f64() * (z[k].to_f64() - z[a].to_f64());
    }
    let scale = T::ONE / (T::ONE + rest);
    let of_e = factor * total * scale;
    for a in 0..z.len() {
        p_bar[a] = of_e * p_bar[a] - factor * (weight(a) * y[a]);
    }
    // zeta_k total - alpha_k, where the answer is right the difference of two nearly equal numbers.
    let alpha = weight(k) * y[k];
    p_bar[k] = factor * scale * ((total - alpha) - alpha * rest);
    linear + total.to_f64() * rest.ln_1p().to_f64()
}

/// `sum_a 1/2 w_a (zeta_a - y_a)^2`, gradient by (33) with `u_a = w_a (zeta_a - y_a)`.
#[inline(always)]
pub(crate) fn squared<T: Real>(sample: Sample<'_, T>, weight: impl Fn(usize) -> T) -> f64 {
    let Sample {
        y,
        p_bar,
        k,
        rest,
        factor,
        ..
    } = sample;
    let n = y.len();
    let scale = T::ONE / (T::ONE + rest);
    let difference = |a: usize, zeta: T| {
        if a == k {
            (T::ONE - y[k]) - rest * scale
        } else {
            zeta - y[a]
        }
    };
    // J u = J (u - u_k): soft-max ignores a common shift, and the largest term drops out of the mean.
    let u_k = weight(k) * difference(k, T::ZERO);
    let (mut value, mut mean) = (0.0, T::ZERO);
    for a in 0..n {
        let zeta = p_bar[a] * scale;
        p_bar[a] = zeta;
        let d = difference(a, zeta);
        let u = weight(a) * d;
        value += (u * d).to_f64();
        mean += zeta * (u - u_k);
    }
    for a in 0..n {
        let zeta = p_bar[a];
        let u = weight(a) * difference(a, zeta);
        p_bar[a] = factor * zeta * ((u - u_k) - mean);
    }
    0.5 * value
}

/// `sum_a w_a (-y_a log zeta_a - (1 - y_a) log(1 - zeta_a))`, Equation (21) without the terms whose factor is zero.
///
/// With `alpha_a = w_a y_a`, `beta_a = w_a (1 - y_a)`, the odds `r_a = zeta_a / (1 - zeta_a) = e_a / (1 + rest - e_a)`
/// and `R = sum_{a != k} beta_a r_a` the gradient is
/// ```text
/// g_k = zeta_k (sum_{a != k} alpha_a + beta_k - R) - alpha_k (1 - zeta_k)
/// g_b = zeta_b (sum_{a != b} alpha_a + beta_b - (R - beta_b r_b)) - alpha_b (1 - zeta_b) - beta_k zeta_k s_b
/// ```
/// where `s` is the soft-max of all logits but the largest: the odds of `k` itself may be infinite, `zeta_b r_k = zeta_k s_b` is not.
#[inline(always)]
pub(crate) fn cross_entropy<T: Real>(sample: Sample<'_, T>, weight: impl Fn(usize) -> T) -> f64 {
    let Sample {
        z,
        y,
        p_bar,
        k,
        rest,
        factor,
    } = sample;
    let n = z.len();
    let scale = T::ONE / (T::ONE + rest);
    let log_sum = rest.ln_1p();
    let alpha = |a: usize| weight(a) * y[a];
    let beta = |a: usize| weight(a) * (T::ONE - y[a]);
    let odds = |e: T| e / ((T::ONE - e) + rest);

    let (mut value, mut all_alpha, mut all_odds) = (0.0, T::ZERO, T::ZERO);
    for a in 0..n {
        let (alpha, beta) = (alpha(a), beta(a));
        if alpha != T::ZERO {
            all_alpha += alpha;
            value += alpha.to_f64() * ((z[k] - z[a]) + log_sum).to_f64();
        }
        if a != k && beta != T::ZERO {
            all_odds += beta * odds(p_bar[a]);
            value -= (beta * (-(p_bar[a] * scale)).ln_1p()).to_f64();
        }
    }
    let others = Others::new(z, k, rest);
    let (alpha_k, beta_k) = (alpha(k), beta(k));
    if beta_k != T::ZERO {
        value -= (beta_k * (others.log_sum - log_sum)).to_f64();
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
    value
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
        let sum: T = others().map(|(_, z)| (*z - second).exp()).sum();
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
            Some((second, sum)) => (z - second).exp() / sum,
        }
    }
}
