//! What was written, read again.

use gradflow::data::{FeatureMap, Scaling};
use gradflow::onnx::OnnxExport;
use gradflow::{Activation, Batch, Cost, Model, Network, Real, Recipe};
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

#[test]
fn scales_before_and_behind_become_layers() {
    let network = Network::<f64>::builder(2)
        .dense(4, Activation::Tanh)
        .dense(2, Activation::Identity)
        .build()
        .expect("fits");
    let model = Model::new(network, Cost::regression(), 3).expect("suits");
    let inputs = Scaling::new(vec![20.0, 1000.0], vec![5.0, 12.0]).expect("positive");
    let targets = Scaling::new(vec![100.0, -3.0], vec![25.0, 0.5]).expect("positive");
    let map = FeatureMap::Scaling(inputs);
    let export = OnnxExport::new(&model).features(&map, 2).targets(&targets);
    let read = Model::<f64>::from_onnx(export.to_bytes().expect("written")).expect("read");
    let row = [23.0, 990.0];
    let features = map.apply(&row).expect("two columns");
    let mut expected = model.predict(&features).expect("fits");
    targets.invert(&mut expected).expect("two targets");
    assert!(distance(&read.predict(&row).expect("fits"), &expected) <= 1e-12);
    assert_eq!(read.network().layers().len(), 5);
}

#[test]
fn what_has_no_operator_is_named() {
    let cube = Activation::custom("cube", |z| z * z * z, |z| 3.0 * z * z);
    let network = Network::<f32>::builder(2)
        .dense(3, Activation::Relu)
        .residual([Recipe::dense(3, cube)])
        .build()
        .expect("fits");
    let model = Model::new(network, Cost::regression(), 1).expect("suits");
    let said = model.to_onnx().expect_err("no operator").to_string();
    assert!(
        said.starts_with("layers.1.0.0: cube is not of this library"),
        "{said}"
    );

    let network = Network::<f32>::builder(2)
        .dense(3, Activation::Relu)
        .build()
        .expect("fits");
    let model = Model::new(network, Cost::regression(), 1).expect("suits");
    let own = FeatureMap::own("radius", ["r"], |x, r| r[0] = x[0].hypot(x[1]));
    let both = FeatureMap::Identity.beside(own);
    let wrong = OnnxExport::new(&model).features(&both, 2).to_bytes();
    let said = wrong.expect_err("three columns").to_string();
    assert_eq!(said, "features of 3 columns for a model that has 2");
}
