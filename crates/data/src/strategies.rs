//! Generators for property tests (feature `strategies`).
//!
//! ```
//! use gradflow_data::strategies::classification;
//! use proptest::prelude::*;
//!
//! proptest!(|(data in classification::<f32>([1, 4, 4], 20, 5))| {
//!     let counts = data.class_counts().unwrap_or_default();
//!     prop_assert_eq!(counts.iter().sum::<usize>(), data.len());
//! });
//! ```

use gradflow_real::Real;
use gradflow_tensor::Shape;
use gradflow_tensor::strategies::shape;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::Dataset;

/// Data sets for regression: input shapes up to `max`, up to `samples` samples, up to `target_size` target values, all
/// values between -10 and 10. Bounds of 0 count as 1.
pub fn regression<T: Real>(
    max: [usize; 3],
    samples: usize,
    target_size: usize,
) -> impl Strategy<Value = Dataset<T>> {
    (shape(max), 1..=samples.max(1), 1..=target_size.max(1)).prop_flat_map(|(shape, n, size)| {
        (values(shape, n), vec(value(), n * size)).prop_map(move |(inputs, targets)| {
            Dataset::regression(shape, inputs, size, targets).expect("lengths fit")
        })
    })
}

/// Data sets for classification: input shapes up to `max`, up to `samples` samples, up to `classes` classes, all
/// values between -10 and 10. Bounds of 0 count as 1. Classes may be without samples.
pub fn classification<T: Real>(
    max: [usize; 3],
    samples: usize,
    classes: usize,
) -> impl Strategy<Value = Dataset<T>> {
    (shape(max), 1..=samples.max(1), 1..=classes.max(1)).prop_flat_map(|(shape, n, classes)| {
        (values(shape, n), vec(0..classes, n)).prop_map(move |(inputs, labels)| {
            Dataset::classification(shape, inputs, labels, classes).expect("lengths fit")
        })
    })
}

fn values<T: Real>(shape: Shape<3>, samples: usize) -> impl Strategy<Value = Vec<T>> {
    vec(value(), samples * shape.len())
}

fn value<T: Real>() -> impl Strategy<Value = T> {
    (-10.0..10.0).prop_map(T::from_f64)
}
