//! Mistakes with what numbers mean, and with files of models.

use gradflow::data::Csv;
use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, Error, Model, Network, Protocol};

use crate::{Mistake, check};

fn raw() -> Result<Dataset<f32>, Error> {
    let text = "length,width,kind\n1,9,cat\n3,7,dog\n5,8,cat\n6,2,dog\n";
    Ok(Csv::classification("kind").read(text.as_bytes())?)
}

/// Trained on standardised data.
fn model() -> Result<Model<f32>, Error> {
    let network = Network::builder(2).dense(2, Activation::Identity).build()?;
    let mut model = Model::new(network, Cost::classification(), 1)?;
    Protocol::new(Adam::new(0.1)).train(&mut model, &raw()?.standardised()?)?;
    Ok(model)
}

const MEANING: [(Mistake, &str); 14] = [
    (
        || {
            model()?.evaluate(&raw()?)?;
            Ok(())
        },
        "these inputs have not been through `Scaling`, as those have that they go with (the data trained on before): take the raw data, and prepare them by `raw.like(&first)`, where `first` are the data trained on before, or by \
             `raw.prepared(schema)` with the schema in `model.schema()`; to train afresh, make a new model",
    ),
    (
        || {
            model()?.evaluate(&raw()?.standardised()?.standardised()?)?;
            Ok(())
        },
        "these inputs have been through `Scaling` more often than those that they go with (the data trained on before): take the raw data, and prepare them by `raw.like(&first)`, where `first` are the data trained on before, or by \
             `raw.prepared(schema)` with the schema in `model.schema()`; to train afresh, make a new model",
    ),
    (
        || {
            let train = raw()?.standardised()?;
            train.clone().like(&train)?;
            Ok(())
        },
        "`Scaling` was done to the inputs already: leave this `like` or `prepared` out, or call it on the data as they were \
         before",
    ),
    (
        || {
            let others = raw()?.first(2)?.standardised()?;
            Protocol::new(Adam::new(0.1)).train(&mut model()?, &others)?;
            Ok(())
        },
        "training data: these inputs have been through `Scaling` with other numbers, such as another mean or deviation, \
             than those that they go with (was one fitted to each set?): take the raw data, and prepare them by `raw.like(&first)`, where `first` are the data trained on before, or by \
             `raw.prepared(schema)` with the schema in `model.schema()`; to train afresh, make a new model",
    ),
    (
        || {
            let text = "width,length,kind\n9,1,cat\n7,3,dog\n";
            let test: Dataset<f32> = Csv::classification("kind").read(text.as_bytes())?;
            test.like(&raw()?)?;
            Ok(())
        },
        "the input columns stand in another order: column 0 is `width`, where `length` was expected: write them in \
         that order (only `Model::predict_named` and `predict_table` take any)",
    ),
    (
        || {
            let text = "length,kind\n9,cat\n7,dog\n";
            let test: Dataset<f32> = Csv::classification("kind").read(text.as_bytes())?;
            test.like(&raw()?)?;
            Ok(())
        },
        "the input column `width` is missing, which the training data had; the columns here are `length`",
    ),
    (
        || {
            raw()?.standardised_targets()?;
            Ok(())
        },
        "the targets are classes, which are not scaled: scale the inputs, `scale_inputs`",
    ),
    (
        || {
            raw()?.with_units(["kWh"])?;
            Ok(())
        },
        "the targets are classes, which have no units and no names of columns: leave them out; classes get names by \
         `with_class_names`",
    ),
    (
        || {
            raw()?.with_input_names(["length"])?;
            Ok(())
        },
        "1 name or unit for 2 input values: each needs one",
    ),
    (
        || {
            model()?.predict_row(&[1.0, 2.0, 3.0])?;
            Ok(())
        },
        "a row of 3 values for data of 2 columns",
    ),
    (
        || {
            model()?.predict_named(&[("length", 1.0), ("widht", 2.0)])?;
            Ok(())
        },
        "the input column `widht` is not known: did you mean `width`?",
    ),
    (
        || {
            let mut model = model()?;
            model.set_schema(None)?;
            model.predict_named(&[("length", 1.0)])?;
            Ok(())
        },
        "the columns have no names: name them by `Dataset::with_input_names` before training, or hand over rows",
    ),
    (
        || {
            Model::<f32>::load("Cargo.toml")?;
            Ok(())
        },
        "Cargo.toml: a model in a safetensors file was expected, but this is a text: is it the right file?",
    ),
    (
        || {
            Model::<f32>::load("tests/data/interop/torch_mlp.safetensors")?;
            Ok(())
        },
        "tests/data/interop/torch_mlp.safetensors: the file holds tensors only, and does not say which network they belong to: \
         describe it, `Network::builder(..)`, and use `Model::load_state_dict`",
    ),
];

#[test]
fn meaning_and_files() {
    check(&MEANING);
}
