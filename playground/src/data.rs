//! Points of the plane, and the digits.

use core::f64::consts::{PI, TAU};

use gradflow::data::{Dataset, Idx};
use gradflow::rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::{Data, Result};

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
    fn point(self, i: usize, u: f64, v: f64) -> [f64; 3] {
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

/// Two standard normal numbers of two uniform ones (Box, Muller 1958).
fn normals(u: f64, v: f64) -> (f64, f64) {
    let radius = (-2.0 * (1.0 - u).ln()).sqrt();
    (radius * (TAU * v).cos(), radius * (TAU * v).sin())
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

/// The two parts of the data; of points of the plane also the points themselves, before features are taken of them.
pub(crate) struct Parts {
    pub(crate) train: Dataset<f32>,
    pub(crate) test: Option<Dataset<f32>>,
    /// `x, y, value`, those that are trained on first.
    pub(crate) points: Vec<f32>,
}

impl Parts {
    /// The data of a configuration.
    pub(crate) fn of(data: &Data, features: &[Feature], seed: u64) -> Result<Self> {
        match data {
            Data::Digits => Self::digits(seed),
            Data::Table {
                inputs,
                x,
                outputs,
                y,
            } => Ok(Self {
                train: Dataset::regression(*inputs, x.clone(), *outputs, y.clone())?,
                test: None,
                points: Vec::new(),
            }),
            Data::Drawn { points, share } => Self::plane(points, false, *share, features, seed),
            Data::Plane {
                set,
                samples,
                noise,
                share,
            } => {
                let points = pattern(*set, *samples, *noise, seed)?;
                Self::plane(&points, set.has_values(), *share, features, seed)
            }
        }
    }

    fn digits(seed: u64) -> Result<Self> {
        let images: &[u8] = include_bytes!("../../examples/data/digits8x8/images-idx3-ubyte.gz");
        let labels: &[u8] = include_bytes!("../../examples/data/digits8x8/labels-idx1-ubyte.gz");
        let all = Dataset::from_images(&Idx::read(images)?, &Idx::read(labels)?, 10, 16.0)?;
        let (train, test) = all.split_stratified(0.8, seed)?;
        Ok(Self {
            train,
            test: Some(test),
            points: Vec::new(),
        })
    }

    fn plane(
        points: &[[f32; 3]],
        values: bool,
        share: f64,
        features: &[Feature],
        seed: u64,
    ) -> Result<Self> {
        if features.is_empty() {
            return Err("the network needs a feature to read: switch one on".into());
        }
        let xy: Vec<f32> = points.iter().flat_map(|[x, y, _]| [*x, *y]).collect();
        let all = if values {
            Dataset::regression(2, xy, 1, points.iter().map(|p| p[2]).collect())?
        } else {
            let labels = points.iter().map(|p| usize::from(p[2] > 0.5));
            Dataset::classification(2, xy, labels, 2)?
        };
        let (train, test) = if share >= 1.0 {
            (all, None)
        } else if values {
            let (train, test) = all.split(share, seed)?;
            (train, Some(test))
        } else {
            let (train, test) = all.split_stratified(share, seed)?;
            (train, Some(test))
        };
        let mut points = Vec::new();
        [Some(&train), test.as_ref()]
            .into_iter()
            .flatten()
            .for_each(|part| list(part, &mut points));
        Ok(Self {
            test: test
                .map(|test| with_features(&test, features))
                .transpose()?,
            train: with_features(&train, features)?,
            points,
        })
    }
}

/// A pattern with noise: on coordinates, or on values where there are values.
fn pattern(set: Set, samples: usize, noise: f64, seed: u64) -> Result<Vec<[f32; 3]>> {
    const MOST: usize = 10_000;
    if samples > MOST || !(0.0..=10.0).contains(&noise) {
        return Err(format!("up to {MOST} samples, and noise from 0 to 10").into());
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xDA7A);
    let mut uniform = || rng.random::<f64>();
    Ok((0..samples)
        .map(|i| {
            let [x, y, value] = set.point(i, uniform(), uniform());
            let (a, b) = normals(uniform(), uniform());
            let (a, b) = (noise * a, noise * b);
            if set.has_values() {
                [x as f32, y as f32, (value + a) as f32]
            } else {
                [(x + a) as f32, (y + b) as f32, value as f32]
            }
        })
        .collect())
}

/// The targets of a part as numbers: class or value.
pub(crate) fn target(part: &Dataset<f32>, i: usize) -> f32 {
    use gradflow::data::Target;
    match part.sample(i) {
        Some((_, Target::Class(label))) => label as f32,
        Some((_, Target::Values(values))) => values.first().copied().unwrap_or(0.0),
        None => 0.0,
    }
}

fn list(part: &Dataset<f32>, points: &mut Vec<f32>) {
    for (i, xy) in part.inputs().iter().enumerate() {
        points.extend([xy[0], xy[1], target(part, i)]);
    }
}

fn with_features(part: &Dataset<f32>, features: &[Feature]) -> Result<Dataset<f32>> {
    let inputs = part.inputs();
    let inputs = inputs
        .iter()
        .flat_map(|xy| features.iter().map(move |feature| feature.of(xy[0], xy[1])));
    let inputs: Vec<f32> = inputs.collect();
    Ok(match part.labels() {
        Some(labels) => Dataset::classification(features.len(), inputs, labels.to_vec(), 2)?,
        None => {
            let targets = (0..part.len()).map(|i| target(part, i)).collect();
            Dataset::regression(features.len(), inputs, 1, targets)?
        }
    })
}
