//! Pictures of another size.

use gradflow_real::Real;

use super::decoded::Decoded;
use crate::MemoryError;
use crate::memory::{filled, push};

/// For each new place the old ones around it, from the first on, with weights that add up to 1.
struct Weights(Vec<(usize, Vec<f64>)>);

impl Weights {
    /// A triangle whose half width is one new step, or one old one where that is longer.
    fn new(old: usize, new: usize) -> Result<Self, MemoryError> {
        let ratio = old as f64 / new as f64;
        let half = ratio.max(1.0);
        let mut all = Vec::new();
        for place in 0..new {
            let centre = (place as f64 + 0.5) * ratio;
            let first = (centre - half + 0.5).max(0.0) as usize;
            let end = ((centre + half + 0.5) as usize).min(old);
            let mut weights = Vec::new();
            for at in first..end {
                let distance = (at as f64 + 0.5 - centre) / half;
                push(&mut weights, (1.0 - distance.abs()).max(0.0))?;
            }
            let sum: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= sum);
            push(&mut all, (first, weights))?;
        }
        Ok(Self(all))
    }
}

/// Appends a channel of a picture in another size: rows first, then columns.
pub(super) fn resized<T: Real>(
    picture: &Decoded,
    (v, h): (usize, usize),
    channel: impl Fn([f64; 3]) -> f64,
    to: &mut Vec<T>,
) -> Result<(), MemoryError> {
    let (old_v, old_h) = picture.size();
    let (rows, columns) = (Weights::new(old_h, h)?, Weights::new(old_v, v)?);
    // Each new row is summed up while the old ones go by, which are never all there as numbers.
    let too_large = MemoryError { bytes: usize::MAX };
    let mut sums = filled(v.checked_mul(h).ok_or(too_large)?, 0.0)?;
    let (mut row, mut narrow) = (filled(old_h, 0.0)?, filled(h, 0.0)?);
    let mut pixels = picture.pixels();
    let mut next = 0;
    for at in 0..old_v {
        for (x, pixel) in row.iter_mut().zip(&mut pixels) {
            *x = channel(pixel);
        }
        for (x, (first, weights)) in narrow.iter_mut().zip(&rows.0) {
            let near = &row[*first..];
            *x = weights.iter().zip(near).map(|(w, x)| w * x).sum();
        }
        // Columns whose places end before this row are done.
        while next < v && columns.0[next].0 + columns.0[next].1.len() <= at {
            next += 1;
        }
        for (place, (first, weights)) in columns.0.iter().enumerate().skip(next) {
            let Some(weight) = at.checked_sub(*first).map(|i| weights.get(i)) else {
                break;
            };
            if let Some(weight) = weight {
                let sums = &mut sums[place * h..][..h];
                sums.iter_mut()
                    .zip(&narrow)
                    .for_each(|(sum, x)| *sum += weight * x);
            }
        }
    }
    to.extend(sums.into_iter().map(T::from_f64));
    Ok(())
}
