//! IDX files: arrays of bytes, such as MNIST's images and labels.

use std::io::Read;
use std::path::Path;

use gradflow_kernels::Real;
use gradflow_tensor::{Shape, ShapeError};

use crate::pixels::Pixels;
use crate::source::{MAX_BYTES, Source, open};
use crate::{DataError, Dataset};

/// Type code of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// An array of unsigned bytes of any rank, row-major, read from an IDX file.
///
/// ```text
/// 0, 0, element type (8: unsigned bytes), rank, dimensions (four bytes each, big-endian), elements
/// ```
///
/// The file may be packed with gzip, which is known by its magic bytes, whatever the file's name is.
///
/// ```
/// use gradflow_data::{Dataset, Idx};
///
/// // Two pictures of 1 x 2 pixels, and their labels.
/// let images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 255, 0];
/// let labels = [0, 0, 8, 1, 0, 0, 0, 2, 1, 0];
/// let images = Idx::read(images.as_slice())?;
/// let labels = Idx::read(labels.as_slice())?;
/// assert_eq!(images.dims(), [2, 1, 2]);
///
/// let data = Dataset::<f32>::from_images(&images, &labels, 2, 255.0)?;
/// assert_eq!(data.inputs().data(), [0.0, 1.0, 1.0, 0.0]);
/// assert_eq!(data.labels(), Some([1, 0].as_slice()));
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idx {
    dims: Vec<usize>,
    data: Vec<u8>,
}

impl Idx {
    /// Reads a file, plain or gzip.
    ///
    /// # Errors
    /// [`DataError::File`] with the path and what is wrong.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        open(path.as_ref(), Self::read)
    }

    /// Reads a stream, plain or gzip, to its end.
    ///
    /// # Errors
    /// [`DataError::Magic`], [`DataError::ElementType`], [`DataError::Rank`] or [`DataError::Shape`] if the header is
    /// not one of bytes with at least one dimension and one element, [`DataError::FileTooLarge`] if it promises more
    /// than [`MAX_BYTES`], [`DataError::Truncated`] or [`DataError::Trailing`] if the file holds less or more than it
    /// promises, [`DataError::Read`].
    pub fn read(reader: impl Read) -> Result<Self, DataError> {
        let mut source = Source::new(reader)?;
        let magic = source.exactly(4, 4)?;
        if magic[..2] != [0, 0] {
            return Err(DataError::Magic {
                found: [magic[0], magic[1]],
            });
        }
        if magic[2] != UNSIGNED_BYTE {
            return Err(DataError::ElementType { code: magic[2] });
        }
        let header = 4 * u64::from(magic[3]);
        let dims = source.exactly(header, 4 + header)?;
        let dims: Vec<usize> = dims
            .chunks_exact(4)
            .map(|d| u32::from_be_bytes([d[0], d[1], d[2], d[3]]) as usize)
            .collect();
        let len = element_count(&dims)?;
        let data = source.exactly(len, 4 + header + len)?;
        source.end()?;
        Ok(Self { dims, data })
    }

    /// The dimensions; the first is the number of samples.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The elements, row-major.
    pub fn as_slice(&self) -> &[u8] {
        &self.data
    }

    /// Shape of one image. Images are `[n, size]`, `[n, vertical, horizontal]` or `[n, depth, vertical, horizontal]`.
    fn image_shape(&self) -> Result<Shape<3>, DataError> {
        let dims = match self.dims[..] {
            [_, n] => [n, 1, 1],
            [_, v, h] => [1, v, h],
            [_, d, v, h] => [d, v, h],
            _ => return Err(self.rank("images", "2 to 4")),
        };
        Ok(Shape::new(dims)?)
    }

    fn rank(&self, what: &'static str, expected: &'static str) -> DataError {
        DataError::Rank {
            what,
            expected,
            found: self.dims.len(),
            // A rank may be as large as 255.
            dims: self.dims.iter().copied().take(8).collect(),
        }
    }
}

/// Product of the dimensions, at least 1 and at most [`MAX_BYTES`].
fn element_count(dims: &[usize]) -> Result<u64, DataError> {
    if let Some(axis) = dims.iter().position(|d| *d == 0) {
        let dims = dims.to_vec();
        return Err(ShapeError::Zero { dims, axis }.into());
    }
    dims.iter()
        .try_fold(1_u64, |n, d| n.checked_mul(*d as u64))
        .filter(|n| *n <= MAX_BYTES)
        .ok_or(DataError::FileTooLarge { limit: MAX_BYTES })
}

impl<T: Real> Dataset<T> {
    /// The images with their labels, pixels divided by `maximum`: 255 takes full bytes to `[0, 1]`.
    ///
    /// Images of two dimensions are `[vertical, horizontal]` of depth 1, of three `[depth, vertical, horizontal]`.
    ///
    /// # Errors
    /// [`DataError::Rank`] if these are not images (one to three dimensions each) and labels (numbers),
    /// [`DataError::Counts`] if there is not one label for each image, [`DataError::Label`] for a label that is no
    /// class, [`DataError::Maximum`] if `maximum` is not a positive number, [`DataError::TooManyClasses`].
    pub fn from_images(
        images: &Idx,
        labels: &Idx,
        classes: usize,
        maximum: f64,
    ) -> Result<Self, DataError> {
        let shape = images.image_shape()?;
        let [samples] = labels.dims[..] else {
            return Err(labels.rank("labels", "1"));
        };
        if images.dims[0] != samples {
            return Err(DataError::Counts {
                images: images.dims[0],
                labels: samples,
            });
        }
        let pixels = Pixels::new(maximum)?;
        let inputs = pixels.numbers(&images.data).collect();
        let labels = labels.data.iter().map(|label| usize::from(*label));
        Self::classification(shape, inputs, labels, classes)
    }
}
