//! Which class was taken for which.

use core::fmt;
use std::collections::BTreeMap;

use super::MetricError;
use super::weights::{Weights, same_lengths};
use crate::text::excerpt;

/// How often each class was taken for which; `Display` prints it as a table with a row per true class.
///
/// Only pairs that occur are kept, so that many classes cost nothing. Fractions are taken of the samples' weights, counts are of
/// samples. [`ConfusionMatrix::report`] prints precision, recall and F1.
///
/// ```
/// let confusion = gradflow::ConfusionMatrix::new(3, &[0, 1, 1, 2], &[0, 1, 2, 2])?;
/// assert_eq!(confusion.count(2, 1), 1); // one 2 was taken for a 1
/// assert_eq!(confusion.accuracy(), 0.75);
/// assert_eq!(confusion.recall(2), Some(0.5));
/// assert_eq!(confusion.f1(2), Some(2.0 / 3.0));
/// # Ok::<(), gradflow::metrics::MetricError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Fields", into = "Fields")
)]
pub struct ConfusionMatrix {
    classes: usize,
    /// By true and predicted class.
    cells: BTreeMap<(usize, usize), Cell>,
    /// Samples of each class that occurs, and predictions of it.
    sums: BTreeMap<usize, [Cell; 2]>,
    names: Option<Vec<String>>,
}

/// Samples and the sum of their weights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cell {
    count: usize,
    weight: f64,
}

impl Cell {
    fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.weight += other.weight;
    }
}

/// What a file says: true class, predicted class, samples, weight.
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename = "ConfusionMatrix", deny_unknown_fields)
)]
struct Fields {
    classes: usize,
    cells: Vec<(usize, usize, usize, f64)>,
    #[cfg_attr(feature = "serde", serde(default))]
    names: Option<Vec<String>>,
}

impl TryFrom<Fields> for ConfusionMatrix {
    type Error = MetricError;

    fn try_from(fields: Fields) -> Result<Self, MetricError> {
        let mut confusion = Self {
            classes: fields.classes,
            names: fields.names,
            ..Self::default()
        };
        for (index, (label, predicted, count, weight)) in fields.cells.into_iter().enumerate() {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(MetricError::Weight { index });
            }
            confusion.add(label, predicted, Cell { count, weight })?;
        }
        Ok(confusion)
    }
}

impl From<ConfusionMatrix> for Fields {
    fn from(confusion: ConfusionMatrix) -> Self {
        let cells = confusion.cells.into_iter();
        Self {
            classes: confusion.classes,
            cells: cells
                .map(|((l, p), cell)| (l, p, cell.count, cell.weight))
                .collect(),
            names: confusion.names,
        }
    }
}

/// More classes than this are not printed as a table.
pub(super) const PRINTED: usize = 40;

impl ConfusionMatrix {
    /// Counts pairs of a predicted and a true class; classes are `0..classes`.
    ///
    /// # Errors
    /// [`MetricError`] for another number of predictions than labels, or a class that there is not.
    pub fn new(classes: usize, predicted: &[usize], labels: &[usize]) -> Result<Self, MetricError> {
        Self::weighted(classes, predicted, labels, None)
    }

    /// The same with a weight for each sample.
    ///
    /// ```
    /// let confusion = gradflow::ConfusionMatrix::weighted(2, &[0, 1], &[0, 0], Some(&[3.0, 1.0]))?;
    /// assert_eq!((confusion.recall(0), confusion.count(0, 1)), (Some(0.75), 1));
    /// # Ok::<(), gradflow::metrics::MetricError>(())
    /// ```
    ///
    /// # Errors
    /// As [`ConfusionMatrix::new`]; [`MetricError::WeightCount`], [`MetricError::Weight`], [`MetricError::WeightSum`].
    pub fn weighted(
        classes: usize,
        predicted: &[usize],
        labels: &[usize],
        weights: Option<&[f64]>,
    ) -> Result<Self, MetricError> {
        same_lengths(predicted.len(), labels.len())?;
        let weights = Weights::new(weights, labels.len())?;
        let mut confusion = Self {
            classes,
            ..Self::default()
        };
        for (s, (&p, &l)) in predicted.iter().zip(labels).enumerate() {
            let (count, weight) = (1, weights.of(s));
            confusion.add(l, p, Cell { count, weight })?;
        }
        Ok(confusion)
    }

    /// Counts one sample more, of a weight that is finite and not negative.
    pub(crate) fn note(
        &mut self,
        label: usize,
        predicted: usize,
        weight: f64,
    ) -> Result<(), MetricError> {
        self.add(label, predicted, Cell { count: 1, weight })
    }

    fn add(&mut self, label: usize, predicted: usize, cell: Cell) -> Result<(), MetricError> {
        let classes = self.classes;
        if let Some(class) = [predicted, label]
            .into_iter()
            .find(|class| *class >= classes)
        {
            return Err(MetricError::Class { class, classes });
        }
        self.cells.entry((label, predicted)).or_default().add(cell);
        self.sums.entry(label).or_default()[0].add(cell);
        self.sums.entry(predicted).or_default()[1].add(cell);
        Ok(())
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

    /// The classes that occur, as a label or as a prediction, in order.
    pub fn occurring(&self) -> impl Iterator<Item = usize> + '_ {
        self.sums.keys().copied()
    }

    /// The name of a class, or its number.
    pub fn name(&self, class: usize) -> String {
        let names = self.names.as_deref().unwrap_or_default();
        let name = names.get(class).cloned();
        name.unwrap_or_else(|| class.to_string())
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        let counts = self.cells.values().map(|cell| cell.count);
        counts.fold(0, usize::saturating_add)
    }

    /// How many samples of class `label` were predicted as `predicted`; 0 for classes that do not exist.
    pub fn count(&self, label: usize, predicted: usize) -> usize {
        self.cell(label, predicted).count
    }

    /// The sum of the weights of the samples of class `label` that were predicted as `predicted`: their number, where none were given.
    pub fn weight(&self, label: usize, predicted: usize) -> f64 {
        self.cell(label, predicted).weight
    }

    fn cell(&self, label: usize, predicted: usize) -> Cell {
        self.cells
            .get(&(label, predicted))
            .copied()
            .unwrap_or_default()
    }

    /// Number of samples of a class.
    pub fn support(&self, class: usize) -> usize {
        self.sums.get(&class).map_or(0, |sums| sums[0].count)
    }

    /// Weights of the samples of a class, and of the predictions of it.
    pub(super) fn masses(&self, class: usize) -> [f64; 2] {
        let sums = self.sums.get(&class);
        sums.map_or([0.0; 2], |sums| sums.map(|cell| cell.weight))
    }

    /// Fraction on the diagonal; 0 for no samples.
    pub fn accuracy(&self) -> f64 {
        let hits = self.cells.iter().filter(|((l, p), _)| l == p);
        let hits: f64 = hits.map(|(_, cell)| cell.weight).sum();
        let all: f64 = self.cells.values().map(|cell| cell.weight).sum();
        if all > 0.0 { hits / all } else { 0.0 }
    }

    /// Fraction of the samples of a class that were predicted as it; `None` for a class without samples.
    pub fn recall(&self, class: usize) -> Option<f64> {
        let all = self.masses(class)[0];
        (all > 0.0).then(|| self.weight(class, class) / all)
    }

    /// Fraction of the predictions of a class that were right; `None` for a class never predicted.
    pub fn precision(&self, class: usize) -> Option<f64> {
        let all = self.masses(class)[1];
        (all > 0.0).then(|| self.weight(class, class) / all)
    }

    /// Harmonic mean of precision and recall, `2 tp / (2 tp + fp + fn)`; `None` for a class that does not occur at all.
    pub fn f1(&self, class: usize) -> Option<f64> {
        let all: f64 = self.masses(class).iter().sum();
        (all > 0.0).then(|| 2.0 * self.weight(class, class) / all)
    }
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.classes > PRINTED {
            write!(f, "{} classes, ", self.classes)?;
            return write!(f, "accuracy {:.2}%", 100.0 * self.accuracy());
        }
        let names: Vec<String> = (0..self.classes)
            .map(|class| excerpt(&self.name(class)))
            .collect();
        let largest = self.cells.values().map(|cell| cell.count).max();
        let digits = largest.map_or(1, |n| n.to_string().len());
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
