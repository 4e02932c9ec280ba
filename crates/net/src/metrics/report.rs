//! Precision, recall and F1 of classes.

use core::fmt;

use super::ConfusionMatrix;
use super::confusion::PRINTED;
use super::weights::Mean;
use crate::text::excerpt;

/// Scores of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ClassScores {
    /// The class.
    pub class: usize,
    /// [`ConfusionMatrix::precision`].
    pub precision: Option<f64>,
    /// [`ConfusionMatrix::recall`].
    pub recall: Option<f64>,
    /// [`ConfusionMatrix::f1`].
    pub f1: Option<f64>,
    /// [`ConfusionMatrix::support`].
    pub support: usize,
}

/// Scores averaged over classes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MeanScores {
    /// Mean precision.
    pub precision: f64,
    /// Mean recall.
    pub recall: f64,
    /// Mean F1.
    pub f1: f64,
}

impl ConfusionMatrix {
    /// Precision, recall, F1 and support of every class that occurs, as a label or as a prediction.
    ///
    /// ```
    /// let confusion = gradflow::ConfusionMatrix::new(1000, &[7, 7], &[7, 3])?;
    /// let scores: Vec<_> = confusion.scores().collect();
    /// assert_eq!((scores[0].class, scores[0].precision, scores[0].recall), (3, None, Some(0.0)));
    /// assert_eq!((scores[1].class, scores[1].precision, scores[1].recall), (7, Some(0.5), Some(1.0)));
    /// # Ok::<(), gradflow::metrics::MetricError>(())
    /// ```
    pub fn scores(&self) -> impl Iterator<Item = ClassScores> + '_ {
        self.occurring().map(|class| ClassScores {
            class,
            precision: self.precision(class),
            recall: self.recall(class),
            f1: self.f1(class),
            support: self.support(class),
        })
    }

    /// Plain means over the classes that occur; a fraction of nothing enters as 0.
    ///
    /// These are scikit-learn's for `average="macro"` without `labels` and with `zero_division=0`.
    ///
    /// ```
    /// let confusion = gradflow::ConfusionMatrix::new(3, &[0, 0], &[0, 1])?;
    /// assert_eq!((confusion.macro_mean().precision, confusion.macro_mean().recall), (0.25, 0.5));
    /// # Ok::<(), gradflow::metrics::MetricError>(())
    /// ```
    pub fn macro_mean(&self) -> MeanScores {
        self.mean(|_| 1.0)
    }

    /// Means over the classes, each weighing what its samples weigh; a fraction of nothing enters as 0.
    ///
    /// These are scikit-learn's for `average="weighted"` with `zero_division=0`; the mean recall is the accuracy.
    pub fn weighted_mean(&self) -> MeanScores {
        self.mean(|class| self.masses(class)[0])
    }

    fn mean(&self, weight: impl Fn(usize) -> f64) -> MeanScores {
        let of = |score: fn(&ClassScores) -> Option<f64>| {
            let scores = self.scores();
            let scores = scores.map(|s| (score(&s).unwrap_or(0.0), weight(s.class)));
            scores.collect::<Mean>().value()
        };
        MeanScores {
            precision: of(|s| s.precision),
            recall: of(|s| s.recall),
            f1: of(|s| s.f1),
        }
    }

    /// The scores as a table to print: a row for each class, then accuracy and means. Of more than 40 classes only
    /// accuracy and means are printed.
    ///
    /// ```
    /// let confusion = gradflow::ConfusionMatrix::new(2, &[0, 1, 1, 1], &[0, 1, 1, 0])?;
    /// let names = ["cat".to_string(), "dog".to_string()];
    /// let report = confusion.with_names(Some(&names)).report().to_string();
    /// let lines: Vec<&str> = report.lines().collect();
    /// assert_eq!(lines[0], "               precision     recall         F1    support");
    /// assert_eq!(lines[1], "cat               1.0000     0.5000     0.6667          2");
    /// assert_eq!(lines[4], "macro mean        0.8333     0.7500     0.7333          4");
    /// # Ok::<(), gradflow::metrics::MetricError>(())
    /// ```
    pub fn report(&self) -> ClassReport<'_> {
        ClassReport(self)
    }
}

/// See [`ConfusionMatrix::report`].
#[derive(Debug, Clone, Copy)]
pub struct ClassReport<'c>(&'c ConfusionMatrix);

impl ClassReport<'_> {
    fn row(
        f: &mut fmt::Formatter<'_>,
        first: usize,
        name: &str,
        scores: [Option<f64>; 3],
        support: usize,
    ) -> fmt::Result {
        write!(f, "{name:<first$}")?;
        for score in scores {
            match score {
                Some(score) => write!(f, " {score:>10.4}")?,
                None => write!(f, " {:>10}", "-")?,
            }
        }
        writeln!(f, " {support:>10}")
    }
}

impl fmt::Display for ClassReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (confusion, all) = (self.0, self.0.samples());
        let printed = confusion.classes() <= PRINTED;
        let rows: Vec<_> = confusion.scores().take_while(|_| printed).collect();
        let names = rows.iter().map(|row| excerpt(&confusion.name(row.class)));
        let names: Vec<String> = names.collect();
        let longest = names.iter().map(|name| name.chars().count()).max();
        let first = longest.unwrap_or(0).max("weighted mean".len());
        write!(f, "{:first$}", "")?;
        writeln!(
            f,
            " {:>10} {:>10} {:>10} {:>10}",
            "precision", "recall", "F1", "support"
        )?;
        for (row, name) in rows.iter().zip(&names) {
            let scores = [row.precision, row.recall, row.f1];
            Self::row(f, first, name, scores, row.support)?;
        }
        write!(f, "{:first$} {:>10} {:>10} ", "accuracy", "", "")?;
        writeln!(f, "{:>10.4} {all:>10}", confusion.accuracy())?;
        let means = [
            ("macro mean", confusion.macro_mean()),
            ("weighted mean", confusion.weighted_mean()),
        ];
        for (name, mean) in means {
            let scores = [mean.precision, mean.recall, mean.f1].map(Some);
            Self::row(f, first, name, scores, all)?;
        }
        Ok(())
    }
}
