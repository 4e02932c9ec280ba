//! An experiment that suits data.

use std::path::Path;

use gradflow::DataFile;

use super::fields;
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
        let epochs = (2000 / steps).clamp(10, 60);
        let hidden = match samples {
            0..2000 => 16,
            2000..20_000 => 32,
            _ => 64,
        };
        // Few samples say little: weights that they do not ask for are to vanish.
        let decay = (500.0 / samples as f64).clamp(0.01, 1.0);
        let decay = (decay * 100.0).round() / 100.0;
        Self {
            hidden,
            batch,
            epochs,
            rate: 0.005,
            decay,
        }
    }

    /// The layers, each on a line of its own: pictures that are large enough are looked at by filters.
    fn layers(&self, look: &Look, outputs: usize) -> String {
        const FILTERS: &str = "window: (size: (3, 3), padding: Same), activation: Relu";
        let [_, v, h] = look.shape;
        let last = format!("Dense(outputs: {outputs}, activation: Identity)");
        let layers = match v.min(h) >= 8 {
            true => vec![
                format!("Conv(filters: 8, {FILTERS})"),
                "MaxPool(window: (size: (2, 2), remainder: Ceil))".to_owned(),
                format!("Conv(filters: 16, {FILTERS})"),
                "MaxPool(window: (size: (2, 2), remainder: Ceil))".to_owned(),
                last,
            ],
            false => vec![
                format!("Dense(outputs: {}, activation: Tanh)", self.hidden),
                last,
            ],
        };
        let lines = layers.iter().map(|layer| format!("        {layer},\n"));
        lines.collect()
    }
}

/// The steps of the preparation with a comment: pixels are from 0 to 1 already.
fn preparation(look: &Look) -> (&'static str, &'static str) {
    let pixels = match &look.data {
        DataFile::Pictures(_) => true,
        DataFile::Npy(files) => files.maximum == 255.0,
        DataFile::Npz(file) => file.maximum == 255.0,
        _ => false,
    };
    match (pixels, &look.target) {
        (true, Target::Classes(_)) => ("Nothing: pixels are from 0 to 1.", "[]"),
        (true, Target::Values(_)) => (
            "Targets with mean 0 and deviation 1; the model predicts in their own units.",
            "[StandardiseTargets]",
        ),
        (false, Target::Classes(_)) => (
            "Inputs with mean 0 and deviation 1; the model does the same to new rows.",
            "[Standardise]",
        ),
        (false, Target::Values(_)) => (
            "Inputs and targets with mean 0 and deviation 1; the model predicts in the targets' own units.",
            "[Standardise, StandardiseTargets]",
        ),
    }
}

/// The number of outputs, and the cost with a comment.
fn cost(target: &Target) -> (usize, &'static str, &'static str) {
    match target {
        Target::Classes(classes) => (
            classes.len(),
            "A probability for each class, and the cross-entropy of the right one.",
            "(output: Softmax, loss: CategoricalCrossEntropy)",
        ),
        Target::Values(values) => (
            *values,
            "The value as it comes out, and half its squared error.",
            "(output: Identity, loss: SquaredError)",
        ),
    }
}

/// The experiment as a text; the function says how a file is called, seen from the experiment.
pub(crate) fn text(look: &Look, seen: &impl Fn(&Path) -> String) -> String {
    let design = Design::of(look);
    let (on_prepare, prepare) = preparation(look);
    let (outputs, on_cost, cost) = cost(&look.target);
    let layers = design.layers(look, outputs);
    let Design {
        batch,
        epochs,
        rate,
        decay,
        ..
    } = design;
    let left_out = match look.left_out.is_empty() {
        true => String::new(),
        false => format!(
            "    // Left out, since they can be no inputs as they are: {}.\n",
            look.left_out.join(", ")
        ),
    };
    let steps = epochs * (look.samples * 4 / 5).div_ceil(batch).max(1);
    format!(
        "// {summary}.
(
    // {on_data}
{left_out}    data: {data},

    // A share that is kept apart to test the trained model on.
    split: (test: 0.2, seed: 1),

    // {on_prepare}
    prepare: {prepare},

    // The layers. More or larger ones learn finer things, and need more samples.
    network: [
{layers}    ],

    // {on_cost}
    cost: {cost},

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
        on_data = fields::comment(&look.data),
        data = fields::data(&look.data, seen),
    )
}
