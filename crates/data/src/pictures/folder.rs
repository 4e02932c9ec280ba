//! A folder for each class.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use gradflow_real::Real;
use gradflow_tensor::Shape;

use super::{Picture, PictureError, Pictures};
use crate::memory::{extend, push, reserve};
use crate::source::open;
use crate::{Channels, DataError, Dataset, DatasetError, DirectoryError, MAX_CLASSES, MemoryError};

/// The pictures of a folder, and the class of each.
struct Listing {
    names: Vec<String>,
    files: Vec<(PathBuf, usize)>,
}

impl Pictures {
    /// The pictures of a folder that has one folder for each class: classes are numbered by the names of their folders in alphabetical order, and so are
    /// the pictures within each.
    ///
    /// Files whose names end in `.png`, `.jpg`, `.jpeg` or `.pgm`, in small or capital letters, are pictures. What begins with a point is skipped, and so are `Thumbs.db`,
    /// `desktop.ini`, and other files beside the folders of the classes; any other file within one is refused, so that no sample is lost in silence. The
    /// size and the channels are those that are said, or those of the first picture, which all others must have then. One picture is decoded at a time.
    ///
    /// # Errors
    /// [`DataError::Directory`] if there is no such folder; [`DataError::File`] with the path of a file or a folder and a [`PictureError`].
    pub fn folder<T: Real>(&self, path: impl AsRef<Path>) -> Result<Dataset<T>, DataError> {
        let folder = path.as_ref();
        let Listing { names, files } = Listing::of(folder)?;
        let mut inputs = Vec::new();
        let mut first: Option<(&Path, [usize; 3])> = None;
        for (file, _) in &files {
            let picture = open(file, |file| self.read::<T>(file))?;
            match first {
                None => {
                    first = Some((file, picture.dims));
                    let len = picture.values.len().checked_mul(files.len());
                    let len = len.ok_or(MemoryError { bytes: usize::MAX });
                    let room = len.and_then(|len| reserve(&mut inputs, len));
                    room.map_err(DatasetError::from)?;
                }
                Some(first) => check_alike(first, &picture)
                    .map_err(|error| DataError::from(error).in_file(file))?,
            }
            extend(&mut inputs, &picture.values).map_err(DatasetError::from)?;
        }
        let dims = first.map_or([1; 3], |(_, dims)| dims);
        let labels = files.iter().map(|(_, class)| *class);
        let data = Dataset::classification(Shape::new(dims)?, inputs, labels, names.len())?;
        Ok(data.with_class_names(names)?)
    }
}

/// Refuses a picture that is not like the first one.
fn check_alike<T>(
    (first, [depth, v, h]): (&Path, [usize; 3]),
    picture: &Picture<T>,
) -> Result<(), PictureError> {
    let [found_depth, found_v, found_h] = picture.dims;
    if (v, h) != (found_v, found_h) {
        return Err(PictureError::Sizes {
            first: first.to_owned(),
            v,
            h,
            found_v,
            found_h,
        });
    }
    match depth == found_depth {
        true => Ok(()),
        false => Err(PictureError::Mixture {
            first: first.to_owned(),
            grey: found_depth == Channels::Grey.depth(),
        }),
    }
}

impl Listing {
    /// All names, before any picture is read: what is wrong with them is told at once.
    fn of(folder: &Path) -> Result<Self, DataError> {
        if !folder.is_dir() {
            let directory = folder.to_owned();
            return Err(DirectoryError::NoDirectory { directory }.into());
        }
        let (mut names, mut files) = (Vec::new(), Vec::new());
        for path in entries(folder)? {
            if !path.is_dir() {
                if is_picture(&path) {
                    return Err(DataError::from(PictureError::Beside).in_file(&path));
                }
                continue;
            }
            let refused = |error: PictureError| DataError::from(error).in_file(&path);
            let name = path.file_name().and_then(OsStr::to_str);
            let class = names.len();
            let name = name.ok_or(PictureError::Name).map_err(refused)?;
            push(&mut names, name.to_owned()).map_err(DatasetError::from)?;
            let pictures = pictures(&path)?;
            if pictures.is_empty() {
                return Err(refused(PictureError::EmptyClass));
            }
            for picture in pictures {
                push(&mut files, (picture, class)).map_err(DatasetError::from)?;
            }
        }
        let refused = |error: PictureError| Err(DataError::from(error).in_file(folder));
        match names.as_mut_slice() {
            [] => refused(PictureError::NoClass),
            [name] => refused(PictureError::OneClass {
                name: core::mem::take(name),
            }),
            names if names.len() > MAX_CLASSES => Err(DatasetError::TooManyClasses {
                classes: names.len(),
                limit: MAX_CLASSES,
            }
            .into()),
            _ => Ok(Self { names, files }),
        }
    }
}

/// The pictures of a class, in alphabetical order.
fn pictures(class: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut pictures = entries(class)?;
    let odd = pictures
        .iter()
        .find(|path| path.is_dir() || !is_picture(path));
    if let Some(path) = odd {
        let part = |name: &str| ["train", "test", "val", "valid", "validation"].contains(&name);
        let name = class
            .file_name()
            .and_then(OsStr::to_str)
            .unwrap_or_default();
        let error = match path.is_dir() {
            true => PictureError::Nested {
                part: part(&name.to_lowercase()),
            },
            false => PictureError::Other,
        };
        return Err(DataError::from(error).in_file(path));
    }
    pictures.shrink_to_fit();
    Ok(pictures)
}

/// What is in a folder and not hidden, in alphabetical order.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let refused = |error| DataError::from(PictureError::List { error }).in_file(folder);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with('.') && !["Thumbs.db", "desktop.ini"].contains(&&*name) {
            push(&mut entries, entry.path()).map_err(DatasetError::from)?;
        }
    }
    entries.sort_unstable();
    Ok(entries)
}

fn is_picture(path: &Path) -> bool {
    let end = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ["png", "jpg", "jpeg", "pgm"]
        .iter()
        .any(|known| end.eq_ignore_ascii_case(known))
}
