//! What fixed point costs.

use core::fmt;

use gradflow::Model;
use gradflow::data::Dataset;

use super::plan::Pieces;
use super::run::{dequantise, quantise, run};
use super::sizes::sizes;
use crate::CodegenError;
use crate::run::run as run_float;

/// What fixed point costs: accuracy on samples with labels, errors of the predictions, memory. `Display` prints it.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Quantisation {
    /// Number of samples.
    pub samples: usize,
    /// Share of the labels that the model predicts in floating point; `None` where targets are values.
    pub accuracy: Option<f64>,
    /// Share of the labels that it predicts in fixed point.
    pub accuracy_fixed: Option<f64>,
    /// Largest difference between a prediction in fixed and one in floating point: of probabilities, or in the units of the targets.
    pub largest_error: f64,
    /// Mean of the absolute differences.
    pub mean_error: f64,
    /// Bytes of constants: what the source takes of flash memory, beside its code.
    pub constants: usize,
    /// Bytes of memory on the stack.
    pub memory: usize,
}

impl Quantisation {
    /// What was measured, line by line.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "On {} samples predictions differ from those of f32 by at most {:.3e}, by {:.3e} on average.",
            self.samples, self.largest_error, self.mean_error
        )];
        if let (Some(float), Some(fixed)) = (self.accuracy, self.accuracy_fixed) {
            lines.push(format!(
                "Accuracy: {:.2} % in f32, {:.2} % in fixed point.",
                100.0 * float,
                100.0 * fixed
            ));
        }
        lines
    }
}

impl fmt::Display for Quantisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines() {
            writeln!(f, "{line}")?;
        }
        write!(
            f,
            "{} bytes of constants, {} bytes of memory on the stack.",
            self.constants, self.memory
        )
    }
}

/// The model in both kinds of numbers on samples.
pub(super) fn compare(
    pieces: &Pieces,
    model: &Model<f32>,
    data: &Dataset<f32>,
) -> Result<Quantisation, CodegenError> {
    let accuracy = model.evaluate(data)?.accuracy();
    let outputs = model.outputs(data.inputs())?;
    let network = &pieces.network;
    let size = network.plan.outputs;
    let (mut largest, mut sum, mut hits) = (0f64, 0f64, 0usize);
    for (s, x) in data.inputs().iter().enumerate() {
        let expected = run_float(&pieces.after, &outputs[s * size..][..size], |_, _| ());
        let came = dequantise(pieces, &run(network, &quantise(network.input, x)));
        for (a, b) in expected.iter().zip(&came) {
            let error = f64::from(a - b).abs();
            (largest, sum) = (largest.max(error), sum + error);
        }
        let label = data.labels().map(|labels| labels[s]);
        hits += usize::from(label == Some(model.cost().class_of(&came)));
    }
    let samples = data.len();
    let [constants, memory] = sizes(pieces);
    Ok(Quantisation {
        samples,
        accuracy,
        accuracy_fixed: data.labels().map(|_| hits as f64 / samples as f64),
        largest_error: largest,
        mean_error: sum / (samples * size) as f64,
        constants,
        memory,
    })
}
