//! CIFAR-10 in its binary layout.

mod error;

use std::io::Read;
use std::path::Path;

use gradflow_real::Real;
use gradflow_tensor::Shape;

use crate::memory::reserve;
use crate::pixels::Pixels;
use crate::source::{Source, find, open};
use crate::{DataError, Dataset, DatasetError, Format};

pub use error::CifarError;

/// Names of the classes of CIFAR-10 in the order of their labels.
pub const CIFAR10_CLASSES: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

/// Red, green and blue, each row by row.
const IMAGE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;
/// The label stands before the pixels.
const RECORD: usize = 1 + PIXELS;

/// Training and test images of CIFAR-10 from the directory that holds its binary files, with pixels in `[0, 1]`.
///
/// ```text
/// data_batch_1.bin … data_batch_5.bin  test_batch.bin
/// ```
///
/// Each is plain or gzip, with or without `.gz` at the end of its name; where both are there, the plain name is read.
/// Inputs are `[3, 32, 32]`: red, green and blue. The 50,000 training images take 600 MB as `f32`.
///
/// ```no_run
/// let (train, test) = gradflow_data::cifar10::<f32>("cifar-10-batches-bin")?;
/// let train = train.first(28_800)?;
/// assert_eq!(test.shape().dims(), [3, 32, 32]);
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Directory`] names the file and the directory; [`DataError::File`] says which file is wrong, and why.
pub fn cifar10<T: Real>(
    directory: impl AsRef<Path>,
) -> Result<(Dataset<T>, Dataset<T>), DataError> {
    const TRAIN: [&[&str]; 5] = [
        &["data_batch_1.bin"],
        &["data_batch_2.bin"],
        &["data_batch_3.bin"],
        &["data_batch_4.bin"],
        &["data_batch_5.bin"],
    ];
    let directory = directory.as_ref();
    // All names first: a missing file is reported at once, not after large ones have been read.
    let train: Result<Vec<_>, _> = TRAIN.iter().map(|name| find(directory, name)).collect();
    let (train, test) = (train?, find(directory, &["test_batch.bin"])?);

    let mut records = Records::default();
    for path in train {
        open(&path, |file| records.read(Source::new(file, None)?))?;
    }
    let train = records.dataset()?;

    let mut records = Records::default();
    open(&test, |file| records.read(Source::new(file, None)?))?;
    Ok((train, records.dataset()?))
}

/// The images of one file in the binary layout of CIFAR-10, plain or gzip, with pixels in `[0, 1]`.
///
/// ```text
/// one record an image: label (0 to 9), 1024 bytes red, 1024 green, 1024 blue
/// ```
///
/// ```
/// let mut file = vec![128; 2 * 3073];
/// (file[0], file[1]) = (9, 255);
/// file[3073] = 0;
/// let data = gradflow_data::read_cifar10::<f64>(file.as_slice())?;
/// assert_eq!(data.labels(), Some([9, 0].as_slice()));
/// assert_eq!(data.inputs().data()[0], 1.0);
/// assert_eq!(data.class_names().map(|names| names[9].as_str()), Some("truck"));
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
///
/// # Errors
/// [`CifarError`] says which record or byte is wrong.
pub fn read_cifar10<T: Real>(reader: impl Read) -> Result<Dataset<T>, CifarError> {
    let mut records = Records::default();
    records.read(Source::new(reader, None)?)?;
    records.dataset()
}

/// Like [`read_cifar10`], with a limit for what the stream holds, unpacked.
///
/// # Errors
/// Those of [`read_cifar10`].
pub fn read_cifar10_within<T: Real>(
    reader: impl Read,
    limit: u64,
) -> Result<Dataset<T>, CifarError> {
    let mut records = Records::default();
    records.read(Source::new(reader, Some(limit))?)?;
    records.dataset()
}

/// What was read so far.
#[derive(Default)]
struct Records<T> {
    inputs: Vec<T>,
    labels: Vec<usize>,
}

impl<T: Real> Records<T> {
    fn read(&mut self, mut source: Source<'_>) -> Result<(), CifarError> {
        let first = source.head().first().copied();
        // A record may begin like an IDX file: black pixels behind class 0.
        if first.is_some_and(|label| usize::from(label) >= CIFAR10_CLASSES.len()) {
            source.refuse_foreign(Format::Cifar10)?;
        }
        let foreign = source.refuse_foreign(Format::Cifar10);
        let bytes = source.up_to(u64::MAX)?;
        if bytes.is_empty() {
            return Err(CifarError::Empty);
        }
        if !bytes.len().is_multiple_of(RECORD) {
            foreign?;
            return Err(CifarError::Records {
                len: bytes.len(),
                record: RECORD,
            });
        }
        reserve(&mut self.inputs, bytes.len() / RECORD * PIXELS)?;
        reserve(&mut self.labels, bytes.len() / RECORD)?;
        let pixels = Pixels::<T>::unit();
        for (record, bytes) in bytes.chunks_exact(RECORD).enumerate() {
            let label = bytes[0];
            if usize::from(label) >= CIFAR10_CLASSES.len() {
                return Err(CifarError::Label {
                    record,
                    offset: record * RECORD,
                    label,
                    classes: CIFAR10_CLASSES.len(),
                });
            }
            self.labels.push(usize::from(label));
            pixels.append(&bytes[1..], &mut self.inputs)?;
        }
        Ok(())
    }

    fn dataset(self) -> Result<Dataset<T>, CifarError> {
        let names = CIFAR10_CLASSES.map(str::to_owned);
        let shape = Shape::new(IMAGE).map_err(DatasetError::from)?;
        let data = Dataset::of_classes(shape, self.inputs, self.labels, names.len())?;
        Ok(data.with_class_names(names)?)
    }
}
