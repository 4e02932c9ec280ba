//! The command from outside, on the files in this repository.

#[cfg(unix)]
mod devices;
mod digits;
mod errors;
mod formats;
mod iris;
mod resumed;
mod tables;
mod tool;
mod tuning;
mod written;
