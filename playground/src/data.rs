//! The data of a page: points of the plane, drawn or in a pattern, and the digits.

use gradflow::data::{Dataset, Idx};
use gradflow::rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::plane::{Feature, Set, normals};
use crate::{Data, Result};

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
