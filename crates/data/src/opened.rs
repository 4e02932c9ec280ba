//! Files and pipes that are opened for reading; devices are not.

use std::fs::{self, File, FileType};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file that is to be read whole, or at any place: no device, which may have no end, and no pipe, which would be waited for.
///
/// ```
/// # let path = std::env::temp_dir().join(format!("gradflow-open-file-{}", std::process::id()));
/// std::fs::write(&path, "1,2\n")?;
/// assert_eq!(gradflow_data::open_file(&path)?.metadata()?.len(), 4);
/// assert_eq!(gradflow_data::read_file(&path)?, b"1,2\n");
/// # std::fs::remove_file(&path)?;
/// # #[cfg(unix)]
/// assert_eq!(
///     gradflow_data::open_file("/dev/zero").unwrap_err().to_string(),
///     "that is a device or a pipe, and no file: give the name of a file"
/// );
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// What the system says; [`InvalidInput`](io::ErrorKind::InvalidInput) for what is no file, [`IsADirectory`](io::ErrorKind::IsADirectory).
pub fn open_file(path: impl AsRef<Path>) -> io::Result<File> {
    let words = "that is a device or a pipe, and no file: give the name of a file";
    opened(path.as_ref(), FileType::is_file, words)
}

/// All bytes of a file that [`open_file`] opens.
///
/// # Errors
/// Those of [`open_file`], or what the system says while it is read; [`OutOfMemory`](io::ErrorKind::OutOfMemory) if there is no room.
pub fn read_file(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let mut file = open_file(path)?;
    let mut bytes = Vec::new();
    let len = file.metadata()?.len();
    // What cannot be counted cannot be had either.
    bytes.try_reserve_exact(usize::try_from(len).unwrap_or(usize::MAX))?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file or a pipe that is to be read once, from its beginning to its end: no device, which may have none. Whoever reads sets a limit.
///
/// ```
/// # #[cfg(unix)]
/// assert_eq!(
///     gradflow_data::open_stream("/dev/zero").unwrap_err().to_string(),
///     "that is a device, which need not have an end: give the name of a file or a pipe"
/// );
/// ```
///
/// # Errors
/// Those of [`open_file`].
pub fn open_stream(path: impl AsRef<Path>) -> io::Result<File> {
    let words = "that is a device, which need not have an end: give the name of a file or a pipe";
    opened(path.as_ref(), |found| !is_device(found), words)
}

fn opened(path: &Path, fits: fn(&FileType) -> bool, words: &'static str) -> io::Result<File> {
    let check = |found: FileType| match fits(&found) {
        _ if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, words)),
    };
    // Opening alone may wait, or wind a tape.
    check(fs::metadata(path)?.file_type())?;
    let file = File::open(path)?;
    // By now something else may stand there.
    check(file.metadata()?.file_type())?;
    Ok(file)
}

#[cfg(unix)]
fn is_device(found: &FileType) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    found.is_char_device() || found.is_block_device()
}

#[cfg(not(unix))]
fn is_device(_: &FileType) -> bool {
    false
}
