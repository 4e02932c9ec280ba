//! The command from outside, on the files in this repository.

mod digits;
mod errors;
mod formats;
mod iris;
mod tables;
mod tool;
mod tuning;
