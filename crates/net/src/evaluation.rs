//! How good a model is on a data set.

mod classified;
mod judge;
mod seen;
mod valued;

use core::fmt;

use crate::ConfusionMatrix;
use crate::metrics::{MultiLabelScores, ProbabilityScores, RegressionScores};

pub(crate) use judge::Judge;
pub use judge::Together;

/// Cost and metrics of a model on a data set, by [`Model::evaluate`](crate::Model::evaluate); `Display` prints a report.
///
/// Every metric is that of the function of the same name in [`metrics`](crate::metrics). With weights of samples all but the
/// counts are weighted. What a data set of labels and what one of values has is said at each field.
///
/// ```
/// use gradflow::{Activation, Cost, Dataset, Model, Network};
///
/// let data = Dataset::classification(1, vec![-1.0, 1.0, 2.0], [0, 1, 0], 2)?;
/// let data = data.with_class_names(["ham", "spam"])?;
/// let network = Network::builder([1, 1, 1]).dense(1, Activation::Identity).build()?;
/// let model = Model::with_parameters(network, Cost::binary(), vec![1.0, 0.0])?; // weight 1, bias 0
///
/// let evaluation = model.evaluate(&data)?;
/// assert_eq!(evaluation.accuracy(), Some(2.0 / 3.0));
/// assert_eq!(evaluation.roc_auc, Some(0.5));
/// let report = evaluation.to_string();
/// assert!(report.contains("spam              0.5000     1.0000     0.6667          1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Evaluation {
    /// Number of samples.
    pub samples: usize,
    /// Mean cost (19); with weights, `sum w_s L_s / sum w_s`.
    #[cfg_attr(feature = "serde", serde(with = "gradflow_optim::number"))]
    pub cost: f64,
    /// Which class was taken for which, with precision, recall and F1; `None` for a data set of values.
    pub confusion: Option<ConfusionMatrix>,
    /// Top-k accuracy for `k = 1, 2, …`, up to [`Evaluation::TOP`] or the number of classes, of a network with an output for each
    /// class; else empty.
    pub top_k: Vec<f64>,
    /// [`metrics::roc_auc`](crate::metrics::roc_auc): of class 1, or the mean over the classes, each against the rest. `None` for
    /// a data set of values, where no class has one, for scores that are NaN, and for more than [`Evaluation::RANKED`] classes or
    /// [`Evaluation::AT_ONCE`] scores.
    pub roc_auc: Option<f64>,
    /// Log loss, Brier score and calibration error; `None` for a data set of values, and for outputs that are no distribution over
    /// the classes (neither soft-max, nor one logistic output).
    pub probabilities: Option<ProbabilityScores>,
    /// Errors and `R^2`, in the targets' own units, whatever they were scaled by; `None` for a data set of labels.
    pub regression: Option<RegressionScores>,
    /// Names of the target values, with their units: `length (cm)`; empty where there are neither.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub target_names: Vec<String>,
    /// How many yes-or-no answers are right; `None` unless outputs lie in (0, 1) by the cost (logistic, or a cross-entropy of the
    /// outputs themselves) and all target values are 0 or 1.
    pub multi_label: Option<MultiLabelScores>,
}

impl Evaluation {
    /// The largest `k` of [`Evaluation::top_k`].
    pub const TOP: usize = 10;

    /// The area under the receiver operating characteristic needs all scores at once, and as many sorted columns as there are
    /// classes; of more classes than this it is not computed.
    pub const RANKED: usize = 256;

    /// Outputs that are kept until all are there. Of more, the area under the curve is not computed, and errors and `R^2` are computed from running
    /// sums: the same but for rounding, and without the care for squares that leave the range of `f64`.
    pub const AT_ONCE: usize = 1 << 24;

    /// Fraction of samples whose label was predicted; `None` for a data set of values.
    pub fn accuracy(&self) -> Option<f64> {
        self.confusion.as_ref().map(ConfusionMatrix::accuracy)
    }

    /// Fraction of samples whose label is among the `k` largest outputs; `None` where [`Evaluation::top_k`] ends before.
    pub fn top_k(&self, k: usize) -> Option<f64> {
        self.top_k.get(k.checked_sub(1)?).copied()
    }

    fn of_classes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(confusion) = &self.confusion {
            write!(f, "{}", confusion.report())?;
            if confusion.classes() > 1 {
                writeln!(f, "{confusion}")?;
            }
        }
        for (k, top) in self.top_k.iter().enumerate() {
            // Among all classes each is found.
            let last = k + 1 == self.top_k.len() && top == &1.0;
            if [2, 3, 5, 10].contains(&(k + 1)) && !last {
                line(f, &format!("top-{} accuracy", k + 1), *top)?;
            }
        }
        if let Some(area) = self.roc_auc {
            line(f, "ROC-AUC", area)?;
        }
        if let Some(scores) = &self.probabilities {
            line(f, "log loss", scores.log_loss)?;
            line(f, "Brier score", scores.brier_score)?;
            let bins = ProbabilityScores::BINS;
            line(
                f,
                &format!("calibration error ({bins} bins)"),
                scores.calibration_error,
            )?;
        }
        Ok(())
    }

    fn of_values(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scores) = &self.multi_label {
            line(f, "accuracy of answers", scores.accuracy)?;
            line(f, "all answers right", scores.exact)?;
            line(f, "F1, macro", scores.f1_macro)?;
            return line(f, "F1, micro", scores.f1_micro);
        }
        let Some(scores) = &self.regression else {
            return Ok(());
        };
        let names = self.target_names.iter().take(PRINTED);
        let longest = names.map(|name| name.chars().count()).max();
        let width = longest.map_or(14, |longest| 14.max(longest + 1));
        writeln!(f, "{:<width$}{:>12} {:>12} {:>8}", "", "MAE", "RMSE", "R^2")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &str, errors: [f64; 2], r: Option<f64>| {
            write!(f, "{name:<width$}{:>12.6} {:>12.6} ", errors[0], errors[1])?;
            match r {
                Some(r) => writeln!(f, "{r:>8.4}"),
                None => writeln!(f, "{:>8}", "-"),
            }
        };
        let several = scores.components.len() > 1;
        for (a, c) in scores
            .components
            .iter()
            .take(PRINTED)
            .enumerate()
            .filter(|_| several)
        {
            let errors = [c.mean_absolute_error, c.root_mean_squared_error];
            let number = format!("output {a}");
            let name = self.target_names.get(a).unwrap_or(&number);
            row(f, name, errors, c.r_squared)?;
        }
        let errors = [scores.mean_absolute_error, scores.root_mean_squared_error];
        row(
            f,
            match self.target_names.first() {
                _ if several => "mean",
                Some(name) => name,
                None => "output",
            },
            errors,
            scores.r_squared,
        )
    }
}

/// More outputs than this are not printed one by one.
const PRINTED: usize = 40;

fn line(f: &mut fmt::Formatter<'_>, name: &str, value: f64) -> fmt::Result {
    writeln!(f, "{name:<28} {value:.4}")
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} samples, cost {:.6}", self.samples, self.cost)?;
        self.of_classes(f)?;
        self.of_values(f)
    }
}
