//! Samples from files.

pub(crate) mod labelled;
mod pictures;
pub(crate) mod samples;
