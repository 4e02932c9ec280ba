//! Runs that save themselves: killed and taken up again, the model's file has the bytes of an unbroken run's.

use std::path::{Path, PathBuf};

use gradflow::optim::{Adam, Rule};
use gradflow::{
    CheckpointError, Cost, Dataset, EarlyStopping, Epoch, Model, Network, Protocol, Run,
    TrainingError,
};

use gradflow_testing::Folder;

use crate::resume::{circle, model, start, with_everything};

/// Where the runs of a test save themselves.
fn path(folder: &Folder) -> PathBuf {
    folder.join("run.ron")
}

fn bytes(model: &Model<f32>) -> Vec<u8> {
    model.to_bytes().expect("a file")
}

#[test]
fn killed_and_taken_up_the_model_has_the_bytes_of_an_unbroken_run() {
    let folder = Folder::new("killed-run");
    let data = [circle(52), circle(20)];
    for rule in Rule::examples() {
        let protocol = with_everything(rule);
        let mut unbroken = model(1);
        start(&protocol, &mut unbroken, &data)
            .finish()
            .expect("an end");
        let unbroken = bytes(&unbroken);
        for threads in [1, 2] {
            // Killed in the middle of an epoch: what is there is the epoch before, and once a step that was saved.
            for (steps, save) in [(9, false), (4, true)] {
                let mut killed = model(threads);
                let run = start(&protocol, &mut killed, &data);
                let mut run = run.checkpoint(path(&folder), 1).expect("a run");
                for _ in 0..steps {
                    run.step().expect("a step");
                }
                if save {
                    run.save().expect("saved");
                }
                drop(run);
                let mut second = model(3 - threads);
                let mut run = start(&protocol, &mut second, &data);
                run.resume_from(path(&folder)).expect("the same run");
                assert_eq!(run.epochs().len(), steps / 7);
                run.finish().expect("an end");
                assert!(
                    bytes(&second) == unbroken,
                    "{protocol:?} on {threads} threads"
                );
            }
        }
    }
}

#[test]
fn the_last_and_the_best_are_kept() {
    let folder = Folder::new("best-run");
    let (train, validation) = (circle(40), circle(20));
    let protocol = || Protocol::new(Adam::new(0.5)).epochs(8).batch(8);
    let mut one = model(1);
    let run = Run::new(protocol(), &mut one, &train).expect("a run");
    let run = run.validate(&validation).expect("validation");
    let run = run.checkpoint(path(&folder), 3).expect("a run");
    let history = run.finish().expect("an end");
    let cost = |epoch: &Epoch| epoch.validation.as_ref().expect("validated").cost;
    let best = history
        .epochs
        .iter()
        .min_by(|a, b| cost(a).total_cmp(&cost(b)));
    let best = best.expect("epochs").epoch;
    assert!(best < 8, "the test needs a run that gets worse");

    for (name, epochs) in [("run.ron", 8), ("run.best.ron", best)] {
        let mut two = model(1);
        let run = Run::new(protocol(), &mut two, &train).expect("a run");
        let mut run = run.validate(&validation).expect("validation");
        run.resume_from(folder.join(name)).expect("the same run");
        assert_eq!(run.epochs().len(), epochs);
    }
    // A run may be longer than it was meant to be.
    let mut two = model(1);
    let longer = Run::new(protocol().epochs(9), &mut two, &train).expect("a run");
    let mut longer = longer.validate(&validation).expect("validation");
    longer.resume_from(path(&folder)).expect("the last");
    assert_eq!(longer.finish().expect("an end").epochs.len(), 9);
}

/// What the checkpoint says of itself, and what the run is that would take it up.
fn refused(path: &Path, protocol: Protocol, mut model: Model<f32>, data: &Dataset<f32>) -> String {
    let before = bytes(&model);
    let mut run = Run::new(protocol, &mut model, data).expect("a run");
    let error = run.resume_from(path).expect_err("another run");
    drop(run);
    let TrainingError::Checkpoint { error, .. } = error else {
        panic!("{error}")
    };
    assert!(bytes(&model).len() >= before.len());
    error.to_string()
}

#[test]
fn another_run_is_named_by_what_differs() {
    let folder = Folder::new("other-run");
    let path = path(&folder);
    let data = circle(20);
    let protocol = || Protocol::new(Adam::new(0.1)).epochs(2).batch(8);
    let mut one = model(1);
    let run = Run::new(protocol(), &mut one, &data).expect("a run");
    run.checkpoint(&path, 1)
        .expect("a run")
        .finish()
        .expect("an end");

    let refused = |protocol, model, data: &Dataset<f32>| refused(&path, protocol, model, data);
    let another = |what: &str, then: &str, now: &str| {
        format!(
            "the checkpoint belongs to another run: `{what}` was {then} in the checkpoint, but is {now} in this run: set it back to resume that run; to \
             start a new one, do not resume, and give `Run::checkpoint` another path"
        )
    };
    assert_eq!(
        refused(protocol().batch(4), model(1), &data),
        another("batch", "8", "4")
    );
    assert_eq!(
        refused(protocol().seed(9), model(1), &data),
        another("seed", "0", "9")
    );
    let faster = Protocol::new(Adam::new(0.2)).epochs(2).batch(8);
    assert_eq!(
        refused(faster, model(1), &data),
        another("rule", "rate: 0.1", "rate: 0.2")
    );
    let patient = protocol().early_stopping(EarlyStopping::default());
    assert_eq!(
        refused(patient, model(1), &data),
        another(
            "early stopping",
            "not set",
            "EarlyStopping(patience: 10, min_decrease: 0.0)"
        )
    );
    assert_eq!(
        refused(protocol(), model(1), &circle(21)),
        another("samples", "20", "21")
    );
    let mut inputs = data.inputs().data().to_vec();
    inputs[0] += 1.0;
    let labels = data.labels().expect("labels").to_vec();
    let other = Dataset::classification([1, 1, 2], inputs, labels, 3).expect("data");
    assert_eq!(
        refused(protocol(), model(1), &other),
        CheckpointError::OtherData.to_string()
    );
    let network = Network::builder([1, 1, 2]).dense(3, gradflow::Activation::Identity);
    let network = network.build().expect("a network");
    let small = Model::new(network, Cost::classification(), 1).expect("a model");
    assert_eq!(
        refused(protocol(), small, &data),
        another("layer 0", "outputs: 6", "outputs: 3")
    );
}

#[test]
fn another_validation_is_named() {
    let folder = Folder::new("other-validation");
    let path = path(&folder);
    let (train, validation, other) = (circle(20), circle(8), circle(9));
    let protocol = || Protocol::new(Adam::new(0.1)).epochs(2).batch(8);
    let mut one = model(1);
    let run = Run::new(protocol(), &mut one, &train).expect("a run");
    // In either order.
    let run = run.checkpoint(&path, 1).expect("a run");
    let run = run.validate(&validation).expect("validation");
    run.finish().expect("an end");
    let mut resumed = |validation: Option<&Dataset<f32>>, epochs: usize| {
        let mut run = Run::new(protocol().epochs(epochs), &mut one, &train).expect("a run");
        if let Some(validation) = validation {
            run = run.validate(validation).expect("validation");
        }
        run.resume_from(&path)
    };
    resumed(Some(&validation), 3).expect("the same run");
    let mut fault = |validation, epochs| match resumed(validation, epochs).expect_err("another") {
        TrainingError::Checkpoint { error, .. } => match *error {
            CheckpointError::Another { what, then, now } => format!("{what}: {then}, {now}"),
            error => error.to_string(),
        },
        error => error.to_string(),
    };
    assert_eq!(fault(None, 3), "validation samples: 8, not set");
    assert_eq!(fault(Some(&other), 3), "validation samples: 8, 9");
    let mut inputs = validation.inputs().data().to_vec();
    inputs[0] += 1.0;
    let labels = validation.labels().expect("labels").to_vec();
    let shifted = Dataset::classification([1, 1, 2], inputs, labels, 3).expect("data");
    assert_eq!(
        fault(Some(&shifted), 3),
        "the checkpoint belongs to a run with other validation samples, or with the same prepared, ordered or weighted otherwise: hand over the \
         samples of that run, or give `Run::checkpoint` another path to start a new one"
    );
    assert_eq!(
        fault(Some(&validation), 1),
        "snapshot: 2 epochs are done, but the protocol asks for 1: ask for at least 2, or begin anew without it"
    );
}

#[test]
fn what_is_no_checkpoint_is_told_and_where() {
    let folder = Folder::new("no-run");
    let data = circle(20);
    let mut model = model(1);
    let protocol = Protocol::new(Adam::new(0.1)).batch(8);
    let mut told = |text: Option<&str>| {
        if let Some(text) = text {
            std::fs::write(path(&folder), text).expect("written");
        }
        let mut run = Run::new(protocol.clone(), &mut model, &data).expect("a run");
        run.resume_from(path(&folder))
            .expect_err("no checkpoint")
            .to_string()
    };
    let words = "run.ron: there is no such checkpoint: is the path right? To begin the run, do not resume it";
    assert!(told(None).ends_with(words));
    assert!(told(Some("(checkpoint: 1,\n oh")).contains("line 2, column"));
    assert!(told(Some("(checkpoint: 2, more: 1)")).contains("format 2"));
}

#[test]
fn a_folder_that_is_not_there_stops_the_run() {
    let data = circle(20);
    let mut model = model(1);
    let run = Run::new(Protocol::new(Adam::new(0.1)), &mut model, &data).expect("a run");
    let run = run.checkpoint("/no/such/folder/run.ron", 1).expect("a run");
    let error = run.finish().expect_err("nowhere to save");
    assert!(
        error.to_string().starts_with("/no/such/folder/run"),
        "{error}"
    );
}
