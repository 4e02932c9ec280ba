//! To nalgebra and back.

use gradflow_tensor::strategies::tensor;
use gradflow_tensor::{Batch, BatchError, BatchMut, Tensor};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

proptest! {
    #[test]
    fn flat_tensors_round_trip(t in tensor([30], 0..1000_i32)) {
        let vector = DVector::from(t.clone());
        prop_assert_eq!(vector.as_slice(), t.as_slice());
        prop_assert_eq!(Tensor::try_from(vector)?, t);
    }

    #[test]
    fn matrices_round_trip(t in tensor([5, 4], 0..1000_i32)) {
        let matrix = DMatrix::from(t.view());
        for ([i, j], element) in t.indexed_iter() {
            prop_assert_eq!(matrix[(i, j)], *element);
        }
        prop_assert_eq!(&DMatrix::from(t.clone()), &matrix);
        prop_assert_eq!(&Tensor::try_from(&matrix)?, &t);
        prop_assert_eq!(&Tensor::<_, 2>::try_from(matrix)?, &t);
        let row = t.view().at(0).unwrap();
        prop_assert_eq!(&Tensor::<_, 1>::try_from(&DVector::from(row))?, &row.to_tensor());
    }

    #[test]
    fn columns_are_samples(t in tensor([6, 5], 0..1000_i32)) {
        let batch = t.as_batch();
        let matrix = batch.to_matrix();
        prop_assert_eq!(matrix.shape(), (batch.size(), batch.samples()));
        for ([s, i], element) in t.indexed_iter() {
            prop_assert_eq!(matrix[(i, s)], *element);
        }
        let mut owned = matrix.into_owned();
        prop_assert_eq!(Batch::from_matrix(&owned)?, batch);

        let mut writable = BatchMut::from_matrix(&mut owned)?;
        writable.to_matrix().apply(|x| *x *= 2);
        prop_assert_eq!(owned, batch.to_matrix() * 2);
    }
}

#[test]
fn matrices_that_do_not_fit_are_refused() {
    assert!(Tensor::<_, 1>::try_from(DVector::<i32>::zeros(0)).is_err());
    assert!(Tensor::<_, 2>::try_from(DMatrix::<i32>::zeros(0, 3)).is_err());
    assert!(Tensor::<_, 2>::try_from(&DMatrix::<i32>::zeros(3, 0)).is_err());

    assert_eq!(
        Batch::from_matrix(&DMatrix::<i32>::zeros(0, 3)),
        Err(BatchError::ZeroSize)
    );
    let none = DMatrix::<i32>::zeros(3, 0);
    assert_eq!(
        Batch::from_matrix(&none).map(|b| b.to_matrix().shape()),
        Ok((3, 0))
    );
}
