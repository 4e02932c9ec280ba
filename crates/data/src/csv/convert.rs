//! From the rows of a CSV file to rows of binary numbers in another file.

use std::io::Read;
use std::path::Path;

use gradflow_real::Real;

use super::inputs::{Inputs, Numbering};
use super::labels::Known;
use super::read::{Targets, Walked};
use super::{Csv, CsvError};
use crate::disk::rows_file::{Header, Writer};
use crate::memory::{extend, reserve};
use crate::raw_table::How;
use crate::schema::differ;
use crate::source::{open, opened};
use crate::{DataError, MemoryError, Outputs, Schema};

/// Numbers that are kept before they are written, about.
const BLOCK: usize = 1 << 16;

impl Csv {
    /// Converts a table to a file of binary rows, from which a [`DiskDataset`](crate::DiskDataset) reads: memory does not grow with the number of rows. Numbers are written as
    /// `T`, `f32` or `f64`; categories and labels as their numbers, what is missing as NaN. Nothing is learnt of the rows yet: gaps are filled with figures of the training
    /// part, as in memory. Returns the number of rows.
    ///
    /// The file is written beside its place and moved there when it is whole. [`limit`](Csv::limit) is for the table.
    ///
    /// ```
    /// use gradflow_data::{Csv, DiskDataset};
    ///
    /// # let folder = std::env::temp_dir().join(format!("gradflow-convert-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// let table = "size,colour,kind\n1,red,a\n2,blue,b\n3,red,a\n";
    /// let csv = Csv::classification("kind").text_as_categories();
    /// let rows = folder.join("table.gfd");
    /// assert_eq!(csv.convert::<f32>(table.as_bytes(), &rows)?, 3);
    ///
    /// let data = DiskDataset::<f32>::open_rows(&rows)?.encoded()?;
    /// assert_eq!(data.first(3)?, csv.read(table.as_bytes())?);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Csv`] for what is wrong with the table, [`DataError::Disk`] if the file cannot be written.
    pub fn convert<T: Real>(
        &self,
        table: impl Read,
        to: impl AsRef<Path>,
    ) -> Result<usize, DataError> {
        self.convert_beside::<T>(table, None::<&[u8]>, to.as_ref())
    }

    /// [`Csv::convert`] of a file, plain or gzip, with the targets in another one if that is said.
    ///
    /// # Errors
    /// Those of [`convert`](Self::convert), [`DataError::Open`].
    pub fn convert_file<T: Real>(
        &self,
        table: impl AsRef<Path>,
        targets: Option<&Path>,
        to: impl AsRef<Path>,
    ) -> Result<usize, DataError> {
        open(table.as_ref(), |table| match targets {
            None => self.convert_beside::<T>(table, None::<&[u8]>, to.as_ref()),
            Some(targets) => self.convert_beside::<T>(table, Some(opened(targets)?), to.as_ref()),
        })
    }

    fn convert_beside<T: Real>(
        &self,
        table: impl Read,
        targets: Option<impl Read>,
        to: &Path,
    ) -> Result<usize, DataError> {
        let mut table = self.table(table)?;
        let beside = targets.map(|targets| self.table(targets).map_err(CsvError::in_targets));
        let mut beside = beside.transpose()?;
        let mut writer = Writer::<T>::create(to)?;
        let mut rows = Vec::new();
        let mut walked = self.walk(&mut table, beside.as_mut(), |inputs, targets| {
            match inputs.len() < BLOCK {
                true => Ok(()),
                false => flush(inputs, targets, &mut rows, &mut writer),
            }
        })?;
        flush(
            &mut walked.inputs,
            &mut walked.found,
            &mut rows,
            &mut writer,
        )?;
        let Walked {
            inputs,
            found,
            targets,
            names,
            target_names,
            layout,
        } = walked;
        let (size, numbering) = (inputs.size(), inputs.number(&table)?);
        let (mut schema, known) = match found {
            Targets::Labels(labels) => {
                let of = beside.as_ref().unwrap_or(&table);
                let known = labels.meaning(of, targets.first().copied().unwrap_or(0))?;
                (Schema::of_classes(size, known.classes)?, Some(known))
            }
            Targets::Values(_) => (Schema::of_values(size, targets.len())?, None),
        };
        describe(&mut schema, known.as_ref(), names, target_names);
        schema.layout = layout;
        renumber(&mut writer, size, &numbering, known.as_ref())?;
        let header = Header {
            schema,
            how: How::of(numbering.names, self.missing, self.unseen),
        };
        Ok(writer.finish(&header)?)
    }
}

/// Writes the rows that are there, inputs before their targets.
fn flush<T: Real>(
    inputs: &mut Inputs<T>,
    targets: &mut Targets<'_, T>,
    rows: &mut Vec<T>,
    writer: &mut Writer<T>,
) -> Result<(), DataError> {
    let of = |error: MemoryError| DataError::from(CsvError::from(error));
    let (size, inputs) = (inputs.size(), inputs.take().map_err(of)?);
    let count = inputs.len() / size.max(1);
    let targets = targets.take().map_err(of)?;
    let each = targets.len() / count.max(1);
    rows.clear();
    reserve(rows, inputs.len() + targets.len()).map_err(of)?;
    for (i, row) in inputs.chunks_exact(size.max(1)).enumerate() {
        extend(rows, row).map_err(of)?;
        extend(rows, &targets[i * each..][..each]).map_err(of)?;
    }
    Ok(writer.write(rows, size, each)?)
}

/// Gives categories and labels that are written the numbers that they have now.
fn renumber<T: Real>(
    writer: &mut Writer<T>,
    size: usize,
    numbering: &Numbering<T>,
    known: Option<&Known>,
) -> Result<(), DataError> {
    let labels = known.filter(|known| known.place.is_some());
    if numbering.is_empty() && labels.is_none() {
        return Ok(());
    }
    let written = writer.rewrite(|rows, width| {
        numbering.apply(rows, width);
        if let Some(known) = labels {
            for label in rows.iter_mut().skip(size).step_by(width) {
                *label = T::from_f64(f64::from(known.class(label.to_f64() as u32)));
            }
        }
    });
    Ok(written?)
}

/// Puts the names into the schema, where they differ.
fn describe(schema: &mut Schema, known: Option<&Known>, inputs: Vec<String>, targets: Vec<String>) {
    if differ(&inputs) {
        schema.names = inputs;
    }
    match &mut schema.outputs {
        Outputs::Classes { names, .. } => {
            if let Some(known) = known.and_then(|known| known.names.clone()) {
                *names = known;
            }
        }
        Outputs::Values { names, .. } => {
            if differ(&targets) {
                *names = targets;
            }
        }
    }
}

impl<T: Real> Targets<'_, T> {
    /// Takes the targets away that were read, as numbers.
    fn take(&mut self) -> Result<Vec<T>, MemoryError> {
        match self {
            Self::Values(values) => Ok(core::mem::take(values)),
            Self::Labels(labels) => {
                let labels = labels.take();
                crate::memory::collect(labels.iter().map(|label| T::from_f64(f64::from(*label))))
            }
        }
    }
}
