//! Models in files.

pub(crate) mod checkpoint;
mod document;
mod error;
mod foreign;
mod header;
mod json;
mod known;
mod layout;
mod names;
mod numbers;
mod read;
pub(crate) mod room;
mod slots;
mod state_dict;
mod storage;
pub(crate) mod tokens;
mod write;

pub use checkpoint::CheckpointError;
pub use error::FileError;
pub use foreign::Foreign;
pub use known::Known;
pub use state_dict::{Loaded, LoadedRow};
pub use storage::replace_file;

/// The version of the format that is written, and the newest one that is read.
const FORMAT: u32 = 1;

/// Keys of `__metadata__`: the version of the format, and everything that is no tensor, in RON.
const KEYS: [&str; 2] = ["gradflow", "model"];

/// Dimensions of a tensor, and no more.
const MOST_DIMS: usize = 8;
