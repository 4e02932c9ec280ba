//! Samples that are read from files.

use std::sync::Mutex;

use gradflow_data::{Augment, DiskDataset, DiskError, DiskReader, Fetched};
use gradflow_kernels::{Real, Workers};
use gradflow_layers::Draw;

use super::gather::pixel_work;
use crate::TargetsMut;

/// A data set on disk, and who reads it.
#[derive(Debug)]
pub(super) struct OnDisk<'a, T: Real> {
    pub(super) data: &'a DiskDataset<T>,
    pub(super) reader: DiskReader<T>,
    /// Who reads targets alone.
    pub(super) targets: DiskReader<T>,
}

impl<T: Real> Clone for OnDisk<'_, T> {
    fn clone(&self) -> Self {
        Self::new(self.data)
    }
}

impl<'a, T: Real> OnDisk<'a, T> {
    pub(super) fn new(data: &'a DiskDataset<T>) -> Self {
        Self {
            data,
            reader: data.reader(),
            targets: data.target_reader(),
        }
    }

    /// Reads the targets of these samples.
    pub(super) fn gather_targets(
        &mut self,
        samples: &[usize],
        targets: TargetsMut<'_, T>,
    ) -> Result<(), DiskError> {
        write_targets(&self.targets.fetch(samples)?, targets)
    }

    /// Reads these samples, and changes their inputs at random if that is asked for.
    pub(super) fn gather(
        &mut self,
        samples: &[usize],
        augment: Option<&Augment>,
        (x, draw): (&mut [T], Draw),
        targets: TargetsMut<'_, T>,
        workers: &Workers,
    ) -> Result<(), DiskError> {
        let shape = self.data.shape();
        let size = shape.len();
        let fetched = self.reader.fetch(samples)?;
        let part = samples.len().div_ceil(workers.threads()).max(1);
        let failed = Failed::default();
        workers.for_each_chunk(x, part * size, pixel_work(samples.len(), size), |k, x| {
            let mut from = Vec::new();
            for (j, x) in x.chunks_exact_mut(size).enumerate() {
                let place = k * part + j;
                if let Err(error) = fetched.input(place, x) {
                    return failed.note(place, error);
                }
                if let Some(augment) = augment {
                    from.clear();
                    from.extend_from_slice(x);
                    augment.apply(shape, draw.row(samples[place] as u64), &from, x);
                }
            }
        });
        failed.result()?;
        write_targets(&fetched, targets)
    }
}

fn write_targets<T: Real>(
    fetched: &Fetched<'_, T>,
    targets: TargetsMut<'_, T>,
) -> Result<(), DiskError> {
    match targets {
        TargetsMut::Classes(out) => {
            for (place, out) in out.iter_mut().enumerate() {
                *out = fetched.label(place)?;
            }
        }
        TargetsMut::Values(out) => {
            let size = out.len() / fetched.len().max(1);
            for (place, out) in out.chunks_exact_mut(size.max(1)).enumerate() {
                fetched.values(place, out)?;
            }
        }
    }
    Ok(())
}

/// The first error by the place of its sample, whichever thread met it first.
#[derive(Default)]
struct Failed(Mutex<Option<(usize, DiskError)>>);

impl Failed {
    fn note(&self, place: usize, error: DiskError) {
        let mut first = self.0.lock().unwrap_or_else(|lock| lock.into_inner());
        if first.as_ref().is_none_or(|(before, _)| place < *before) {
            *first = Some((place, error));
        }
    }

    fn result(self) -> Result<(), DiskError> {
        let first = self.0.into_inner().unwrap_or_else(|lock| lock.into_inner());
        first.map_or(Ok(()), |(_, error)| Err(error))
    }
}
