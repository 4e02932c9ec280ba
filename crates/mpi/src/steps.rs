//! Times of steps over MPI: `mpirun -n N gradflow-mpi-steps step NET BATCH PIECES STEPS`, NET one of a, b, c, d (docs/performance.md) and cifar; and of
//! the sums alone, `gradflow-mpi-steps sum NUMBERS PIECES TIMES`. `apart` for `step`: each process trains on its own, and waits for the others after each step. One thread each, made-up data. Microseconds: the median and the lower quartile.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use gradflow::optim::Adam;
use gradflow::{
    Activation, Cost, Dataset, InProcess, Model, Network, Pieces, Protocol, Reduce, Run,
};
use gradflow_mpi::Ranks;

fn main() -> Result<()> {
    let ranks = Ranks::start()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize| -> Result<usize> {
        let text = arguments.get(i).context("an argument is missing")?;
        text.parse()
            .with_context(|| format!("`{text}` is no number"))
    };
    let what = arguments.first().context("step or sum")?;
    let times = match &**what {
        "step" | "apart" => {
            let net = arguments.get(1).context("the name of a net")?;
            let together = what == "step";
            steps(&ranks, together, net, [number(2)?, number(3)?, number(4)?])?
        }
        "sum" => sums(&ranks, number(1)?, number(2)?, number(3)?)?,
        other => bail!("`{other}` is neither step nor sum"),
    };
    if ranks.is_first() {
        let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
        let what = arguments.join(" ");
        println!(
            "{what} ranks={} median={:.1} quartile={:.1}",
            ranks.size(),
            at(0.5),
            at(0.25)
        );
    }
    Ok(())
}

/// Times of steps in microseconds, in ascending order.
fn steps(
    ranks: &Ranks,
    together: bool,
    net: &str,
    [batch, pieces, steps]: [usize; 3],
) -> Result<Vec<f64>> {
    let mut model = model(net)?;
    let shape = model.network().input();
    let samples = batch * 4;
    let inputs = (0..samples * shape.len())
        .map(|i| (i as f32 * 0.37).sin())
        .collect();
    let labels: Vec<usize> = (0..samples).map(|s| s * 7 % 10).collect();
    let data = Dataset::<f32>::classification(shape, inputs, labels, 10)?;
    let protocol = Protocol::new(Adam::new(1e-4)).batch(batch).pieces(pieces);
    let mut run = Run::new(protocol.epochs(usize::MAX), &mut model, &data)?;
    if together && ranks.size() > 1 {
        run = run.reduce(ranks.reduce())?;
    }
    let mut times = Vec::new();
    for step in 0..steps + 3 {
        let start = Instant::now();
        run.step()?;
        if !together {
            ranks.wait();
        }
        // The first ones find their memory.
        if step >= 3 {
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

fn model(net: &str) -> Result<Model<f32>> {
    let (relu, soft) = (Activation::Relu, Activation::SoftSign);
    let image = || Network::builder([1, 28, 28]);
    let network = match net {
        "a" => Network::builder(784).dense(128, relu),
        "b" => Network::builder(784)
            .dense(512, relu.clone())
            .dense(512, relu),
        "c" => (image().conv(5, [3, 3], relu.clone()).conv(8, [5, 5], relu)).stride([3, 3]),
        "d" => (image().conv(16, [5, 5], relu.clone()))
            .conv(32, [4, 4], relu.clone())
            .stride([2, 2])
            .dense(128, relu),
        "cifar" => (Network::builder([3, 32, 32]).conv(5, [3, 3], soft.clone()))
            .max_pool([2, 2])
            .conv(8, [5, 5], soft)
            .stride([2, 2]),
        other => bail!("no net `{other}`"),
    };
    let network = network.dense(10, Activation::Identity).build()?;
    Ok(Model::new(network, Cost::classification(), 1)?.with_threads(1))
}

/// Pieces that take no time.
struct Nothing {
    pieces: usize,
    numbers: usize,
}

impl Pieces<f32> for Nothing {
    fn len(&self) -> usize {
        self.pieces
    }

    fn numbers(&self) -> usize {
        self.numbers
    }

    fn piece(&mut self, _: usize, _: &[f32], _: &mut [f32]) -> f64 {
        0.0
    }
}

/// Times of sums in microseconds, in ascending order.
fn sums(ranks: &Ranks, numbers: usize, pieces: usize, times: usize) -> Result<Vec<f64>> {
    let mut together = ranks.reduce::<f32>();
    let mut alone = InProcess::default();
    let reduce: &mut dyn Reduce<f32> = match ranks.size() {
        1 => &mut alone,
        _ => &mut together,
    };
    reduce.make_room(pieces, numbers)?;
    let mut of = Nothing { pieces, numbers };
    let mut all = Vec::new();
    for time in 0..times + 3 {
        let start = Instant::now();
        reduce.sum(&mut of, &[]);
        if time >= 3 {
            all.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    all.sort_by(f64::total_cmp);
    Ok(all)
}
