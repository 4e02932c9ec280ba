//! Passes of Adam and its relatives.

use super::parts::in_parts;
use super::range::{largest, least_squares, nonzero};
use crate::dispatch::kernel;
use crate::number::Number;
use crate::simd::Simd;
use crate::{Real, Workers, cpu, elementwise, math};

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
    /// The second moment of a parameter that moves.
    least: T,
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
            least: least_squares(1.0 - k.beta2, k.epsilon),
        }
    }
}

/// Adam: `m = b1 m + (1-b1) J ; v = b2 v + (1-b2) J^2 ; q = shrink q - rate (m/(1-b1^n)) / (sqrt(v/(1-b2^n)) + eps)`.
/// Equation (11); at either end of the range as described in [`update`](super).
pub fn adam<T: Real>(
    q: &mut [T],
    m: &mut [T],
    v: &mut [T],
    j: &[T],
    k: Moments,
    workers: &Workers,
) {
    let k = Factors::new(k);
    in_parts(workers, [q, m, v], [j], |[q, m, v], [j]| {
        adam_at(cpu::level(), q, m, v, j, k);
    });
}

kernel! {
    fn adam_at<T, S>(s: S; q: &mut [T], m: &mut [T], v: &mut [T], j: &[T], k: Factors<T>) {
        if k.least > T::ZERO {
            adam_with::<T, S, true>(s, [q, m, v], j, k);
        } else {
            adam_with::<T, S, false>(s, [q, m, v], j, k);
        }
    }
}

/// With `RESTS`, parameters without second moment rest.
#[inline(always)]
fn adam_with<T: Number, S: Simd<T>, const RESTS: bool>(
    s: S,
    state: [&mut [T]; 3],
    j: &[T],
    k: Factors<T>,
) {
    let k = Splat::<T, S>::new(s, k);
    elementwise::update(
        s,
        state,
        [j],
        #[inline(always)]
        |[q, m, v], [j]| {
            let (m, v) = k.moments(s, m, v, j);
            let root = s.mul_add(k.root_unbias2, s.sqrt(v), k.epsilon);
            [k.step(s, q, k.moved::<RESTS>(s, v, m), root), m, v]
        },
    );
}

/// AMSGrad: as [`adam`], with the largest corrected second moment so far, `u = max(u, v/(1-b2^n))`, in the root.
pub fn amsgrad<T: Real>(
    q: &mut [T],
    m: &mut [T],
    v: &mut [T],
    u: &mut [T],
    j: &[T],
    k: Moments,
    workers: &Workers,
) {
    let k = Factors::new(k);
    in_parts(workers, [q, m, v, u], [j], |[q, m, v, u], [j]| {
        amsgrad_at(cpu::level(), q, m, v, u, j, k);
    });
}

kernel! {
    fn amsgrad_at<T, S>(s: S; q: &mut [T], m: &mut [T], v: &mut [T], u: &mut [T], j: &[T], k: Factors<T>) {
        if k.least > T::ZERO {
            amsgrad_with::<T, S, true>(s, [q, m, v, u], j, k);
        } else {
            amsgrad_with::<T, S, false>(s, [q, m, v, u], j, k);
        }
    }
}

/// With `RESTS`, parameters without second moment rest.
#[inline(always)]
fn amsgrad_with<T: Number, S: Simd<T>, const RESTS: bool>(
    s: S,
    state: [&mut [T]; 4],
    j: &[T],
    k: Factors<T>,
) {
    let k = Splat::<T, S>::new(s, k);
    elementwise::update(
        s,
        state,
        [j],
        #[inline(always)]
        |[q, m, v, u], [j]| {
            let (m, v) = k.moments(s, m, v, j);
            let u = s.min(s.splat(T::MAX), s.max(u, s.mul(k.unbias2, v)));
            let root = s.add(s.sqrt(u), k.epsilon);
            [k.step(s, q, k.moved::<RESTS>(s, u, m), root), m, v, u]
        },
    );
}

/// [`Factors`] in every lane.
///
/// Vectors and no plain loop: compilers then keep most of the constants in registers.
#[derive(Clone, Copy)]
struct Splat<T, S: Simd<T>> {
    keep1: S::V,
    gain1: S::V,
    keep2: S::V,
    gain2: S::V,
    minus_rate: S::V,
    unbias2: S::V,
    root_unbias2: S::V,
    epsilon: S::V,
    shrink: S::V,
    least: S::V,
}

impl<T: Number, S: Simd<T>> Splat<T, S> {
    #[inline(always)]
    fn new(s: S, k: Factors<T>) -> Self {
        Self {
            keep1: s.splat(k.keep1),
            gain1: s.splat(k.gain1),
            keep2: s.splat(k.keep2),
            gain2: s.splat(k.gain2),
            minus_rate: s.splat(-k.rate),
            unbias2: s.splat(k.unbias2),
            root_unbias2: s.splat(k.root_unbias2),
            epsilon: s.splat(k.epsilon),
            shrink: s.splat(k.shrink),
            least: s.splat(k.least),
        }
    }

    /// `b1 m + (1-b1) J` and `b2 v + (1-b2) J^2`, zero where they are denormal.
    #[inline(always)]
    fn moments(&self, s: S, m: S::V, v: S::V, j: S::V) -> (S::V, S::V) {
        let least = s.splat(T::MIN_POSITIVE);
        let j = s.min(s.splat(largest()), s.max(s.splat(-largest::<T>()), j));
        let m = s.mul_add(self.keep1, m, s.mul(self.gain1, j));
        let v = s.mul_add(self.keep2, v, s.mul(s.mul(self.gain2, j), j));
        (
            s.select_less(math::abs(s, m), least, s.zero(), m),
            s.select_less(v, least, s.zero(), v),
        )
    }

    /// The first moment; with `RESTS` zero where the squares were flushed, since epsilon is too small to stand for them.
    #[inline(always)]
    fn moved<const RESTS: bool>(&self, s: S, squares: S::V, m: S::V) -> S::V {
        if RESTS {
            s.select_less(squares, self.least, s.zero(), m)
        } else {
            m
        }
    }

    /// `shrink q - rate m / root`, or the nearest finite number; a NaN stays.
    #[inline(always)]
    fn step(&self, s: S, q: S::V, m: S::V, root: S::V) -> S::V {
        let step = s.div(s.mul(self.minus_rate, m), root);
        let q = s.mul_add(self.shrink, q, step);
        s.min(s.splat(T::MAX), s.max(s.splat(-T::MAX), q))
    }
}
