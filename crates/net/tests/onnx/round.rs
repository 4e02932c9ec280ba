//! What was written, read again.

use gradflow::data::{FeatureMap, Scaling};
use gradflow::onnx::OnnxExport;
use gradflow::{Activation, Batch, Cost, Dataset, Model, Network, Real, Recipe};
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
    // Constants of operators are rounded to `f32`, and scales become factors: some roundings each. A quick activation is exported as
    // the accurate one, 5 ulp beside it, and the layers behind it amplify that.
    let bound = if plan.has_quick_activations() {
        1e-5
    } else {
        1e-6
    };
    prop_assert!(
        far <= bound,
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
    let inputs = vec![23.0, 990.0, 18.0, 1010.0, 25.0, 1001.0];
    let targets = vec![100.0, -3.0, 140.0, -2.0, 120.0, -1.5];
    let mut data = Dataset::<f64>::regression(2, inputs, 2, targets).expect("three rows");
    let scaling = Scaling::standardise(data.inputs()).expect("spread");
    data.scale_inputs(&scaling).expect("two columns");
    let scaling = Scaling::new(vec![100.0, -3.0], vec![25.0, 0.5]).expect("positive");
    data.scale_targets(&scaling).expect("two targets");
    let network = Network::builder(2)
        .dense(4, Activation::Tanh)
        .dense(2, Activation::Identity)
        .build()
        .expect("fits");
    let mut model = Model::new(network, Cost::regression(), 3).expect("suits");
    model
        .set_schema(Some(data.schema().clone()))
        .expect("the same sizes");
    let read = Model::<f64>::from_onnx(model.to_onnx().expect("written")).expect("read");
    let row = [23.0, 990.0];
    let expected = model.predict_row(&row).expect("fits").outputs().to_vec();
    assert!(distance(&read.predict(&row).expect("fits"), &expected) <= 1e-12);
    assert_eq!(read.network().layers().len(), 5);

    let alone = OnnxExport::new(&model)
        .network_alone()
        .to_bytes()
        .expect("written");
    let read = Model::<f64>::from_onnx(alone).expect("read");
    let expected = model.predict(&[0.5, -1.0]).expect("fits");
    assert_eq!(read.predict(&[0.5, -1.0]).expect("fits"), expected);
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

    let own = FeatureMap::own("radius", ["r"], |x, r| r[0] = x[0].hypot(x[1]));
    let data = Dataset::<f32>::regression(2, vec![0.0; 4], 1, vec![0.0; 2]).expect("two rows");
    let data = data
        .features(&FeatureMap::Identity.beside(own))
        .expect("two columns");
    let network = Network::<f32>::builder(3)
        .dense(1, Activation::Relu)
        .build()
        .expect("fits");
    let mut model = Model::new(network, Cost::regression(), 1).expect("suits");
    model
        .set_schema(Some(data.schema().clone()))
        .expect("the same sizes");
    let said = model.to_onnx().expect_err("no operator").to_string();
    assert!(
        said.starts_with("features.0.1: radius is not of this library"),
        "{said}"
    );
}
