//! Archives of arrays.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord};

use super::Npy;
use crate::excerpt::excerpt;
use crate::memory::push;
use crate::numpy::NpyError;
use crate::source::{MAX_UNPACKED, Source, open};
use crate::{DataError, Format};

/// Most arrays of an archive.
const MOST_ARRAYS: usize = 4096;

/// Arrays by name, as NumPy's `savez` and `savez_compressed` write them: a zip archive of `.npy` files.
///
/// The file is kept in memory as it is; an array is unpacked when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Npz {
    file: Vec<u8>,
    names: Vec<String>,
    /// The most bytes that an array may unpack to.
    limit: u64,
}

impl Npz {
    /// Opens a file.
    ///
    /// # Errors
    /// [`DataError::Open`], or [`DataError::File`] with the path and an [`NpyError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        open(path.as_ref(), |file: File| Self::read(file))
    }

    /// Reads a stream to its end; [`MAX_BYTES`](crate::MAX_BYTES) at most, and each array unpacks to [`MAX_UNPACKED`] at most.
    ///
    /// # Errors
    /// [`NpyError::Archive`] for what is no zip archive.
    pub fn read(reader: impl Read) -> Result<Self, NpyError> {
        Self::read_source(Source::new(reader, None)?, MAX_UNPACKED)
    }

    /// Like [`read`](Self::read), with a limit for what the stream holds, and for what each array unpacks to.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn read_within(reader: impl Read, limit: u64) -> Result<Self, NpyError> {
        Self::read_source(Source::new(reader, Some(limit))?, limit)
    }

    fn read_source(mut source: Source<'_>, limit: u64) -> Result<Self, NpyError> {
        if Format::of(source.head()) != Some(Format::Zip) {
            source.refuse_foreign(Format::Npz)?;
        }
        let file = source.up_to(u64::MAX)?;
        let mut names = Vec::new();
        each(&file, |entry| {
            if names.len() == MOST_ARRAYS {
                return Err(NpyError::Archive {
                    error: format!("more than {MOST_ARRAYS} arrays").into(),
                });
            }
            push(&mut names, name(entry))?;
            Ok(None::<()>)
        })?;
        Ok(Self { file, names, limit })
    }

    /// The names of the arrays, in the order of the file.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// An array by its name.
    ///
    /// # Errors
    /// [`NpyError::NoArray`] if there is none, [`NpyError::InArchive`] says what is wrong with it.
    pub fn array(&self, wanted: &str) -> Result<Npy, NpyError> {
        let found = each(&self.file, |entry| match name(entry) == wanted {
            true => Ok(Some(self.unpacked(entry))),
            false => Ok(None),
        })?;
        let in_archive = |error: NpyError| NpyError::InArchive {
            name: excerpt(wanted),
            error: Box::new(error),
        };
        match found {
            Some(array) => array.map_err(in_archive),
            None => Err(NpyError::NoArray {
                name: excerpt(wanted),
                names: NpyError::names(&self.names),
            }),
        }
    }

    fn unpacked(&self, entry: &ZipFileHeaderRecord<'_>) -> Result<Npy, NpyError> {
        if entry.flags().is_encrypted() {
            let error = "it is encrypted".into();
            return Err(NpyError::Archive { error });
        }
        let archive = ZipArchive::from_slice(&*self.file).map_err(damaged)?;
        let found = archive.get_entry(entry.wayfinder()).map_err(damaged)?;
        let limit = Some(self.limit);
        // Both check length and checksum at the end.
        match entry.compression_method() {
            CompressionMethod::STORE => {
                let reader = found.verifying_reader(found.data());
                Npy::read_source(Source::new(reader, limit)?)
            }
            CompressionMethod::DEFLATE => {
                let reader = found.verifying_reader(DeflateDecoder::new(found.data()));
                Npy::read_source(Source::new(reader, limit)?)
            }
            method => Err(NpyError::Method {
                method: method.to_string(),
            }),
        }
    }

    /// The arrays that are probably inputs and answers, by the names that people give them; the answers are missing where nothing is called so.
    ///
    /// An archive of one array has inputs alone.
    pub fn suggested(&self) -> (Option<&str>, Option<&str>) {
        const INPUTS: [&str; 9] = [
            "x",
            "inputs",
            "data",
            "features",
            "images",
            "x_train",
            "train_x",
            "train_images",
            "arr_0",
        ];
        const ANSWERS: [&str; 10] = [
            "y",
            "labels",
            "label",
            "target",
            "targets",
            "y_train",
            "train_y",
            "train_labels",
            "outputs",
            "arr_1",
        ];
        let find = |known: &[&str]| {
            known.iter().find_map(|known| {
                let mut names = self.names.iter();
                names.find(|name| name.eq_ignore_ascii_case(known))
            })
        };
        let only = self.names.first().filter(|_| self.names.len() == 1);
        let (inputs, answers) = (find(&INPUTS).or(only), find(&ANSWERS));
        let answers = answers.filter(|name| Some(*name) != inputs);
        (inputs.map(String::as_str), answers.map(String::as_str))
    }
}

/// Goes through the files of an archive until the function returns something.
fn each<R>(
    file: &[u8],
    mut f: impl FnMut(&ZipFileHeaderRecord<'_>) -> Result<Option<R>, NpyError>,
) -> Result<Option<R>, NpyError> {
    let archive = ZipArchive::from_slice(file).map_err(damaged)?;
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(damaged)? {
        if let Some(found) = f(&entry)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The name of an array is that of its file without the end.
fn name(entry: &ZipFileHeaderRecord<'_>) -> String {
    let path = entry.file_path();
    let name = String::from_utf8_lossy(path.as_bytes());
    name.strip_suffix(".npy").unwrap_or(&name).to_owned()
}

fn damaged(error: rawzip::Error) -> NpyError {
    NpyError::Archive {
        error: error.into(),
    }
}
