//! Element-wise functions and their slopes.

use crate::dispatch::kernel;
use crate::number::Number;
use crate::simd::Simd;
use crate::{Real, cpu, elementwise, math};

/// An element-wise function `p = f(z)` whose slope (27) can be had from its value `p`.
///
/// Values are within 2 units in the last place of the exact ones (4 of [`Unary::Elu`], more of the fast ones), and exact where `z` is infinite (but of [`Unary::FastLogistic`]); a NaN gives
/// a NaN, with every function, so that a divergence is not hidden.
///
/// ```
/// use gradflow_kernels::Unary;
///
/// let mut z = [-1.0, 0.0, 2.0_f64];
/// Unary::Tanh.apply(&mut z);
/// assert!((z[2] - 2.0_f64.tanh()).abs() < 1e-15);
///
/// let mut z_bar = [1.0; 3];
/// Unary::Tanh.scale_by_slope(&z, &mut z_bar);
/// assert_eq!(z_bar[1], 1.0); // the slope of tanh at 0
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unary<T> {
    /// `z`
    Identity,
    /// `1 / (1 + e^-z)`
    Logistic,
    /// `(|z| + z + 1) / (2 |z| + 2)`, computed as `1 - t` for `z >= 0`, else `t`, with `t = 0.5 / (1 + |z|)`
    SoftLogistic,
    /// `tanh z`
    Tanh,
    /// `z / (1 + |z|)`
    SoftSign,
    /// `max(z, 0)`
    Relu,
    /// `z` for `z > 0`, else `slope * z`; the slope lies in (0, 1)
    LeakyRelu(T),
    /// `ln(1 + e^z)`
    Softplus,
    /// `z sqrt(z^2 + 1)`: like `z` near 0, like `z |z|` far from it
    SignedSquare,
    /// `z` for `z > 0`, else `a (e^z - 1)`, with a positive `a`
    Elu(T),
    /// `clip(z/6 + 1/2, 0, 1)`
    HardLogistic,
    /// `clip(z, -1, 1)`
    HardTanh,
    /// `tanh z` of half the operations in `f32`, within 6 units in the last place; in `f64` that of [`Unary::Tanh`]
    FastTanh,
    /// `1 / (1 + e^-z)` of half the operations, within 4 units in the last place; at least the smallest normal number, about
    FastLogistic,
}

impl<T: Real> Unary<T> {
    /// Replaces every `z` by `f(z)`.
    #[inline]
    pub fn apply(self, z: &mut [T]) {
        if self != Self::Identity {
            apply_at(cpu::level(), self, z);
        }
    }

    /// Multiplies every `p_bar` by the slope `f'(z)` (27), written in terms of `p = f(z)`.
    #[inline]
    pub fn scale_by_slope(self, p: &[T], p_bar: &mut [T]) {
        if self != Self::Identity {
            scale_by_slope_at(cpu::level(), self, p, p_bar);
        }
    }

    /// `f(z)` of one number, with the same bits as in a slice.
    ///
    /// ```
    /// # use gradflow_kernels::Unary;
    /// assert_eq!(Unary::Relu.value(-3.0), 0.0);
    /// ```
    pub fn value(self, z: T) -> T {
        let mut p = [z];
        self.apply(&mut p);
        p[0]
    }

    /// The slope `f'(z)` (27) from the value `p = f(z)`.
    ///
    /// ```
    /// # use gradflow_kernels::Unary;
    /// assert_eq!(Unary::Logistic.slope_from_value(0.5), 0.25);
    /// ```
    pub fn slope_from_value(self, p: T) -> T {
        let mut slope = [T::ONE];
        self.scale_by_slope(&[p], &mut slope);
        slope[0]
    }
}

kernel! {
    pub(crate) fn apply_at<T, S>(s: S; f: Unary<T>, z: &mut [T]) {
        apply_with(s, f, z);
    }
}

kernel! {
    pub(crate) fn scale_by_slope_at<T, S>(s: S; f: Unary<T>, p: &[T], p_bar: &mut [T]) {
        scale_by_slope_with(s, f, p, p_bar);
    }
}

/// [`Unary::apply`] within a body that has been dispatched.
#[inline(always)]
pub(crate) fn apply_with<T: Number, S: Simd<T>>(s: S, f: Unary<T>, z: &mut [T]) {
    macro_rules! map {
        ($f:path $(, $constant:ident)?) => {
            elementwise::map(s, z, #[inline(always)] |z| $f(s, $($constant,)? z))
        };
    }
    match f {
        Unary::Identity => {}
        Unary::Logistic => map!(math::logistic),
        Unary::SoftLogistic => map!(soft_logistic),
        Unary::Tanh => map!(math::tanh),
        Unary::SoftSign => map!(soft_sign),
        Unary::Relu => map!(relu),
        Unary::LeakyRelu(slope) => map!(leaky_relu, slope),
        Unary::Softplus => map!(math::softplus),
        Unary::SignedSquare => map!(signed_square),
        Unary::Elu(a) => map!(elu, a),
        Unary::HardLogistic => map!(hard_logistic),
        Unary::HardTanh => map!(hard_tanh),
        Unary::FastTanh => map!(math::fast_tanh),
        Unary::FastLogistic => map!(math::fast_logistic),
    }
}

/// [`Unary::scale_by_slope`] within a body that has been dispatched.
#[inline(always)]
pub(crate) fn scale_by_slope_with<T: Number, S: Simd<T>>(
    s: S,
    f: Unary<T>,
    p: &[T],
    p_bar: &mut [T],
) {
    macro_rules! scale {
        ($slope:path $(, $constant:ident)?) => {
            elementwise::zip(s, p, p_bar, #[inline(always)] |p, bar| s.mul(bar, $slope(s, $($constant,)? p)))
        };
    }
    match f {
        Unary::Identity => {}
        Unary::Logistic | Unary::FastLogistic => scale!(logistic_slope),
        Unary::SoftLogistic => scale!(soft_logistic_slope),
        Unary::Tanh | Unary::FastTanh => scale!(tanh_slope),
        Unary::SoftSign => scale!(soft_sign_slope),
        Unary::Relu => scale!(relu_slope),
        Unary::LeakyRelu(slope) => scale!(leaky_relu_slope, slope),
        Unary::Softplus => scale!(math::one_minus_exp),
        Unary::SignedSquare => scale!(signed_square_slope),
        Unary::Elu(a) => scale!(elu_slope, a),
        Unary::HardLogistic => scale!(hard_logistic_slope),
        Unary::HardTanh => scale!(hard_tanh_slope),
    }
}

/// A number beside which 1 is lost to rounding in both formats, and whose square overflows in none.
const FAR: f64 = (1u64 << 60) as f64;

// Comparisons and extrema are written so that a NaN goes on.

#[inline(always)]
fn relu<T: Number, S: Simd<T>>(s: S, z: S::V) -> S::V {
    s.max(s.zero(), z)
}

/// The slope at 0 is 0.
#[inline(always)]
fn relu_slope<T: Number, S: Simd<T>>(s: S, p: S::V) -> S::V {
    s.select_less(s.zero(), p, s.splat(T::ONE), s.zero())
}

/// With a slope below 1 the larger of the two branches.
#[inline(always)]
fn leaky_relu<T: Number, S: Simd<T>>(s: S, slope: T, z: S::V) -> S::V {
    s.max(s.mul(s.splat(slope), z), z)
}

#[inline(always)]
fn leaky_relu_slope<T: Number, S: Simd<T>>(s: S, slope: T, p: S::V) -> S::V {
    s.select_less(s.zero(), p, s.splat(T::ONE), s.splat(slope))
}

#[inline(always)]
fn logistic_slope<T: Number, S: Simd<T>>(s: S, p: S::V) -> S::V {
    s.mul(p, s.sub(s.splat(T::ONE), p))
}

/// `1 - p^2`, as a product: near the ends the difference `1 - |p|` is exact.
#[inline(always)]
fn tanh_slope<T: Number, S: Simd<T>>(s: S, p: S::V) -> S::V {
    let one = s.splat(T::ONE);
    s.mul(s.sub(one, p), s.add(one, p))
}

#[inline(always)]
fn soft_logistic<T: Number, S: Simd<T>>(s: S, z: S::V) -> S::V {
    let one = s.splat(T::ONE);
    let t = s.div(s.splat(T::from_f64(0.5)), s.add(one, math::abs(s, z)));
    s.select_less(z, s.zero(), t, s.sub(one, t))
}

#[inline(always)]
fn soft_logistic_slope<T: Number, S: Simd<T>>(s: S, p: S::V) -> S::V {
    let t = s.min(s.sub(s.splat(T::ONE), p), p);
    s.mul(s.mul(s.splat(T::from_f64(2.0)), t), t)
}

#[inline(always)]
fn soft_sign<T: Number, S: Simd<T>>(s: S, z: S::V) -> S::V {
    // An infinite `z` would give a NaN; the value is 1 far before.
    let z = math::clip(s, T::from_f64(FAR), z);
    s.div(z, s.add(s.splat(T::ONE), math::abs(s, z)))
}

#[inline(always)]
fn soft_sign_slope<T: Number, S: Simd<T>>(s: S, p: S::V) -> S::V {
    let t = s.sub(s.splat(T::ONE), math::abs(s, p));
    s.mul(t, t)
}

/// With `a = |z|`, `r = sqrt(a^2 + 1)`: `a + a q` with `q = a^2/(1 + r)` for `a < 1`, else `a a + q` with `q = a/(a + r)`, so
/// that the errors of `q` count least.
#[inline(always)]
fn signed_square<T: Number, S: Simd<T>>(s: S, z: S::V) -> S::V {
    let one = s.splat(T::ONE);
    let a = math::abs(s, z);
    // Infinity would make a NaN of `q`, which is 1/2 far before.
    let b = s.min(s.splat(T::from_f64(FAR)), a);
    let b2 = s.mul(b, b);
    let r = s.sqrt(s.add(b2, one));
    let left = s.select_less(b, one, one, b);
    let q = s.div(s.select_less(b, one, b2, b), s.add(left, r));
    let factor = s.select_less(a, one, q, a);
    let value = s.mul_add(a, factor, s.select_less(a, one, a, q));
    s.bits_or(value, s.bits_and(z, s.splat(-T::ZERO)))
}

/// With `h = z^2 + 1/2 = sqrt(p^2 + 1/4)`, `f'(z) = (2 z^2 + 1) / sqrt(z^2 + 1) = 2 h / sqrt(h + 1/2)`.
#[inline(always)]
fn signed_square_slope<T: Number, S: Simd<T>>(s: S, p: S::V) -> S::V {
    let [quarter, half, two, far] = [0.25, 0.5, 2.0, FAR].map(T::from_f64);
    let a = math::abs(s, p);
    // Far out `h` is `|p|` to the last digit, and `p^2` might overflow.
    let h = s.sqrt(s.mul_add(a, a, s.splat(quarter)));
    let h = s.select_less(s.splat(far), a, a, h);
    let ratio = s.div(h, s.sqrt(s.add(h, s.splat(half))));
    s.mul(s.splat(two), ratio)
}

#[inline(always)]
fn elu<T: Number, S: Simd<T>>(s: S, a: T, z: S::V) -> S::V {
    let below = s.mul(s.splat(a), math::exp_m1_negative(s, z));
    s.select_less(z, s.zero(), below, z)
}

/// `a e^z = p + a` for negative `z`
#[inline(always)]
fn elu_slope<T: Number, S: Simd<T>>(s: S, a: T, p: S::V) -> S::V {
    let below = s.add(p, s.splat(a));
    s.select_less(s.zero(), p, s.splat(T::ONE), below)
}

/// As `(z + 3)/6`, whose sum is exact close to -3.
#[inline(always)]
fn hard_logistic<T: Number, S: Simd<T>>(s: S, z: S::V) -> S::V {
    let [three, six] = [3.0, 6.0].map(|x| s.splat(T::from_f64(x)));
    let p = s.div(s.add(z, three), six);
    s.min(s.splat(T::ONE), s.max(s.zero(), p))
}

/// 0 at the kinks.
#[inline(always)]
fn hard_logistic_slope<T: Number, S: Simd<T>>(s: S, p: S::V) -> S::V {
    let zero = s.zero();
    let inside = s.select_less(p, s.splat(T::ONE), s.splat(T::from_f64(1.0 / 6.0)), zero);
    s.select_less(zero, p, inside, zero)
}

#[inline(always)]
fn hard_tanh<T: Number, S: Simd<T>>(s: S, z: S::V) -> S::V {
    math::clip(s, T::ONE, z)
}

/// 0 at the kinks.
#[inline(always)]
fn hard_tanh_slope<T: Number, S: Simd<T>>(s: S, p: S::V) -> S::V {
    let one = s.splat(T::ONE);
    s.select_less(math::abs(s, p), one, one, s.zero())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cpu::available;

    /// A function, and its derivative `f'(z)` as in a textbook.
    type Pair = (Unary<f64>, fn(f64) -> f64);

    fn functions() -> [Pair; 14] {
        [
            (Unary::Identity, |_| 1.0),
            (Unary::Logistic, |z| (-z).exp() / (1.0 + (-z).exp()).powi(2)),
            (Unary::SoftLogistic, |z| 0.5 / (1.0 + z.abs()).powi(2)),
            (Unary::Tanh, |z| z.cosh().powi(-2)),
            (Unary::SoftSign, |z| (1.0 + z.abs()).powi(-2)),
            (Unary::Relu, |z| f64::from(z > 0.0)),
            (Unary::LeakyRelu(0.1), |z| if z > 0.0 { 1.0 } else { 0.1 }),
            (Unary::Softplus, |z| 1.0 / (1.0 + (-z).exp())),
            (Unary::SignedSquare, |z| (2.0 * z * z + 1.0) / z.hypot(1.0)),
            (
                Unary::Elu(0.5),
                |z| if z > 0.0 { 1.0 } else { 0.5 * z.exp() },
            ),
            (Unary::HardLogistic, |z| f64::from(z.abs() < 3.0) / 6.0),
            (Unary::HardTanh, |z| f64::from(z.abs() < 1.0)),
            (Unary::FastTanh, |z| z.cosh().powi(-2)),
            (Unary::FastLogistic, |z| {
                (-z).exp() / (1.0 + (-z).exp()).powi(2)
            }),
        ]
    }

    fn single(f: Unary<f64>) -> Unary<f32> {
        match f {
            Unary::Identity => Unary::Identity,
            Unary::Logistic => Unary::Logistic,
            Unary::SoftLogistic => Unary::SoftLogistic,
            Unary::Tanh => Unary::Tanh,
            Unary::SoftSign => Unary::SoftSign,
            Unary::Relu => Unary::Relu,
            Unary::LeakyRelu(slope) => Unary::LeakyRelu(slope as f32),
            Unary::Softplus => Unary::Softplus,
            Unary::SignedSquare => Unary::SignedSquare,
            Unary::Elu(a) => Unary::Elu(a as f32),
            Unary::HardLogistic => Unary::HardLogistic,
            Unary::HardTanh => Unary::HardTanh,
            Unary::FastTanh => Unary::FastTanh,
            Unary::FastLogistic => Unary::FastLogistic,
        }
    }

    proptest! {
        /// Equation (27). A value carries a relative error of an epsilon or two, which the slope inherits, absolutely.
        #[test]
        fn slopes_follow_from_values(z in -30.0..30.0_f64) {
            for (f, derivative) in functions() {
                for level in available() {
                    let mut p = [z];
                    apply_at(level, f, &mut p);
                    let mut bar = [3.0];
                    scale_by_slope_at(level, f, &p, &mut bar);
                    let exact = 3.0 * derivative(z);
                    prop_assert!((bar[0] - exact).abs() <= 1e-14 * (1.0 + exact.abs()), "{f:?} at {z}: {} not {exact}", bar[0]);
                }
            }
        }

        /// The slope of `z sqrt(z^2 + 1)` stays accurate where `p^2` overflows or vanishes.
        #[test]
        fn signed_square_has_a_slope_everywhere(exponent in -300.0..153.0_f64, negative: bool) {
            let z = 10f64.powf(exponent) * if negative { -1.0 } else { 1.0 };
            let p = Unary::SignedSquare.value(z);
            // Divided by |z| where z^2 may overflow.
            let exact = match z.abs() {
                z if z < 1.0 => (2.0 * z * z + 1.0) / z.hypot(1.0),
                z => (2.0 * z + 1.0 / z) / (1.0 / z).hypot(1.0),
            };
            let slope = Unary::SignedSquare.slope_from_value(p);
            prop_assert!((slope - exact).abs() <= 1e-14 * exact, "{slope} not {exact}");
        }

        /// Any length, in both precisions: all elements are done, each as if it stood alone, and none beyond the shorter slice.
        #[test]
        fn slopes_of_slices(p in prop::collection::vec(-2.0..2.0_f32, 0..70), bar in prop::collection::vec(-2.0..2.0_f32, 0..70)) {
            for (f, _) in functions() {
                let f = single(f);
                for level in available() {
                    let mut together = bar.clone();
                    if f != Unary::Identity {
                        scale_by_slope_at(level, f, &p, &mut together);
                    }
                    for (i, together) in together.iter().enumerate() {
                        let mut alone = [bar[i]];
                        if f != Unary::Identity && i < p.len() {
                            scale_by_slope_at(level, f, &p[i..=i], &mut alone);
                        }
                        prop_assert_eq!(alone[0].to_bits(), together.to_bits());
                    }
                }
            }
        }
    }

    #[test]
    fn a_nan_is_never_hidden() {
        for (f, _) in functions() {
            for level in available() {
                let mut z = [1.0, f64::NAN, -1.0];
                apply_at(level, f, &mut z);
                assert!(z[1].is_nan(), "{f:?} at {level:?}");
                let mut bar = [f64::NAN; 2];
                scale_by_slope_at(level, f, &[0.5, 0.0], &mut bar);
                assert!(bar[0].is_nan() && bar[1].is_nan(), "{f:?} at {level:?}");
            }
        }
    }

    #[test]
    fn relu_has_slope_zero_at_zero() {
        assert_eq!(Unary::Relu.slope_from_value(0.0), 0.0);
        assert_eq!(Unary::LeakyRelu(0.25).slope_from_value(0.0), 0.25);
        assert_eq!(Unary::LeakyRelu(0.25).value(-4.0), -1.0);
    }
}
