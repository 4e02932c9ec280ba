//! What was written, read again.

use gradflow::data::{Csv, FeatureMap, Scaling};
use gradflow::onnx::{OnnxError, OnnxExport};
use gradflow::{Activation, Batch, Cost, Dataset, Loss, Model, Network, Output, Real, Recipe};
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

/// A model of one layer that knows the names and scales of the data.
fn linear<T: Real>(data: &Dataset<T>, outputs: usize, cost: Cost) -> Model<T> {
    let network = Network::builder(data.shape())
        .dense(outputs, Activation::Identity)
        .build()
        .expect("fits");
    let mut model = Model::new(network, cost, 3).expect("suits");
    model
        .set_schema(Some(data.schema().clone()))
        .expect("the same sizes");
    model
}

#[test]
fn names_come_back() {
    let kinds = ["a lily", "rose", "Vergißmeinnicht"];
    let data = Dataset::<f32>::classification(2, vec![1.0, 2.0, 3.0, 5.0, 2.0, 9.0], [0, 1, 2], 3)
        .expect("three rows");
    let schema = data.schema().clone().with_class_names(kinds);
    let schema = schema
        .expect("three names")
        .with_input_names(["length", "width"]);
    let data = data
        .with_schema(schema.expect("two names"))
        .expect("its sizes");
    let data = data.standardised().expect("spread");
    let model = linear(&data, 3, Cost::classification());
    let read = Model::<f32>::from_onnx(model.to_onnx().expect("written")).expect("read");
    let schema = read.schema().expect("names");
    assert_eq!(schema.class_names().expect("names"), kinds);
    assert_eq!(schema.input_names().expect("names"), ["length", "width"]);
    for row in [[1.0, 2.0], [2.0, 9.0]] {
        let (came, expected) = (read.predict_row(&row), model.predict_row(&row));
        let (came, expected) = (came.expect("a row"), expected.expect("a row"));
        assert_eq!(came.name(), expected.name());
        assert!(distance(came.outputs(), expected.outputs()) <= 1e-6);
    }
    // The network alone reads features, which have other names or none.
    let export = OnnxExport::new(&model).network_alone();
    let read = Model::<f32>::from_onnx(export.to_bytes().expect("written")).expect("read");
    let schema = read.schema().expect("names");
    assert_eq!(schema.class_names().expect("names"), kinds);
    assert_eq!(schema.input_names(), None);
    let read = Model::<f32>::from_onnx(export.outputs().to_bytes().expect("written"));
    assert_eq!(read.expect("read").schema(), None);
}

/// One output tells two classes apart and has their names too, but for the hinge loss, whose sign a file does not explain.
#[test]
fn names_of_two_classes_on_one_output_come_back() {
    for (cost, named) in [
        (Cost::binary(), true),
        (
            Cost::new(Output::Identity, Loss::Hinge).expect("a cost"),
            false,
        ),
    ] {
        let data = Dataset::<f32>::classification(1, vec![1.0, 2.0, 3.0], [0, 1, 1], 2);
        let data = data.expect("three rows");
        let schema = data.schema().clone().with_class_names(["no", "yes"]);
        let data = data.with_schema(schema.expect("two names"));
        let model = linear(&data.expect("its sizes"), 1, cost);
        let read = Model::<f32>::from_onnx(model.to_onnx().expect("written")).expect("read");
        let names = read.schema().and_then(|schema| schema.class_names());
        assert_eq!(names.is_some(), named, "{}", model.cost());
        if let Some(names) = names {
            assert_eq!(names, ["no", "yes"]);
        }
    }
}

/// What else stood in the table of the inputs comes back, so that its rows are read as they are.
#[test]
fn the_other_columns_come_back() {
    let table = "kind,a,b,note\nx,1,2,u\ny,2,1,v\n";
    let csv = Csv::classification("kind").without("note");
    let data = csv.read::<f32>(table.as_bytes()).expect("two rows");
    let model = linear(&data, 2, Cost::classification());
    let layout = data.schema().layout().expect("a table").clone();
    assert_eq!((layout.targets.len(), layout.left_out.len()), (1, 1));
    let read = Model::<f32>::from_onnx(model.to_onnx().expect("written")).expect("read");
    assert_eq!(read.schema().expect("names").layout(), Some(&layout));
    let export = OnnxExport::new(&model).network_alone();
    let read = Model::<f32>::from_onnx(export.to_bytes().expect("written")).expect("read");
    assert_eq!(read.schema().expect("names").layout(), None);
}

#[test]
fn names_of_values_come_back_with_their_units() {
    let data = Dataset::<f64>::regression(1, vec![1.0, 2.0], 2, vec![1.0, -3.0, 2.0, 7.0]);
    let mut data = data.expect("two rows");
    let schema = data.schema().clone().with_target_names(["heat", "noise"]);
    let schema = schema.expect("two names").with_units(["kWh", "dB"]);
    data = data
        .with_schema(schema.expect("two units"))
        .expect("its sizes");
    let scaling = Scaling::new(vec![100.0, -3.0], vec![25.0, 0.5]).expect("positive");
    data.scale_targets(&scaling).expect("two targets");
    let model = linear(&data, 2, Cost::regression());
    let read = Model::<f64>::from_onnx(model.to_onnx().expect("written")).expect("read");
    let schema = read.schema().expect("names");
    assert_eq!(schema.target_names().expect("names"), ["heat", "noise"]);
    assert_eq!(schema.units().expect("units"), ["kWh", "dB"]);
    let (came, expected) = (read.predict_row(&[3.0]), model.predict_row(&[3.0]));
    let (came, expected) = (came.expect("a row"), expected.expect("a row"));
    let [came, expected] = [came, expected].map(|row| row.value("noise").expect("a value"));
    assert!((came - expected).abs() <= 1e-12, "{came} and {expected}");
}

#[test]
fn a_file_takes_the_place_of_the_one_before() {
    let folder = gradflow_testing::Folder::new("onnx");
    let path = folder.join("model.onnx");
    std::fs::write(&path, "what was there").expect("written");
    let network = Network::<f32>::builder(1).dense(1, Activation::Identity);
    let network = network.build().expect("fits");
    let model = Model::new(network, Cost::regression(), 1).expect("suits");
    model.export_onnx(&path).expect("written");
    let read = Model::<f32>::import_onnx(&path).expect("read");
    assert_eq!(read.theta(), model.theta());
    let there = std::fs::read_dir(&*folder).expect("a folder");
    assert_eq!(there.count(), 1, "nothing is left beside it");
    let said = |result: Result<(), OnnxError>| result.expect_err("no folder").to_string();
    let nowhere = folder.join("nowhere");
    let there = nowhere.display();
    assert_eq!(
        said(model.export_onnx(nowhere.join("model.onnx"))),
        format!(
            "{there}/model.onnx: there is no folder `{there}`: make it first, or choose another path"
        )
    );
    let read = Model::<f32>::import_onnx(nowhere.join("model.onnx"));
    assert!(matches!(read, Err(OnnxError::File(_))));
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
