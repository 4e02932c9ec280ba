//! Several processes, simulated: threads that send each other what they have, which arrives late, in any order, or not at all.

use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use gradflow::data::Dataset;
use gradflow::layers::strategies::{PlainBatchNorm, PlainDropout};
use gradflow::optim::{Adam, Chebyshev, Method, Rule};
use gradflow::{
    Activation, Cost, EarlyStopping, End, InProcess, Model, Network, PartialSum, Pieces, Plateau,
    Protocol, Reduce, Run, Snapshot, Tree,
};
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

type State = <Rule as Method<f32>>::State;

/// What one process sends to another in the call of this number: the sum of the pieces of a node, or that it is no more.
#[derive(Debug, Clone)]
struct Message {
    call: u64,
    sum: Option<(Range<usize>, PartialSum<f32>)>,
}

/// One of several processes.
#[derive(Debug)]
struct Simulated {
    rank: usize,
    peers: Vec<Sender<Message>>,
    inbox: Receiver<Message>,
    /// Of calls to come.
    early: Vec<Message>,
    here: InProcess<f32>,
    rng: Xoshiro256PlusPlus,
    calls: u64,
    /// The call at which it dies.
    dies: Option<u64>,
    total: Vec<f32>,
}

/// As many as are to train together, of which one dies at a call.
fn simulated(ranks: usize, seed: u64, dies: Option<(usize, u64)>) -> Vec<Simulated> {
    let (senders, inboxes): (Vec<_>, Vec<_>) = (0..ranks).map(|_| channel()).unzip();
    let each = inboxes.into_iter().enumerate();
    let each = each.map(|(rank, inbox)| Simulated {
        rank,
        peers: senders.clone(),
        inbox,
        early: Vec::new(),
        here: InProcess::default(),
        rng: Xoshiro256PlusPlus::seed_from_u64(seed + rank as u64),
        calls: 0,
        dies: dies.filter(|(who, _)| *who == rank).map(|(_, call)| call),
        total: Vec::new(),
    });
    each.collect()
}

impl Simulated {
    /// Sends what this process has to all, itself too, in any order and with waits.
    fn send(&mut self, own: Vec<(Range<usize>, PartialSum<f32>)>) {
        let (call, ranks) = (self.calls, self.peers.len());
        let mut mail: Vec<(usize, Message)> = Vec::new();
        for sum in own {
            let sum = Some(sum);
            let message = Message { call, sum };
            mail.extend((0..ranks).map(|to| (to, message.clone())));
        }
        mail.shuffle(&mut self.rng);
        for (to, message) in mail {
            if self.rng.random_bool(0.1) {
                std::thread::sleep(Duration::from_micros(self.rng.random_range(0..50)));
            }
            // Who is no more gets nothing.
            let _ = self.peers[to].send(message);
        }
    }

    /// Adds up what comes; `None` if a process is no more.
    fn receive(&mut self, pieces: usize) -> Option<PartialSum<f32>> {
        let mut tree = Tree::<PartialSum<f32>>::new(pieces);
        let mut early = std::mem::take(&mut self.early).into_iter();
        while !matches!(tree.sums(), [(all, _)] if all.len() == pieces) {
            let next = early.next().or_else(|| self.inbox.recv().ok());
            let message = next?;
            if message.call > self.calls && message.sum.is_some() {
                self.early.push(message);
                continue;
            }
            let (node, sum) = message.sum?;
            tree.add(node, sum, |left, right| {
                left.value += right.value;
                let numbers = left.numbers.iter_mut().zip(right.numbers);
                numbers.for_each(|(left, right)| *left += right);
            });
        }
        self.early.extend(early);
        tree.restart(0).next()
    }
}

impl Reduce<f32> for Simulated {
    fn sum(&mut self, pieces: &mut dyn Pieces<f32>, q: &[f32]) -> (f64, &[f32]) {
        self.calls += 1;
        let count = pieces.len();
        let share = self.share(count);
        let own = self.here.sum_of(pieces, share, q).to_vec();
        if self.dies != Some(self.calls) {
            self.send(own);
            if let Some(total) = self.receive(count) {
                self.total = total.numbers;
                return (total.value, &self.total);
            }
        }
        let call = self.calls;
        for peer in &self.peers {
            let _ = peer.send(Message { call, sum: None });
        }
        (f64::NAN, &[])
    }

    fn share(&self, pieces: usize) -> Range<usize> {
        let start = |rank| rank * pieces / self.peers.len();
        start(self.rank)..start(self.rank + 1)
    }
}

/// Samples in three classes.
fn data(samples: usize, shift: f32) -> Dataset<f32> {
    let inputs = (0..2 * samples).map(|i| (i as f32 * 1.3 + shift).sin());
    let labels = (0..samples).map(|s| s % 3).collect::<Vec<_>>();
    Dataset::classification(2, inputs.collect(), labels, 3).expect("data")
}

fn model(threads: usize) -> Model<f32> {
    let network = Network::builder([2, 1, 1])
        .dense(5, Activation::Tanh)
        .layer(|input| PlainBatchNorm::new(input, 1e-5, 0.1))
        .layer(|input| PlainDropout::new(input, 0.2))
        .dense(3, Activation::Identity)
        .build()
        .expect("a network");
    let model = Model::new(network, Cost::classification(), 1).expect("a model");
    model.with_threads(threads)
}

/// A run with all that looks at costs and states.
fn protocol(chebyshev: bool, pieces: usize, batch: usize) -> Protocol {
    let rule: Rule = match chebyshev {
        true => Chebyshev::below(10.0).expect("a rate").into(),
        false => Adam::new(0.02).into(),
    };
    let protocol = Protocol::new(rule).epochs(5).batch(batch).seed(3);
    let plateau = Plateau {
        patience: 1,
        ..Plateau::default()
    };
    let early = EarlyStopping {
        patience: 3,
        ..EarlyStopping::default()
    };
    (protocol.pieces(pieces).average(0.9))
        .plateau(plateau)
        .early_stopping(early)
}

/// What a run leaves: the bits of parameters and state, the costs of the epochs, the state after each, how it ended.
#[derive(Debug, Clone, PartialEq)]
struct Left {
    theta: Vec<u32>,
    state: Vec<u32>,
    costs: Vec<[u64; 2]>,
    end: Option<End>,
}

/// Trains on from a snapshot; what is left, and the snapshots after each epoch.
fn train(
    protocol: &Protocol,
    threads: usize,
    reduce: impl Reduce<f32>,
    from: Option<&Snapshot<f32, State>>,
) -> (Left, Vec<Snapshot<f32, State>>) {
    let (mut model, train, validation) = (model(threads), data(37, 0.0), data(9, 0.5));
    let run = Run::new(protocol.clone(), &mut model, &train).expect("a run");
    let run = run.validate(&validation).expect("it fits");
    let mut run = run.reduce(reduce).expect("room");
    if let Some(snapshot) = from {
        run.resume(snapshot.clone()).expect("it is its own");
    }
    let mut snapshots = Vec::new();
    while run.epoch().expect("an epoch").is_some() {
        snapshots.push(run.snapshot());
    }
    let history = run.stop();
    let bits = |numbers: &[f32]| numbers.iter().map(|x| x.to_bits()).collect();
    let costs = history.epochs.iter().map(|epoch| {
        let validation = epoch.validation.expect("a validation");
        [epoch.cost.to_bits(), validation.cost.to_bits()]
    });
    let left = Left {
        costs: costs.collect(),
        theta: bits(model.theta()),
        state: bits(model.state()),
        end: Some(history.end),
    };
    (left, snapshots)
}

/// The same in several processes at once.
fn together(
    protocol: &Protocol,
    processes: Vec<Simulated>,
    from: Option<&Snapshot<f32, State>>,
) -> Vec<(Left, Vec<Snapshot<f32, State>>)> {
    std::thread::scope(|scope| {
        let each = processes.into_iter().enumerate();
        let each = each.map(|(i, one)| scope.spawn(move || train(protocol, 1 + i % 2, one, from)));
        let each: Vec<_> = each.collect();
        let left = each.into_iter().map(|one| one.join().expect("a result"));
        left.collect()
    })
}

proptest! {
    #![proptest_config(gradflow_testing::config(32))]

    #[test]
    fn any_number_of_processes_leaves_the_bits_of_one(
        (pieces, ranks) in (1_usize..=13, 1_usize..=5),
        // Statistics need two samples, of the last mini-batch too.
        batch in prop::sample::select(vec![5_usize, 7, 8, 10, 11, 13, 16, 20, 37]),
        chebyshev in any::<bool>(),
        seed in any::<u32>(),
    ) {
        let protocol = protocol(chebyshev, pieces, batch);
        let (one, _) = train(&protocol, 1, InProcess::default(), None);
        for (left, _) in together(&protocol, simulated(ranks, u64::from(seed), None), None) {
            prop_assert_eq!(&left, &one);
        }
    }

    #[test]
    fn a_process_that_dies_ends_all_and_others_go_on(
        (pieces, ranks, others) in (1_usize..=13, 2_usize..=5, 1_usize..=4),
        (chebyshev, who, call) in (any::<bool>(), 0_usize..5, 1_u64..40),
        seed in any::<u32>(),
    ) {
        let protocol = protocol(chebyshev, pieces, 8);
        let (one, _) = train(&protocol, 1, InProcess::default(), None);
        let seed = u64::from(seed);
        let broken = together(&protocol, simulated(ranks, seed, Some((who % ranks, call))), None);
        for (left, snapshots) in broken {
            // It ended before the call, or without a step that the whole run does not have.
            let diverged = matches!(left.end, Some(End::Diverged { .. }));
            prop_assert!(left == one || diverged);
            let from = snapshots.last();
            for (left, _) in together(&protocol, simulated(others, seed, None), from) {
                prop_assert_eq!(&left, &one);
            }
        }
    }

    #[test]
    fn a_sum_has_one_order(pieces in 1_usize..200, cuts in prop::collection::vec(0_usize..200, 0..6), seed in any::<u64>()) {
        let join = |left: &mut String, right: String| *left = format!("({left} {right})");
        let whole = |mut arrivals: Vec<(Range<usize>, String)>| {
            arrivals.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
            let mut tree = Tree::new(pieces);
            for (range, text) in arrivals {
                tree.add(range, text, join);
            }
            tree.sums().to_vec()
        };
        let leaves = |range: Range<usize>| range.map(|i| (i..i + 1, i.to_string())).collect::<Vec<_>>();
        let all = whole(leaves(0..pieces));
        prop_assert_eq!(all.len(), 1);
        prop_assert_eq!(&all[0].0, &(0..pieces));
        // No deeper than need be.
        let depth = all[0].1.chars().scan(0_u32, |open, c| {
            match c { '(' => *open += 1, ')' => *open -= 1, _ => () }
            Some(*open)
        }).max();
        prop_assert_eq!(depth, Some(pieces.next_power_of_two().ilog2()));
        // Processes with ranges of any size send whole nodes.
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (pieces + 1)).collect();
        cuts.extend([0, pieces]);
        cuts.sort_unstable();
        let mut nodes = Vec::new();
        for cut in cuts.windows(2) {
            let range = cut[0]..cut[1];
            let mut tree = Tree::new(pieces);
            for (leaf, text) in leaves(range.clone()) {
                tree.add(leaf, text, join);
            }
            let ranges: Vec<_> = Tree::<()>::nodes(pieces, range).collect();
            prop_assert_eq!(tree.sums().iter().map(|(range, _)| range.clone()).collect::<Vec<_>>(), ranges);
            nodes.extend(tree.sums().to_vec());
        }
        prop_assert_eq!(whole(nodes), all);
    }
}
