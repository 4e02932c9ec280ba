//! What can be wrong with the bytes of any file.

use std::io;

use thiserror::Error;

use crate::format::Foreign;
use crate::{Format, MemoryError};

/// Why the bytes of a file were refused, whatever they mean.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The stream fails.
    #[error("reading failed after {offset} bytes: {error}")]
    Io {
        /// Bytes read before, unpacked.
        offset: u64,
        /// The reason.
        #[source]
        error: io::Error,
    },
    /// The file begins as one packed by gzip, but cannot be unpacked.
    #[error(
        "the file is packed by gzip, but damaged or cut off after {offset} unpacked bytes ({error}): fetch it again, or pack it again"
    )]
    Gzip {
        /// Bytes unpacked before.
        offset: u64,
        /// What is wrong.
        #[source]
        error: io::Error,
    },
    /// A compressed file unpacks to more than it may.
    #[error(
        "the file unpacks to more than the limit of {limit} bytes: set a higher limit if you trust it"
    )]
    Unpacked {
        /// The limit: the caller's, or [`MAX_UNPACKED`](crate::MAX_UNPACKED).
        limit: u64,
    },
    /// The file is larger than it may be.
    #[error("the file has more than the limit of {limit} bytes: set a higher limit to read it")]
    TooLarge {
        /// The limit: the caller's, or [`MAX_BYTES`](crate::MAX_BYTES).
        limit: u64,
    },
    /// The first bytes are those of another kind of file.
    #[error("{}", Foreign { expected: *expected, found: *found })]
    Format {
        /// What the reader reads.
        expected: Format,
        /// What the file is.
        found: Format,
    },
    /// The file is packed by gzip, but this program was built without the feature `gzip`.
    #[error(
        "the file is packed by gzip, which this build does not read: unpack it, or build with the feature `gzip`"
    )]
    NoGzip,
    /// What was read does not fit in memory.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}
