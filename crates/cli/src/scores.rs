//! Results in a line.

use gradflow::Evaluation;

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
