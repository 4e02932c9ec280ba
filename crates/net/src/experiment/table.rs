//! What an experiment says of a table.

use std::path::{Path, PathBuf};

use gradflow_data::{Column, Csv, Delimiter, Dialect, Missing, RawTable, Sniffed, Task};
use gradflow_kernels::Real;
use serde::{Deserialize, Serialize};

use crate::Error;

/// A table of an experiment, with either a label or targets.
///
/// A column is called by its name, `"species"`, or by its number, counted from 0; `"last"` is the last one, unless one is called so.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvFile {
    /// The file, plain or gzip.
    pub file: PathBuf,
    /// The file of label or targets, row by row, if they do not stand beside the inputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets_file: Option<PathBuf>,
    /// The column of the classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Column>,
    /// The columns of the targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Column>,
    /// The names of the classes, in the order of their numbers; by default, those that occur.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Labels are names, even if they look like numbers.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub labels_as_names: bool,
    /// Columns that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Column>,
    /// The only inputs; by default, all columns that are not left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Column>,
    /// Columns of names, even if they look like numbers: each becomes one input for each of its values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<Column>,
    /// Columns of numbers, whatever stands in their first row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<Column>,
    /// Every column of text is one of names; by default, text is an error.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub text_as_categories: bool,
    /// Rows that are predicted may have other names than these; by default, they are refused.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub unseen: bool,
    /// What is done about missing values; by default, they are refused.
    #[serde(default, skip_serializing_if = "is_refused")]
    pub missing: Missing,
    /// Whether the first row is a header; by default, if it does not consist of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// What separates the fields; by default, a comma. A blank is any number of blanks and tabs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// The decimal sign is a comma.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub decimal_comma: bool,
    /// What lines begin with that are no rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// So many lines at the beginning are no part of the table.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip_lines: usize,
}

fn is_refused(missing: &Missing) -> bool {
    *missing == Missing::Refuse
}

fn is_zero(lines: &usize) -> bool {
    *lines == 0
}

impl CsvFile {
    /// A file that has been [looked at](gradflow_data::sniff), with the suggested label.
    ///
    /// ```
    /// use gradflow::CsvFile;
    /// use gradflow::data::sniff_stream;
    ///
    /// let table = "length;colour;kind\n1,5;red;rose\n2,5;white;lily\n";
    /// let file = CsvFile::sniffed("flowers.csv", &sniff_stream(|| table.as_bytes())?);
    /// assert_eq!((file.label, file.delimiter), (Some("kind".into()), Some(';')));
    /// assert!(file.decimal_comma && file.text_as_categories);
    /// # Ok::<(), gradflow::data::DataError>(())
    /// ```
    pub fn sniffed(file: impl Into<PathBuf>, sniffed: &Sniffed) -> Self {
        let names = sniffed.names();
        let label = names.get(sniffed.label).cloned();
        let (label, targets, labels_as_names) = match sniffed.task {
            Task::Classification { as_names, .. } => (label, Vec::new(), as_names),
            Task::Regression => (None, label.into_iter().collect(), false),
        };
        let left_out = sniffed.left_out();
        let dialect = &sniffed.dialect;
        Self {
            file: file.into(),
            label,
            targets,
            labels_as_names,
            without: left_out
                .iter()
                .map(|number| names[*number].clone())
                .collect(),
            text_as_categories: sniffed.has_categories(),
            unseen: sniffed.has_categories(),
            missing: sniffed.missing(),
            header: dialect.header,
            delimiter: match dialect.delimiter {
                Delimiter::Byte(b',') => None,
                Delimiter::Byte(byte) => Some(char::from(byte)),
                Delimiter::Blanks => Some(' '),
            },
            decimal_comma: dialect.decimal_comma,
            comment: dialect.comment.clone(),
            skip_lines: dialect.skip_lines,
            ..Self::default()
        }
    }

    /// How the file is written down.
    ///
    /// # Errors
    /// [`Error`] for a delimiter that is no ASCII character.
    pub fn dialect(&self) -> Result<Dialect, Error> {
        let delimiter = match self.delimiter {
            None => Delimiter::default(),
            Some(' ') => Delimiter::Blanks,
            Some(delimiter) => {
                let byte = u8::try_from(delimiter).ok().filter(u8::is_ascii);
                let message = || format!("a `delimiter` is one byte, not {delimiter:?}");
                byte.ok_or_else(|| Error::other(message()))?.into()
            }
        };
        Ok(Dialect {
            delimiter,
            header: self.header,
            comment: self.comment.clone(),
            decimal_comma: self.decimal_comma,
            skip_lines: self.skip_lines,
        })
    }

    /// The reader of such a file.
    ///
    /// # Errors
    /// [`Error`] if there is neither a label nor a target, or both, and those of [`CsvFile::dialect`].
    pub fn csv(&self) -> Result<Csv, Error> {
        let mut csv = match (&self.label, &*self.targets) {
            (Some(label), []) => Csv::classification(label),
            (None, [_, ..]) => Csv::regression(&self.targets),
            _ => {
                let message = "a table has a `label`, the column of the classes, or `targets`, the columns of values";
                return Err(Error::other(message));
            }
        };
        csv = csv.dialect(self.dialect()?).missing(self.missing);
        csv = self.without.iter().fold(csv, Csv::without);
        csv = self.only.iter().fold(csv, Csv::only);
        csv = self.categories.iter().fold(csv, Csv::category);
        csv = self.numbers.iter().fold(csv, Csv::number);
        if self.text_as_categories {
            csv = csv.text_as_categories();
        }
        if self.unseen {
            csv = csv.unseen();
        }
        match (self.labels_as_names, &*self.classes) {
            (false, []) => Ok(csv),
            (true, []) => Ok(csv.labels_as_names()),
            (false, classes) => Ok(csv.classes(classes)),
            (true, _) => Err(Error::other(
                "`classes` are names already: say them or `labels_as_names`, not both",
            )),
        }
    }

    pub(super) fn open<T: Real>(
        &self,
        resolve: impl Fn(&Path) -> PathBuf,
    ) -> Result<RawTable<T>, Error> {
        let (csv, file) = (self.csv()?, resolve(&self.file));
        Ok(match &self.targets_file {
            None => csv.open_table(file)?,
            Some(targets) => csv.open_table_beside(file, resolve(targets))?,
        })
    }
}
