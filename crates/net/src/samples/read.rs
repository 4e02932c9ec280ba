//! Samples in order, for who judges a model.

use gradflow_kernels::{Real, Workers};
use gradflow_layers::Draw;

use super::gather::{gather_inputs, gather_targets};
use super::{Held, Samples};
use crate::{ModelError, Source, TargetKind, TargetsMut};

impl<T: Real> Samples<'_, T> {
    /// Targets of samples from `start` on, as many as there is room for.
    pub(crate) fn read_targets(
        &mut self,
        start: usize,
        targets: TargetsMut<'_, T>,
        workers: &Workers,
    ) -> Result<(), ModelError> {
        let count = match &targets {
            TargetsMut::Classes(labels) => labels.len(),
            TargetsMut::Values(values) => match self.targets() {
                TargetKind::Values(size) => values.len() / size,
                TargetKind::Classes(_) => 0,
            },
        };
        let samples: Vec<usize> = (start..start + count).collect();
        match &mut self.held {
            Held::Memory(data) => gather_targets(data, &samples, targets, workers),
            Held::Disk(disk) => disk.gather_targets(&samples, targets)?,
        }
        Ok(())
    }

    /// Samples from `start` on as they are, in order, for who judges a model: as many as the buffers have room for, targets by their kind. What is
    /// read next begins so many samples further on.
    pub(crate) fn read(
        &mut self,
        start: usize,
        x: &mut [T],
        targets: TargetsMut<'_, T>,
        further: usize,
        workers: &Workers,
    ) -> Result<(), ModelError> {
        let count = x.len() / self.shape().len();
        let samples: Vec<usize> = (start..start + count).collect();
        let next = start + further..(start + further + count).min(self.len());
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
