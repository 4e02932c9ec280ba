//! The plane: patterns of points, and what a network reads of one.

use core::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

/// Two standard normal numbers of two uniform ones (Box, Muller 1958).
pub(crate) fn normals(u: f64, v: f64) -> (f64, f64) {
    let radius = (-2.0 * (1.0 - u).ln()).sqrt();
    (radius * (TAU * v).cos(), radius * (TAU * v).sin())
}

/// A pattern of points in `[-1, 1]^2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Set {
    /// A disc in a ring.
    Circles,
    /// Two arms of a spiral.
    Spiral,
    /// The sign of `x y`.
    Xor,
    /// Two half moons that reach into one another.
    Moons,
    /// Two clouds.
    Gauss,
    /// Values on a slope.
    Slope,
    /// Values on two hills and two hollows.
    Hills,
}

impl Set {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Circles,
        Self::Spiral,
        Self::Xor,
        Self::Moons,
        Self::Gauss,
        Self::Slope,
        Self::Hills,
    ];

    /// Whether values are to be fitted, and not classes to be told apart.
    pub fn has_values(self) -> bool {
        matches!(self, Self::Slope | Self::Hills)
    }

    /// Point number `i` without noise: coordinates, and class or value.
    pub(crate) fn point(self, i: usize, u: f64, v: f64) -> [f64; 3] {
        let class = (i % 2) as f64;
        match self {
            Self::Circles => {
                let radius = if i % 2 == 1 {
                    0.45 * u.sqrt()
                } else {
                    0.7 + 0.22 * u
                };
                let angle = TAU * v;
                [radius * angle.cos(), radius * angle.sin(), class]
            }
            Self::Spiral => {
                let radius = 0.06 + 0.88 * u.sqrt();
                let angle = 1.75 * TAU * radius + PI * class;
                [radius * angle.sin(), radius * angle.cos(), class]
            }
            Self::Xor => {
                // Away from the axes, so that the classes do not touch.
                let from_axis = |u: f64| {
                    let x = 2.0 * u - 1.0;
                    0.06_f64.copysign(x) + 0.9 * x
                };
                let (x, y) = (from_axis(u), from_axis(v));
                [x, y, f64::from(u8::from(x * y > 0.0))]
            }
            Self::Moons => {
                let angle = PI * u;
                let (x, y) = if i.is_multiple_of(2) {
                    (angle.cos(), angle.sin())
                } else {
                    (1.0 - angle.cos(), 0.5 - angle.sin())
                };
                [0.6 * (x - 0.5), 0.75 * (y - 0.25), class]
            }
            Self::Gauss => {
                let centre = 0.9 * class - 0.45;
                let (x, y) = normals(u, v);
                [centre + 0.16 * x, centre + 0.16 * y, class]
            }
            Self::Slope => {
                let (x, y) = (2.0 * u - 1.0, 2.0 * v - 1.0);
                [x, y, 0.5 * (x + y)]
            }
            Self::Hills => {
                let (x, y) = (2.0 * u - 1.0, 2.0 * v - 1.0);
                let hill = |a: f64, b: f64| (-6.0 * ((x - a).powi(2) + (y - b).powi(2))).exp();
                let up = hill(0.5, 0.5) + hill(-0.5, -0.5);
                [x, y, up - hill(0.5, -0.5) - hill(-0.5, 0.5)]
            }
        }
    }
}

/// What a network reads of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum Feature {
    /// `x`
    #[serde(rename = "x")]
    X,
    /// `y`
    #[serde(rename = "y")]
    Y,
    /// `x^2`
    #[serde(rename = "x2")]
    XSquared,
    /// `y^2`
    #[serde(rename = "y2")]
    YSquared,
    /// `x y`
    #[serde(rename = "xy")]
    Product,
    /// `sin(pi x)`
    #[serde(rename = "sinx")]
    SinX,
    /// `sin(pi y)`
    #[serde(rename = "siny")]
    SinY,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::X,
        Self::Y,
        Self::XSquared,
        Self::YSquared,
        Self::Product,
        Self::SinX,
        Self::SinY,
    ];

    /// Its value at a point.
    pub(crate) fn of(self, x: f32, y: f32) -> f32 {
        // Rounded from double precision: the last bit of a sine differs between platforms, and rounding takes it away.
        let wave = |x: f32| (PI * f64::from(x)).sin() as f32;
        match self {
            Self::X => x,
            Self::Y => y,
            Self::XSquared => x * x,
            Self::YSquared => y * y,
            Self::Product => x * y,
            Self::SinX => wave(x),
            Self::SinY => wave(y),
        }
    }
}
