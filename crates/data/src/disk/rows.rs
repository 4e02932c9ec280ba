//! Rows of a file, read by their numbers.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::error::DiskError;
use crate::element::Element;
use crate::opened::open_file;

/// A file whose length is known.
#[derive(Debug, Clone)]
pub(crate) struct Bytes {
    file: Arc<Handle>,
    pub(crate) path: Arc<Path>,
    pub(crate) len: u64,
}

/// Rows of equal length behind one another.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    bytes: Bytes,
    /// Where the first one begins.
    offset: u64,
    pub(crate) count: usize,
    /// Numbers of a row.
    pub(crate) size: usize,
    pub(crate) element: Element,
}

impl Bytes {
    /// Opens a file that can be read at any place.
    pub(crate) fn open(path: &Path) -> Result<Self, DiskError> {
        let of = |error: io::Error| DiskError::open(path, error);
        let file = open_file(path).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::IsADirectory => {
                DiskError::NoFile { path: path.into() }
            }
            _ => of(error),
        })?;
        let len = file.metadata().map_err(of)?.len();
        let bytes = Self {
            file: Arc::new(Handle::new(file)),
            path: path.into(),
            len,
        };
        let mut head = [0; 2];
        if len >= 2 {
            bytes.read(0, &mut head)?;
        }
        match head == [0x1f, 0x8b] {
            true => Err(DiskError::Packed { path: path.into() }),
            false => Ok(bytes),
        }
    }

    /// The first bytes, so many at most.
    pub(crate) fn head(&self, most: u64) -> Result<Vec<u8>, DiskError> {
        let mut head = vec![0; self.len.min(most) as usize];
        self.read(0, &mut head)?;
        Ok(head)
    }

    /// Fills the buffer from this place on.
    pub(crate) fn read(&self, at: u64, into: &mut [u8]) -> Result<(), DiskError> {
        self.file
            .read(at, into)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => DiskError::Shrunk {
                    path: self.path.clone(),
                    at,
                    len: self.len,
                },
                _ => DiskError::Read {
                    path: self.path.clone(),
                    at,
                    error: error.into(),
                },
            })
    }

    /// So many rows from this place on, with so many bytes behind them and no more.
    pub(crate) fn rows(
        self,
        offset: u64,
        count: usize,
        size: usize,
        element: Element,
        behind: u64,
    ) -> Result<Rows, DiskError> {
        // A row is read in one piece: its bytes can be counted.
        let width = size.checked_mul(element.kind.bytes());
        let len = width
            .and_then(|width| (count as u64).checked_mul(width as u64))
            .and_then(|n| n.checked_add(offset))
            .and_then(|n| n.checked_add(behind));
        match len {
            Some(expected) if expected == self.len => Ok(Rows {
                bytes: self,
                offset,
                count,
                size,
                element,
            }),
            expected => Err(DiskError::Length {
                path: self.path,
                expected,
                found: self.len,
            }),
        }
    }
}

impl Rows {
    pub(crate) fn path(&self) -> &Arc<Path> {
        &self.bytes.path
    }

    /// Bytes of a row.
    pub(crate) fn width(&self) -> usize {
        self.size * self.element.kind.bytes()
    }

    /// Reads these rows, one behind another; those that lie so in the file too in one piece. The buffer is as long as they are.
    pub(crate) fn read(&self, rows: &[usize], into: &mut [u8]) -> Result<(), DiskError> {
        let width = self.width();
        let mut rest = into;
        for run in rows.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
            let (now, later) = rest.split_at_mut(run.len() * width);
            // Within the length that was checked.
            let at = self.offset + run[0] as u64 * width as u64;
            self.bytes.read(at, now)?;
            rest = later;
        }
        Ok(())
    }
}

/// A file read at places, by several threads at once.
#[derive(Debug)]
struct Handle {
    #[cfg(any(unix, windows))]
    file: File,
    #[cfg(not(any(unix, windows)))]
    file: std::sync::Mutex<File>,
}

impl Handle {
    #[cfg(any(unix, windows))]
    fn new(file: File) -> Self {
        Self { file }
    }

    #[cfg(unix)]
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, into, at)
    }

    #[cfg(windows)]
    fn read(&self, mut at: u64, mut into: &mut [u8]) -> io::Result<()> {
        while !into.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(&self.file, into, at) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    into = &mut into[read..];
                    at += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    #[cfg(not(any(unix, windows)))]
    fn new(file: File) -> Self {
        Self {
            file: std::sync::Mutex::new(file),
        }
    }

    #[cfg(not(any(unix, windows)))]
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        use std::io::{Read as _, Seek as _, SeekFrom};
        let lock = self.file.lock();
        let mut file = lock.unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(into)
    }
}
