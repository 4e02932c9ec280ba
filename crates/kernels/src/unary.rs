//! Element-wise functions and their slopes.

use crate::Real;

/// An element-wise function `p = f(z)` whose slope (27) can be had from its value `p`.
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
}

impl<T: Real> Unary<T> {
    /// Replaces every `z` by `f(z)`.
    pub fn apply(self, z: &mut [T]) {
        let half = T::from_f64(0.5);
        let each = |z: &mut [T], f: &dyn Fn(T) -> T| z.iter_mut().for_each(|z| *z = f(*z));
        match self {
            Self::Identity => {}
            Self::Logistic => each(z, &|z| {
                let e = (-z.abs()).exp();
                (if z >= T::ZERO { T::ONE } else { e }) / (T::ONE + e)
            }),
            Self::SoftLogistic => each(z, &|z| {
                let t = half / (T::ONE + z.abs());
                if z >= T::ZERO { T::ONE - t } else { t }
            }),
            Self::Tanh => each(z, &|z| z.tanh()),
            Self::SoftSign => each(z, &|z| z / (T::ONE + z.abs())),
            Self::Relu => each(z, &|z| if z > T::ZERO { z } else { T::ZERO }),
            Self::LeakyRelu(slope) => each(z, &|z| if z > T::ZERO { z } else { slope * z }),
            Self::Softplus => each(z, &|z| z.max(T::ZERO) + (-z.abs()).exp().ln_1p()),
        }
    }

    /// Multiplies every `p_bar` by the slope `f'(z)`, written in terms of `p = f(z)`.
    pub fn scale_by_slope(self, p: &[T], p_bar: &mut [T]) {
        let two = T::from_f64(2.0);
        let each = |bar: &mut [T], f: &dyn Fn(T) -> T| {
            bar.iter_mut().zip(p).for_each(|(bar, p)| *bar *= f(*p))
        };
        match self {
            Self::Identity => {}
            Self::Logistic => each(p_bar, &|p| p * (T::ONE - p)),
            Self::SoftLogistic => each(p_bar, &|p| {
                let t = p.min(T::ONE - p);
                two * t * t
            }),
            Self::Tanh => each(p_bar, &|p| T::ONE - p * p),
            Self::SoftSign => each(p_bar, &|p| {
                let t = T::ONE - p.abs();
                t * t
            }),
            Self::Relu => each(p_bar, &|p| if p > T::ZERO { T::ONE } else { T::ZERO }),
            Self::LeakyRelu(slope) => each(p_bar, &|p| if p > T::ZERO { T::ONE } else { slope }),
            Self::Softplus => each(p_bar, &|p| -(-p).exp_m1()),
        }
    }
}
