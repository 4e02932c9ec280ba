//! From the rows of a file to samples.

use std::io::Read;
use std::path::Path;

use gradflow_real::Real;
use gradflow_tensor::Shape;

use super::inputs::{Inputs, Role};
use super::labels::Labels;
use super::table::Table;
use super::{Column, Csv, CsvError, Target};
use crate::field::is_missing;
use crate::memory::{filled, push};
use crate::schema::MOST_NAMES;
use crate::source::{Source, open, opened};
use crate::{ColumnAt, DataError, Dataset, Layout, Missing, RawTable};

/// Features may take so many bytes for each byte of the file, and so many more.
const ROOM: (usize, usize) = (8, 16 << 20);

/// Which columns are what.
struct Assigned {
    roles: Vec<Role>,
    /// The targets, in the table of the inputs or in their own.
    targets: Vec<usize>,
}

impl Csv {
    /// Reads a file, plain or gzip.
    ///
    /// # Errors
    /// [`DataError::Open`], or [`DataError::File`] with the path and a [`CsvError`].
    pub fn open<T: Real>(&self, path: impl AsRef<Path>) -> Result<Dataset<T>, DataError> {
        open(path.as_ref(), |file| self.read(file))
    }

    /// Reads a stream, plain or gzip, to its end.
    ///
    /// Gaps are filled with figures of all samples; [`read_table`](Self::read_table) lets the training part alone be learnt from. Memory is at most
    /// 16 times what the stream holds, unpacked, and 32 MiB; categories that would take more are refused.
    ///
    /// # Errors
    /// [`CsvError`] says what is wrong and where.
    pub fn read<T: Real>(&self, reader: impl Read) -> Result<Dataset<T>, CsvError> {
        Ok(self.read_table(reader)?.encoded()?)
    }

    /// Reads a file, before gaps are filled and categories become numbers.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_table<T: Real>(&self, path: impl AsRef<Path>) -> Result<RawTable<T>, DataError> {
        open(path.as_ref(), |file| self.read_table(file))
    }

    /// Reads a stream, before gaps are filled and categories become numbers.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn read_table<T: Real>(&self, reader: impl Read) -> Result<RawTable<T>, CsvError> {
        self.collect(self.table(reader)?, None)
    }

    /// Reads inputs from one file and targets from another one, row by row; what is said of targets is meant of that one, which is written down
    /// alike.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), [`CsvError::Beside`] if they do not have as many rows.
    pub fn open_table_beside<T: Real>(
        &self,
        inputs: impl AsRef<Path>,
        targets: impl AsRef<Path>,
    ) -> Result<RawTable<T>, DataError> {
        let beside = opened(targets.as_ref())?;
        open(inputs.as_ref(), |file| self.read_table_beside(file, beside))
    }

    /// Reads inputs from one stream and targets from another one, row by row.
    ///
    /// ```
    /// use gradflow_data::{Csv, Delimiter};
    ///
    /// let inputs = "59 2 32.1\n48 1 21.6\n";
    /// let targets = "1.51e2\n7.5e1\n";
    /// let csv = Csv::regression([0]).without_header().delimiter(Delimiter::Blanks);
    /// let data = csv.read_table_beside::<f64>(inputs.as_bytes(), targets.as_bytes())?.encoded()?;
    /// assert_eq!(data.shape().len(), 3);
    /// assert_eq!(data.targets().values().unwrap().data(), [151.0, 75.0]);
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`read`](Self::read), [`CsvError::Beside`] if they do not have as many rows.
    pub fn read_table_beside<T: Real>(
        &self,
        inputs: impl Read,
        targets: impl Read,
    ) -> Result<RawTable<T>, CsvError> {
        let beside = self.table(targets).map_err(CsvError::in_targets)?;
        self.collect(self.table(inputs)?, Some(beside))
    }

    pub(super) fn table<'a>(&self, reader: impl Read + 'a) -> Result<Table<'a>, CsvError> {
        Table::new(Source::new(reader, self.limit)?, &self.dialect)
    }

    fn targets(&self) -> &[Column] {
        match &self.target {
            Target::Label(column, _) => core::slice::from_ref(column),
            Target::Values(columns) => columns,
        }
    }

    fn assigned(
        &self,
        table: &Table<'_>,
        beside: Option<&Table<'_>>,
    ) -> Result<Assigned, CsvError> {
        let targets = self.targets();
        let elsewhere = match beside {
            Some(beside) => beside.find(targets, (targets.len(), 0)).map(Some),
            None => Ok(None),
        };
        let elsewhere = elsewhere.map_err(CsvError::in_targets)?;
        let here = if beside.is_some() { &[] } else { targets };
        // Targets first, then what is left out, then what is said of inputs.
        let lists = [
            here,
            &self.left_out,
            &self.chosen,
            &self.categories,
            &self.numbers,
        ];
        let named: Vec<Column> = lists.into_iter().flatten().cloned().collect();
        let found = table.find(&named, (here.len(), self.left_out.len()))?;
        let (apart, said) = found.split_at(here.len() + self.left_out.len());
        let (chosen, said) = said.split_at(self.chosen.len());
        let (categories, numbers) = said.split_at(self.categories.len());
        if table.width() == apart.len() || targets.is_empty() {
            return Err(CsvError::NoColumns {
                columns: table.width(),
                targets: here.len(),
                left_out: self.left_out.len(),
            });
        }
        let text = if self.text_as_categories {
            Role::Open
        } else {
            Role::Number
        };
        let usual = if chosen.is_empty() { text } else { Role::Apart };
        let mut roles = filled(table.width(), usual)?;
        for (columns, role) in [(apart, Role::Apart), (chosen, text)] {
            columns.iter().for_each(|column| roles[*column] = role);
        }
        if let Some(odd) = said.iter().position(|column| roles[*column] == Role::Apart) {
            let column = named[found.len() - said.len() + odd].clone();
            return Err(CsvError::NoInput { column });
        }
        categories
            .iter()
            .for_each(|column| roles[*column] = Role::Text);
        numbers
            .iter()
            .for_each(|column| roles[*column] = Role::Number);
        let targets = elsewhere.unwrap_or_else(|| apart[..here.len()].to_vec());
        Ok(Assigned { roles, targets })
    }

    /// Walks through all rows, and shows what was read to whoever wants to take it away.
    pub(super) fn walk<T: Real, E: From<CsvError>>(
        &self,
        table: &mut Table<'_>,
        mut beside: Option<&mut Table<'_>>,
        mut each: impl FnMut(&mut Inputs<T>, &mut Targets<'_, T>) -> Result<(), E>,
    ) -> Result<Walked<'_, T>, E> {
        let Assigned { roles, targets } = self.assigned(table, beside.as_deref())?;
        let layout = Self::layout(table, &roles, &targets, beside.is_some());
        let is_input = |column: &usize| roles[*column] != Role::Apart;
        let names = table.names((0..roles.len()).filter(is_input));
        let of = beside.as_deref().unwrap_or(table);
        let target_names = of.names(targets.iter().copied());
        let mut inputs = Inputs::new(roles, self.missing).map_err(CsvError::from)?;
        let mut found = Targets::new(&self.target)?;
        let elsewhere = beside.is_some();
        let in_targets = |error: CsvError| if elsewhere { error.in_targets() } else { error };
        while side_by_side(table, beside.as_deref_mut())? {
            let of = beside.as_deref().unwrap_or(table);
            if self.missing != Missing::Refuse
                && found.is_missing(of, &targets).map_err(in_targets)?
            {
                continue;
            }
            if inputs.push(table)? {
                found.push(of, &targets).map_err(in_targets)?;
                each(&mut inputs, &mut found)?;
            }
        }
        Ok(Walked {
            inputs,
            found,
            targets,
            names,
            target_names,
            layout,
        })
    }

    /// All rows in memory.
    fn collect<T: Real>(
        &self,
        mut table: Table<'_>,
        mut beside: Option<Table<'_>>,
    ) -> Result<RawTable<T>, CsvError> {
        let elsewhere = beside.is_some();
        let in_targets = |error: CsvError| if elsewhere { error.in_targets() } else { error };
        let walked = self.walk(&mut table, beside.as_mut(), |_, _| Ok::<_, CsvError>(()))?;
        let shape = Shape::vector(walked.inputs.size())?;
        let (inputs, categories) = walked.inputs.finish(&table)?;
        let of = beside.as_ref().unwrap_or(&table);
        let data = (walked.found)
            .dataset(of, &walked.targets, shape, inputs)
            .map_err(in_targets)?;
        let data = data.with_columns(walked.names, walked.target_names, walked.layout);
        let file = usize::try_from(table.offset()).unwrap_or(usize::MAX);
        let room = file.saturating_mul(ROOM.0).saturating_add(ROOM.1);
        Ok(RawTable::new(
            data,
            categories,
            self.missing,
            self.unseen,
            room,
        ))
    }

    /// The columns that are no inputs, if they are not too many to be kept.
    fn layout(
        table: &Table<'_>,
        roles: &[Role],
        targets: &[usize],
        elsewhere: bool,
    ) -> Option<Layout> {
        let of = |number: usize| ColumnAt {
            number,
            name: table.names(core::iter::once(number)).pop(),
        };
        let targets = if elsewhere { &[] } else { targets };
        let left_out = |column: &usize| roles[*column] == Role::Apart && !targets.contains(column);
        let apart = roles.iter().filter(|role| **role == Role::Apart).count();
        (apart <= MOST_NAMES && targets.len() <= Self::MOST_TARGETS).then(|| Layout {
            targets: targets.iter().copied().map(of).collect(),
            left_out: (0..roles.len()).filter(left_out).map(of).collect(),
        })
    }

    const MOST_TARGETS: usize = 64;
}

/// What a walk through all rows found.
pub(super) struct Walked<'a, T> {
    pub(super) inputs: Inputs<T>,
    pub(super) found: Targets<'a, T>,
    /// The columns of the targets.
    pub(super) targets: Vec<usize>,
    pub(super) names: Vec<String>,
    pub(super) target_names: Vec<String>,
    pub(super) layout: Option<Layout>,
}

/// Goes to the next row, in both tables.
fn side_by_side(table: &mut Table<'_>, beside: Option<&mut Table<'_>>) -> Result<bool, CsvError> {
    let more = table.next_row()?;
    let Some(beside) = beside else {
        return Ok(more);
    };
    if beside.next_row().map_err(CsvError::in_targets)? == more {
        return Ok(more);
    }
    while table.next_row()? {}
    while beside.next_row().map_err(CsvError::in_targets)? {}
    Err(CsvError::Beside {
        inputs: table.seen(),
        targets: beside.seen(),
    })
}

/// The targets read so far.
pub(super) enum Targets<'a, T> {
    Labels(Box<Labels<'a>>),
    Values(Vec<T>),
}

impl<'a, T: Real> Targets<'a, T> {
    fn new(target: &'a Target) -> Result<Self, CsvError> {
        Ok(match target {
            Target::Label(_, meaning) => Self::Labels(Box::new(Labels::new(meaning)?)),
            Target::Values(_) => Self::Values(Vec::new()),
        })
    }

    fn is_missing(&self, table: &Table<'_>, columns: &[usize]) -> Result<bool, CsvError> {
        for column in columns {
            let gone = match self {
                Self::Labels(labels) => labels.is_missing(table, *column)?,
                Self::Values(_) => is_missing(table.text(*column)?.trim()),
            };
            if gone {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn push(&mut self, table: &Table<'_>, columns: &[usize]) -> Result<(), CsvError> {
        for column in columns {
            match self {
                Self::Labels(labels) => labels.push(table, *column)?,
                Self::Values(values) => push(values, table.number(*column)?)?,
            }
        }
        Ok(())
    }

    fn dataset(
        self,
        table: &Table<'_>,
        columns: &[usize],
        shape: Shape<3>,
        inputs: Vec<T>,
    ) -> Result<Dataset<T>, CsvError> {
        match self {
            Self::Labels(labels) => {
                labels.dataset(table, columns.first().copied().unwrap_or(0), shape, inputs)
            }
            Self::Values(values) => Ok(Dataset::of_values(shape, inputs, columns.len(), values)?),
        }
    }
}
