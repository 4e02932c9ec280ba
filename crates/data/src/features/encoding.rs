//! What becomes of the columns of a table: numbers, numbers with gaps that are filled, categories.

use super::FeatureError;
use crate::excerpt::excerpt;

/// What becomes of one column of a table; see [`FeatureMap::Columns`](crate::FeatureMap::Columns).
///
/// In a raw row, a number that is missing is NaN. A category is the number of its value, counted from 0; as many as there are values stand for
/// a value that is none of them, and NaN for a missing one.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
#[non_exhaustive]
pub enum Encoding {
    /// The number itself.
    Number,
    /// The number itself, or this value where it is missing.
    Filled {
        /// The value, such as the mean of the training part.
        value: f64,
        /// Whether a second feature is 1 where the number is missing, else 0. Its name is that of the column and a question mark.
        #[cfg_attr(feature = "serde", serde(default))]
        flag: bool,
    },
    /// One feature for each value: 1 where it is that one, else 0. Their names are `column=value`.
    OneHot {
        /// The values.
        values: Vec<String>,
        /// Whether there may be other values, for which all features are 0.
        #[cfg_attr(feature = "serde", serde(default))]
        unseen: bool,
        /// Whether it may be missing; then too, all features are 0.
        #[cfg_attr(feature = "serde", serde(default))]
        missing: bool,
        /// Whether one feature more is 1 where it is missing, else 0.
        #[cfg_attr(feature = "serde", serde(default))]
        flag: bool,
    },
}

impl Encoding {
    /// Whether the column may be missing in a raw row.
    pub fn may_be_missing(&self) -> bool {
        match self {
            Self::Number => false,
            Self::Filled { .. } => true,
            Self::OneHot { missing, flag, .. } => *missing || *flag,
        }
    }

    /// The values of a category; `None` for a number.
    pub fn values(&self) -> Option<&[String]> {
        match self {
            Self::OneHot { values, .. } => Some(values),
            _ => None,
        }
    }

    /// How many features the column becomes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Number => 1,
            Self::Filled { flag, .. } => 1 + usize::from(*flag),
            Self::OneHot { values, flag, .. } => values.len().saturating_add(usize::from(*flag)),
        }
    }

    /// Constants are finite.
    pub(super) fn check(&self, column: usize) -> Result<(), FeatureError> {
        match self {
            Self::Filled { value, .. } if !value.is_finite() => {
                let value = *value;
                Err(FeatureError::Filling { column, value })
            }
            _ => Ok(()),
        }
    }

    /// Appends the features of a value.
    pub(super) fn apply(
        &self,
        (sample, component): (usize, usize),
        x: f64,
        to: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let gap = x.is_nan();
        if gap && !self.may_be_missing() {
            return Err(FeatureError::Gap { sample, component });
        }
        let flagged = match self {
            Self::Number => {
                to.push(x);
                false
            }
            Self::Filled { value, flag } => {
                to.push(if gap { *value } else { x });
                *flag
            }
            Self::OneHot {
                values,
                unseen,
                flag,
                ..
            } => {
                let most = values.len() as f64;
                let known = x >= 0.0 && x.fract() == 0.0 && (x < most || (*unseen && x == most));
                if !(gap || known) {
                    return Err(FeatureError::Class {
                        sample,
                        component,
                        value: x,
                        classes: values.len(),
                    });
                }
                to.extend((0..values.len()).map(|value| f64::from(u8::from(value as f64 == x))));
                *flag
            }
        };
        if flagged {
            to.push(f64::from(u8::from(gap)));
        }
        Ok(())
    }

    /// Appends the names of the features of a column of this name.
    pub(super) fn name(&self, column: &str, to: &mut Vec<String>) {
        let flagged = match self {
            Self::Number => {
                to.push(column.to_owned());
                false
            }
            Self::Filled { flag, .. } => {
                to.push(column.to_owned());
                *flag
            }
            Self::OneHot { values, flag, .. } => {
                to.extend(values.iter().map(|value| format!("{column}={value}")));
                *flag
            }
        };
        if flagged {
            to.push(format!("{column}?"));
        }
    }

    /// The number that stands in a raw row for a text that is not missing, if it is one of the values or another one that may be.
    pub(crate) fn category(&self, text: &str) -> Option<usize> {
        let Self::OneHot { values, unseen, .. } = self else {
            return None;
        };
        // Values from a table stand in alphabetical order, those from a file in any.
        let place = match values.is_sorted() {
            true => values
                .binary_search_by(|value| value.as_str().cmp(text))
                .ok(),
            false => values.iter().position(|value| value == text),
        };
        place.or(unseen.then_some(values.len()))
    }
}

/// The values of a category for a message, the first of them.
pub(crate) fn shown(values: &[String]) -> String {
    const SHOWN: usize = 12;
    let first: Vec<String> = values.iter().take(SHOWN).map(|v| excerpt(v)).collect();
    let more = if values.len() > SHOWN { ", …" } else { "" };
    format!("`{}`{more}", first.join("`, `"))
}
