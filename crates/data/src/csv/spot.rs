//! Where a table is wrong.

use super::column::{Column, RowAt};
use super::error::CsvError;
use crate::FeatureError;

/// Where a table is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot<'a> {
    /// The row.
    pub row: RowAt,
    /// The column, where it is one field's fault.
    pub column: Option<&'a Column>,
    /// What stands in that field, shortened if it is long; nothing for one that is empty or cannot be shown.
    pub text: Option<&'a str>,
}

impl CsvError {
    /// Where the table is wrong; nothing for an error that no row is to blame for, or one in another file than the inputs'.
    ///
    /// ```
    /// use gradflow_data::{Csv, RowAt};
    ///
    /// let error = Csv::regression(["y"]).read::<f64>("x,y\n1,2\n3,l\n".as_bytes()).unwrap_err();
    /// let spot = error.spot().unwrap();
    /// assert_eq!((spot.row, spot.text), (RowAt::Line(3), Some("l")));
    /// assert_eq!(spot.column, Some(&"y".into()));
    /// ```
    pub fn spot(&self) -> Option<Spot<'_>> {
        let (place, text) = match self {
            Self::Ragged { line, .. } | Self::HeaderOfNumbers { line, .. } => {
                return Some(Spot::of(RowAt::Line(*line)));
            }
            Self::RowWidth { row, .. } => return Some(Spot::of(*row)),
            Self::Row { row, error } => {
                let (FeatureError::NoNumber { text, .. } | FeatureError::Unseen { text, .. }) =
                    error
                else {
                    return Some(Spot::of(*row));
                };
                let text = Some(text.as_str());
                return Some(Spot {
                    text,
                    ..Spot::of(*row)
                });
            }
            Self::UnclosedQuote { place }
            | Self::AfterQuote { place }
            | Self::Encoding { place }
            | Self::EmptyField { place } => (place, ""),
            Self::NotANumber { place, text, .. }
            | Self::Thousands { place, text }
            | Self::Missing { place, text, .. }
            | Self::MixedColumn { place, text, .. }
            | Self::NonFiniteField { place, text, .. }
            | Self::MissingLabel { place, text }
            | Self::MixedLabels { place, text, .. }
            | Self::NumberAmongNames { place, text }
            | Self::UnknownClass { place, text, .. } => (place, text.as_str()),
            _ => return None,
        };
        Some(Spot {
            row: place.row,
            column: Some(&place.column),
            text: Some(text).filter(|text| !text.is_empty()),
        })
    }
}

impl Spot<'_> {
    fn of(row: RowAt) -> Self {
        Self {
            row,
            column: None,
            text: None,
        }
    }
}
