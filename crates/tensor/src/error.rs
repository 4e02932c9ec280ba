//! What can be wrong with a tensor.

use core::fmt::Display;

use thiserror::Error;

use crate::{Shape, ShapeError};

/// Why elements and a shape are not a tensor.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TensorError {
    /// The dimensions are no shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The number of elements is not the shape's.
    #[error("shape {} has {expected} elements, but {len} were given", Times(dims))]
    Length {
        /// The dimensions.
        dims: Vec<usize>,
        /// Their product.
        expected: usize,
        /// The elements given.
        len: usize,
    },
}

/// `2x3x4`
struct Times<'a>(&'a [usize]);

impl Display for Times<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (axis, d) in self.0.iter().enumerate() {
            write!(f, "{}{d}", if axis == 0 { "" } else { "x" })?;
        }
        Ok(())
    }
}

impl TensorError {
    /// Checks that so many elements fill the shape.
    pub(crate) fn check<const R: usize>(shape: &Shape<R>, len: usize) -> Result<(), Self> {
        if len == shape.len() {
            return Ok(());
        }
        Err(Self::Length {
            dims: shape.dims().to_vec(),
            expected: shape.len(),
            len,
        })
    }
}
