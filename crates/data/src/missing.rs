//! What is done about missing values.

/// What is done about values that are missing: empty fields, `?`, `NA`, `N/A`, `NaN`, `null`.
///
/// Figures are those of the samples that [`RawTable::encoded`](crate::RawTable::encoded) is called on, such as the training part, and the
/// same are filled in everywhere else. A category that is missing is none of its values. A row whose
/// target is missing is left out, unless such files are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub enum Missing {
    /// The file is refused, with the number of missing values in each column.
    #[default]
    Refuse,
    /// A row in which an input is missing is left out.
    Drop,
    /// The mean of the column is filled in.
    Mean,
    /// The median of the column is filled in.
    Median,
    /// The mean is filled in, and a feature more, `column?`, is 1 where the value is missing, for each column that has gaps.
    Flag,
}
