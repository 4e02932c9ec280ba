//! Samples from files.

pub(crate) mod labelled;
mod pictures;
pub(crate) mod rows;
pub(crate) mod samples;
