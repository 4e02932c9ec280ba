//! What was written, read again.

use gradflow::{Batch, Model, Real};
use proptest::prelude::*;

use crate::networks::{Plan, distance, plan};

fn returns<T: Real>(plan: &Plan) -> Result<(), TestCaseError> {
    let model = plan.model::<T>();
    let file = model.to_onnx().expect("every layer has an operator");
    let read = Model::<T>::from_onnx(&file[..]);
    let read = read.map_err(|error| TestCaseError::fail(error.to_string()))?;
    let x = plan.samples::<T>(3);
    let size = model.network().input().len();
    let batch = Batch::new(&x, size).expect("whole samples");
    let (came, expected) = (read.predict_batch(batch), model.predict_batch(batch));
    let far = distance(&came.expect("fits"), &expected.expect("fits"));
    // Constants of operators are rounded to `f32`, and scales become factors: some roundings each.
    prop_assert!(
        far <= 1e-6,
        "{far} in\n{:?}\nread as\n{:?}",
        plan.recipes,
        read.network().recipes()
    );
    // Again: nothing is lost on the second way.
    let again = Model::<T>::from_onnx(read.to_onnx().expect("read")).expect("written");
    let again = again.predict_batch(batch).expect("fits");
    prop_assert!(distance(&again, &read.predict_batch(batch).expect("fits")) <= 1e-6);
    Ok(())
}

proptest! {
    #[test]
    fn own_files_predict_the_same(plan in plan()) {
        returns::<f32>(&plan)?;
        returns::<f64>(&plan)?;
    }
}
