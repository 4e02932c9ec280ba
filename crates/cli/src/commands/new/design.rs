//! An experiment that suits a table.

use super::look::{Look, Target};

/// Constants of the training.
struct Design {
    hidden: usize,
    batch: usize,
    epochs: usize,
    rate: f64,
    decay: f64,
}

impl Design {
    /// By the number of samples and what is to be predicted.
    fn of(look: &Look) -> Self {
        let samples = look.samples;
        let batch = match samples {
            0..1000 => 16,
            1000..10_000 => 32,
            10_000..100_000 => 128,
            _ => 256,
        };
        // Enough steps for any of them, and not more passes than a small table bears.
        let steps = samples.div_ceil(batch).max(1);
        let epochs = (3000 / steps).clamp(10, 100);
        let hidden = match samples {
            0..2000 => 16,
            2000..20_000 => 32,
            _ => 64,
        };
        Self {
            hidden,
            batch,
            epochs,
            rate: 0.005,
            decay: 0.1,
        }
    }
}

/// The experiment as a text.
pub(crate) fn text(look: &Look, file: &str) -> String {
    let Design {
        hidden,
        batch,
        epochs,
        rate,
        decay,
    } = Design::of(look);
    let fields = &look.fields;
    let (outputs, cost, prepare) = match &look.target {
        Target::Classes(classes) => (
            classes.len(),
            "// A probability for each class, and the cross-entropy of the right one.\n    cost: (output: Softmax, loss: CrossEntropy),",
            "// Inputs with mean 0 and deviation 1; the model does the same to new rows.\n    prepare: [Standardise],",
        ),
        Target::Values(values) => (
            *values,
            "// Values as they come out, and half the squared error.\n    cost: (output: Identity, loss: SquaredError),",
            "// Inputs and targets with mean 0 and deviation 1; the model does the same to new rows, and predicts in the targets' own units.\n    prepare: [Standardise, StandardiseTargets],",
        ),
    };
    let steps = epochs * (look.samples * 4 / 5).div_ceil(batch).max(1);
    format!(
        "// {summary}.
(
    // The table, seen from this file. Columns are named, or numbered from 0; `without: [\"id\"]` leaves some out.
    data: Csv(file: {file:?}{fields}),

    // A share that is kept apart to test the trained model on.
    split: (test: 0.2, seed: 1),

    {prepare}

    // The layers. More or larger ones learn finer things, and need more samples.
    network: [
        Dense(outputs: {hidden}, activation: Tanh),
        Dense(outputs: {outputs}, activation: Identity),
    ],

    {cost}

    protocol: (
        // The rule with its rate, which falls to 0 over all steps, and how fast weights decay: the larger, the smoother.
        descent: (rule: AdamW(rate: {rate}, decay: {decay}), schedule: Cosine(steps: {steps}, floor: 0.0)),
        // Passes over the training part, and samples of a step.
        epochs: {epochs},
        batch: {batch},
        seed: 1,
    ),

    // The seed of the first weights.
    seed: 1,
)
",
        summary = look.summary(),
    )
}
