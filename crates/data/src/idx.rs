//! IDX files: arrays of bytes, such as MNIST's images and labels.

mod error;

use std::io::Read;
use std::path::Path;

use gradflow_real::Real;
use gradflow_tensor::{Shape, ShapeError};

use crate::dims::sample_dims;
use crate::pixels::Pixels;
use crate::source::{Source, open};
use crate::{DataError, Dataset, Format};

pub use error::IdxError;

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
    /// [`DataError::Open`], or [`DataError::File`] with the path and an [`IdxError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        open(path.as_ref(), Self::read)
    }

    /// Reads a stream, plain or gzip, to its end; [`MAX_BYTES`](crate::MAX_BYTES) or, unpacked,
    /// [`MAX_UNPACKED`](crate::MAX_UNPACKED) at most.
    ///
    /// # Errors
    /// [`IdxError`] says which byte of the header is wrong, or how many bytes the file should have and has.
    pub fn read(reader: impl Read) -> Result<Self, IdxError> {
        Self::read_source(Source::new(reader, None)?)
    }

    /// Like [`read`](Idx::read), with a limit for what the stream holds, unpacked.
    ///
    /// # Errors
    /// Those of [`read`](Idx::read).
    pub fn read_within(reader: impl Read, limit: u64) -> Result<Self, IdxError> {
        Self::read_source(Source::new(reader, Some(limit))?)
    }

    fn read_source(mut source: Source<'_>) -> Result<Self, IdxError> {
        let dims = header(&mut source)?;
        let len = element_count(&dims, source.limit())?;
        let end = source.offset() + len;
        let data = exactly(&mut source, len, end)?;
        // The end is also where gzip has its checksum.
        if source.read(&mut [0])? > 0 {
            return Err(IdxError::Trailing { expected: end });
        }
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

    /// For messages: a rank may be as large as 255.
    fn first_dims(&self) -> Vec<usize> {
        first(&self.dims)
    }
}

/// Most bytes of a header.
pub(crate) const LONGEST: u64 = 4 + 4 * 255;

/// The dimensions, of the header at the beginning of a stream.
pub(crate) fn header(source: &mut Source<'_>) -> Result<Vec<usize>, IdxError> {
    if let [a, b, ..] = *source.head()
        && [a, b] != [0, 0]
    {
        source.refuse_foreign(Format::Idx)?;
        return Err(IdxError::Magic { found: [a, b] });
    }
    let magic = exactly(source, 4, 4)?;
    let (code, rank) = (magic[2], magic[3]);
    if code != UNSIGNED_BYTE {
        source.refuse_foreign(Format::Idx)?;
        return Err(IdxError::ElementType { code });
    }
    if rank == 0 {
        return Err(IdxError::NoDimensions);
    }
    let header = 4 * u64::from(rank);
    let dims = exactly(source, header, 4 + header)?;
    let (dims, _) = dims.as_chunks();
    Ok(dims
        .iter()
        .map(|d| u32::from_be_bytes(*d) as usize)
        .collect())
}

/// Shape of one image. Images are `[n, size]`, `[n, vertical, horizontal]` or `[n, depth, vertical, horizontal]`.
pub(crate) fn image_shape(dims: &[usize]) -> Result<Shape<3>, IdxError> {
    let of = sample_dims(dims).ok_or_else(|| IdxError::ImageRank {
        found: dims.len(),
        dims: first(dims),
    })?;
    Ok(Shape::new(of)?)
}

pub(crate) fn first(dims: &[usize]) -> Vec<usize> {
    dims.iter().copied().take(8).collect()
}

/// Reads exactly `len` bytes of a file that should have `expected` in all.
fn exactly(source: &mut Source<'_>, len: u64, expected: u64) -> Result<Vec<u8>, IdxError> {
    let bytes = source.up_to(len)?;
    if bytes.len() as u64 == len {
        return Ok(bytes);
    }
    Err(IdxError::Truncated {
        expected,
        found: source.offset(),
    })
}

/// Product of the dimensions, at least 1 and at most the limit.
fn element_count(dims: &[usize], limit: u64) -> Result<u64, IdxError> {
    if let Some(axis) = dims.iter().position(|d| *d == 0) {
        let dims = dims.to_vec();
        return Err(ShapeError::Zero { dims, axis }.into());
    }
    dims.iter()
        .try_fold(1_u64, |n, d| n.checked_mul(*d as u64))
        .filter(|n| *n <= limit)
        .ok_or_else(|| IdxError::Promise {
            dims: first(dims),
            limit,
        })
}

impl<T: Real> Dataset<T> {
    /// The images with their labels, pixels divided by `maximum`: 255 takes full bytes to `[0, 1]`.
    ///
    /// Images of two dimensions are `[vertical, horizontal]` of depth 1, of three `[depth, vertical, horizontal]`.
    ///
    /// # Errors
    /// [`IdxError::ImageRank`], [`IdxError::LabelRank`] or [`IdxError::Exchanged`] if these are not images (one to three
    /// dimensions each) and labels (numbers), [`IdxError::Counts`] if there is not one label for each image,
    /// [`IdxError::Maximum`] if `maximum` is not a positive number, [`IdxError::Dataset`] for a label that is no class or too
    /// many classes.
    pub fn from_images(
        images: &Idx,
        labels: &Idx,
        classes: usize,
        maximum: f64,
    ) -> Result<Self, IdxError> {
        if images.dims.len() == 1 && labels.dims.len() > 1 {
            return Err(IdxError::Exchanged {
                images: images.first_dims(),
                labels: labels.first_dims(),
            });
        }
        let shape = image_shape(&images.dims)?;
        let [samples] = labels.dims[..] else {
            return Err(IdxError::LabelRank {
                found: labels.dims.len(),
                dims: labels.first_dims(),
            });
        };
        if images.dims[0] != samples {
            return Err(IdxError::Counts {
                images: images.dims[0],
                labels: samples,
            });
        }
        let pixels = Pixels::new(maximum)?;
        let mut inputs = Vec::new();
        pixels.append(&images.data, &mut inputs)?;
        let labels = labels.data.iter().map(|label| usize::from(*label));
        Ok(Self::classification(shape, inputs, labels, classes)?)
    }
}
