//! Arrays of NumPy: `.npy` and `.npz` (feature `npy`).

mod archive;
mod dataset;
mod labels;
mod values;

use std::io::Read;
use std::path::Path;
use std::slice;

use gradflow_real::Real;
use gradflow_tensor::ShapeError;

use crate::DataError;
use crate::memory::filled;
use crate::numpy::{Element, Header, NpyError, exactly};
use crate::source::{Source, open};

pub use archive::Npz;

/// An array as NumPy's `save` writes it: numbers or texts of one type, in one to four dimensions, of which the first is that of the samples.
///
/// ```text
/// \x93NUMPY, version, length of the header, header (a Python dict: type, order, dimensions), elements
/// ```
///
/// Elements are `bool`, integers of 8 to 64 bits, `float32`, `float64`, or texts of a fixed width (`U`, `S`), little- or big-endian, in the order of C
/// or of Fortran. An array of Python objects is a pickle, and refused. The file may be packed with gzip.
///
/// ```
/// use gradflow_data::{Dataset, Npy};
///
/// // np.save("x.npy", np.array([[1, 2], [3, 4]], dtype="<f4")) and np.save("y.npy", np.array([1, 0], dtype="u1"))
/// let file = |header: &str, elements: &[u8]| {
///     [b"\x93NUMPY\x01\0", &[header.len() as u8, 0][..], header.as_bytes(), elements].concat()
/// };
/// let numbers = [1.0_f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
/// let x = file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n", &numbers);
/// let y = file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n", &[1, 0]);
///
/// let (x, y) = (Npy::read(x.as_slice())?, Npy::read(y.as_slice())?);
/// assert_eq!((x.dims(), y.dims()), ([2, 2].as_slice(), [2].as_slice()));
/// let data = Dataset::<f64>::from_labelled_arrays(&x, &y, None, 1.0)?;
/// assert_eq!(data.inputs().sample(1), Some([3.0, 4.0].as_slice()));
/// assert_eq!(data.labels(), Some([1, 0].as_slice()));
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Npy {
    dims: Vec<usize>,
    element: Element,
    /// The first dimension is the one that runs fastest.
    fortran: bool,
    /// The elements as the file has them.
    bytes: Vec<u8>,
}

impl Npy {
    /// Reads a file, plain or gzip.
    ///
    /// # Errors
    /// [`DataError::Open`], or [`DataError::File`] with the path and an [`NpyError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        open(path.as_ref(), Self::read)
    }

    /// Reads a stream, plain or gzip, to its end; [`MAX_BYTES`](crate::MAX_BYTES) or, unpacked,
    /// [`MAX_UNPACKED`](crate::MAX_UNPACKED) at most.
    ///
    /// # Errors
    /// [`NpyError`] says what is wrong with the header, or how many bytes the file should have.
    pub fn read(reader: impl Read) -> Result<Self, NpyError> {
        Self::read_source(Source::new(reader, None)?)
    }

    /// Like [`read`](Self::read), with a limit for what the stream holds, unpacked.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub fn read_within(reader: impl Read, limit: u64) -> Result<Self, NpyError> {
        Self::read_source(Source::new(reader, Some(limit))?)
    }

    fn read_source(mut source: Source<'_>) -> Result<Self, NpyError> {
        let Header {
            element,
            fortran,
            dims,
        } = Header::read(&mut source)?;
        let size = bytes(&dims, element.size())?;
        let within = size.filter(|size| *size <= source.limit());
        let size = within.ok_or_else(|| NpyError::Promise {
            dims: dims.clone(),
            limit: source.limit(),
        })?;
        let bytes = exactly(&mut source, size)?;
        let end = source.offset();
        // The end is also where gzip has its checksum.
        if source.read(&mut [0])? > 0 {
            return Err(NpyError::Trailing { expected: end });
        }
        Ok(Self {
            dims,
            element,
            fortran,
            bytes,
        })
    }

    /// The dimensions; the first is the number of samples.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The type of the elements, such as `<f4` or `<U10`.
    pub fn element_type(&self) -> String {
        self.element.to_string()
    }

    /// Whether the elements are whole numbers; yes and no are 1 and 0.
    pub fn is_whole(&self) -> bool {
        self.element.is_whole()
    }

    /// Whether the elements are texts.
    pub fn is_text(&self) -> bool {
        self.element.is_text()
    }

    /// All numbers in the order of C, the last dimension fastest, divided by `maximum`, each rounded once.
    ///
    /// # Errors
    /// [`NpyError::NotNumbers`] for an array of texts, [`NpyError::Maximum`] if nothing can be divided by `maximum`.
    pub fn numbers<T: Real>(&self, maximum: f64) -> Result<Vec<T>, NpyError> {
        let element = self.element.numbers();
        let element = element.ok_or_else(|| NpyError::NotNumbers {
            found: self.element_type(),
        })?;
        if !(maximum.is_finite() && maximum > 0.0) {
            return Err(NpyError::Maximum { maximum });
        }
        let mut numbers = filled(self.len(), T::ZERO)?;
        match self.fortran {
            false => element.decode(&self.bytes, maximum, &mut numbers),
            true => {
                for (x, bytes) in numbers.iter_mut().zip(self.elements()) {
                    element.decode(bytes, maximum, slice::from_mut(x));
                }
            }
        }
        Ok(numbers)
    }

    /// Number of elements.
    fn len(&self) -> usize {
        self.bytes.len() / self.element.size()
    }

    /// The bytes of each element in the order of C.
    fn elements(&self) -> impl Iterator<Item = &[u8]> {
        let size = self.element.size();
        let mut order = Order::of(&self.dims, self.fortran);
        (0..self.len()).map(move |_| {
            let start = order.next() * size;
            &self.bytes[start..start + size]
        })
    }
}

/// Walks through the places of elements in the order of C.
struct Order {
    dims: Vec<usize>,
    /// How far apart neighbours lie in each dimension.
    strides: Vec<usize>,
    index: Vec<usize>,
    place: usize,
}

impl Order {
    fn of(dims: &[usize], fortran: bool) -> Self {
        let mut strides = vec![1; dims.len()];
        // The product of all dimensions is a length in memory.
        for i in 1..dims.len() {
            match fortran {
                true => strides[i] = strides[i - 1] * dims[i - 1],
                false => {
                    let i = dims.len() - 1 - i;
                    strides[i] = strides[i + 1] * dims[i + 1];
                }
            }
        }
        Self {
            dims: dims.to_vec(),
            strides,
            index: vec![0; dims.len()],
            place: 0,
        }
    }

    /// This place; goes to the next one.
    fn next(&mut self) -> usize {
        let place = self.place;
        for axis in (0..self.dims.len()).rev() {
            self.index[axis] += 1;
            self.place += self.strides[axis];
            if self.index[axis] < self.dims[axis] {
                break;
            }
            self.place -= self.strides[axis] * self.dims[axis];
            self.index[axis] = 0;
        }
        place
    }
}

/// Bytes of so many elements; nothing, if they cannot be counted.
fn bytes(dims: &[usize], size: usize) -> Result<Option<u64>, ShapeError> {
    if let Some(axis) = dims.iter().position(|d| *d == 0) {
        let dims = dims.to_vec();
        return Err(ShapeError::Zero { dims, axis });
    }
    let mut dims = dims.iter();
    let size = dims.try_fold(size, |n, d| n.checked_mul(*d));
    Ok(size.map(|size| size as u64))
}
