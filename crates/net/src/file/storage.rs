//! A file that takes the place of another one, whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::FileError;

/// What saving asks of a disk; a test answers with errors.
pub(super) trait Storage {
    /// An open file.
    type File;
    /// The file that a path stands for, behind links.
    fn resolve(&mut self, path: &Path) -> io::Result<PathBuf>;
    /// Makes a file that was not there.
    fn create(&mut self, path: &Path) -> io::Result<Self::File>;
    /// Writes all bytes.
    fn write(&mut self, file: &mut Self::File, bytes: &[u8]) -> io::Result<()>;
    /// Waits until what was written is on the disk.
    fn sync(&mut self, file: &mut Self::File) -> io::Result<()>;
    /// Puts a file in the place of another one.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    /// Waits until the names in a folder are on the disk.
    fn sync_folder(&mut self, folder: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&mut self, path: &Path) -> io::Result<()>;
}

/// The system's disk.
pub(super) struct Disk;

impl Storage for Disk {
    type File = File;

    fn resolve(&mut self, path: &Path) -> io::Result<PathBuf> {
        match fs::symlink_metadata(path) {
            Ok(about) if about.is_symlink() => fs::canonicalize(path),
            // A device or a pipe would be gone.
            Ok(about) if !about.is_file() && !about.is_dir() => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "that is a device or a pipe, and no file: give another name",
            )),
            _ => Ok(path.to_owned()),
        }
    }

    fn create(&mut self, path: &Path) -> io::Result<File> {
        File::options().write(true).create_new(true).open(path)
    }

    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&mut self, file: &mut File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&mut self, folder: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened.
        match cfg!(unix) {
            true => File::open(folder)?.sync_all(),
            false => Ok(()),
        }
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// Writes the bytes to a file beside `path`, waits until they are on the disk, and puts it in the place of what is there.
///
/// After any error the file at `path` is the old one or the new one, whole; the new one only if the last wait failed.
pub(super) fn replace<S: Storage>(
    storage: &mut S,
    path: &Path,
    bytes: &[u8],
) -> Result<(), FileError> {
    let place = storage.resolve(path);
    let place = place.map_err(FileError::io("looking for the file's place"))?;
    let beside = beside(&place)?;
    let written = write(storage, &beside, bytes).and_then(|()| {
        let renamed = storage.rename(&beside, &place);
        renamed.map_err(FileError::io("putting the file in its place"))
    });
    if written.is_err() {
        // The first error is the one to be told; there may be nothing to remove.
        let _ = storage.remove(&beside);
        return written;
    }
    let synced = storage.sync_folder(folder(&place));
    synced.map_err(FileError::io("waiting for the folder"))
}

/// Puts these bytes in the place of the file at this path, as models are saved: after an error, or when the process is killed, the file there is the
/// old one or the new one, whole. Links are followed; a device or a pipe is refused.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("gradflow-replace-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("note.txt");
/// gradflow::replace_file(&path, b"before")?;
/// gradflow::replace_file(&path, b"now")?;
/// assert_eq!(std::fs::read(&path)?, b"now");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`FileError`] with the path, if the folder is not there or the system refuses.
pub fn replace_file(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), FileError> {
    let path = path.as_ref();
    replace(&mut Disk, path, bytes).map_err(|error| error.at(path))
}

fn write<S: Storage>(storage: &mut S, path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let file = storage.create(path);
    let mut file = file.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FileError::NoFolder {
            folder: folder(path).to_owned(),
        },
        _ => FileError::io("making a file beside it")(error),
    })?;
    let written = storage.write(&mut file, bytes);
    written.map_err(FileError::io("writing"))?;
    let synced = storage.sync(&mut file);
    synced.map_err(FileError::io("waiting for the disk"))
}

/// The folder of a file.
fn folder(path: &Path) -> &Path {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// A name beside a file that no other process or thread has.
fn beside(path: &Path) -> Result<PathBuf, FileError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "the path names no file");
        return Err(FileError::io("saving")(error));
    };
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}-{number}.tmp", std::process::id()));
    Ok(path.with_file_name(beside))
}

#[cfg(test)]
mod tests;
