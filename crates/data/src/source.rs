//! Bytes of a file, plain or gzip.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use crate::format::HEAD;
use crate::memory::extend;
use crate::opened::open_stream;
use crate::{DataError, DirectoryError, Format, ReadError};

/// The most that a reader accepts from one plain file, if the caller sets no other limit: 2 GiB.
pub const MAX_BYTES: u64 = 1 << 31;

/// The most that a compressed file may unpack to, if the caller sets no other limit: 1 GiB.
///
/// A few kilobytes of gzip can unpack to any size; MNIST's training images are 47 MB, CIFAR-10's largest file 31 MB.
pub const MAX_UNPACKED: u64 = 1 << 30;

/// A stream that unpacks gzip, which it knows by its first two bytes, counts, and ends at a limit.
pub(crate) struct Source<'a> {
    reader: Box<dyn Read + 'a>,
    /// What went wrong behind the first bytes, until somebody reads so far.
    failed: Option<io::Error>,
    /// The first bytes, unpacked, and how many of them have been handed out.
    head: Vec<u8>,
    used: usize,
    /// Bytes handed out so far, unpacked.
    offset: u64,
    limit: u64,
    packed: bool,
}

impl<'a> Source<'a> {
    /// With the caller's limit for what the file holds, unpacked.
    pub(crate) fn new(reader: impl Read + 'a, limit: Option<u64>) -> Result<Self, ReadError> {
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let (start, failed) = first_bytes(&mut reader, 2);
        let packed = failed.is_none() && Format::of(&start) == Some(Format::Gzip);
        let whole = Cursor::new(start).chain(reader);
        let mut reader: Box<dyn Read + 'a> = match packed {
            true => unpacked(whole)?,
            false => Box::new(whole),
        };
        let (head, failed) = match failed {
            None => first_bytes(&mut reader, HEAD),
            failed => (first_bytes(&mut reader, 2).0, failed),
        };
        Ok(Self {
            head,
            used: 0,
            reader,
            failed,
            offset: 0,
            limit: limit.unwrap_or(if packed { MAX_UNPACKED } else { MAX_BYTES }),
            packed,
        })
    }

    /// The first bytes, unpacked; fewer than [`HEAD`], if the file has fewer.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Refuses a file that begins like another kind than the one expected.
    pub(crate) fn refuse_foreign(&self, expected: Format) -> Result<(), ReadError> {
        match Format::of(&self.head) {
            Some(found) if found != expected => Err(ReadError::Format { expected, found }),
            _ => Ok(()),
        }
    }

    /// The most bytes that this file may hold.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Fills the front of the buffer, which is not empty; 0 means that the file has ended.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let read = if self.used < self.head.len() {
            let n = buffer.len().min(self.head.len() - self.used);
            buffer[..n].copy_from_slice(&self.head[self.used..self.used + n]);
            self.used += n;
            n
        } else {
            self.read_on(buffer)?
        };
        self.offset += read as u64;
        if self.offset > self.limit {
            let limit = self.limit;
            return Err(match self.packed {
                true => ReadError::Unpacked { limit },
                false => ReadError::TooLarge { limit },
            });
        }
        Ok(read)
    }

    fn read_on(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let result = match self.failed.take() {
            Some(error) => Err(error),
            None => read_some(&mut self.reader, buffer),
        };
        let offset = self.offset;
        // Of what the unpacking refuses, and not of a disk or a network that fails.
        let unpacking = |error: &io::Error| {
            use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
            matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
        };
        result.map_err(|error| match self.packed && unpacking(&error) {
            true => ReadError::Gzip { offset, error },
            false => ReadError::Io { offset, error },
        })
    }

    /// Reads up to `len` bytes more; fewer means that the file has ended.
    ///
    /// The vector grows with what arrives, so that a header's promise alone allocates nothing.
    pub(crate) fn up_to(&mut self, len: u64) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 1 << 14];
        while (bytes.len() as u64) < len {
            let wanted = (len - bytes.len() as u64).min(buffer.len() as u64) as usize;
            match self.read(&mut buffer[..wanted])? {
                0 => break,
                n => extend(&mut bytes, &buffer[..n])?,
            }
        }
        Ok(bytes)
    }

    /// Bytes handed out so far, unpacked.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }
}

/// Up to `len` bytes, and what went wrong behind them.
fn first_bytes(reader: &mut impl Read, len: usize) -> (Vec<u8>, Option<io::Error>) {
    let mut bytes = vec![0; len];
    let mut read = 0;
    let failed = loop {
        match read_some(reader, &mut bytes[read..]) {
            Ok(0) => break None,
            Ok(n) => read += n,
            Err(error) => break Some(error),
        }
    };
    bytes.truncate(read);
    (bytes, failed)
}

fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(feature = "gzip")]
fn unpacked<'a>(reader: impl io::BufRead + 'a) -> Result<Box<dyn Read + 'a>, ReadError> {
    Ok(Box::new(crate::gzip::Members::new(reader)))
}

#[cfg(not(feature = "gzip"))]
fn unpacked<'a>(_: impl io::BufRead + 'a) -> Result<Box<dyn Read + 'a>, ReadError> {
    Err(ReadError::NoGzip)
}

/// Opens a file for one of the readers and puts its path in front of their errors.
pub(crate) fn open<R, E: Into<DataError>>(
    path: &Path,
    read: impl FnOnce(File) -> Result<R, E>,
) -> Result<R, DataError> {
    read(opened(path)?).map_err(|error| error.into().in_file(path))
}

/// Opens a file or a pipe for one of the readers.
pub(crate) fn opened(path: &Path) -> Result<File, DataError> {
    open_stream(path).map_err(|error| DataError::Open {
        path: path.to_owned(),
        error,
    })
}

/// The path of a file of a well-known data set under one of its names, with or without `.gz` at its end.
pub(crate) fn find(
    directory: &Path,
    names: &'static [&'static str],
) -> Result<PathBuf, DirectoryError> {
    let directory = directory.to_owned();
    if !directory.is_dir() {
        return Err(DirectoryError::NoDirectory { directory });
    }
    names
        .iter()
        .flat_map(|name| [directory.join(name), directory.join(format!("{name}.gz"))])
        .find(|path| path.is_file())
        .ok_or(DirectoryError::Missing { directory, names })
}
