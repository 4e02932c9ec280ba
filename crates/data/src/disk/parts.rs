//! Parts of samples that stay in files, and a few of them in memory.

use gradflow_real::Real;

use super::{DiskDataset, DiskError};
use crate::memory::{filled, reserve};
use crate::split::{check_first, first_part, order, quotas};
use crate::{Dataset, MemoryError, Outputs, SplitError};

/// Parts, by the numbers of the samples: nothing is copied. They are those of a [`Dataset`] of the same samples and the same seed.
impl<T: Real> DiskDataset<T> {
    /// [`Dataset::split`]. An order that is drawn takes four bytes for each sample, and nothing from 2^24 samples on.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), SplitError> {
        let first = first_part(self.len(), fraction)?;
        let (first, rest) = self.selection.ordered(order(self.len(), seed)?, first);
        Ok((self.with(first), self.with(rest)))
    }

    /// [`Dataset::split_stratified`], for which all labels are read once. Eight bytes for each sample are taken, and four more while it is drawn; four stay.
    ///
    /// # Errors
    /// [`DiskError::Split`], with [`SplitError::NoLabels`] if the targets are no classes.
    pub fn split_stratified(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DiskError> {
        let counts = self.class_counts()?.ok_or(SplitError::NoLabels)?;
        let size = first_part(self.len(), fraction)?;
        if u32::try_from(self.len()).is_err() {
            // So many shares are the same to four digits.
            return Ok(self.split(fraction, seed)?);
        }
        let mut quota = quotas(&counts, fraction, size);
        // Classes are at most 2^20.
        let mut labels: Vec<u32> = filled(self.len(), 0)?;
        self.each_target(|sample, fetched, place| {
            labels[sample] = fetched.label(place)? as u32;
            Ok(())
        })?;
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        reserve(&mut first, size)?;
        reserve(&mut rest, self.len() - size)?;
        let order = order(self.len(), seed)?;
        for i in 0..order.len() {
            let sample = order.get(i);
            let left = &mut quota[labels[sample] as usize];
            let part = if *left > 0 { &mut first } else { &mut rest };
            *left = left.saturating_sub(1);
            part.push(sample as u32);
        }
        let (first, rest) = (self.selection.listed(first), self.selection.listed(rest));
        Ok((self.with(first), self.with(rest)))
    }

    /// [`Dataset::split_at`].
    ///
    /// # Errors
    /// [`SplitError::EmptyPart`] if a part would be empty.
    pub fn split_at(&self, n: usize) -> Result<(Self, Self), SplitError> {
        check_first(self.len(), n, None)?;
        let (first, rest) = self.selection.cut(n);
        Ok((self.with(first), self.with(rest)))
    }

    /// The samples with these numbers, in memory.
    ///
    /// # Errors
    /// [`DiskError`] if there is no such sample, it cannot be read, or there is no memory for them.
    pub fn select(&self, samples: &[usize]) -> Result<Dataset<T>, DiskError> {
        let len = self.len();
        if samples.is_empty() {
            return Err(SplitError::Empty.into());
        }
        if let Some(&index) = samples.iter().find(|sample| **sample >= len) {
            let samples = len;
            return Err(SplitError::Index { index, samples }.into());
        }
        let size = self.shape.len();
        let total = |each: usize| {
            let total = samples.len().checked_mul(each);
            total.ok_or(MemoryError { bytes: usize::MAX })
        };
        let mut inputs = filled(total(size)?, T::ZERO)?;
        let mut reader = self.reader();
        let fetched = reader.fetch(samples)?;
        for (place, x) in inputs.chunks_exact_mut(size).enumerate() {
            fetched.input(place, x)?;
        }
        let data = match self.schema.outputs() {
            Outputs::Classes { count, .. } => {
                let mut labels = filled(samples.len(), 0)?;
                for (place, label) in labels.iter_mut().enumerate() {
                    *label = fetched.label(place)?;
                }
                Dataset::of_classes(self.shape, inputs, labels, *count)?
            }
            Outputs::Values { size, .. } => {
                let mut values = filled(total(*size)?, T::ZERO)?;
                for (place, y) in values.chunks_exact_mut(*size).enumerate() {
                    fetched.values(place, y)?;
                }
                Dataset::of_values(self.shape, inputs, *size, values)?
            }
        };
        Ok(Dataset {
            schema: self.schema.clone(),
            ..data
        })
    }

    /// The first `n` samples, or all if there are fewer, in memory.
    ///
    /// # Errors
    /// Those of [`select`](Self::select).
    pub fn first(&self, n: usize) -> Result<Dataset<T>, DiskError> {
        self.select(&crate::memory::collect(0..n.min(self.len()))?)
    }

    /// Number of samples of each class, for which all labels are read; `None` if the targets are not classes.
    ///
    /// # Errors
    /// [`DiskError::Label`] for one that is no class, [`DiskError::Read`], [`DiskError::Shrunk`].
    pub fn class_counts(&self) -> Result<Option<Vec<usize>>, DiskError> {
        let Some(classes) = self.classes() else {
            return Ok(None);
        };
        let mut counts = filled(classes, 0)?;
        self.each_target(|_, fetched, place| {
            counts[fetched.label(place)?] += 1;
            Ok(())
        })?;
        Ok(Some(counts))
    }

    /// The class of each sample, eight bytes each; `None` if the targets are not classes.
    ///
    /// # Errors
    /// Those of [`class_counts`](Self::class_counts), [`DiskError::Memory`].
    pub fn labels(&self) -> Result<Option<Vec<usize>>, DiskError> {
        if self.classes().is_none() {
            return Ok(None);
        }
        let mut labels = filled(self.len(), 0)?;
        self.each_target(|sample, fetched, place| {
            labels[sample] = fetched.label(place)?;
            Ok(())
        })?;
        Ok(Some(labels))
    }
}
