//! Samples in memory copied beside one another.

use gradflow_data::{Augment, Dataset, Targets};
use gradflow_kernels::{Real, Workers, gather_rows};
use gradflow_layers::Draw;

use crate::TargetsMut;

/// Copies inputs, changed at random if that is asked for.
pub(super) fn gather_inputs<T: Real>(
    data: &Dataset<T>,
    augment: Option<&Augment>,
    samples: &[usize],
    (x, draw): (&mut [T], Draw),
    workers: &Workers,
) {
    let inputs = data.inputs();
    let Some(augment) = augment else {
        return gather_rows(inputs.data(), inputs.size(), samples, x, workers);
    };
    let (shape, size) = (data.shape(), inputs.size());
    workers.for_each_chunk(x, size, pixel_work(samples.len(), size), |i, x| {
        let from = &inputs.data()[samples[i] * size..][..size];
        augment.apply(shape, draw.row(samples[i] as u64), from, x);
    });
}

/// Copies targets.
pub(super) fn gather_targets<T: Real>(
    data: &Dataset<T>,
    samples: &[usize],
    targets: TargetsMut<'_, T>,
    workers: &Workers,
) {
    match (data.targets(), targets) {
        (Targets::Classes { labels, .. }, TargetsMut::Classes(out)) => {
            for (out, s) in out.iter_mut().zip(samples) {
                *out = labels[*s];
            }
        }
        (Targets::Values(values), TargetsMut::Values(out)) => {
            gather_rows(values.data(), values.size(), samples, out, workers);
        }
        _ => {} // the run asked for the kind that `targets` named
    }
}

/// Operations for so many changed pictures, about.
pub(super) fn pixel_work(samples: usize, size: usize) -> usize {
    const EACH: usize = 16;
    samples.saturating_mul(size).saturating_mul(EACH)
}
