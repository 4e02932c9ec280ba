//! Cross-validation.

use gradflow_real::Real;

use crate::{Dataset, SplitError};

/// Cross-validation: `k` pairs of a training part and a held-out part. Each sample is held out once; each pair is made when it is asked for.
///
/// ```
/// # use gradflow_data::Dataset;
/// let data = Dataset::classification(1, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![0, 0, 0, 0, 1, 1], 2)?;
/// for fold in data.k_folds_stratified(2, 1)? {
///     let (train, held_out) = fold?;
///     assert_eq!((train.len(), held_out.class_counts()), (3, Some(vec![2, 1])));
/// }
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
impl<T: Real> Dataset<T> {
    /// Folds drawn at random, whose sizes differ by one at most (scikit-learn's `KFold`).
    ///
    /// # Errors
    /// [`SplitError::Folds`] if `k` is less than 2 or there are fewer samples; for a pair, [`SplitError::Memory`].
    pub fn k_folds(
        &self,
        k: usize,
        seed: u64,
    ) -> Result<impl ExactSizeIterator<Item = Result<(Self, Self), SplitError>>, SplitError> {
        self.dealt(k, self.order(seed)?)
    }

    /// Folds drawn at random with the same share of every class: of each class, and of all samples, the numbers in two folds differ by one
    /// at most (scikit-learn's `StratifiedKFold`).
    ///
    /// # Errors
    /// [`SplitError::NoLabels`] if the targets are not classes, and those of [`k_folds`](Dataset::k_folds).
    pub fn k_folds_stratified(
        &self,
        k: usize,
        seed: u64,
    ) -> Result<impl ExactSizeIterator<Item = Result<(Self, Self), SplitError>>, SplitError> {
        let labels = self.labels().ok_or(SplitError::NoLabels)?;
        let mut order = self.order(seed)?;
        order.sort_by_key(|sample| labels[*sample]);
        self.dealt(k, order)
    }

    /// Deals the samples out to `k` folds in turn.
    fn dealt(
        &self,
        k: usize,
        order: Vec<usize>,
    ) -> Result<impl ExactSizeIterator<Item = Result<(Self, Self), SplitError>>, SplitError> {
        let samples = self.len();
        if k < 2 || k > samples {
            return Err(SplitError::Folds { folds: k, samples });
        }
        Ok((0..k).map(move |fold| {
            let part = |held_out: bool| {
                let mine = order
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| (i % k == fold) == held_out);
                self.gathered(&mine.map(|(_, sample)| *sample).collect::<Vec<_>>())
            };
            Ok((part(false)?, part(true)?))
        }))
    }
}
