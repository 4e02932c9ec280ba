//! Where the inputs stood in the table that a data set comes from.

use crate::DatasetError;

/// The columns of a table that are no inputs: targets, and what was left out. Raw rows of the whole table can then be read too.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Layout {
    /// The columns of the label, or of the target values; none, if they stand in another file.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub targets: Vec<ColumnAt>,
    /// The columns that were left out.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub left_out: Vec<ColumnAt>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct ColumnAt {
    /// Its number in the table, counted from 0.
    pub number: usize,
    /// Its name, if it has one.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub name: Option<String>,
}

impl Layout {
    /// For a row of so many fields, which of them are the inputs: all, all but the targets, or all but what is no input; `None` for another number.
    pub(crate) fn inputs(&self, inputs: usize, fields: usize) -> Option<Vec<usize>> {
        if fields == inputs {
            return Some((0..inputs).collect());
        }
        let mut apart: Vec<usize> = self.numbers(&self.left_out).collect();
        let targets: Vec<usize> = self.numbers(&self.targets).collect();
        if fields == inputs.checked_add(apart.len())? {
            // The others have moved up by the targets in front of them.
            for number in &mut apart {
                *number -= targets.iter().filter(|target| *target < number).count();
            }
        } else if fields
            == inputs
                .checked_add(apart.len())?
                .checked_add(targets.len())?
        {
            apart.extend(targets);
        } else {
            return None;
        }
        let apart: std::collections::HashSet<usize> = apart.into_iter().collect();
        let kept: Vec<usize> = (0..fields).filter(|i| !apart.contains(i)).collect();
        (kept.len() == inputs).then_some(kept)
    }

    fn numbers<'a>(&self, of: &'a [ColumnAt]) -> impl Iterator<Item = usize> + use<'a> {
        of.iter().map(|column| column.number)
    }

    /// Fields of a whole row.
    pub(crate) fn whole(&self, inputs: usize) -> usize {
        inputs
            .saturating_add(self.targets.len())
            .saturating_add(self.left_out.len())
    }

    /// Whether the columns are different ones of such a table.
    pub(crate) fn check(&self, inputs: usize) -> Result<(), DatasetError> {
        let size = self.whole(inputs);
        let mut numbers: Vec<usize> = self.numbers(&self.targets).collect();
        numbers.extend(self.numbers(&self.left_out));
        numbers.sort_unstable();
        let differ = numbers.windows(2).all(|pair| pair[0] != pair[1]);
        match differ && numbers.last().is_none_or(|last| *last < size) {
            true => Ok(()),
            false => Err(DatasetError::Layout),
        }
    }
}
