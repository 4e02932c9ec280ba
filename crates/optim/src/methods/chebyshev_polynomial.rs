//! Chebyshev polynomials of the first kind with two derivatives.

/// `T_s(x)`, `T_s'(x)` and `T_s''(x)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chebyshev3 {
    pub(super) value: f64,
    pub(super) slope: f64,
    pub(super) curvature: f64,
}

impl Chebyshev3 {
    const T0: Self = Self {
        value: 1.0,
        slope: 0.0,
        curvature: 0.0,
    };

    /// All polynomials up to degree `s` at `x`, one after another: `T_{j+1} = 2 x T_j - T_{j-1}`, differentiated twice.
    pub(super) fn up_to(x: f64, s: usize) -> impl Iterator<Item = Self> {
        let mut next = (
            Self::T0,
            Self {
                value: x,
                slope: 1.0,
                curvature: 0.0,
            },
        );
        (0..=s).map(move |_| {
            let (old, t) = next;
            let new = Self {
                value: 2.0 * x * t.value - old.value,
                slope: 2.0 * (t.value + x * t.slope) - old.slope,
                curvature: 2.0 * (2.0 * t.slope + x * t.curvature) - old.curvature,
            };
            next = (t, new);
            old
        })
    }

    /// The polynomial of degree `s` at `x`.
    pub(super) fn at(x: f64, s: usize) -> Self {
        Self::up_to(x, s).last().unwrap_or(Self::T0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recurrence_gives_the_known_polynomials() {
        let x: f64 = 1.3;
        let t = Chebyshev3::at(x, 4);
        assert!((t.value - (8.0 * x.powi(4) - 8.0 * x * x + 1.0)).abs() < 1e-13);
        assert!((t.slope - (32.0 * x.powi(3) - 16.0 * x)).abs() < 1e-13);
        assert!((t.curvature - (96.0 * x * x - 16.0)).abs() < 1e-12);
        assert_eq!(Chebyshev3::at(x, 0), Chebyshev3::T0);
        // |T_s| <= 1 inside, T_s(cos t) = cos(s t)
        assert!((Chebyshev3::at(0.7_f64.cos(), 50).value - 35_f64.cos()).abs() < 1e-12);
    }
}
