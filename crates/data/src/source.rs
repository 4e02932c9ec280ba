//! Bytes of a file, plain or gzip.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::DataError;

/// The most that a reader accepts from one file, unpacked: 2 GiB.
///
/// A few kilobytes of gzip can unpack to any size; MNIST's training images are 47 MB, CIFAR-10's largest file 31 MB.
pub const MAX_BYTES: u64 = 1 << 31;

/// A stream that unpacks gzip, which it knows by its first two bytes, and counts.
pub(crate) struct Source<'a> {
    reader: Box<dyn Read + 'a>,
    /// Bytes read so far, unpacked.
    offset: u64,
}

impl<'a> Source<'a> {
    pub(crate) fn new(reader: impl Read + 'a) -> Result<Self, DataError> {
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let mut head = Vec::new();
        (&mut reader)
            .take(2)
            .read_to_end(&mut head)
            .map_err(|error| DataError::Read { offset: 0, error })?;
        let gzip = head == [0x1f, 0x8b];
        let whole = Cursor::new(head).chain(reader);
        Ok(Self {
            reader: if gzip {
                Box::new(MultiGzDecoder::new(whole))
            } else {
                Box::new(whole)
            },
            offset: 0,
        })
    }

    /// Reads up to `limit` bytes more; fewer means that the file has ended.
    ///
    /// The buffer grows with what arrives, so that a header's promise alone allocates nothing.
    pub(crate) fn up_to(&mut self, limit: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        let result = self.reader.by_ref().take(limit).read_to_end(&mut bytes);
        self.offset += bytes.len() as u64;
        match result {
            Ok(_) => Ok(bytes),
            Err(error) => Err(DataError::Read {
                offset: self.offset,
                error,
            }),
        }
    }

    /// Reads exactly `len` bytes of a file that should have `expected` in all.
    pub(crate) fn exactly(&mut self, len: u64, expected: u64) -> Result<Vec<u8>, DataError> {
        let bytes = self.up_to(len)?;
        if bytes.len() as u64 == len {
            Ok(bytes)
        } else {
            Err(DataError::Truncated {
                expected,
                found: self.offset,
            })
        }
    }

    /// Checks that the file ends here; for gzip that its checksum is right, too.
    pub(crate) fn end(mut self) -> Result<(), DataError> {
        let expected = self.offset;
        if self.up_to(1)?.is_empty() {
            Ok(())
        } else {
            Err(DataError::Trailing { expected })
        }
    }

    /// Reads everything that is left.
    pub(crate) fn rest(mut self) -> Result<Vec<u8>, DataError> {
        let bytes = self.up_to(MAX_BYTES + 1)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(DataError::FileTooLarge { limit: MAX_BYTES });
        }
        Ok(bytes)
    }
}

/// Opens a file for one of the readers and puts its path in front of their errors.
pub(crate) fn open<R>(
    path: &Path,
    read: impl FnOnce(File) -> Result<R, DataError>,
) -> Result<R, DataError> {
    File::open(path)
        .map_err(|error| DataError::Open { error })
        .and_then(read)
        .map_err(|error| error.in_file(path))
}

/// The path of a file of a well-known data set, with or without `.gz` at its end.
pub(crate) fn find(directory: &Path, name: &'static str) -> Result<PathBuf, DataError> {
    [directory.join(name), directory.join(format!("{name}.gz"))]
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| DataError::Missing {
            directory: directory.to_owned(),
            name,
        })
}
