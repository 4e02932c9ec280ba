//! What becomes of the columns of a table, wherever its rows are.

use std::collections::HashMap;

use crate::{Encoding, Missing};

/// What is known of the columns, whichever part it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct How {
    /// The values of each column that is a category; nothing, if there are only numbers.
    pub(crate) categories: HashMap<usize, Vec<String>>,
    pub(crate) missing: Missing,
    pub(crate) unseen: bool,
    /// Most bytes that the features may take.
    pub(super) room: usize,
}

/// What is learnt of a column of numbers or categories.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    /// What a gap is filled with, if there are values.
    pub(crate) fill: Option<f64>,
    /// Whether there are gaps.
    pub(crate) gaps: bool,
}

impl How {
    #[cfg(feature = "rows")]
    pub(crate) fn of(
        categories: HashMap<usize, Vec<String>>,
        missing: Missing,
        unseen: bool,
    ) -> Self {
        Self {
            categories,
            missing,
            unseen,
            room: usize::MAX,
        }
    }

    /// Whether gaps are filled.
    pub(crate) fn fills(&self) -> bool {
        matches!(
            self.missing,
            Missing::Mean | Missing::Median | Missing::Flag
        )
    }

    /// What becomes of a column; nothing for one that is missing everywhere.
    pub(crate) fn encoding(&self, column: usize, figures: Figures) -> Option<Encoding> {
        let flag = self.missing == Missing::Flag && figures.gaps;
        if let Some(values) = self.categories.get(&column) {
            return Some(Encoding::OneHot {
                values: values.clone(),
                unseen: self.unseen,
                missing: self.fills(),
                flag,
            });
        }
        if !self.fills() {
            return Some(Encoding::Number);
        }
        figures.fill.map(|value| Encoding::Filled { value, flag })
    }
}

/// The mean of what is not missing, in one pass: a sum could leave the range.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunningMean {
    mean: f64,
    count: f64,
}

impl RunningMean {
    pub(crate) fn add(&mut self, x: f64) {
        if !x.is_nan() {
            self.count += 1.0;
            self.mean += x / self.count - self.mean / self.count;
        }
    }

    /// Nothing without values.
    pub(crate) fn value(self) -> Option<f64> {
        (self.count > 0.0).then_some(self.mean)
    }
}

/// The median of values that are there; the mean of the two in the middle.
pub(crate) fn median(mut sorted: Vec<f64>) -> Option<f64> {
    sorted.sort_unstable_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(lower / 2.0 + upper / 2.0)
}
