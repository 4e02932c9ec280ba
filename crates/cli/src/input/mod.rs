//! Samples from files.

pub(crate) mod arrays;
pub(crate) mod files;
pub(crate) mod labelled;
pub(crate) mod samples;
