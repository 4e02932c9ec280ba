//! Shapes and the flatten bijection (41).

use thiserror::Error;

/// The dimensions of an array of rank `R`, with a checked number of elements.
///
/// Every dimension is at least 1 and the number of elements fits in `isize`, so that arithmetic on
/// positions cannot overflow. A picture is `[depth, vertical, horizontal]`, a vector `[n, 1, 1]`.
///
/// ```
/// use gradflow_tensor::{Shape, ShapeError};
///
/// let picture = Shape::new([3, 32, 32])?;
/// assert_eq!(picture.len(), 3072);
/// assert_eq!(picture.to_string(), "3x32x32");
/// assert_eq!(picture.flatten([2, 0, 5]), Some(2 * 32 * 32 + 5));
/// assert_eq!(
///     Shape::new([3, 0]),
///     Err(ShapeError::Zero { dims: vec![3, 0], axis: 1 })
/// );
/// # Ok::<(), ShapeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape<const R: usize> {
    dims: [usize; R],
    len: usize,
}

/// Why dimensions are not a [`Shape`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// A dimension is zero.
    #[error("shape {dims:?}: dimension {axis} is zero, but each is at least 1")]
    Zero {
        /// The dimensions asked for.
        dims: Vec<usize>,
        /// Which of them is zero, counted from 0.
        axis: usize,
    },
    /// The number of elements overflows.
    #[error("shape {dims:?}: more elements than memory can address")]
    TooLarge {
        /// The dimensions asked for.
        dims: Vec<usize>,
    },
}

impl<const R: usize> Shape<R> {
    /// Checks the dimensions.
    ///
    /// # Errors
    /// [`ShapeError`] if a dimension is zero or the product overflows.
    pub fn new(dims: [usize; R]) -> Result<Self, ShapeError> {
        if let Some(axis) = dims.iter().position(|d| *d == 0) {
            return Err(ShapeError::Zero {
                dims: dims.to_vec(),
                axis,
            });
        }
        // Room for eight bytes an element: a shape that passes can be asked of the allocator.
        match dims.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)) {
            Some(len) if len <= isize::MAX as usize / 8 => Ok(Self { dims, len }),
            _ => Err(ShapeError::TooLarge {
                dims: dims.to_vec(),
            }),
        }
    }

    /// Dimensions whose product is known to fit: a part of a shape's, or its number of elements.
    pub(crate) fn trusted(dims: [usize; R]) -> Self {
        Self {
            dims,
            len: dims.iter().product(),
        }
    }

    /// The dimensions.
    pub fn dims(&self) -> [usize; R] {
        self.dims
    }

    /// Number of elements, at least 1.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.len
    }

    /// The indices in the order of their flat positions.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = [usize; R]> + use<R> {
        let dims = self.dims;
        (0..self.len).map(move |i| unflatten(dims, i))
    }

    /// The position of `index` in the flat, row-major array; `None` if it is out of range.
    ///
    /// Equation (41), for any rank:
    ///
    /// ```text
    /// I = (i₁ n₂ + i₂) n₃ + i₃ ...
    /// ```
    pub fn flatten(&self, index: [usize; R]) -> Option<usize> {
        index
            .iter()
            .zip(&self.dims)
            .try_fold(0, |flat, (i, d)| (i < d).then_some(flat * d + i))
    }

    /// The index at position `i` of the flat array, by integer division; `None` if it is out of range.
    ///
    /// Equation (41), backwards.
    pub fn unflatten(&self, i: usize) -> Option<[usize; R]> {
        (i < self.len).then(|| unflatten(self.dims, i))
    }
}

impl Shape<3> {
    /// The shape `[n, 1, 1]` of a plain vector.
    ///
    /// # Errors
    /// [`ShapeError`] if `n` is zero or larger than memory.
    pub fn vector(n: usize) -> Result<Self, ShapeError> {
        Self::new([n, 1, 1])
    }

    /// Whether data of this shape may be taken for data of the other: the shapes are equal, or have as many elements and
    /// one of them is a plain vector `[n, 1, 1]`, whose elements are then in flat order.
    ///
    /// ```
    /// use gradflow_tensor::Shape;
    ///
    /// let shapes = [[48, 1, 1], [3, 4, 4], [4, 4, 3]].map(|dims| Shape::new(dims).unwrap());
    /// let [vector, wide, deep] = shapes;
    /// assert!(vector.stands_for(&wide) && wide.stands_for(&vector));
    /// assert!(!deep.stands_for(&wide));
    /// ```
    pub fn stands_for(&self, other: &Self) -> bool {
        let plain = |shape: &Self| shape.dims[1..] == [1, 1];
        self == other || (self.len == other.len && (plain(self) || plain(other)))
    }
}

/// Every dimension is at least 1 by construction.
fn unflatten<const R: usize>(dims: [usize; R], mut i: usize) -> [usize; R] {
    let mut index = [0; R];
    for (index, d) in index.iter_mut().zip(&dims).rev() {
        *index = i % d;
        i /= d;
    }
    index
}

impl<const R: usize> TryFrom<[usize; R]> for Shape<R> {
    type Error = ShapeError;

    fn try_from(dims: [usize; R]) -> Result<Self, ShapeError> {
        Self::new(dims)
    }
}

impl<const R: usize> core::fmt::Display for Shape<R> {
    /// `1x28x28`; a sample that is a vector, and so has the size 1 in all dimensions but the first, by its length: `10`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let is_vector = R > 2 && self.dims[1..].iter().all(|d| *d == 1);
        let shown = if is_vector { 1 } else { R };
        for (axis, d) in self.dims.iter().take(shown).enumerate() {
            write!(f, "{}{d}", if axis == 0 { "" } else { "x" })?;
        }
        Ok(())
    }
}

#[cold]
pub(crate) fn out_of_range<const R: usize>(index: [usize; R], shape: Shape<R>) -> ! {
    panic!("index {index:?} is out of range for shape {shape}")
}
