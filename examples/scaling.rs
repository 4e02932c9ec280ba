//! A step of data-parallel training on many nodes, on paper: how its time is made up, and when more nodes pay.
//!
//! `cargo run --example scaling -- --out DIR` prints the tables of docs/scaling.md and writes its picture, `scaling.svg`.
//!
//! A step on `P` nodes takes
//!
//! `t(P) = c b/P + u n + s(P, n)`,
//!
//! with `c` seconds for the passes over a sample, of `b` in a mini-batch, `u` seconds for what each node does once for each of the `n` parameters (the
//! method's step, copies), and `s` for the sum over the nodes, each of which has one piece. A message takes `alpha + bytes/beta`.
//! Few numbers go to all nodes in `log2 P` rounds and are added up by each; of many, each node gets a part from all others, adds it up and hands it on.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;
use gradflow_examples::picture::{Axes, Curve, Frame, chart};
use gradflow_examples::report;

/// Data-parallel training on paper.
#[derive(Parser)]
struct Args {
    /// The folder of the picture.
    #[arg(long, default_value = "docs/figures")]
    out: PathBuf,
}

/// How messages travel, and how fast a node adds up.
struct Network {
    /// Seconds of a message without length.
    alpha: f64,
    /// Bytes a second, in each direction.
    beta: f64,
    /// Seconds for adding up a number that has come.
    gamma: f64,
}

/// 100 Gbit/s and 1.5 microseconds.
const STATED: Network = Network {
    alpha: 1.5e-6,
    beta: 12.5e9,
    gamma: 0.25e-9,
};

/// What a network costs on one core of the machine of the measurements.
struct Net {
    name: &'static str,
    /// Parameters.
    n: f64,
    /// Seconds for a sample.
    c: f64,
    /// Seconds for a parameter.
    u: f64,
}

const NETS: [Net; 5] = [
    Net {
        name: "a",
        n: 101_770.0,
        c: 3.4e-6,
        u: 0.5e-9,
    },
    Net {
        name: "b",
        n: 669_706.0,
        c: 24e-6,
        u: 1.0e-9,
    },
    Net {
        name: "c",
        n: 6_188.0,
        c: 14e-6,
        u: 1.0e-9,
    },
    Net {
        name: "d",
        n: 505_674.0,
        c: 111e-6,
        u: 1.0e-9,
    },
    Net {
        name: "10^8, dense",
        n: 1e8,
        c: 3.6e-3,
        u: 1.0e-9,
    },
];

/// Numbers of all nodes up to which each gets all of them; as in gradflow-mpi.
const FEW: f64 = 65_536.0;
const BYTES: f64 = 4.0;

impl Network {
    /// Seconds for the sum of `n` numbers over `p` nodes with one piece each.
    fn sum(&self, n: f64, p: f64) -> f64 {
        let Self { alpha, beta, gamma } = self;
        if p <= 1.0 {
            return 0.0;
        }
        let others = p - 1.0;
        let rounds = p.log2().ceil();
        if n * p <= FEW {
            return alpha * rounds + others * n * (BYTES / beta + gamma);
        }
        // The values in one call; each part to its node; the parts to all.
        let parts = others * alpha + n * others / p * (BYTES / beta + gamma);
        let whole = others.min(2.0 * rounds) * alpha + n * others / p * BYTES / beta;
        rounds * alpha + parts + whole
    }
}

impl Net {
    fn step(&self, network: &Network, batch: f64, p: f64) -> f64 {
        // Whole samples: the node with the most of them is waited for.
        self.c * (batch / p).ceil() + self.u * self.n + network.sum(self.n, p)
    }

    /// How many times faster `p` nodes are than one.
    fn gain(&self, network: &Network, batch: f64, p: f64) -> f64 {
        self.step(network, batch, 1.0) / self.step(network, batch, p)
    }
}

fn main() -> ExitCode {
    report(run(&Args::parse()))
}

const BATCHES: [f64; 2] = [256.0, 8192.0];

fn run(args: &Args) -> Result<()> {
    let nodes: Vec<f64> = (0..=60)
        .map(|i| 10_f64.powf(f64::from(i) / 20.0).round())
        .collect();
    println!(
        "| net | parameters | batch | sum of 1,000 nodes, us | gain of 10 nodes | 100 | 1,000 | most | at | half of the nodes' worth up to |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for net in &NETS {
        for batch in BATCHES {
            let gain = |p: f64| net.gain(&STATED, batch, p);
            let (at, most) = (1..=1000).fold((1, 1.0), |best, p| {
                let gain = gain(f64::from(p));
                if gain > best.1 { (p, gain) } else { best }
            });
            let half = (1..=1000)
                .rev()
                .find(|p| gain(f64::from(*p)) >= 0.5 * f64::from(*p));
            let sum = STATED.sum(net.n, 1000.0) * 1e6;
            println!(
                "| {} | {} | {batch} | {sum:.0} | {:.1} | {:.1} | {:.1} | {most:.1} | {at} | {} |",
                net.name,
                net.n,
                gain(10.0),
                gain(100.0),
                gain(1000.0),
                half.unwrap_or(1)
            );
        }
    }
    let mut curves: Vec<Curve> = NETS
        .iter()
        .map(|net| Curve {
            label: format!("{}, batch 8192", net.name),
            points: nodes
                .iter()
                .map(|p| (*p, net.gain(&STATED, 8192.0, *p)))
                .collect(),
            marked: false,
            width: 2.0,
        })
        .collect();
    curves.push(Curve {
        label: "as many as nodes".into(),
        points: nodes.iter().map(|p| (*p, *p)).collect(),
        marked: false,
        width: 1.0,
    });
    let frame = Frame {
        title: "Times as fast as one node: 100 Gbit/s, 1.5 microseconds",
        axes: ["nodes", "times as fast"],
        x: [1.0, 1000.0],
        y: [0.5, 1000.0],
    };
    std::fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    chart(&args.out.join("scaling.svg"), &frame, Axes::Log, &curves)
}
