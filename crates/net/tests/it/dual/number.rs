//! Numbers that carry derivatives.

use std::array::from_fn;
use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// What a formula is evaluated in.
pub(crate) trait Number:
    Copy
    + Debug
    + From<f64>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    fn value(self) -> f64;

    /// `f(self)` of an `f` with this value and this derivative here.
    fn through(self, value: f64, slope: f64) -> Self;

    /// Whether some derivative is not 0, beyond the rounding of sums that cancel.
    fn moves(self) -> bool;

    fn exp(self) -> Self {
        let e = self.value().exp();
        self.through(e, e)
    }

    fn ln(self) -> Self {
        self.through(self.value().ln(), 1.0 / self.value())
    }

    fn ln_1p(self) -> Self {
        self.through(self.value().ln_1p(), 1.0 / (1.0 + self.value()))
    }

    fn exp_m1(self) -> Self {
        self.through(self.value().exp_m1(), self.value().exp())
    }

    fn sqrt(self) -> Self {
        let root = self.value().sqrt();
        self.through(root, 0.5 / root)
    }

    fn sin(self) -> Self {
        self.through(self.value().sin(), self.value().cos())
    }

    fn tanh(self) -> Self {
        self.through(self.value().tanh(), 1.0 / self.value().cosh().powi(2))
    }

    fn ln_cosh(self) -> Self {
        let z = self.value().abs();
        let value = z + (-2.0 * z).exp().ln_1p() - std::f64::consts::LN_2;
        self.through(value, self.value().tanh())
    }

    /// `Phi`, the distribution function of the normal distribution.
    fn normal(self) -> Self {
        let z = self.value();
        let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        if z.abs() > 10.0 {
            // Within 1e-23.
            return self.through(f64::from(z > 0.0), density);
        }
        // Phi = 1/2 + density (z + z^3/3 + z^5/(3 5) + ...), terms of one sign, which shrink once k > z^2.
        let (mut term, mut sum, mut k) = (z, z, 1.0);
        while term.abs() > 1e-18 * sum.abs() {
            k += 2.0;
            term *= z * z / k;
            sum += term;
        }
        self.through(0.5 + density * sum, density)
    }

    fn square(self) -> Self {
        self * self
    }

    fn abs(self) -> Self {
        if self.value() < 0.0 { -self } else { self }
    }
}

/// A number without derivatives.
impl Number for f64 {
    fn value(self) -> f64 {
        self
    }

    fn through(self, value: f64, _: f64) -> Self {
        value
    }

    fn moves(self) -> bool {
        false
    }
}

/// A value, and its derivatives in `N` parameters: `x + x' e` with `e^2 = 0`, for `N` different `e`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dual<const N: usize> {
    pub(crate) value: f64,
    pub(crate) slopes: [f64; N],
}

impl<const N: usize> From<f64> for Dual<N> {
    fn from(value: f64) -> Self {
        let slopes = [0.0; N];
        Self { value, slopes }
    }
}

impl<const N: usize> Dual<N> {
    /// `f(self, other)` of an `f` with this value and these derivatives here.
    fn with(self, other: Self, value: f64, [by_self, by_other]: [f64; 2]) -> Self {
        let slopes = from_fn(|i| by_self * self.slopes[i] + by_other * other.slopes[i]);
        Self { value, slopes }
    }
}

impl<const N: usize> Add for Dual<N> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.with(other, self.value + other.value, [1.0, 1.0])
    }
}

impl<const N: usize> Sub for Dual<N> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.with(other, self.value - other.value, [1.0, -1.0])
    }
}

impl<const N: usize> Mul for Dual<N> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.with(other, self.value * other.value, [other.value, self.value])
    }
}

impl<const N: usize> Div for Dual<N> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        self.with(other, value, [1.0 / other.value, -value / other.value])
    }
}

impl<const N: usize> Neg for Dual<N> {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            value: -self.value,
            slopes: self.slopes.map(|slope| -slope),
        }
    }
}

impl<const N: usize> Number for Dual<N> {
    fn value(self) -> f64 {
        self.value
    }

    fn through(self, value: f64, slope: f64) -> Self {
        let slopes = self.slopes.map(|x| slope * x);
        Self { value, slopes }
    }

    fn moves(self) -> bool {
        self.slopes.iter().any(|slope| slope.abs() > 1e-13)
    }
}

pub(crate) fn sum<D: Number>(terms: impl IntoIterator<Item = D>) -> D {
    terms.into_iter().fold(D::from(0.0), |sum, x| sum + x)
}

pub(crate) fn mean<D: Number>(terms: &[D]) -> D {
    sum(terms.iter().copied()) / D::from(terms.len() as f64)
}

/// `1/(1 + e^-z)`
pub(crate) fn logistic<D: Number>(z: D) -> D {
    let one = D::from(1.0);
    if z.value() < 0.0 {
        z.exp() / (one + z.exp())
    } else {
        one / (one + (-z).exp())
    }
}

/// `ln(1 + e^z)`
pub(crate) fn softplus<D: Number>(z: D) -> D {
    if z.value() > 0.0 {
        z + (-z).exp().ln_1p()
    } else {
        z.exp().ln_1p()
    }
}

#[test]
fn derivatives_are_limits_of_differences() {
    let functions: [fn(Dual<1>) -> Dual<1>; 14] = [
        |z| logistic(z),
        |z| z.exp(),
        |z| z.abs().ln(),
        |z| z.square().ln_1p(),
        |z| z.exp_m1(),
        |z| z.abs().sqrt(),
        |z| z.sin(),
        |z| z.tanh(),
        |z| z.ln_cosh(),
        |z| z.normal(),
        |z| softplus(z) - z,
        |z| z.sin() * z.exp(),
        |z| z.sin() / z.exp(),
        |z| -z.square(),
    ];
    for (k, f) in functions.into_iter().enumerate() {
        for z in [-2.5, -0.7, 0.4, 1.9_f64] {
            let at = |h: f64| {
                let (value, slopes) = (z + h, [1.0]);
                f(Dual { value, slopes })
            };
            // The error of a central difference is h^2/6 of a third derivative, and rounding 1e-16/h.
            let difference = (at(1e-5).value - at(-1e-5).value) / 2e-5;
            let slope = at(0.0).slopes[0];
            let close = (slope - difference).abs() <= 1e-8 * (1.0 + slope.abs());
            assert!(close, "function {k} at {z}: {slope} and {difference}");
        }
    }
    // Abramowitz, Stegun, table 26.1.
    let table = [(1.0, 0.841_344_746_068_543), (-3.0, 0.001_349_898_031_630)];
    for (z, phi) in table {
        assert!((z.normal() - phi).abs() < 1e-15);
    }
    assert_eq!((60.0_f64.normal(), (-60.0_f64).normal()), (1.0, 0.0));
}
