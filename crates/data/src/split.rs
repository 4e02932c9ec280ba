//! Parts of a data set, in order or drawn at random from a seed.

use gradflow_kernels::Real;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::dataset::{Classes, Stored, Values};
use crate::{DataError, Dataset};

/// Parts. The methods that draw at random draw the same from the same seed, on every machine.
impl<T: Real> Dataset<T> {
    /// Two parts drawn at random: a `fraction` of the samples, rounded, and the rest.
    ///
    /// ```
    /// # use gradflow_data::Dataset;
    /// # use gradflow_tensor::Shape;
    /// # let data = Dataset::regression(Shape::vector(1)?, vec![1.0; 10], 1, vec![1.0; 10])?;
    /// let (train, test) = data.split(0.8, 1)?;
    /// assert_eq!((train.len(), test.len()), (8, 2));
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Fraction`] outside `[0, 1]`, [`DataError::EmptyPart`] if a part would be empty.
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let first = self.first_part(fraction)?;
        let order = self.order(seed);
        Ok((self.gather(&order[..first]), self.gather(&order[first..])))
    }

    /// Like [`split`](Dataset::split), with the same share of every class: each class's number of samples in the
    /// first part is `fraction` of it, rounded up or down so that the whole part has its size. A class of a single
    /// sample is in one part only.
    ///
    /// # Errors
    /// [`DataError::NoLabels`] if the targets are not classes, and those of `split`.
    pub fn split_stratified(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let (Some(labels), Some(counts)) = (self.labels(), self.class_counts()) else {
            return Err(DataError::NoLabels);
        };
        let mut quota = quotas(&counts, fraction, self.first_part(fraction)?);
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for sample in self.order(seed) {
            let left = &mut quota[labels[sample] as usize];
            if *left > 0 {
                *left -= 1;
                first.push(sample);
            } else {
                rest.push(sample);
            }
        }
        Ok((self.gather(&first), self.gather(&rest)))
    }

    /// The first `n` samples and the rest, in order.
    ///
    /// # Errors
    /// [`DataError::EmptyPart`] if a part would be empty.
    pub fn split_at(mut self, n: usize) -> Result<(Self, Self), DataError> {
        self.check_first(n)?;
        let rest = Self {
            shape: self.shape,
            inputs: self.inputs.split_off(n * self.shape.len()),
            targets: match &mut self.targets {
                Stored::Classes(classes) => Stored::Classes(Classes {
                    labels: classes.labels.split_off(n),
                    count: classes.count,
                    names: classes.names.clone(),
                }),
                Stored::Values(values) => Stored::Values(Values {
                    size: values.size,
                    data: values.data.split_off(n * values.size),
                }),
            },
        };
        Ok((self, rest))
    }

    /// The first `n` samples; all of them, if there are `n`. The memory of the others is freed.
    ///
    /// # Errors
    /// [`DataError::EmptyPart`] if `n` is 0 or there are fewer samples.
    pub fn first(mut self, n: usize) -> Result<Self, DataError> {
        if n != self.len() {
            self.check_first(n)?;
        }
        self.inputs.truncate(n * self.shape.len());
        self.inputs.shrink_to_fit();
        match &mut self.targets {
            Stored::Classes(classes) => classes.labels.truncate(n),
            Stored::Values(values) => values.data.truncate(n * values.size),
        }
        Ok(self)
    }

    /// The samples with these numbers, in this order; a number may occur more than once.
    ///
    /// # Errors
    /// [`DataError::Empty`] without any, [`DataError::Index`] for a sample that does not exist.
    pub fn select(&self, indices: &[usize]) -> Result<Self, DataError> {
        let samples = self.len();
        if indices.is_empty() {
            return Err(DataError::Empty);
        }
        match indices.iter().find(|i| **i >= samples) {
            Some(&index) => Err(DataError::Index { index, samples }),
            None => Ok(self.gather(indices)),
        }
    }

    /// All samples in random order.
    pub fn shuffled(&self, seed: u64) -> Self {
        self.gather(&self.order(seed))
    }

    /// Cross-validation: `k` pairs of a training part and a held-out part. The held-out parts are drawn at random;
    /// each sample is in exactly one of them, and their sizes differ by one at most. Each pair is made when it is asked for.
    ///
    /// # Errors
    /// [`DataError::Folds`] if `k` is less than 2 or there are fewer samples.
    pub fn k_folds(
        &self,
        k: usize,
        seed: u64,
    ) -> Result<impl ExactSizeIterator<Item = (Self, Self)>, DataError> {
        let samples = self.len();
        if k < 2 || k > samples {
            return Err(DataError::Folds { folds: k, samples });
        }
        let order = self.order(seed);
        Ok((0..k).map(move |fold| {
            // In u128, which holds the product of any two sizes.
            let bound = |fold: usize| (samples as u128 * fold as u128 / k as u128) as usize;
            let held_out = bound(fold)..bound(fold + 1);
            let train = [&order[..held_out.start], &order[held_out.end..]].concat();
            (self.gather(&train), self.gather(&order[held_out]))
        }))
    }

    /// A permutation of the samples.
    fn order(&self, seed: u64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
        order
    }

    /// Samples in a first part of this fraction.
    fn first_part(&self, fraction: f64) -> Result<usize, DataError> {
        if !(0.0..=1.0).contains(&fraction) {
            return Err(DataError::Fraction { fraction });
        }
        let first = (fraction * self.len() as f64).round() as usize;
        self.check_first(first)?;
        Ok(first)
    }

    fn check_first(&self, first: usize) -> Result<(), DataError> {
        let samples = self.len();
        if first == 0 || first >= samples {
            return Err(DataError::EmptyPart { first, samples });
        }
        Ok(())
    }

    /// The caller has checked that the samples exist and that there is at least one.
    fn gather(&self, indices: &[usize]) -> Self {
        let columns = |data: &[T], size: usize| {
            let mut gathered = Vec::with_capacity(indices.len() * size);
            for i in indices {
                gathered.extend_from_slice(&data[i * size..(i + 1) * size]);
            }
            gathered
        };
        Self {
            shape: self.shape,
            inputs: columns(&self.inputs, self.shape.len()),
            targets: match &self.targets {
                Stored::Classes(classes) => Stored::Classes(Classes {
                    labels: indices.iter().map(|i| classes.labels[*i]).collect(),
                    count: classes.count,
                    names: classes.names.clone(),
                }),
                Stored::Values(values) => Stored::Values(Values {
                    size: values.size,
                    data: columns(&values.data, values.size),
                }),
            },
        }
    }
}

/// How many samples of each class belong to a first part of `total`: the fraction of each class rounded down, and
/// one more for the classes with the largest remainders until the total is reached.
fn quotas(counts: &[usize], fraction: f64, total: usize) -> Vec<usize> {
    let exact = |class: usize| fraction * counts[class] as f64;
    let mut quota: Vec<usize> = (0..counts.len()).map(|c| exact(c) as usize).collect();
    let mut classes: Vec<usize> = (0..counts.len()).collect();
    classes.sort_by(|a, b| exact(*b).fract().total_cmp(&exact(*a).fract()));
    let missing = total.saturating_sub(quota.iter().sum());
    for class in classes.into_iter().take(missing) {
        quota[class] += 1;
    }
    quota
}
