//! Samples in memory copied, and a few samples of either kind in order.

use gradflow_data::{Augment, Dataset, Targets};
use gradflow_kernels::{Real, Workers, gather_rows};
use gradflow_layers::Draw;

use super::{Held, Samples};
use crate::{ModelError, Source, TargetKind, TargetsMut};

impl<T: Real> Samples<'_, T> {
    /// Targets of samples in memory from `start` on, as many as there is room for.
    pub(crate) fn read_targets(&self, start: usize, targets: TargetsMut<'_, T>, workers: &Workers) {
        let count = match &targets {
            TargetsMut::Classes(labels) => labels.len(),
            TargetsMut::Values(values) => match self.targets() {
                TargetKind::Values(size) => values.len() / size,
                TargetKind::Classes(_) => 0,
            },
        };
        if let Held::Memory(data) = &self.held {
            let samples: Vec<usize> = (start..start + count).collect();
            gather_targets(data, &samples, targets, workers);
        }
    }

    /// Samples from `start` on as they are, in order, for who judges a model: as many as the buffers have room for, targets by their kind.
    pub(crate) fn read(
        &mut self,
        start: usize,
        x: &mut [T],
        targets: TargetsMut<'_, T>,
        workers: &Workers,
    ) -> Result<(), ModelError> {
        let count = x.len() / self.shape().len();
        let samples: Vec<usize> = (start..start + count).collect();
        let next = start + count..(start + 2 * count).min(self.len());
        let draw = Draw::new(0, 0);
        match &mut self.held {
            Held::Memory(data) => {
                gather_inputs(data, None, &samples, (x, draw), workers);
                gather_targets(data, &samples, targets, workers);
            }
            Held::Disk(disk) => {
                disk.gather(&samples, None, (x, draw), targets, workers)?;
                if !next.is_empty() {
                    disk.reader.ahead(&next.collect::<Vec<_>>())?;
                }
            }
        }
        Ok(())
    }
}

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
