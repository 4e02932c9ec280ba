//! How a table is written down as text.

/// What separates the fields of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delimiter {
    /// One character, such as `b','`, `b';'` or `b'\t'`.
    Byte(u8),
    /// Any number of blanks and tabs; those at the ends of a line separate nothing.
    Blanks,
}

impl Default for Delimiter {
    fn default() -> Self {
        Self::Byte(b',')
    }
}

impl From<u8> for Delimiter {
    fn from(byte: u8) -> Self {
        Self::Byte(byte)
    }
}

/// How a table is written down as text; by default with commas, points and a header.
///
/// The text is UTF-8, or UTF-16, which is told by its first bytes.
///
/// ```
/// use gradflow_data::{Csv, Delimiter, Dialect};
///
/// let dialect = Dialect {
///     delimiter: Delimiter::Blanks,
///     decimal_comma: true,
///     comment: Some("#".to_owned()),
///     ..Dialect::default()
/// };
/// let file = "# measured in May\nx   y\n1,5 2\n2,5 4\n";
/// let data = Csv::regression(["y"]).dialect(dialect).read::<f64>(file.as_bytes())?;
/// assert_eq!(data.inputs().data(), [1.5, 2.5]);
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dialect {
    /// What separates the fields.
    pub delimiter: Delimiter,
    /// Whether the first row is a header; `None` takes it as one, and refuses one that looks like a sample.
    pub header: Option<bool>,
    /// What a line begins with that is no row, such as `#`.
    pub comment: Option<String>,
    /// The decimal sign is a comma.
    pub decimal_comma: bool,
    /// So many lines at the beginning of the file are no part of the table.
    pub skip_lines: usize,
}
