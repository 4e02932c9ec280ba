//! Files, and where in them what is.

use super::rows::Rows;
use crate::raw_table::How;

/// The files, and where in them what is.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) inputs: Rows,
    /// Numbers of such a row that are inputs; the others are the target.
    pub(super) columns: usize,
    /// What inputs are divided by.
    pub(super) maximum: f64,
    /// The targets, if they have a file of their own.
    pub(super) targets: Option<Rows>,
    /// What is known of the columns of a table.
    pub(super) how: How,
}
