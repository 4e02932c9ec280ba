//! A small network trained by every rule with the same number of gradients.

use anyhow::Result;
use gradflow::optim::Rule;
use gradflow::{Activation, Cost, Dataset, End, Model, Network, Protocol};
use gradflow_examples::digits;

/// Mini-batches of this many samples.
const BATCH: usize = 64;

/// What a run ends with.
struct Outcome {
    cost: f64,
    accuracy: f64,
}

fn train(
    rule: &Rule,
    batch: usize,
    epochs: usize,
    seed: u64,
    data: &[Dataset<f32>; 2],
) -> Result<Option<Outcome>> {
    let network = Network::builder([1, 8, 8])
        .dense(16, Activation::Tanh)
        .dense(10, Activation::Identity)
        .build()?;
    let mut model = Model::new(network, Cost::classification(), seed)?;
    let history = Protocol::new(rule.clone())
        .epochs(epochs)
        .batch(batch)
        .seed(seed)
        .train(&mut model, &data[0])?;
    if matches!(history.end, End::Diverged { .. }) {
        return Ok(None);
    }
    let cost = model.evaluate(&data[0])?.cost;
    let accuracy = model.evaluate(&data[1])?.accuracy().unwrap_or(f64::NAN);
    Ok(cost.is_finite().then_some(Outcome { cost, accuracy }))
}

/// The best of several rates, by the cost on the training set.
fn best(
    rule: &Rule,
    batch: usize,
    epochs: usize,
    seed: u64,
    data: &[Dataset<f32>; 2],
) -> Result<Option<Outcome>> {
    let mut best: Option<Outcome> = None;
    for i in -4..=5 {
        let rate = rule.rate() * 10_f64.powf(f64::from(i) / 2.0);
        let rule = rule.clone().with_rate(rate);
        if rule.validate().is_err() {
            continue;
        }
        if let Some(outcome) = train(&rule, batch, epochs, seed, data)?
            && best.as_ref().is_none_or(|best| outcome.cost < best.cost)
        {
            best = Some(outcome);
        }
    }
    Ok(best)
}

/// Prints cost and accuracy of every rule, on the full batch and on mini-batches.
pub(crate) fn print(budget: usize, seed: u64) -> Result<()> {
    let (train, test) = digits()?.split_stratified(0.8, seed)?;
    let full = train.len();
    println!(
        "\na 64-16-10 network on {full} digits, each rule at the best of 10 rates: \
         {budget} gradients of the full batch, or those of {} epochs of mini-batches\n",
        budget / 10
    );
    println!(
        "| rule | full batch: cost | accuracy | mini-batches of {BATCH}: cost | accuracy |\n|---|---|---|---|---|"
    );
    let data = [train, test];
    // A matrix of all gradient products is for a few hundred parameters.
    let rules = Rule::examples().into_iter();
    for rule in rules.filter(|rule| rule.name() != "FullMatrixAdaGrad") {
        // All stages of a step see the same mini-batch, so an epoch costs one gradient a stage.
        let epochs = budget / rule.gradients_per_step();
        let mut row = format!("| {} |", rule.name());
        for batch in [full, BATCH] {
            // A tenth of the budget suffices on mini-batches, which make many more steps.
            let epochs = if batch == full { epochs } else { epochs / 10 };
            row += &match best(&rule, batch, epochs.max(1), seed, &data)? {
                Some(end) => format!(" {:.4} | {:.1} % |", end.cost, 100.0 * end.accuracy),
                None => " diverges | |".into(),
            };
        }
        println!("{row}");
    }
    Ok(())
}
