//! Generators for property tests (feature `strategies`).
//!
//! ```
//! use gradflow_tensor::strategies::{shape, tensor};
//! use proptest::prelude::*;
//!
//! proptest!(|(s in shape([3, 8, 8]), t in tensor([4, 4], -1.0..1.0))| {
//!     prop_assert!(s.len() <= 3 * 8 * 8);
//!     prop_assert_eq!(t.as_slice().len(), t.shape().len());
//! });
//! ```

use core::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::{Shape, Tensor};

/// Shapes whose dimensions lie between 1 and the bounds given; a bound of 0 counts as 1.
///
/// # Panics
/// When a value is generated, if the bounds allow a shape larger than memory.
pub fn shape<const R: usize>(max: [usize; R]) -> impl Strategy<Value = Shape<R>> + Clone {
    max.map(|max| 1..=max.max(1))
        .prop_map(|dims| Shape::new(dims).expect("the bounds fit in memory"))
}

/// Tensors with such shapes and with elements from the strategy given.
pub fn tensor<T: Debug + Clone, const R: usize>(
    max: [usize; R],
    element: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Tensor<T, R>> + Clone {
    shape(max).prop_flat_map(move |shape| {
        vec(element.clone(), shape.len()).prop_map(move |data| Tensor::trusted(shape, data))
    })
}
