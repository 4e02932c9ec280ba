//! Fitting a logistic regression.

use gradflow_data::{Dataset, FeatureMap};
use gradflow_kernels::{Real, Workers};
use gradflow_loss::{Cost, Loss, Output, mean_one_weights};
use gradflow_optim::{
    Descent, L1, Lbfgs, Mask, Minimum, Nesterov, NewtonCg, OptimError, Reason, Rule, Stop,
    curvature,
};
use gradflow_tensor::Batch;

use super::linear::Linear;
use super::model::{LogisticEnd, LogisticModel};
use super::objective::{Regression, Scales};
use super::{LogisticFitError, LogisticLoss, LogisticRegression, Several, Solver};
use crate::memory::{filled, reserve};

/// One fit: an output a row of the model, or all of them.
struct Task<'a, T> {
    cost: Cost,
    y: Vec<T>,
    outputs: usize,
    centre: Option<&'a [f64]>,
}

impl LogisticRegression {
    /// Fits the classes of `data`.
    ///
    /// # Errors
    /// [`LogisticFitError`] says what is wrong with the data or a setting. A fit that does not converge is none: the model says why
    /// it ended.
    pub fn fit<T: Real>(&self, data: &Dataset<T>) -> Result<LogisticModel<T>, LogisticFitError> {
        self.fitted(data, None)
    }

    /// The same with a weight for each sample; they are scaled to a mean of 1.
    ///
    /// # Errors
    /// As [`fit`](Self::fit), and [`LogisticFitError::Cost`] for weights that are negative, not finite, all zero or not one a sample.
    pub fn fit_weighted<T: Real>(
        &self,
        data: &Dataset<T>,
        weights: &[T],
    ) -> Result<LogisticModel<T>, LogisticFitError> {
        let weights = mean_one_weights(data.len(), weights)?;
        self.fitted(data, Some(&weights))
    }

    fn fitted<T: Real>(
        &self,
        data: &Dataset<T>,
        weights: Option<&[T]>,
    ) -> Result<LogisticModel<T>, LogisticFitError> {
        self.check()?;
        let (labels, classes) = labels(data)?;
        let inputs = self.input_names(data.shape().len())?;
        let names = self.map.names(&inputs)?;
        let mapped;
        let features = match self.map {
            FeatureMap::Identity => data,
            _ => {
                mapped = data.features(&self.map)?;
                &mapped
            }
        };
        let x = features.inputs();
        let tasks = self.tasks(labels, classes, x.size())?;
        let mut model = LogisticModel::new(self, inputs, names, data, tasks.len())?;
        let workers = Workers::new(self.threads);
        let scales = Scales::of(x, self.lam, self.intercept)?;
        let scales = if self.l1 > 0.0 { scales.unit() } else { scales };
        for task in &tasks {
            self.run(task, x, weights, &scales, &workers, &mut model)?;
        }
        Ok(model)
    }

    /// Refuses settings for which a fit means nothing.
    ///
    /// # Errors
    /// [`LogisticFitError::Setting`] names the setting, its value and what is allowed.
    pub fn check(&self) -> Result<(), LogisticFitError> {
        let weight = |field, value: f64| match value.is_finite() && value >= 0.0 {
            true => Ok(()),
            false => {
                let expected = "finite and not negative";
                Err(LogisticFitError::Setting {
                    field,
                    expected,
                    value,
                })
            }
        };
        weight("lam", self.lam)?;
        weight("l1", self.l1)?;
        weight("tolerance", self.tolerance)?;
        let centre = self.centre.iter().flatten();
        centre.into_iter().try_for_each(|c| match c.is_finite() {
            true => Ok(()),
            false => {
                let (field, expected, value) = ("centre", "finite", *c);
                Err(LogisticFitError::Setting {
                    field,
                    expected,
                    value,
                })
            }
        })
    }

    fn input_names(&self, expected: usize) -> Result<Vec<String>, LogisticFitError> {
        match self.names.len() {
            0 => Ok((1..=expected).map(|i| format!("x{i}")).collect()),
            found if found != expected => Err(LogisticFitError::Names { expected, found }),
            _ => Ok(self.names.clone()),
        }
    }

    /// What is fitted: two classes once, several at once or each against the rest.
    fn tasks<T: Real>(
        &self,
        labels: &[usize],
        classes: usize,
        features: usize,
    ) -> Result<Vec<Task<'_, T>>, LogisticFitError> {
        let rows = if classes == 2 { 1 } else { classes };
        if let Some(centre) = &self.centre
            && Some(centre.len()) != rows.checked_mul(features)
        {
            let found = centre.len();
            return Err(LogisticFitError::Centre {
                found,
                rows,
                features,
            });
        }
        let what = "the targets of a logistic regression";
        let squared = self.loss == LogisticLoss::SquaredError;
        if classes > 2 && self.several == Several::Softmax {
            let loss = if squared {
                Loss::SquaredError
            } else {
                Loss::CategoricalCrossEntropy
            };
            let mut y = reserve(labels.len().saturating_mul(classes), what)?;
            for (label, y) in labels.iter().zip(y.chunks_exact_mut(classes)) {
                y[*label] = T::ONE;
            }
            let (cost, centre) = (Cost::new(Output::Softmax, loss)?, self.centre.as_deref());
            return Ok(vec![Task {
                cost,
                y,
                outputs: classes,
                centre,
            }]);
        }
        let loss = if squared {
            Loss::SquaredError
        } else {
            Loss::CrossEntropy
        };
        let cost = Cost::new(Output::Logistic, loss)?;
        let task = |row: usize| -> Result<Task<'_, T>, LogisticFitError> {
            // Of two classes, the output stands for the second one.
            let class = if classes == 2 { 1 } else { row };
            let mut y: Vec<T> = reserve(labels.len(), what)?;
            y.iter_mut().zip(labels).for_each(|(y, label)| {
                if *label == class {
                    *y = T::ONE;
                }
            });
            let centre = self.centre.as_deref();
            let centre = centre.map(|centre| &centre[row * features..][..features]);
            Ok(Task {
                cost: cost.clone(),
                y,
                outputs: 1,
                centre,
            })
        };
        (0..rows).map(task).collect()
    }

    fn run<T: Real>(
        &self,
        task: &Task<'_, T>,
        x: Batch<'_, T>,
        weights: Option<&[T]>,
        scales: &Scales,
        workers: &Workers,
        model: &mut LogisticModel<T>,
    ) -> Result<(), LogisticFitError> {
        let k = task.outputs;
        let y = Batch::new(&task.y, k).expect("whole samples");
        let linear = Linear::new(&task.cost, x, y, weights, workers)?;
        let mut regression = Regression::new(linear, scales, self.lam, task.centre, k)?;
        let unknowns = scales.unknowns(k);
        let start: Vec<T> = filled(
            T::ZERO,
            unknowns,
            "the coefficients of a logistic regression",
        )?;
        let end = if self.l1 > 0.0 {
            self.proximal(&mut regression, &start, k * x.size())
        } else {
            let rule = match self.solver {
                Solver::NewtonCg => Rule::from(NewtonCg::default()),
                Solver::Lbfgs => Lbfgs::default().into(),
            };
            Ok(Descent::new(rule).minimise(&mut regression, &start, &self.stop::<T>())?)
        }?;
        if let Reason::Diverged(diverged) = end.reason {
            let (step, value) = (diverged.step, diverged.value);
            return Err(LogisticFitError::Diverged { step, value });
        }
        let separated = regression.separates(&end.q);
        let trapped = self.lam > 0.0 || self.l1 > 0.0;
        let (w, b) = regression.coefficients(&end.q);
        model.add(w, b, LogisticEnd::new(&end, separated && !trapped));
        Ok(())
    }

    fn stop<T: Real>(&self) -> Stop {
        // Each of some terms of the size of 1 is rounded.
        let tolerance = self.tolerance.max(8.0 * T::EPSILON.to_f64());
        Stop {
            iterations: self.iterations,
            step: Some(0.0),
            ..Stop::gradient_norm(tolerance)
        }
    }

    /// With L1: proximal steps find which coefficients vanish and the signs of the others; on that face the cost is smooth, and
    /// Newton's method finds its minimum. If that is not the minimum of the whole, twice as many proximal steps follow.
    fn proximal<T: Real>(
        &self,
        regression: &mut Regression<'_, T>,
        start: &[T],
        weights: usize,
    ) -> Result<Minimum<T>, OptimError> {
        let found = curvature(regression, start, 100);
        // The curvature of a soft-max may grow by half of the number of classes, and noise hide some of it.
        let outputs = (start.len() / weights.max(1)).max(1);
        let bound = found.map_or(1.0, |found| found.bound) * (1.0 + 0.5 * outputs as f64);
        let (rate, beta) = (1.0 / bound.max(f64::MIN_POSITIVE), 0.9);
        let mask = Mask::of((0..start.len()).map(|i| i < weights));
        let l1 = L1 {
            strength: self.l1,
            mask: Some(mask),
        };
        let descent = Descent::new(Nesterov { rate, beta }).with_l1(l1);
        let newton = Descent::new(NewtonCg::default());
        let (mut q, mut steps) = (start.to_vec(), 100);
        let mut passes = [0; 3];
        loop {
            let near = descent.minimise(regression, &q, &Stop::after(steps))?;
            let diverged = matches!(near.reason, Reason::Diverged(_));
            regression.stay_on_face(Some(self.l1), &near.q);
            let face = newton.minimise(regression, &near.q, &self.stop::<T>())?;
            regression.stay_on_face(None, &near.q);
            for end in [&near, &face] {
                let counts = [end.iterations, end.gradients, end.products];
                passes
                    .iter_mut()
                    .zip(counts)
                    .for_each(|(all, more)| *all += more);
            }
            let whole = regression.is_lowest(self.l1, &near.q, &face.q);
            let enough = passes[0] >= self.iterations.saturating_mul(100);
            if whole || enough || diverged {
                let end = if whole { face } else { near };
                let [iterations, gradients, products] = passes;
                return Ok(Minimum {
                    iterations,
                    gradients,
                    products,
                    ..end
                });
            }
            (q, steps) = (near.q, steps.saturating_mul(2));
        }
    }
}

/// Classes of the samples, two at least, none of them empty.
fn labels<T: Real>(data: &Dataset<T>) -> Result<(&[usize], usize), LogisticFitError> {
    let (Some(labels), Some(counts)) = (data.labels(), data.class_counts()) else {
        return Err(LogisticFitError::NoClasses);
    };
    let classes = counts.len();
    if classes < 2 {
        return Err(LogisticFitError::OneClass(classes));
    }
    match counts.iter().position(|count| *count == 0) {
        None => Ok((labels, classes)),
        Some(class) => {
            let name = data.class_names().map(|names| names[class].clone());
            Err(LogisticFitError::EmptyClass {
                class,
                name,
                classes,
            })
        }
    }
}
