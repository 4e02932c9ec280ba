//! The four files of MNIST, and of the data sets that come in the same form.

use std::path::Path;

use gradflow_real::Real;

use crate::source::find;
use crate::{DataError, Dataset, DirectoryError, Idx, IdxError};

/// Training and test images of MNIST from the directory that holds its four files, with pixels in `[0, 1]`.
///
/// ```text
/// train-images-idx3-ubyte  train-labels-idx1-ubyte  t10k-images-idx3-ubyte  t10k-labels-idx1-ubyte
/// ```
///
/// or with a dot before `idx` (`train-images.idx3-ubyte`). Each is plain or gzip, with or without `.gz` at the end of its name; where both are there, the plain name is read.
/// Images of any size and number are accepted, so that this reads Fashion-MNIST and others of the form, too;
/// labels are 0 to 9.
///
/// ```no_run
/// let (train, test) = gradflow_data::mnist::<f32>("mnist")?;
/// let (train, validation) = train.split_at(58_000)?;
/// assert_eq!(test.shape().dims(), [1, 28, 28]);
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Directory`] names the file and the directory, or the sizes of training and test images if they differ;
/// [`DataError::File`] says which file is wrong, and why.
pub fn mnist<T: Real>(directory: impl AsRef<Path>) -> Result<(Dataset<T>, Dataset<T>), DataError> {
    let directory = directory.as_ref();
    // All names first: a missing file is reported at once, not after a large one has been read.
    let train_images = find(
        directory,
        &["train-images-idx3-ubyte", "train-images.idx3-ubyte"],
    )?;
    let train_labels = find(
        directory,
        &["train-labels-idx1-ubyte", "train-labels.idx1-ubyte"],
    )?;
    let test_images = find(
        directory,
        &["t10k-images-idx3-ubyte", "t10k-images.idx3-ubyte"],
    )?;
    let test_labels = find(
        directory,
        &["t10k-labels-idx1-ubyte", "t10k-labels.idx1-ubyte"],
    )?;
    let train = labelled::<T>(&train_images, &train_labels)?;
    let test = labelled::<T>(&test_images, &test_labels)?;
    if train.shape() != test.shape() {
        return Err(DirectoryError::ImageShapes {
            train: train.shape(),
            test: test.shape(),
        }
        .into());
    }
    Ok((train, test))
}

fn labelled<T: Real>(images: &Path, labels: &Path) -> Result<Dataset<T>, DataError> {
    let (pixels, classes) = (Idx::open(images)?, Idx::open(labels)?);
    Dataset::from_images(&pixels, &classes, 10, 255.0).map_err(|error| {
        let path = match error {
            IdxError::ImageRank { .. } | IdxError::Exchanged { .. } => images,
            _ => labels,
        };
        DataError::from(error).in_file(path)
    })
}
