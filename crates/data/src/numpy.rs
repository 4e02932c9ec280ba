//! How NumPy writes an array down: a header, and elements of one type.

mod element;
mod error;
mod header;

#[cfg(feature = "npy")]
pub(crate) use element::{Element, Kind};
pub use error::NpyError;
#[cfg(feature = "npy")]
pub(crate) use header::exactly;
pub(crate) use header::{Header, LONGEST};
