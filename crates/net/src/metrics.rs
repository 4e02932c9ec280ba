//! How good predictions are.

use core::fmt;
use std::collections::BTreeMap;

use thiserror::Error;

/// Why a metric has no meaning for what it was given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MetricError {
    /// As many predictions as targets are compared.
    #[error("{predicted} predictions for {targets} targets")]
    Lengths {
        /// Predictions given.
        predicted: usize,
        /// Labels or target values given.
        targets: usize,
    },
    /// A class that there is not.
    #[error("class {class}: there are {classes} classes, counted from 0")]
    Class {
        /// The class given.
        class: usize,
        /// Number of classes.
        classes: usize,
    },
}

fn same_lengths<P, L>(predicted: &[P], targets: &[L]) -> Result<(), MetricError> {
    if predicted.len() == targets.len() {
        return Ok(());
    }
    Err(MetricError::Lengths {
        predicted: predicted.len(),
        targets: targets.len(),
    })
}

/// Fraction of the labels that were predicted; 0 for no labels at all.
///
/// ```
/// assert_eq!(gradflow::metrics::accuracy(&[0, 1, 1, 2], &[0, 1, 2, 2]), Ok(0.75));
/// ```
///
/// # Errors
/// [`MetricError::Lengths`].
pub fn accuracy(predicted: &[usize], labels: &[usize]) -> Result<f64, MetricError> {
    same_lengths(predicted, labels)?;
    let hits = predicted.iter().zip(labels).filter(|(p, l)| p == l).count();
    Ok(hits as f64 / labels.len().max(1) as f64)
}

/// How often each class was taken for which; `Display` prints it as a table with a row per true class.
///
/// Only pairs that occur are kept, so that many classes cost nothing.
///
/// ```
/// let confusion = gradflow::ConfusionMatrix::new(3, &[0, 1, 1, 2], &[0, 1, 2, 2])?;
/// assert_eq!(confusion.count(2, 1), 1); // one 2 was taken for a 1
/// assert_eq!(confusion.accuracy(), 0.75);
/// assert_eq!(confusion.recall(2), Some(0.5));
/// # Ok::<(), gradflow::metrics::MetricError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    classes: usize,
    /// By true and predicted class.
    counts: BTreeMap<(usize, usize), usize>,
    /// Samples of each class that occurs, and predictions of it.
    sums: BTreeMap<usize, [usize; 2]>,
    names: Option<Vec<String>>,
}

/// More classes than this are not printed as a table.
const PRINTED: usize = 40;

impl ConfusionMatrix {
    /// Counts pairs of a predicted and a true class; classes are `0..classes`.
    ///
    /// # Errors
    /// [`MetricError`] for another number of predictions than labels, or a class that there is not.
    pub fn new(classes: usize, predicted: &[usize], labels: &[usize]) -> Result<Self, MetricError> {
        same_lengths(predicted, labels)?;
        let (mut counts, mut sums) = (BTreeMap::new(), BTreeMap::<usize, [usize; 2]>::new());
        for (&p, &l) in predicted.iter().zip(labels) {
            if let Some(class) = [p, l].into_iter().find(|class| *class >= classes) {
                return Err(MetricError::Class { class, classes });
            }
            *counts.entry((l, p)).or_insert(0) += 1;
            sums.entry(l).or_default()[0] += 1;
            sums.entry(p).or_default()[1] += 1;
        }
        Ok(Self {
            classes,
            counts,
            sums,
            names: None,
        })
    }

    /// The same with the classes' names, for the table.
    #[must_use]
    pub fn with_names(self, names: Option<&[String]>) -> Self {
        Self {
            names: names.map(<[String]>::to_vec),
            ..self
        }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many samples of class `label` were predicted as `predicted`; 0 for classes that do not exist.
    pub fn count(&self, label: usize, predicted: usize) -> usize {
        self.counts.get(&(label, predicted)).copied().unwrap_or(0)
    }

    /// Fraction on the diagonal; 0 for no samples.
    pub fn accuracy(&self) -> f64 {
        let hits = self.counts.iter().filter(|((l, p), _)| l == p);
        let hits: usize = hits.map(|(_, count)| count).sum();
        hits as f64 / self.counts.values().sum::<usize>().max(1) as f64
    }

    /// Fraction of the samples of a class that were predicted as it; `None` for a class without samples.
    pub fn recall(&self, class: usize) -> Option<f64> {
        self.rate(class, 0)
    }

    /// Fraction of the predictions of a class that were right; `None` for a class never predicted.
    pub fn precision(&self, class: usize) -> Option<f64> {
        self.rate(class, 1)
    }

    fn rate(&self, class: usize, side: usize) -> Option<f64> {
        let all = self.sums.get(&class)?[side];
        (all > 0).then(|| self.count(class, class) as f64 / all as f64)
    }

    /// The name of a class, or its number.
    fn name(&self, class: usize) -> String {
        let names = self.names.as_deref().unwrap_or_default();
        names
            .get(class)
            .cloned()
            .unwrap_or_else(|| class.to_string())
    }
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.classes > PRINTED {
            write!(f, "{} classes, ", self.classes)?;
            return write!(f, "accuracy {:.2}%", 100.0 * self.accuracy());
        }
        let names: Vec<String> = (0..self.classes).map(|class| self.name(class)).collect();
        let digits = self
            .counts
            .values()
            .max()
            .map_or(1, |n| n.to_string().len());
        let longest = names.iter().map(|name| name.chars().count()).max();
        let width = digits.max(longest.unwrap_or(0)) + 1;
        let first = width.max("true\\predicted".len());
        write!(f, "{:<first$}", "true\\predicted")?;
        for name in &names {
            write!(f, "{name:>width$}")?;
        }
        writeln!(f, "   recall")?;
        for (l, name) in names.iter().enumerate() {
            write!(f, "{name:>first$}")?;
            for p in 0..self.classes {
                write!(f, "{:>width$}", self.count(l, p))?;
            }
            match self.recall(l) {
                Some(recall) => writeln!(f, "  {:>6.1}%", 100.0 * recall)?,
                None => writeln!(f, "       -")?,
            }
        }
        write!(f, "accuracy {:.2}%", 100.0 * self.accuracy())
    }
}

/// Mean of `|v - y|` over all components of all samples; 0 for none.
///
/// ```
/// assert_eq!(gradflow::metrics::mean_absolute_error(&[1.0, 2.0], &[1.5, 2.0]), Ok(0.25));
/// ```
///
/// # Errors
/// [`MetricError::Lengths`].
pub fn mean_absolute_error(predicted: &[f64], targets: &[f64]) -> Result<f64, MetricError> {
    same_lengths(predicted, targets)?;
    let differences = predicted.iter().zip(targets).map(|(v, y)| (v - y).abs());
    Ok(differences.sum::<f64>() / targets.len().max(1) as f64)
}

/// Coefficient of determination `R^2 = 1 - sum (v - y)^2 / sum (y - mean y)^2` of one output component:
/// 1 for a perfect prediction, 0 for one as good as the mean. `None` where the targets do not vary.
///
/// ```
/// use gradflow::metrics::r_squared;
/// assert_eq!(r_squared(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), Ok(Some(1.0)));
/// assert_eq!(r_squared(&[2.0, 2.0, 2.0], &[1.0, 2.0, 3.0]), Ok(Some(0.0)));
/// assert_eq!(r_squared(&[0.1, 0.1, 0.2], &[0.1, 0.1, 0.1]), Ok(None)); // although their mean is not quite 0.1
/// ```
///
/// # Errors
/// [`MetricError::Lengths`].
pub fn r_squared(predicted: &[f64], targets: &[f64]) -> Result<Option<f64>, MetricError> {
    same_lengths(predicted, targets)?;
    if targets.iter().all(|y| *y == targets[0]) {
        return Ok(None);
    }
    // In units of the largest target, whose square can then neither vanish nor overflow.
    let unit = targets.iter().fold(0.0_f64, |unit, y| unit.max(y.abs()));
    let mean = targets.iter().map(|y| y / unit).sum::<f64>() / targets.len() as f64;
    let squares =
        |differences: &mut dyn Iterator<Item = f64>| differences.map(|d| d * d).sum::<f64>();
    let residual = squares(
        &mut predicted
            .iter()
            .zip(targets)
            .map(|(v, y)| v / unit - y / unit),
    );
    let total = squares(&mut targets.iter().map(|y| y / unit - mean));
    Ok(Some(1.0 - residual / total))
}
