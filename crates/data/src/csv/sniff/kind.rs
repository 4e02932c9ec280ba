//! What columns hold, and what is to be predicted.

/// More different whole numbers, or names, than these are no classes.
pub(super) const MOST_CLASSES: usize = 20;

/// What a column of a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SniffedColumn {
    /// Its name, if there is a header.
    pub name: Option<String>,
    /// What most of its values are.
    pub kind: SniffedKind,
    /// How many values are missing.
    pub missing: usize,
    /// What there is to do if it is this column that is to be predicted.
    pub task: Task,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SniffedKind {
    /// Numbers.
    Number,
    /// Yes or no, true or false.
    Boolean,
    /// Names.
    Category {
        /// How many different ones.
        values: usize,
    },
    /// Dates.
    Date,
    /// Something else in every row: a number that counts rows, or a name of its own.
    Identifier,
    /// Texts too different to be categories, or numbers among texts.
    Text,
    /// Nothing at all.
    Empty,
}

impl SniffedKind {
    /// Whether a column of this kind can be an input as it is.
    pub fn is_input(self) -> bool {
        matches!(self, Self::Number | Self::Boolean | Self::Category { .. })
    }
}

/// What is to be predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// One of so many classes.
    Classification {
        /// Different labels.
        classes: usize,
        /// They are numbers, but not those from 0 on: [`Csv::labels_as_names`](crate::Csv::labels_as_names).
        as_names: bool,
    },
    /// A value.
    Regression,
}
