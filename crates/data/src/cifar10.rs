//! CIFAR-10 in its binary layout.

use std::io::Read;
use std::path::Path;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;

use crate::pixels::Pixels;
use crate::source::{Source, find, open};
use crate::{DataError, Dataset};

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
/// [`DataError::Missing`] names the file and the directory; [`DataError::File`] says which file is wrong, and why.
pub fn cifar10<T: Real>(
    directory: impl AsRef<Path>,
) -> Result<(Dataset<T>, Dataset<T>), DataError> {
    const TRAIN: [&str; 5] = [
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ];
    let directory = directory.as_ref();
    // All names first: a missing file is reported at once, not after large ones have been read.
    let train: Result<Vec<_>, _> = TRAIN.iter().map(|name| find(directory, name)).collect();
    let (train, test) = (train?, find(directory, "test_batch.bin")?);

    let mut records = Records::default();
    for path in train {
        open(&path, |file| records.read(file))?;
    }
    let train = records.dataset()?;

    let mut records = Records::default();
    open(&test, |file| records.read(file))?;
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
/// [`DataError::Empty`], [`DataError::Records`] if the size is not a multiple of 3073, [`DataError::RecordLabel`] for a
/// label above 9, [`DataError::FileTooLarge`], [`DataError::Read`].
pub fn read_cifar10<T: Real>(reader: impl Read) -> Result<Dataset<T>, DataError> {
    let mut records = Records::default();
    records.read(reader)?;
    records.dataset()
}

/// What was read so far.
#[derive(Default)]
struct Records<T> {
    inputs: Vec<T>,
    labels: Vec<u32>,
}

impl<T: Real> Records<T> {
    fn read(&mut self, reader: impl Read) -> Result<(), DataError> {
        let bytes = Source::new(reader)?.rest()?;
        if bytes.is_empty() {
            return Err(DataError::Empty);
        }
        if !bytes.len().is_multiple_of(RECORD) {
            return Err(DataError::Records {
                len: bytes.len(),
                record: RECORD,
            });
        }
        let pixels = Pixels::<T>::new(255.0)?;
        for (record, bytes) in bytes.chunks_exact(RECORD).enumerate() {
            let label = bytes[0];
            if usize::from(label) >= CIFAR10_CLASSES.len() {
                return Err(DataError::RecordLabel {
                    record,
                    offset: record * RECORD,
                    label,
                    classes: CIFAR10_CLASSES.len(),
                });
            }
            self.labels.push(u32::from(label));
            self.inputs.extend(pixels.numbers(&bytes[1..]));
        }
        Ok(())
    }

    fn dataset(self) -> Result<Dataset<T>, DataError> {
        let classes = CIFAR10_CLASSES.len();
        let shape = Shape::new(IMAGE)?;
        Dataset::of_classes(shape, self.inputs, self.labels, classes)?
            .with_class_names(CIFAR10_CLASSES)
    }
}
