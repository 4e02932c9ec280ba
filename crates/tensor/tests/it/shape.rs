//! The flatten bijection (41) and the refusals of a shape.

use gradflow_tensor::strategies::shape;
use gradflow_tensor::{Shape, ShapeError};
use proptest::prelude::*;

/// Flatten and unflatten are inverse, in row-major order, and defined exactly on the shape.
fn bijection<const R: usize>(shape: Shape<R>) -> Result<(), TestCaseError> {
    let mut before = None;
    for i in 0..shape.len() {
        let index = shape.unflatten(i).expect("i < len");
        prop_assert!(index.iter().zip(shape.dims()).all(|(i, d)| *i < d));
        prop_assert_eq!(shape.flatten(index), Some(i));
        // Row-major order is the lexicographic order of the indices.
        prop_assert!(before < Some(index));
        before = Some(index);
    }
    prop_assert_eq!(shape.unflatten(shape.len()), None);
    prop_assert_eq!(shape.unflatten(usize::MAX), None);
    for axis in 0..R {
        let mut outside = [0; R];
        outside[axis] = shape.dims()[axis];
        prop_assert_eq!(shape.flatten(outside), None);
        outside[axis] = usize::MAX;
        prop_assert_eq!(shape.flatten(outside), None);
    }
    let indices: Vec<_> = shape.indices().collect();
    let expected: Vec<_> = (0..shape.len())
        .filter_map(|i| shape.unflatten(i))
        .collect();
    prop_assert_eq!(indices, expected);
    Ok(())
}

proptest! {
    #[test]
    fn flatten_and_unflatten_are_inverse(
        r1 in shape([300]),
        r2 in shape([20, 20]),
        r3 in shape([5, 8, 9]),
        r4 in shape([4, 5, 4, 5]),
        r5 in shape([3, 4, 3, 4, 3]),
    ) {
        bijection(r1)?;
        bijection(r2)?;
        bijection(r3)?;
        bijection(r4)?;
        bijection(r5)?;
    }

    /// (41) as printed, for a picture.
    #[test]
    fn position_is_the_one_of_the_formula(s in shape([5, 6, 7]), seed: [usize; 3]) {
        let [d, v, h] = s.dims();
        let [i, j, k] = [seed[0] % d, seed[1] % v, seed[2] % h];
        prop_assert_eq!(s.flatten([i, j, k]), Some(v * h * i + h * j + k));
    }

    /// Any dimensions at all: a shape whose length is their product, or the error that says why not.
    #[test]
    fn any_dimensions_are_a_shape_or_an_error(dims: [usize; 4], small in 0..4_usize) {
        for dims in [dims, dims.map(|d| d % 5), dims.map(|d| d >> 48), [small, dims[1], 1, 1]] {
            let product = dims.iter().try_fold(1_u128, |n, d| n.checked_mul(*d as u128));
            match Shape::new(dims) {
                Ok(shape) => {
                    prop_assert_eq!(Some(shape.len() as u128), product);
                    prop_assert_eq!(shape.dims(), dims);
                    prop_assert!(shape.len() > 0);
                }
                Err(ShapeError::Zero { dims: named, axis }) => {
                    prop_assert_eq!(&named, &dims.to_vec());
                    prop_assert_eq!(dims[axis], 0);
                }
                Err(ShapeError::TooLarge { dims: named }) => {
                    prop_assert_eq!(&named, &dims.to_vec());
                    prop_assert!(product.is_none_or(|n| n > isize::MAX as u128 / 8));
                }
            }
        }
    }
}

#[test]
fn refusals_carry_the_numbers() {
    let zero = Shape::new([3, 0, 4]).unwrap_err();
    assert_eq!(
        zero.to_string(),
        "shape [3, 0, 4]: dimension 1 is zero, but each is at least 1"
    );
    let huge = Shape::new([usize::MAX, 2]).unwrap_err();
    assert_eq!(
        huge,
        ShapeError::TooLarge {
            dims: vec![usize::MAX, 2]
        }
    );
    // The product wraps to 0.
    assert!(Shape::new([1 << 32, 1 << 32]).is_err());
    // The elements could be counted, but eight bytes each could not.
    assert!(Shape::new([isize::MAX as usize / 4]).is_err());
    assert_eq!(
        Shape::<3>::vector(0).unwrap_err(),
        ShapeError::Zero {
            dims: vec![0, 1, 1],
            axis: 0
        }
    );
    assert_eq!(Shape::<3>::vector(7).map(|s| s.dims()), Ok([7, 1, 1]));
}

#[test]
fn rank_zero_has_one_element() {
    let scalar = Shape::new([]).unwrap();
    assert_eq!(scalar.len(), 1);
    assert_eq!(scalar.flatten([]), Some(0));
    assert_eq!(scalar.unflatten(0), Some([]));
}
