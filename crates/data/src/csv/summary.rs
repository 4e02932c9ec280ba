//! The first line of scikit-learn's tables: samples, inputs, names of the classes.

use super::rows::Row;

/// `569,30,malignant,benign`: 569 rows of 30 inputs, with the class as a number behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) rows: usize,
    inputs: usize,
    pub(super) classes: Vec<String>,
}

impl Summary {
    /// What a first row says, if it has this form: two counts, then two or more names.
    pub(super) fn of(row: &Row) -> Option<Self> {
        if row.len() < 4 {
            return None;
        }
        let mut fields = row.iter().map(core::str::from_utf8);
        let mut count = || fields.next()?.ok()?.parse().ok().filter(|n| *n > 0);
        let (rows, inputs) = (count()?, count()?);
        let name = |field: &str| !field.is_empty() && field.parse::<f64>().is_err();
        let mut classes = Vec::new();
        for field in fields {
            let field = field.ok().filter(|field| name(field))?;
            if classes.len() == Self::MOST {
                return None;
            }
            classes.push(field.to_owned());
        }
        Some(Self {
            rows,
            inputs,
            classes,
        })
    }

    /// More names than these are no classes of a table like that.
    const MOST: usize = 1000;

    /// Whether rows of so many fields are what it says.
    pub(super) fn describes(&self, width: usize) -> bool {
        self.inputs.checked_add(1) == Some(width)
    }
}
