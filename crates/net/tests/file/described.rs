//! A model knows what its numbers mean: columns, what was done to them, classes and units.

use gradflow::data::{Csv, FeatureMap, MismatchError, Schema};
use gradflow::optim::Adam;
use gradflow::{
    Activation, Cost, Dataset, Known, Model, ModelError, Network, Protocol, Run, TrainingError,
};

const TRAIN: &str = "length,width,species\n1,9,setosa\n3,7,virginica\n5,8,setosa\n6,2,virginica\n";

fn table(text: &str) -> Dataset<f64> {
    Csv::classification("species")
        .read(text.as_bytes())
        .expect("a table")
}

/// Trained for one epoch.
fn model(data: &Dataset<f64>) -> Model<f64> {
    let outputs = data.targets().size();
    let network = Network::builder(data.shape())
        .dense(outputs, Activation::Identity)
        .build();
    let cost = match data.classes() {
        Some(_) => Cost::classification(),
        None => Cost::regression(),
    };
    let mut model = Model::new(network.expect("a network"), cost, 1).expect("a model");
    Protocol::new(Adam::new(0.1))
        .train(&mut model, data)
        .expect("a run");
    model
}

fn mismatch(result: Result<gradflow::Evaluation, ModelError>) -> MismatchError {
    match result {
        Err(ModelError::Schema(mismatch)) => mismatch,
        other => panic!("{other:?}"),
    }
}

#[test]
fn raw_rows_are_predicted_as_the_prepared_ones() {
    let raw = table(TRAIN);
    let train = raw.clone().standardised().expect("a scaling");
    let model = model(&train);
    for sample in 0..raw.len() {
        let (row, _) = raw.sample(sample).expect("a sample");
        let (x, _) = train.sample(sample).expect("a sample");
        let prediction = model.predict_row(row).expect("a prediction");
        assert_eq!(
            prediction.outputs(),
            model.predict(x).expect("a prediction")
        );
        let class = model.predict_class(x).expect("a class");
        assert_eq!(prediction.class(), Some(class));
        assert_eq!(prediction.name(), Some(["setosa", "virginica"][class]));
        assert_eq!(
            prediction.probability(class),
            Some(prediction.outputs()[class])
        );
        let pairs = [("width", row[1]), ("length", row[0])];
        assert_eq!(
            model.predict_named(&pairs).expect("a prediction"),
            prediction
        );
    }
    let rows = raw.inputs().data();
    assert_eq!(model.predict_rows(rows, 2).expect("predictions").len(), 4);
    // Another feature map on top.
    let map = FeatureMap::Monomials { degree: 2 };
    let curved = train.features(&map).expect("features");
    let model = self::model(&curved);
    let (x, _) = curved.sample(1).expect("a sample");
    let prediction = model.predict_row(&[3.0, 7.0]).expect("a prediction");
    assert_eq!(
        prediction.outputs(),
        model.predict(x).expect("a prediction")
    );
}

/// One output is the probability of class 1.
#[test]
fn one_output_has_two_probabilities() {
    let data = table(TRAIN);
    let network = Network::builder(2).dense(1, Activation::Identity).build();
    let mut model = Model::new(network.expect("a network"), Cost::binary(), 1).expect("a model");
    let protocol = Protocol::new(Adam::new(0.1)).epochs(1);
    protocol.train(&mut model, &data).expect("a run");
    let (row, _) = data.sample(0).expect("a sample");
    let prediction = model.predict_row(row).expect("a prediction");
    let p = prediction.outputs()[0];
    assert!(p > 0.0 && p < 1.0 && p != 0.5, "{p}");
    assert_eq!(prediction.probability(0), Some(1.0 - p));
    assert_eq!(prediction.probability(1), Some(p));
    assert_eq!(prediction.probability(2), None);
}

#[test]
fn targets_come_back_in_their_own_units() {
    let csv = "t,energy\n-5,92\n0,72\n5,52\n10,32\n";
    let data: Dataset<f64> = Csv::regression(["energy"])
        .read(csv.as_bytes())
        .expect("a table");
    let data = data.with_units(["kWh"]).expect("units");
    let data = data
        .standardised()
        .expect("a scaling")
        .standardised_targets()
        .expect("a scaling");
    let network = Network::builder(1)
        .dense(1, Activation::Identity)
        .build()
        .expect("a network");
    let mut model = Model::new(network, Cost::regression(), 1).expect("a model");
    let protocol = Protocol::new(Adam::new(0.05)).epochs(500).batch(4);
    protocol.train(&mut model, &data).expect("a run");
    let prediction = model.predict_row(&[3.0]).expect("a prediction");
    assert!((prediction.outputs()[0] - 60.0).abs() < 0.1, "{prediction}");
    assert_eq!(prediction.value("energy"), Some(prediction.outputs()[0]));
    let text = prediction.to_string();
    assert!(
        text.starts_with("energy ") && text.ends_with(" kWh"),
        "{text}"
    );
}

#[test]
fn other_columns_another_order_and_scaled_twice_are_noticed() {
    let raw = table(TRAIN);
    let train = raw.clone().standardised().expect("a scaling");
    let model = model(&train);
    model.evaluate(&train).expect("what it was trained on");
    let test = table(TRAIN).like(&train).expect("raw data");
    model.evaluate(&test).expect("the same was done");
    let prepared = table(TRAIN).prepared(model.schema().expect("a schema"));
    assert_eq!(prepared.expect("raw data"), test);

    let input = gradflow::data::Part::Input;
    let step = || "Scaling".to_owned();
    let part = input;
    assert_eq!(
        mismatch(model.evaluate(&raw)),
        MismatchError::NotDone { part, step: step() }
    );
    let twice = train.clone().standardised().expect("a scaling");
    assert_eq!(
        mismatch(model.evaluate(&twice)),
        MismatchError::DoneTwice { part, step: step() }
    );
    let other = table(&TRAIN.replace("5,8", "5,80"))
        .standardised()
        .expect("a scaling");
    let expected = MismatchError::OtherStep {
        part,
        expected: step(),
        came: step(),
    };
    assert_eq!(mismatch(model.evaluate(&other)), expected);
    assert!(
        test.like(&train)
            .expect_err("twice")
            .to_string()
            .contains("was done to the inputs already")
    );

    let headers = [
        (
            "width,length,species",
            "the input columns stand in another order: column 0 is `width`, where `length` was expected: write them in that order (only `Model::predict_named` and `predict_table` take any)",
        ),
        (
            "length,widht,species",
            "the input column `widht` is not known: did you mean `width`?",
        ),
    ];
    for (header, words) in headers {
        let other = table(&TRAIN.replacen("length,width,species", header, 1));
        let error = other.like(&train).expect_err("other columns");
        assert_eq!(error.to_string(), words);
    }
    let narrow = table("length,species\n1,setosa\n2,virginica\n");
    assert_eq!(
        narrow.like(&train).expect_err("too few").to_string(),
        "the input column `width` is missing, which the training data had; the columns here are `length`"
    );
    let fox = table(&TRAIN.replace("setosa", "fox"));
    let error = fox.like(&train).expect_err("another class").to_string();
    assert!(
        error.starts_with("class 0 is `setosa` in one and `fox` in the other"),
        "{error}"
    );

    let words = |row: &[(&str, f64)]| model.predict_named(row).expect_err("refused").to_string();
    assert_eq!(
        words(&[("length", 1.0)]),
        "the input column `width` is missing, which the training data had; the columns here are `length`"
    );
    assert_eq!(
        words(&[("length", 1.0), ("width", 1.0), ("id", 7.0)]),
        "the input column `id` is not known; leave it out"
    );
    assert_eq!(
        words(&[("length", 1.0), ("length", 1.0)]),
        "the column `length` is given twice"
    );
    let words = |row: &[f64]| model.predict_row(row).expect_err("refused").to_string();
    assert_eq!(words(&[1.0]), "a row of 1 value for data of 2 columns");
    assert_eq!(
        words(&[1.0, f64::NAN]),
        "column `width` is NaN: it must be finite"
    );
}

#[test]
fn training_and_validation_data_mean_the_same() {
    let raw = table(TRAIN);
    let train = raw.clone().standardised().expect("a scaling");
    let mut model = model(&train);
    let protocol = || Protocol::new(Adam::new(0.1));
    let error = protocol().train(&mut model, &raw).expect_err("not scaled");
    assert!(
        matches!(
            error,
            TrainingError::Data {
                error: ModelError::Schema(_),
                ..
            }
        ),
        "{error}"
    );
    let run = Run::new(protocol(), &mut model, &train).expect("a run");
    let error = run.validate(&raw).expect_err("not scaled");
    assert!(
        error
            .to_string()
            .starts_with("validation data: these inputs have not been through `Scaling`, as those have that they go with"),
        "{error}"
    );
    // Who knows better says so.
    model.set_schema(None).expect("nothing");
    protocol().train(&mut model, &raw).expect("any data");
    assert_eq!(model.schema(), Some(raw.schema()));
    let wrong = Schema::of_classes(3, 2).expect("a schema");
    assert!(model.set_schema(Some(wrong)).is_err());
    let scaled = Dataset::classification(2, vec![0.0; 8], [0, 1, 0, 1], 2).expect("data");
    let scaled = scaled
        .with_schema(train.schema().clone())
        .expect("the same sizes");
    let mut model = self::model(&train);
    protocol()
        .train(&mut model, &scaled)
        .expect("declared to be the same");
}

#[test]
fn features_of_the_user_s_own_are_named_to_be_read() {
    let radius = FeatureMap::own("radius", ["r"], |x, r| r[0] = x[0].hypot(x[1]));
    let data = table(TRAIN).features(&radius).expect("features");
    let model = model(&data);
    let bytes = model.to_bytes().expect("bytes");
    let error = Model::<f64>::from_bytes(&bytes, &Known::new()).expect_err("a name alone");
    assert!(
        error
            .to_string()
            .starts_with("the features `radius` are known by name only"),
        "{error}"
    );
    let read = Model::from_bytes(&bytes, &Known::new().features(radius)).expect("a model");
    assert_eq!(
        read.predict_row(&[3.0, 4.0]),
        model.predict_row(&[3.0, 4.0])
    );
}

#[test]
fn a_long_training_leaves_a_short_record() {
    let data = table(TRAIN);
    let mut model = model(&data);
    Protocol::new(Adam::new(0.1))
        .epochs(2501)
        .train(&mut model, &data)
        .expect("a run");
    let record = model.record().expect("a record");
    assert_eq!(record.training, 2);
    assert!(record.epochs.len() <= 1000);
    assert_eq!(record.epochs.last().map(|epoch| epoch.epoch), Some(2501));
    assert!(record.epochs.iter().all(|epoch| epoch.seconds == 0.0));
    let protocol = &record.protocol;
    assert!(
        protocol.starts_with("Protocol {") && protocol.contains("Adam"),
        "{protocol}"
    );
}
