//! Results in a line.

use anyhow::Result;
use gradflow::Evaluation;
use gradflow::data::Schema;

/// The errors of values in the targets' own units, where those that the model was judged on were scaled.
pub(crate) fn in_own_units(mut evaluation: Evaluation, schema: &Schema) -> Result<Evaluation> {
    if let Some(scores) = &mut evaluation.regression {
        let size = scores.components.len();
        let (mut zero, mut one) = (vec![0.0_f64; size], vec![1.0_f64; size]);
        schema.restore(&mut zero)?;
        schema.restore(&mut one)?;
        let units: Vec<f64> = one
            .iter()
            .zip(&zero)
            .map(|(one, zero)| one - zero)
            .collect();
        *scores = scores.in_units(&units)?;
    }
    Ok(evaluation)
}

/// Accuracy of labels, `R^2` of values: the name and the number, if there is one.
pub(crate) fn score(evaluation: &Evaluation) -> Option<(&'static str, f64)> {
    let accuracy = evaluation.accuracy().map(|a| ("accuracy", a));
    let r_squared = || {
        let scores = evaluation.regression.as_ref()?;
        Some(("r_squared", scores.r_squared?))
    };
    accuracy.or_else(r_squared)
}

/// The closing line, `key=value` pairs.
#[derive(Debug, Default)]
pub(crate) struct Closing(Vec<String>);

impl Closing {
    /// Adds `part_accuracy=…` or `part_r_squared=…`, if there is such a part.
    pub(crate) fn part(&mut self, part: &str, evaluation: Option<&Evaluation>) {
        if let Some((name, value)) = evaluation.and_then(score) {
            self.number(&format!("{part}_{name}"), value);
        }
    }

    /// Adds a number; a zero has no sign.
    pub(crate) fn number(&mut self, key: &str, value: f64) {
        self.0.push(format!("{key}={:.6}", value + 0.0));
    }

    pub(crate) fn seconds(&mut self, seconds: f64) {
        self.0.push(format!("seconds={seconds:.3}"));
    }

    pub(crate) fn line(&self) -> String {
        self.0.join(" ")
    }
}

/// Samples, cost and score of a part.
pub(crate) fn summary(evaluation: &Evaluation) -> String {
    let Evaluation { samples, cost, .. } = evaluation;
    let words = format!("{samples} samples, cost {cost:.4}");
    match score(evaluation) {
        Some(("accuracy", accuracy)) => format!("{words}, accuracy {:.2} %", 100.0 * accuracy),
        Some((_, r)) => format!("{words}, R^2 {r:.4}"),
        None => words,
    }
}
