//! Which targets a loss is defined for.

use core::fmt;
use core::ops::RangeInclusive;

/// The targets for which a loss is defined; all of them are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Targets {
    /// Any finite number.
    Finite,
    /// From the first number to the second, both included.
    Within(f64, f64),
    /// 0 or 1 and nothing between.
    ZeroOrOne,
}

impl Targets {
    /// Whether `y` is one of them.
    #[inline]
    pub fn contains(&self, y: f64) -> bool {
        match self {
            Self::Finite => y.is_finite(),
            Self::Within(low, high) => (*low <= y) & (y <= *high) & y.is_finite(),
            Self::ZeroOrOne => y == 0.0 || y == 1.0,
        }
    }
}

impl From<RangeInclusive<f64>> for Targets {
    fn from(range: RangeInclusive<f64>) -> Self {
        match range.into_inner() {
            (f64::MIN, f64::MAX) => Self::Finite,
            (low, high) => Self::Within(low, high),
        }
    }
}

impl fmt::Display for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finite => f.write_str("the finite numbers"),
            Self::Within(low, high) => write!(f, "[{low}, {high}]"),
            Self::ZeroOrOne => f.write_str("{0, 1}"),
        }
    }
}
