//! CSV files as data sets.

mod column;
mod error;
mod labels;
mod rows;
mod table;

use std::io::Read;
use std::path::Path;

use gradflow_real::Real;
use gradflow_tensor::Shape;

pub use self::column::{Column, Columns, Place};
pub use self::error::CsvError;
use self::labels::{Labels, Meaning};
use self::table::{Header, Table};
use crate::memory::{filled, push, reserve};
use crate::source::{Source, open};
use crate::{DataError, Dataset, Format};

/// A reader of CSV files: a row is a sample, one column its label or some columns its targets, all
/// others its inputs, but those that are [left out](Csv::without).
///
/// The first row is a header, unless [`without_header`](Csv::without_header) is said; a header that looks like a sample is
/// refused until [`with_header`](Csv::with_header) insists on it. Inputs are finite numbers. Fields are separated by commas
/// or what [`delimiter`](Csv::delimiter) says; blanks around them and blank lines are skipped.
///
/// Labels are
/// 1. where [`classes`](Csv::classes) announces names: those names, numbered in the order given there;
/// 2. else, if all of them are whole numbers (`1` or `1.0`): the classes themselves, counted from 0, up to the largest that
///    occurs;
/// 3. else, if none is a number, or where [`labels_as_names`](Csv::labels_as_names) is said: names, which are numbered in
///    alphabetical order, whatever the order of the rows.
///
/// Numbers beside names are an error, and so are marks for what is missing (an empty field, `?`, `NA`, `N/A`, `NaN`,
/// `null`), unless they are announced. Files that hold different selections of the classes agree on the numbers of names
/// only if they are announced; [`Dataset::check_compatible`] compares.
///
/// ```
/// use gradflow_data::Csv;
///
/// let file = "length,width,species\n5.1,3.5,setosa\n6.7,3.1,versicolor\n4.9,3.0,setosa\n";
/// let data = Csv::classification("species").read::<f64>(file.as_bytes())?;
/// assert_eq!(data.inputs().sample(1), Some([6.7, 3.1].as_slice()));
/// assert_eq!(data.labels(), Some([0, 1, 0].as_slice()));
/// assert_eq!(data.class_names().unwrap(), ["setosa", "versicolor"]);
///
/// let file = "length,width\n5.1,3.5\n6.7,3.1\n";
/// let data = Csv::regression(["width"]).read::<f64>(file.as_bytes())?;
/// assert_eq!(data.targets().values().unwrap().data(), [3.5, 3.1]);
///
/// let error = Csv::regression(["width"]).read::<f64>("length,width\nlong,3.5\n".as_bytes());
/// assert_eq!(
///     error.unwrap_err().to_string(),
///     "line 2, column `length`: `long` is not a number; a column that is no input is left out by `without`"
/// );
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    target: Target,
    left_out: Vec<Column>,
    header: Header,
    delimiter: u8,
    limit: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Label(Column, Meaning),
    Values(Vec<Column>),
}

impl Csv {
    /// Samples with class labels in one column, such as `"species"` or `4` (counted from 0).
    pub fn classification(label: impl Into<Column>) -> Self {
        Self::new(Target::Label(label.into(), Meaning::Found))
    }

    /// Samples with target values in one or several columns, in the order given here.
    pub fn regression(targets: impl IntoIterator<Item = impl Into<Column>>) -> Self {
        let targets = targets.into_iter().map(Into::into).collect();
        Self::new(Target::Values(targets))
    }

    fn new(target: Target) -> Self {
        Self {
            target,
            left_out: Vec::new(),
            header: Header::Expected,
            delimiter: b',',
            limit: None,
        }
    }

    /// Leaves a column out, such as `"id"` or `0` (counted from 0): it is no input, whatever stands in it.
    ///
    /// ```
    /// use gradflow_data::Csv;
    ///
    /// let file = "id,length,species\na-17,5.1,setosa\na-18,6.7,versicolor\n";
    /// let data = Csv::classification("species").without("id").read::<f64>(file.as_bytes())?;
    /// assert_eq!(data.inputs().data(), [5.1, 6.7]);
    ///
    /// let error = Csv::classification("species").without("ID").read::<f64>(file.as_bytes()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "no column `ID`: did you mean `id`? The columns are `id`, `length`, `species`"
    /// );
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    pub fn without(mut self, column: impl Into<Column>) -> Self {
        self.left_out.push(column.into());
        self
    }

    /// The first row is a sample; columns have numbers only.
    pub fn without_header(mut self) -> Self {
        self.header = Header::None;
        self
    }

    /// The first row is a header, even if it consists of numbers.
    pub fn with_header(mut self) -> Self {
        self.header = Header::Insisted;
        self
    }

    /// What separates the fields, such as `b';'` or `b'\t'`.
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// The names of the classes, in the order of their numbers. A regression has none and ignores them.
    pub fn classes(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        if let Target::Label(_, meaning) = &mut self.target {
            *meaning = Meaning::Announced(names.into_iter().map(Into::into).collect());
        }
        self
    }

    /// Labels are names, even if they look like numbers: `-1` and `1`, or years. A regression has none and ignores this.
    pub fn labels_as_names(mut self) -> Self {
        if let Target::Label(_, meaning) = &mut self.target {
            *meaning = Meaning::Names;
        }
        self
    }

    /// The most bytes that a file may have or unpack to, instead of [`MAX_BYTES`](crate::MAX_BYTES) and
    /// [`MAX_UNPACKED`](crate::MAX_UNPACKED).
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// Reads a file, plain or gzip.
    ///
    /// # Errors
    /// [`DataError::Open`], or [`DataError::File`] with the path and a [`CsvError`].
    pub fn open<T: Real>(&self, path: impl AsRef<Path>) -> Result<Dataset<T>, DataError> {
        open(path.as_ref(), |file| self.read(file))
    }

    /// Reads a stream, plain or gzip, to its end.
    ///
    /// Memory is at most 16 times what the stream holds, unpacked, and 32 MiB.
    ///
    /// # Errors
    /// [`CsvError`] says what is wrong and where.
    pub fn read<T: Real>(&self, reader: impl Read) -> Result<Dataset<T>, CsvError> {
        let source = Source::new(reader, self.limit)?;
        source.refuse_foreign(Format::Csv)?;
        let mut table = Table::new(source, self.delimiter, self.header)?;
        let targets = match &self.target {
            Target::Label(column, _) => core::slice::from_ref(column),
            Target::Values(columns) => columns,
        };
        // Targets first, then what is left out.
        let named: Vec<Column> = targets.iter().chain(&self.left_out).cloned().collect();
        let found = table.find(&named, targets.len())?;
        let is_input = Self::which_inputs(&table, &found, targets.len())?;
        let targets = &found[..targets.len()];
        let inputs = table.names((0..is_input.len()).filter(|i| is_input[*i]));
        let target_names = table.names(targets.iter().copied());
        let data = self.data(&mut table, &is_input, targets)?;
        Ok(data.with_columns(inputs, target_names))
    }

    /// The samples of the rows.
    fn data<T: Real>(
        &self,
        table: &mut Table<'_>,
        is_input: &[bool],
        targets: &[usize],
    ) -> Result<Dataset<T>, CsvError> {
        match &self.target {
            Target::Label(_, meaning) => {
                let mut labels = Labels::new(meaning)?;
                let each = |table: &Table<'_>| {
                    let mut label = targets.iter();
                    label.try_for_each(|label| labels.push(table, *label))
                };
                let (shape, inputs) = self.inputs(table, is_input, each)?;
                labels.dataset(table, targets[0], shape, inputs)
            }
            Target::Values(_) => {
                let mut values = Vec::new();
                let each = |table: &Table<'_>| {
                    let mut columns = targets.iter();
                    columns.try_for_each(|column| Ok(push(&mut values, table.number(*column)?)?))
                };
                let (shape, inputs) = self.inputs(table, is_input, each)?;
                Ok(Dataset::regression(shape, inputs, targets.len(), values)?)
            }
        }
    }

    /// For each column whether it is an input: neither a target nor left out.
    fn which_inputs(
        table: &Table<'_>,
        found: &[usize],
        targets: usize,
    ) -> Result<Vec<bool>, CsvError> {
        if table.width() == found.len() || targets == 0 {
            return Err(CsvError::NoColumns {
                columns: table.width(),
                targets,
                left_out: found.len() - targets,
            });
        }
        let mut is_input = filled(table.width(), true)?;
        for column in found {
            is_input[*column] = false;
        }
        Ok(is_input)
    }

    /// Walks through all rows: collects the inputs, and hands each row on for its targets.
    fn inputs<T: Real>(
        &self,
        table: &mut Table<'_>,
        is_input: &[bool],
        mut row: impl FnMut(&Table<'_>) -> Result<(), CsvError>,
    ) -> Result<(Shape<3>, Vec<T>), CsvError> {
        let size = is_input.iter().filter(|is_input| **is_input).count();
        let mut inputs = Vec::new();
        // A file may be one wide row.
        reserve(&mut inputs, size)?;
        while table.next_row()? {
            for (column, is_input) in is_input.iter().enumerate() {
                if *is_input {
                    push(&mut inputs, table.number(column)?)?;
                }
            }
            row(table)?;
        }
        if inputs.is_empty() {
            return Err(CsvError::Empty {
                header: self.header != Header::None,
            });
        }
        Ok((Shape::vector(size)?, inputs))
    }
}
