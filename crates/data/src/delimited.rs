//! CSV files as data sets.

use std::io::Read;
use std::path::Path;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;

use crate::source::{Source, open};
use crate::table::{Table, excerpt};
use crate::{Column, DataError, Dataset};

/// A reader of CSV files: a row is a sample, one column its label or some columns its targets, all others its inputs.
///
/// The first row is a header, unless [`without_header`](Csv::without_header) is said. Inputs are finite numbers. Fields
/// are separated by commas or what [`delimiter`](Csv::delimiter) says; spaces around them and blank lines are skipped.
///
/// Labels are
/// 1. where [`classes`](Csv::classes) announces names: those names, numbered in the order given there;
/// 2. else, if all of them are whole numbers: the classes themselves, counted from 0, up to the largest that occurs;
/// 3. else names, which are numbered in alphabetical order, whatever the order of the rows.
///
/// Files that hold different selections of the classes agree on the numbers of names only if they are announced.
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
/// assert_eq!(error.unwrap_err().to_string(), "line 2, column `length`: `long` is not a number");
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    target: Target,
    header: bool,
    delimiter: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Label(Column, Option<Vec<String>>),
    Values(Vec<Column>),
}

impl Csv {
    /// Samples with class labels in one column, such as `"species"` or `4` (counted from 0).
    pub fn classification(label: impl Into<Column>) -> Self {
        Self::new(Target::Label(label.into(), None))
    }

    /// Samples with target values in one or several columns, in the order given here.
    pub fn regression(targets: impl IntoIterator<Item = impl Into<Column>>) -> Self {
        let targets = targets.into_iter().map(Into::into).collect();
        Self::new(Target::Values(targets))
    }

    fn new(target: Target) -> Self {
        Self {
            target,
            header: true,
            delimiter: b',',
        }
    }

    /// The first row is a sample; columns have numbers only.
    pub fn without_header(mut self) -> Self {
        self.header = false;
        self
    }

    /// What separates the fields, such as `b';'` or `b'\t'`.
    pub fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// The names of the classes, in the order of their numbers. A regression has none and ignores them.
    pub fn classes(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        if let Target::Label(_, classes) = &mut self.target {
            *classes = Some(names.into_iter().map(Into::into).collect());
        }
        self
    }

    /// Reads a file, plain or gzip.
    ///
    /// # Errors
    /// [`DataError::File`] with the path and what is wrong.
    pub fn open<T: Real>(&self, path: impl AsRef<Path>) -> Result<Dataset<T>, DataError> {
        open(path.as_ref(), |file| self.read(file))
    }

    /// Reads a stream, plain or gzip, to its end.
    ///
    /// # Errors
    /// [`DataError::UnknownColumn`], [`DataError::RepeatedColumn`] or [`DataError::NoColumns`] if the columns are not
    /// there; [`DataError::Ragged`], [`DataError::NotANumber`], [`DataError::NonFiniteField`],
    /// [`DataError::UnknownClass`] or [`DataError::Encoding`] with the line and the column; [`DataError::Empty`] without
    /// a row; [`DataError::TooManyClasses`], [`DataError::FileTooLarge`], [`DataError::Read`].
    pub fn read<T: Real>(&self, reader: impl Read) -> Result<Dataset<T>, DataError> {
        let text = Source::new(reader)?.rest()?;
        let mut table = Table::new(&text, self.delimiter, self.header)?;
        match &self.target {
            Target::Label(column, classes) => {
                let label = table.find(core::slice::from_ref(column))?;
                let mut labels = Labels::new(classes.as_deref());
                let (shape, inputs) = inputs(&mut table, &label, |table| {
                    labels.push(table.text(label[0])?, || table.place(label[0]))
                })?;
                labels.dataset(shape, inputs)
            }
            Target::Values(columns) => {
                let columns = table.find(columns)?;
                let mut targets = Vec::new();
                let (shape, inputs) = inputs(&mut table, &columns, |table| {
                    for column in &columns {
                        targets.push(table.number(*column)?);
                    }
                    Ok(())
                })?;
                Dataset::regression(shape, inputs, columns.len(), targets)
            }
        }
    }
}

/// Walks through all rows: collects the columns that are not targets, and hands each row on for its targets.
fn inputs<T: Real>(
    table: &mut Table<'_>,
    targets: &[usize],
    mut row: impl FnMut(&Table<'_>) -> Result<(), DataError>,
) -> Result<(Shape<3>, Vec<T>), DataError> {
    let columns: Vec<usize> = (0..table.width())
        .filter(|c| !targets.contains(c))
        .collect();
    if columns.is_empty() || targets.is_empty() {
        return Err(DataError::NoColumns {
            columns: table.width(),
            targets: targets.len(),
        });
    }
    let mut inputs = Vec::new();
    while table.next_row()? {
        for column in &columns {
            inputs.push(table.number(*column)?);
        }
        row(table)?;
    }
    Ok((Shape::vector(columns.len())?, inputs))
}

/// The labels read so far.
enum Labels<'a> {
    /// Positions in a list of names that was given.
    Announced(&'a [String], Vec<usize>),
    /// Any text; what it means is known at the end of the file.
    Found(Vec<String>),
}

impl<'a> Labels<'a> {
    fn new(classes: Option<&'a [String]>) -> Self {
        match classes {
            Some(names) => Self::Announced(names, Vec::new()),
            None => Self::Found(Vec::new()),
        }
    }

    fn push(&mut self, text: &str, place: impl Fn() -> crate::Place) -> Result<(), DataError> {
        match self {
            Self::Announced(names, labels) => {
                let label = names.iter().position(|name| name == text);
                labels.push(label.ok_or_else(|| DataError::UnknownClass {
                    place: place(),
                    text: excerpt(text),
                    classes: names.to_vec(),
                })?);
            }
            Self::Found(labels) => labels.push(text.to_owned()),
        }
        Ok(())
    }

    fn dataset<T: Real>(self, shape: Shape<3>, inputs: Vec<T>) -> Result<Dataset<T>, DataError> {
        let texts = match self {
            Self::Announced(names, labels) => {
                return Dataset::classification(shape, inputs, labels, names.len())?
                    .with_class_names(names);
            }
            Self::Found(texts) => texts,
        };
        let numbers: Result<Vec<usize>, _> = texts.iter().map(|text| text.parse()).collect();
        if let Ok(labels) = numbers {
            let classes = labels.iter().max().map_or(0, |max| max.saturating_add(1));
            return Dataset::classification(shape, inputs, labels, classes);
        }
        let mut names = texts.clone();
        names.sort_unstable();
        names.dedup();
        // Every text is among the names.
        let number = |text| names.partition_point(|name| name < text);
        let labels: Vec<usize> = texts.iter().map(number).collect();
        Dataset::classification(shape, inputs, labels, names.len())?.with_class_names(names)
    }
}
