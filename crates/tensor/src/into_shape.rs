//! What is accepted as the shape of a sample.

use crate::{Shape, ShapeError};

/// Whatever says the shape of a sample: a number, an array of one to three dimensions, or a [`Shape`].
///
/// | given | shape `[depth, vertical, horizontal]` |
/// |---|---|
/// | `n` or `[n]`, a plain vector | `[n, 1, 1]` |
/// | `[v, h]`, a picture of one channel | `[1, v, h]` |
/// | `[d, v, h]` | `[d, v, h]` |
/// | `Shape<1>`, `Shape<2>`, `Shape<3>` | likewise |
///
/// ```
/// use gradflow_tensor::{IntoShape, ShapeError};
///
/// fn dims(shape: impl IntoShape) -> Result<[usize; 3], ShapeError> {
///     Ok(shape.into_shape()?.dims())
/// }
///
/// assert_eq!(dims(10)?, [10, 1, 1]);
/// assert_eq!(dims([28, 28])?, [1, 28, 28]);
/// assert_eq!(dims([3, 32, 32])?, [3, 32, 32]);
/// let error = dims([0, 28]).unwrap_err().to_string();
/// assert_eq!(error, "shape [1, 0, 28]: dimension 1 is zero, but each is at least 1");
/// # Ok::<(), ShapeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the shape of a sample",
    label = "no shape",
    note = "a shape is a number `n: usize` (a vector), `[n]`, `[vertical, horizontal]`, `[depth, vertical, horizontal]` or a `Shape`"
)]
pub trait IntoShape {
    /// The shape `[depth, vertical, horizontal]`.
    ///
    /// # Errors
    /// [`ShapeError`] if a dimension is zero or the product overflows.
    fn into_shape(self) -> Result<Shape<3>, ShapeError>;
}

impl IntoShape for usize {
    fn into_shape(self) -> Result<Shape<3>, ShapeError> {
        Shape::vector(self)
    }
}

impl IntoShape for [usize; 1] {
    fn into_shape(self) -> Result<Shape<3>, ShapeError> {
        Shape::vector(self[0])
    }
}

impl IntoShape for [usize; 2] {
    fn into_shape(self) -> Result<Shape<3>, ShapeError> {
        Shape::new([1, self[0], self[1]])
    }
}

impl IntoShape for [usize; 3] {
    fn into_shape(self) -> Result<Shape<3>, ShapeError> {
        Shape::new(self)
    }
}

impl<const R: usize> IntoShape for Shape<R>
where
    [usize; R]: IntoShape,
{
    fn into_shape(self) -> Result<Shape<3>, ShapeError> {
        self.dims().into_shape()
    }
}
