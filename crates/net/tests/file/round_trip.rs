//! What is saved comes back with its bits.

use gradflow::layers::strategies::{activation, nesting_with_state, registry};
use gradflow::loss::strategies::cost;
use gradflow::optim::Adam;
use gradflow::{Activation, Batch, Cost, Dataset, Known, Model, Network, Protocol, Real};
use gradflow_testing::{Folder, config};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::models::{known, parts, small, varied};

/// Parameters of any size, variances that are positive.
fn fill<T: Real>(model: &mut Model<T>, seed: u64) {
    let number = |i: usize| (seed as f64 * 0.37 + i as f64 * 1.7).sin();
    let theta = (0..model.theta().len()).map(|i| T::from_f64(2.0 * number(i)));
    let state = (0..model.state().len()).map(|i| T::from_f64(1.5 + number(i)));
    let (theta, state) = (theta.collect(), state.collect());
    model.set_theta(theta).expect("as many");
    model.set_state(state).expect("as many");
}

/// Saves, loads, compares; gives back the file.
fn there_and_back<T: Real>(model: &Model<T>, known: &Known<T>) -> Result<Vec<u8>, TestCaseError> {
    let bytes = model.to_bytes().expect("bytes");
    let read = Model::from_bytes(&bytes, known).expect("a model");
    prop_assert_eq!(read.theta(), model.theta());
    prop_assert_eq!(read.state(), model.state());
    prop_assert_eq!(read.cost(), model.cost());
    prop_assert_eq!(read.schema(), model.schema());
    prop_assert_eq!(read.record(), model.record());
    prop_assert_eq!(read.network().recipes(), model.network().recipes());
    let size = model.network().input().len();
    let x: Vec<T> = (0..3 * size)
        .map(|i| T::from_f64((i as f64 * 0.9).cos()))
        .collect();
    let x = Batch::new(&x, size).expect("samples");
    let bits = |model: &Model<T>| -> Vec<u64> {
        let out = model.predict_batch(x).expect("predictions");
        out.iter().map(|p| p.to_f64().to_bits()).collect()
    };
    prop_assert_eq!(bits(&read), bits(model));
    prop_assert_eq!(&read.to_bytes().expect("bytes"), &bytes);
    Ok(bytes)
}

proptest! {
    #![proptest_config(config(200))]

    /// Layers of all kinds, nested, with state; every cost; both types.
    #[test]
    fn random_networks(
        drafts in vec(nesting_with_state(activation()), 1..=3),
        (outputs, cost) in (2..=4_usize).prop_flat_map(|n| (Just(n), cost(n))),
        seed in 0..1000_u64,
    ) {
        let mut recipes = Vec::new();
        let mut shape = gradflow::Shape::new([2, 5, 4])?;
        for draft in &drafts {
            recipes.push(draft.recipe(shape).expect("fits"));
            shape = draft.layer::<f64>(shape).expect("fits").spec().output;
        }
        // Cross-entropy of the outputs themselves needs them in (0, 1), and refuses the logistic function.
        prop_assume!(!cost.requires_unit_interval());
        recipes.push(gradflow::Recipe::dense(outputs, Activation::Identity));
        let single = Network::<f32>::from_recipes([2, 5, 4], &recipes, &registry()).expect("fits");
        let mut single = Model::new(single, cost.clone(), 1).expect("a model");
        fill(&mut single, seed);
        let bytes = there_and_back(&single, &known())?;

        let double = Network::<f64>::from_recipes([2, 5, 4], &recipes, &registry()).expect("fits");
        let mut double = Model::new(double, cost, 1).expect("a model");
        fill(&mut double, seed);
        let wide = there_and_back(&double, &known())?;

        // f32 is widened exactly, and f64 rounded to the nearest.
        let widened = Model::<f64>::from_bytes(&bytes, &known()).expect("a model");
        prop_assert!(widened.theta().iter().zip(single.theta()).all(|(a, b)| *a == f64::from(*b)));
        let rounded = Model::<f32>::from_bytes(&wide, &known()).expect("a model");
        prop_assert!(rounded.theta().iter().zip(double.theta()).all(|(a, b)| *a == *b as f32));
    }
}

#[test]
fn a_trained_model_with_names() {
    let model = varied();
    let known = known();
    there_and_back(&model, &known).expect("the same");
    let read = Model::from_bytes(&model.to_bytes().expect("bytes"), &known).expect("a model");
    let row = [0.5; 16];
    let (a, b) = (model.predict_row(&row), read.predict_row(&row));
    assert_eq!(a, b);
    assert_eq!(
        a.expect("a prediction").name(),
        b.expect("a prediction").name()
    );
    assert_eq!(
        read.schema()
            .expect("a schema")
            .class_names()
            .expect("names")[1],
        "spam"
    );
}

#[test]
fn names_and_layouts_are_those_of_a_state_dict() {
    let (header, data) = parts(&varied().to_bytes().expect("bytes"));
    let header: serde_json::Value = serde_json::from_str(&header).expect("JSON");
    let shapes: Vec<(&str, Vec<u64>)> = header
        .as_object()
        .expect("an object")
        .iter()
        .filter(|(name, _)| *name != "__metadata__")
        .map(|(name, tensor)| {
            assert_eq!(tensor["dtype"], "F32");
            let shape = tensor["shape"].as_array().expect("a list").iter();
            (
                name.as_str(),
                shape.filter_map(serde_json::Value::as_u64).collect(),
            )
        })
        .collect();
    let shape = |name: &str| {
        let found = shapes.iter().find(|(known, _)| *known == name);
        found
            .unwrap_or_else(|| panic!("no {name} in {shapes:?}"))
            .1
            .clone()
    };
    assert_eq!(shape("layers.0.weight"), [2, 1, 3, 3]);
    assert_eq!(shape("layers.1.weight"), [2]);
    assert_eq!(shape("layers.1.running_mean"), [2]);
    assert_eq!(shape("layers.2.branches.0.layers.0.weight"), [2, 2, 3, 3]);
    assert_eq!(shape("layers.2.branches.0.layers.1.running_var"), [2]);
    assert_eq!(shape("layers.2.branches.1.weight"), [2, 1, 3, 3]);
    assert_eq!(shape("layers.4.weight"), [4, 16]);
    assert_eq!(shape("layers.6.bias"), [4]); // of the layer normalisation of a vector
    assert_eq!(shape("layers.8.bias"), [3]);
    assert_eq!(shapes.len(), 2 + 4 + 6 + 2 + 2 + 4 + 2 + 2);
    assert!(!data.is_empty());
}

#[test]
fn the_same_run_gives_the_same_bytes_for_any_number_of_threads() {
    let inputs: Vec<f32> = (0..200).map(|i| (i as f32).sin()).collect();
    let data = Dataset::classification(2, inputs, (0..100).map(|s| s % 2), 2).expect("data");
    let files = [1, 2, 3, 8].map(|threads| {
        let network = Network::builder(2)
            .dense(40, Activation::Tanh)
            .dense(2, Activation::Identity);
        let model = Model::new(
            network.build().expect("a network"),
            Cost::classification(),
            1,
        );
        let mut model = model.expect("a model").with_threads(threads);
        let protocol = Protocol::new(Adam::new(0.01)).epochs(3).batch(25);
        protocol.train(&mut model, &data).expect("a run");
        model.to_bytes().expect("bytes")
    });
    assert!(files.iter().all(|file| *file == files[0]));
    let text = String::from_utf8_lossy(&files[0]).into_owned();
    assert!(text.contains("epochs") && !text.contains("seconds") && !text.contains("thread"));
}

#[test]
fn files_on_a_disk() {
    let folder = Folder::new("files");
    let (path, model) = (folder.join("model.safetensors"), small());
    for _ in 0..2 {
        model.save(&path).expect("saved"); // a second time in the place of the first
        let read = Model::<f32>::load(&path).expect("read");
        assert_eq!((read.theta(), read.state()), (model.theta(), model.state()));
    }
    let names: Vec<_> = std::fs::read_dir(&*folder).expect("a folder").collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let words = |path: &std::path::Path| Model::<f32>::load(path).expect_err("refused").to_string();
    assert!(words(&folder.join("nothing")).contains("opening failed"));
    assert!(words(&folder).contains("opening failed"));
    assert!(model.save(folder.join("no folder/model")).is_err());
    assert!(model.save(&*folder).is_err()); // a folder is not replaced
    #[cfg(unix)]
    {
        let link = folder.join("link");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        model.save(&link).expect("saved");
        assert!(
            std::fs::symlink_metadata(&link)
                .expect("a link")
                .is_symlink()
        );
    }
}

#[test]
fn a_layer_without_a_recipe_is_named() {
    #[derive(Debug)]
    struct Own(gradflow::layers::Spec);
    impl gradflow::layers::Describe for Own {
        fn spec(&self) -> &gradflow::layers::Spec {
            &self.0
        }
    }
    impl<T: Real> gradflow::Layer<T> for Own {
        fn forward(
            &self,
            _: gradflow::layers::Own<'_, T>,
            x: Batch<'_, T>,
            mut p: gradflow::BatchMut<'_, T>,
            _: &mut [T],
            _: gradflow::layers::Cx<'_>,
        ) {
            p.data().copy_from_slice(x.data());
        }
        fn backward(
            &self,
            _: gradflow::layers::Own<'_, T>,
            _: gradflow::layers::Pass<'_, T>,
            _: &mut [T],
            _: gradflow::layers::Cx<'_>,
        ) {
        }
    }
    let network = Network::<f32>::builder(2)
        .dense(2, Activation::Identity)
        .layer(|shape| Ok(Own(gradflow::layers::Spec::new("mine", shape, shape))))
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::regression(), 1).expect("a model");
    let error = model.to_bytes().expect_err("no recipe").to_string();
    assert!(error.starts_with("layer 1 (mine) has no recipe"), "{error}");
}
