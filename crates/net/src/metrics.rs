//! How good predictions are.

use core::fmt;

/// Fraction of the labels that were predicted; 0 for no labels at all.
///
/// ```
/// assert_eq!(gradflow::metrics::accuracy(&[0, 1, 1, 2], &[0, 1, 2, 2]), 0.75);
/// ```
pub fn accuracy(predicted: &[usize], labels: &[usize]) -> f64 {
    let hits = predicted.iter().zip(labels).filter(|(p, l)| p == l).count();
    hits as f64 / labels.len().max(1) as f64
}

/// How often each class was taken for which; `Display` prints it as a table with a row per true class.
///
/// ```
/// let confusion = gradflow::ConfusionMatrix::new(3, &[0, 1, 1, 2], &[0, 1, 2, 2]);
/// assert_eq!(confusion.count(2, 1), 1); // one 2 was taken for a 1
/// assert_eq!(confusion.accuracy(), 0.75);
/// assert_eq!(confusion.recall(2), Some(0.5));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    classes: usize,
    counts: Vec<usize>,
}

impl ConfusionMatrix {
    /// Counts pairs of a predicted and a true class. Classes are `0..classes`; a pair outside is left out.
    pub fn new(classes: usize, predicted: &[usize], labels: &[usize]) -> Self {
        let mut counts = vec![0; classes * classes];
        for (p, l) in predicted.iter().zip(labels) {
            if *p < classes && *l < classes {
                counts[l * classes + p] += 1;
            }
        }
        Self { classes, counts }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many samples of class `label` were predicted as `predicted`; 0 for classes that do not exist.
    pub fn count(&self, label: usize, predicted: usize) -> usize {
        let inside = label < self.classes && predicted < self.classes;
        if inside {
            self.counts[label * self.classes + predicted]
        } else {
            0
        }
    }

    /// Fraction on the diagonal; 0 for no samples.
    pub fn accuracy(&self) -> f64 {
        let hits: usize = (0..self.classes).map(|c| self.count(c, c)).sum();
        hits as f64 / self.counts.iter().sum::<usize>().max(1) as f64
    }

    /// Fraction of the samples of a class that were predicted as it; `None` for a class without samples.
    pub fn recall(&self, class: usize) -> Option<f64> {
        let all: usize = (0..self.classes).map(|p| self.count(class, p)).sum();
        (all > 0).then(|| self.count(class, class) as f64 / all as f64)
    }

    /// Fraction of the predictions of a class that were right; `None` for a class never predicted.
    pub fn precision(&self, class: usize) -> Option<f64> {
        let all: usize = (0..self.classes).map(|l| self.count(l, class)).sum();
        (all > 0).then(|| self.count(class, class) as f64 / all as f64)
    }
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let largest = self
            .counts
            .iter()
            .copied()
            .max()
            .unwrap_or(0)
            .max(self.classes);
        let width = largest.to_string().len() + 1;
        write!(f, "true\\predicted")?;
        for p in 0..self.classes {
            write!(f, "{p:>width$}")?;
        }
        writeln!(f, "   recall")?;
        for l in 0..self.classes {
            write!(f, "{l:>14}")?;
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
/// assert_eq!(gradflow::metrics::mean_absolute_error(&[1.0, 2.0], &[1.5, 2.0]), 0.25);
/// ```
pub fn mean_absolute_error(predicted: &[f64], targets: &[f64]) -> f64 {
    let sum: f64 = predicted
        .iter()
        .zip(targets)
        .map(|(v, y)| (v - y).abs())
        .sum();
    sum / targets.len().max(1) as f64
}

/// Coefficient of determination `R^2 = 1 - sum (v - y)^2 / sum (y - mean y)^2` of one output component:
/// 1 for a perfect prediction, 0 for one as good as the mean. `None` where the targets do not vary.
///
/// ```
/// use gradflow::metrics::r_squared;
/// assert_eq!(r_squared(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), Some(1.0));
/// assert_eq!(r_squared(&[2.0, 2.0, 2.0], &[1.0, 2.0, 3.0]), Some(0.0));
/// ```
pub fn r_squared(predicted: &[f64], targets: &[f64]) -> Option<f64> {
    let mean = targets.iter().sum::<f64>() / targets.len().max(1) as f64;
    let residual: f64 = predicted
        .iter()
        .zip(targets)
        .map(|(v, y)| (v - y).powi(2))
        .sum();
    let total: f64 = targets.iter().map(|y| (y - mean).powi(2)).sum();
    (total > 0.0).then(|| 1.0 - residual / total)
}
