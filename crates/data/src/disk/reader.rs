//! Samples of files as numbers.

use std::path::Path;
use std::sync::Arc;

use gradflow_real::Real;

use super::ahead::{Ahead, Piece};
use super::{DiskDataset, DiskError};
use crate::memory::reserve;
use crate::{FeatureMap, Outputs, Part};

/// Who reads samples of a [`DiskDataset`], a mini-batch at a time.
///
/// ```
/// # use gradflow_data::DiskDataset;
/// # let folder = std::env::temp_dir().join(format!("gradflow-reader-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # std::fs::write(folder.join("images"), [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 9])?;
/// # std::fs::write(folder.join("labels"), [0, 0, 8, 1, 0, 0, 0, 2, 1, 0])?;
/// # let data = DiskDataset::<f32>::open_idx(folder.join("images"), folder.join("labels"), None, 1.0)?;
/// let mut reader = data.reader();
/// reader.ahead(&[1, 0])?; // read by another thread, while this one computes
/// let fetched = reader.fetch(&[1, 0])?;
/// let mut x = [0.0];
/// fetched.input(0, &mut x)?;
/// assert_eq!((x, fetched.label(0)?), ([9.0], 0));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DiskReader<T> {
    data: DiskDataset<T>,
    piece: Piece,
    spare: Piece,
    ahead: Option<Ahead>,
}

/// Samples that were read, by their places in the mini-batch.
#[derive(Debug)]
pub struct Fetched<'a, T> {
    data: &'a DiskDataset<T>,
    piece: &'a Piece,
}

impl<T: Real> DiskDataset<T> {
    /// Somebody who reads the samples.
    pub fn reader(&self) -> DiskReader<T> {
        DiskReader::new(self.clone())
    }

    /// Somebody who reads targets alone, without the inputs where those have a file of their own.
    pub fn target_reader(&self) -> DiskReader<T> {
        let piece = || Piece {
            targets_alone: true,
            ..Piece::default()
        };
        DiskReader {
            piece: piece(),
            spare: piece(),
            ..DiskReader::new(self.clone())
        }
    }
}

impl<T: Real> DiskReader<T> {
    fn new(data: DiskDataset<T>) -> Self {
        Self {
            data,
            piece: Piece::default(),
            spare: Piece::default(),
            ahead: None,
        }
    }

    /// Reads these samples, numbers below the length; waits for them, if they were asked for [ahead](Self::ahead).
    ///
    /// # Errors
    /// [`DiskError::Read`], [`DiskError::Shrunk`], [`DiskError::Memory`].
    pub fn fetch(&mut self, samples: &[usize]) -> Result<Fetched<'_, T>, DiskError> {
        let selection = &self.data.selection;
        let rows = || samples.iter().map(|sample| selection.row(*sample));
        if let Some((piece, read)) = self.ahead.as_mut().and_then(Ahead::take) {
            let same = piece.rows.iter().copied().eq(rows());
            self.spare = piece;
            if same {
                read?;
                core::mem::swap(&mut self.piece, &mut self.spare);
                return Ok(self.fetched());
            }
        }
        self.piece.ask(rows())?;
        self.piece.read(&self.data.store)?;
        Ok(self.fetched())
    }

    /// Has a thread read these samples, to be [fetched](Self::fetch) next. Without a thread to be had they are read then.
    ///
    /// # Errors
    /// [`DiskError::Memory`].
    pub fn ahead(&mut self, samples: &[usize]) -> Result<(), DiskError> {
        if self.ahead.is_none() {
            self.ahead = Ahead::start(&self.data.store);
        }
        let Some(ahead) = self.ahead.as_mut().filter(|ahead| !ahead.is_asked()) else {
            return Ok(());
        };
        let selection = &self.data.selection;
        let mut piece = core::mem::take(&mut self.spare);
        piece.ask(samples.iter().map(|sample| selection.row(*sample)))?;
        ahead.ask(piece);
        Ok(())
    }

    /// Reads samples, and has the thread read others while these are looked at.
    pub(super) fn fetch_and_ask(
        &mut self,
        samples: &[usize],
        next: &[usize],
    ) -> Result<Fetched<'_, T>, DiskError> {
        self.fetch(samples)?;
        if !next.is_empty() {
            self.ahead(next)?;
        }
        Ok(self.fetched())
    }

    fn fetched(&self) -> Fetched<'_, T> {
        Fetched {
            data: &self.data,
            piece: &self.piece,
        }
    }
}

impl<T: Real> Fetched<'_, T> {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.piece.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.piece.rows.is_empty()
    }

    /// Writes the input of the sample at this place, after all steps of the schema.
    ///
    /// # Errors
    /// [`DiskError::NonFinite`], [`DiskError::Row`], [`DiskError::Scaling`].
    ///
    /// # Panics
    /// If there is no such place, or [targets alone](DiskDataset::target_reader) were read.
    pub fn input(&self, place: usize, x: &mut [T]) -> Result<(), DiskError> {
        let steps = self.data.schema.steps();
        let plain = steps
            .iter()
            .all(|step| matches!(step, FeatureMap::Scaling(_)));
        if plain {
            self.raw(place, x);
            self.check(place, Part::Input, x)?;
            for step in steps {
                if let FeatureMap::Scaling(scaling) = step {
                    scaling.apply(x)?;
                    self.check(place, Part::Input, x)?;
                }
            }
            return Ok(());
        }
        let mut row = Vec::new();
        reserve(&mut row, self.data.store.columns)?;
        row.resize(self.data.store.columns, T::ZERO);
        self.raw(place, &mut row);
        if !matches!(steps.first(), Some(FeatureMap::Columns(_))) {
            self.check(place, Part::Input, &row)?;
        }
        for step in steps {
            match step {
                FeatureMap::Scaling(scaling) => scaling.apply(&mut row)?,
                _ => {
                    let size = step.size(row.len())?;
                    let mut features = Vec::new();
                    reserve(&mut features, size)?;
                    let made = step.append(self.piece.rows[place], &row, size, &mut features);
                    made.map_err(|error| DiskError::Row {
                        path: self.path().clone(),
                        row: self.piece.rows[place],
                        error,
                    })?;
                    row = features;
                }
            }
            self.check(place, Part::Input, &row)?;
        }
        x.copy_from_slice(&row);
        Ok(())
    }

    /// The class of the sample at this place.
    ///
    /// # Errors
    /// [`DiskError::Label`].
    ///
    /// # Panics
    /// If there is no such place.
    pub fn label(&self, place: usize) -> Result<usize, DiskError> {
        let classes = self.data.classes().unwrap_or(0);
        // Every class is exact in either type.
        let mut label = [0.0_f64];
        self.target(place, &mut label);
        let [label] = label;
        match label >= 0.0 && label < classes as f64 && label.fract() == 0.0 {
            true => Ok(label as usize),
            false => Err(DiskError::Label {
                path: self.target_path().clone(),
                row: self.piece.rows[place],
                label,
                classes,
            }),
        }
    }

    /// Writes the target values of the sample at this place, after all scalings.
    ///
    /// # Errors
    /// [`DiskError::NonFinite`], [`DiskError::Scaling`].
    ///
    /// # Panics
    /// If there is no such place.
    pub fn values(&self, place: usize, y: &mut [T]) -> Result<(), DiskError> {
        self.target(place, y);
        self.check(place, Part::Target, y)?;
        if let Outputs::Values { steps, .. } = self.data.schema.outputs() {
            for scaling in steps {
                scaling.apply(y)?;
                self.check(place, Part::Target, y)?;
            }
        }
        Ok(())
    }

    /// The inputs as they stand in the file.
    pub(super) fn raw(&self, place: usize, x: &mut [T]) {
        let rows = &self.data.store.inputs;
        let bytes = &self.piece.inputs[place * rows.width()..][..rows.width()];
        match &self.data.pixels {
            Some(pixels) => pixels.write(bytes, x),
            None => {
                let store = &self.data.store;
                rows.element
                    .decode(bytes, store.maximum, &mut x[..store.columns]);
            }
        }
    }

    /// The target as it stands in the file.
    fn target<N: Real>(&self, place: usize, y: &mut [N]) {
        let store = &self.data.store;
        let (rows, bytes, skip) = match &store.targets {
            Some(rows) => (rows, &self.piece.targets, 0),
            None => (
                &store.inputs,
                &self.piece.inputs,
                store.columns * store.inputs.element.kind.bytes(),
            ),
        };
        let bytes = &bytes[place * rows.width()..][skip..rows.width()];
        rows.element.decode(bytes, 1.0, y);
    }

    fn check(&self, place: usize, part: Part, x: &[T]) -> Result<(), DiskError> {
        // Without an early exit it is vectorised.
        if x.iter().fold(true, |all, x| all & x.is_finite()) {
            return Ok(());
        }
        Err(DiskError::NonFinite {
            path: match part {
                Part::Input => self.path().clone(),
                Part::Target => self.target_path().clone(),
            },
            row: self.piece.rows[place],
            part,
            component: x.iter().position(|x| !x.is_finite()).unwrap_or(0),
        })
    }

    fn path(&self) -> &Arc<Path> {
        self.data.store.inputs.path()
    }

    fn target_path(&self) -> &Arc<Path> {
        let store = &self.data.store;
        store.targets.as_ref().unwrap_or(&store.inputs).path()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_samples_are_read_while_these_are_looked_at() {
        let folder = gradflow_testing::Folder::new("reader-ahead");
        let (images, labels) = (folder.join("images"), folder.join("labels"));
        std::fs::write(&images, [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 9]).expect("a file");
        std::fs::write(&labels, [0, 0, 8, 1, 0, 0, 0, 2, 1, 0]).expect("a file");
        let data = DiskDataset::<f32>::open_idx(images, labels, None, 1.0).expect("data");
        let mut reader = data.reader();
        for (next, asked) in [([1].as_slice(), true), (&[], false)] {
            let fetched = reader.fetch_and_ask(&[0], next).expect("a sample");
            assert_eq!((fetched.len(), fetched.is_empty()), (1, false));
            assert_eq!(reader.ahead.as_ref().is_some_and(Ahead::is_asked), asked);
        }
        // What was asked for is not what is wanted.
        let mut x = [0.0];
        for (asked, wanted, pixel) in [(1, 0, 7.0), (0, 1, 9.0), (1, 1, 9.0)] {
            reader.ahead(&[asked]).expect("memory");
            let fetched = reader.fetch(&[wanted]).expect("a sample");
            fetched.input(0, &mut x).expect("a number");
            assert_eq!(x, [pixel]);
        }
        let none = reader.fetch(&[]).expect("nothing");
        assert_eq!((none.len(), none.is_empty()), (0, true));
    }
}
