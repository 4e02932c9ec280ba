//! What is kept of a run.

use gradflow::{Activation, Cost, Model, Network};
use gradflow_report::Recorder;

fn model() -> Model<f32> {
    let network = Network::builder(1)
        .dense(1, Activation::Identity)
        .build()
        .expect("a network");
    Model::new(network, Cost::regression(), 1).expect("a model")
}

#[test]
fn copies_stay_few_and_even_and_the_last_is_kept() {
    let model = model();
    for most in [2, 3, 5, 9] {
        for last in [1, 2, 7, 64, 100, 1000] {
            let mut recorder = Recorder::new(most);
            (0..=last).for_each(|epoch| recorder.record(epoch, &model));
            let epochs: Vec<usize> = recorder.epochs().collect();
            assert!(epochs.len() <= most, "{most} {last}: {epochs:?}");
            assert_eq!(
                (epochs.first(), epochs.last()),
                (Some(&0), Some(&last)),
                "{most} {last}"
            );
            // But for the last step all are equal.
            let steps: Vec<usize> = epochs.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let even = steps[..steps.len() - 1]
                .windows(2)
                .all(|pair| pair[0] == pair[1]);
            assert!(even, "{most} {last}: {epochs:?}");
        }
    }
}

#[test]
fn a_new_run_is_a_new_record() {
    let model = model();
    let mut recorder = Recorder::new(4);
    (0..=10).for_each(|epoch| recorder.record(epoch, &model));
    (0..=2).for_each(|epoch| recorder.record(epoch, &model));
    assert_eq!(recorder.epochs().collect::<Vec<_>>(), [0, 1, 2]);
}
