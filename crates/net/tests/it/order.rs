//! The order in which a run asks for samples.

use std::cell::RefCell;
use std::ops::Range;

use gradflow::optim::GradientDescent;
use gradflow::{
    Activation, Cost, Gathered, InProcess, Model, Network, Pieces, Protocol, Reduce, Run, Shape,
    Source, TargetKind, TargetsMut, TrainingError, Workers,
};
use gradflow_testing::config;
use proptest::prelude::*;

/// Notes which samples it is asked for, mini-batch after mini-batch, and which it is told of ahead.
#[derive(Debug)]
struct Noted<'a> {
    samples: usize,
    asked: &'a RefCell<Vec<Vec<usize>>>,
    ahead: &'a RefCell<Vec<Vec<usize>>>,
}

impl Source<f32> for Noted<'_> {
    fn len(&self) -> usize {
        self.samples
    }

    fn shape(&self) -> Shape<3> {
        Shape::vector(1).expect("a shape")
    }

    fn targets(&self) -> TargetKind {
        TargetKind::Values(1)
    }

    fn gather(
        &mut self,
        samples: &[usize],
        into: Gathered<'_, f32>,
        _: &Workers,
    ) -> Result<(), TrainingError> {
        self.asked.borrow_mut().push(samples.to_vec());
        into.x.fill(1.0);
        if let TargetsMut::Values(y) = into.targets {
            y.fill(1.0);
        }
        Ok(())
    }

    fn ahead(&mut self, samples: &[usize]) -> Result<(), TrainingError> {
        self.ahead.borrow_mut().push(samples.to_vec());
        Ok(())
    }
}

/// One of two processes, the second: it has the second half of the pieces, and nobody adds the others.
#[derive(Debug)]
struct Second(InProcess<f32>);

impl Reduce<f32> for Second {
    fn sum(&mut self, pieces: &mut dyn Pieces<f32>, q: &[f32]) -> (f64, &[f32]) {
        let own = self.share(pieces.len());
        let [(_, sum)] = self.0.sum_of(pieces, own, q) else {
            panic!("one sum of one piece");
        };
        (sum.value, &sum.numbers)
    }

    fn share(&self, pieces: usize) -> Range<usize> {
        pieces / 2..pieces
    }
}

/// The mini-batches of all epochs.
fn asked(samples: usize, batch: usize, epochs: usize, seed: u64) -> Vec<Vec<usize>> {
    let network = Network::builder(1).dense(1, Activation::Identity).build();
    let mut model =
        Model::new(network.expect("a network"), Cost::regression(), 1).expect("a model");
    let (asked, ahead) = Default::default();
    let source = Noted {
        samples,
        asked: &asked,
        ahead: &ahead,
    };
    let protocol = Protocol::new(GradientDescent { rate: 0.1 });
    let protocol = protocol.epochs(epochs).batch(batch).seed(seed);
    protocol.train(&mut model, source).expect("a run");
    asked.into_inner()
}

proptest! {
    #![proptest_config(config(64))]

    /// Mini-batches have the size asked for, but for the last of an epoch; an epoch takes every sample once; and how an epoch is
    /// cut does not change its order.
    #[test]
    fn an_epoch_takes_every_sample_once(samples in 1..40_usize, batch in 1..45_usize, epochs in 1..4_usize, seed: u64) {
        let batches = asked(samples, batch, epochs, seed);
        let steps = samples.div_ceil(batch);
        prop_assert_eq!(batches.len(), epochs * steps);
        let whole = asked(samples, samples, epochs, seed);
        for (epoch, order) in batches.chunks(steps).zip(&whole) {
            let (last, full) = epoch.split_last().expect("a step");
            prop_assert!(full.iter().all(|taken| taken.len() == batch.min(samples)));
            prop_assert_eq!(last.len(), samples - full.len() * batch);
            prop_assert_eq!(&epoch.concat(), order);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..samples).collect::<Vec<_>>());
        }
    }
}

/// Each of two processes is told of its own samples of the next mini-batch, and takes just those then.
#[test]
fn what_is_told_ahead_is_asked_for_next() {
    let network = Network::builder(1).dense(1, Activation::Identity).build();
    let mut model =
        Model::new(network.expect("a network"), Cost::regression(), 1).expect("a model");
    let (asked, ahead) = Default::default();
    let source = Noted {
        samples: 12,
        asked: &asked,
        ahead: &ahead,
    };
    let protocol = Protocol::new(GradientDescent { rate: 0.1 });
    let protocol = protocol.epochs(1).batch(4).pieces(2);
    let run = Run::new(protocol, &mut model, source).expect("a run");
    let run = run.reduce(Second(InProcess::default())).expect("room");
    run.finish().expect("a run");
    let (asked, ahead) = (asked.into_inner(), ahead.into_inner());
    assert_eq!(asked.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2]);
    assert_eq!(asked[1..], ahead);
}

#[test]
fn every_epoch_and_every_seed_has_its_order() {
    let mut orders: Vec<_> = (0..20).flat_map(|seed| asked(30, 30, 5, seed)).collect();
    orders.sort();
    orders.dedup();
    assert_eq!(orders.len(), 100);
}
