//! From a raw row to an answer with a name or a unit.

mod text;

use core::fmt;
use std::sync::Arc;

use gradflow_data::{Outputs, Schema};
use gradflow_kernels::Real;
use gradflow_loss::{Loss, Output};

use crate::checks::check_size;
use crate::memory::refused;
use crate::{Batch, Model, ModelError};

/// What a model says of a raw row, by [`Model::predict_row`]: a class with its name and probabilities, or values in the units of the
/// targets.
///
/// `Display` prints it shortly: `setosa (99.1 %)`, or `energy 60.2 kWh`.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction<'m, T> {
    outputs: Vec<T>,
    class: Option<usize>,
    /// Whether the outputs are a distribution over the classes.
    distribution: bool,
    schema: Option<&'m Schema>,
}

impl<T: Real> Prediction<'_, T> {
    /// The most probable class, counted from 0; `None` for values.
    pub fn class(&self) -> Option<usize> {
        self.class
    }

    /// The name of the most probable class; `None` for values, and for classes without names.
    pub fn name(&self) -> Option<&str> {
        let names = self.schema?.class_names()?;
        names.get(self.class?).map(String::as_str)
    }

    /// The probability of a class, counted from 0; `None` for values, for outputs that are no distribution over the classes, and for a
    /// class that does not exist.
    pub fn probability(&self, class: usize) -> Option<T> {
        self.class.filter(|_| self.distribution)?;
        match (self.outputs.as_slice(), class) {
            ([p], 0) => Some(T::ONE - *p),
            ([p], 1) => Some(*p),
            ([_], _) => None,
            (outputs, class) => outputs.get(class).copied(),
        }
    }

    /// What the model puts out: probabilities behind soft-max or the logistic function, values in the targets' own units.
    pub fn outputs(&self) -> &[T] {
        &self.outputs
    }

    /// The value of a name; `None` if the targets have no such name.
    pub fn value(&self, name: &str) -> Option<T> {
        let names = self.schema?.target_names()?;
        let place = names.iter().position(|known| known == name)?;
        self.outputs.get(place).copied()
    }
}

impl<T: Real> fmt::Display for Prediction<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(class) = self.class {
            match self.name() {
                Some(name) => f.write_str(name)?,
                None => write!(f, "class {class}")?,
            }
            return match self.probability(class) {
                Some(p) => write!(f, " ({:.1} %)", 100.0 * p.to_f64()),
                None => Ok(()),
            };
        }
        let names = self.schema.and_then(Schema::target_names);
        let units = self.schema.and_then(Schema::units);
        for (a, value) in self.outputs.iter().enumerate() {
            f.write_str(if a > 0 { ", " } else { "" })?;
            if let Some(name) = names.and_then(|names| names.get(a)) {
                write!(f, "{name} ")?;
            }
            write!(f, "{value}")?;
            if let Some(unit) = units.and_then(|units| units.get(a)) {
                write!(f, " {unit}")?;
            }
        }
        Ok(())
    }
}

impl<T: Real> Model<T> {
    /// Predicts from a raw row: what was done to the columns of the training data is done to it, and values come back in their own units.
    ///
    /// A model that has learnt from data without a [`schema`](Model::schema) takes the row as it is.
    ///
    /// ```
    /// use gradflow::optim::Adam;
    /// use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol};
    ///
    /// let degrees = (-15..=15).map(f64::from).collect::<Vec<_>>();
    /// let energy = degrees.iter().map(|t| 4.0 * (18.0 - t)).collect();
    /// let data = Dataset::regression(1, degrees, 1, energy)?.with_input_names(["degrees"])?.with_units(["kWh"])?;
    /// let data = data.standardised()?.standardised_targets()?;
    /// let network = Network::builder(1).dense(1, Activation::Identity).build()?;
    /// let mut model = Model::new(network, Cost::regression(), 1)?;
    /// Protocol::new(Adam::new(0.05)).epochs(300).train(&mut model, &data)?;
    ///
    /// let prediction = model.predict_row(&[3.0])?;
    /// assert!((prediction.outputs()[0] - 60.0).abs() < 0.5, "{prediction}"); // such as 60.01 kWh
    /// assert_eq!(model.predict_named(&[("degrees", 3.0)])?, prediction);
    /// let error = model.predict_named(&[("degree", 3.0)]).unwrap_err();
    /// assert_eq!(error.to_string(), "the input column `degree` is not known: did you mean `degrees`?");
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError::Features`] if the row has another number of values, one is not finite, or a step fails on it.
    pub fn predict_row(&self, row: &[T]) -> Result<Prediction<'_, T>, ModelError> {
        let mut predictions = self.predict_rows(row, row.len())?;
        // One row, one prediction.
        predictions.pop().ok_or(ModelError::NoSamples)
    }

    /// [`Model::predict_row`] for many rows of so many columns, one behind the other.
    ///
    /// # Errors
    /// As [`Model::predict_row`], or [`ModelError::Inputs`] if these are not whole rows.
    pub fn predict_rows(
        &self,
        rows: &[T],
        columns: usize,
    ) -> Result<Vec<Prediction<'_, T>>, ModelError> {
        if columns == 0 || rows.is_empty() || !rows.len().is_multiple_of(columns) {
            return Err(ModelError::Inputs {
                expected: columns,
                came: rows.len(),
            });
        }
        let Some(schema) = self.schema() else {
            let expected = self.network().input();
            check_size(expected.len(), columns, |_, came| ModelError::InputSize {
                expected,
                came,
            })?;
            return self.predict_features(rows);
        };
        if schema.steps().is_empty() {
            // The steps would check these.
            schema.row(&rows[..columns])?;
            return self.predict_features(rows);
        }
        let size = self.network().input().len();
        let len = (rows.len() / columns).saturating_mul(size);
        let mut features = Vec::new();
        let room = features.try_reserve_exact(len);
        room.map_err(|_| refused::<T>(len, "the features of rows"))?;
        for row in rows.chunks_exact(columns) {
            features.extend(schema.row(row)?);
        }
        self.predict_features(&features)
    }

    /// Predicts from a raw row of columns by name, in any order.
    ///
    /// # Errors
    /// [`ModelError::Schema`] with the name that is missing, not known or given twice, or if the model knows no names; and those of
    /// [`Model::predict_row`].
    pub fn predict_named<S: AsRef<str>>(
        &self,
        row: &[(S, T)],
    ) -> Result<Prediction<'_, T>, ModelError> {
        let (names, row): (Vec<&str>, Vec<T>) =
            row.iter().map(|(name, x)| (name.as_ref(), *x)).unzip();
        let mut predictions = self.predict_table(&names, &row)?;
        predictions.pop().ok_or(ModelError::NoSamples)
    }

    /// [`Model::predict_rows`] for rows whose columns have these names, in any order.
    ///
    /// # Errors
    /// As [`Model::predict_named`].
    pub fn predict_table<S: AsRef<str>>(
        &self,
        names: &[S],
        rows: &[T],
    ) -> Result<Vec<Prediction<'_, T>>, ModelError> {
        let schema = self.schema().ok_or(gradflow_data::MismatchError::NoNames)?;
        let order = schema.order(names)?;
        let columns = names.len();
        if !rows.len().is_multiple_of(columns) {
            return self.predict_rows(rows, columns);
        }
        let rows = rows.chunks_exact(columns);
        let sorted: Vec<T> = rows
            .flat_map(|row| order.iter().map(|place| row[*place]))
            .collect();
        self.predict_rows(&sorted, columns)
    }

    /// Samples as the network reads them.
    fn predict_features(&self, x: &[T]) -> Result<Vec<Prediction<'_, T>>, ModelError> {
        let input = self.network().input();
        let x = Batch::new(x, input.len()).map_err(|_| ModelError::Inputs {
            expected: input.len(),
            came: x.len(),
        })?;
        let mut out = self.predict_batch(x)?;
        let schema = self.schema();
        if let Some(schema) = schema {
            let restored = schema.restore(&mut out);
            restored.map_err(gradflow_data::FeatureError::from)?;
        }
        let classes = match schema.map(Schema::outputs) {
            Some(Outputs::Classes { .. }) => true,
            _ => self.cost().output() == Output::Softmax,
        };
        let samples = out.chunks_exact(self.network().output().len());
        Ok(samples
            .map(|zeta| Prediction {
                outputs: zeta.to_vec(),
                class: classes.then(|| self.cost().class_of(zeta)),
                distribution: self.is_distribution(),
                schema,
            })
            .collect())
    }

    /// Says what the numbers mean that the model reads and puts out, in place of what the data said that it was trained on; `None`
    /// forgets it, so that any data of the right size will do.
    ///
    /// # Errors
    /// [`ModelError`] if the schema is one for another number of inputs or of outputs.
    pub fn set_schema(&mut self, schema: Option<Schema>) -> Result<(), ModelError> {
        if let Some(schema) = &schema {
            self.check_sizes(schema)?;
        }
        self.put_schema(schema.map(Arc::new));
        Ok(())
    }

    /// Whether a schema is one for the network's input and output.
    fn check_sizes(&self, schema: &Schema) -> Result<(), ModelError> {
        let (input, outputs) = (self.network().input(), self.network().output().len());
        let features = schema.features()?;
        check_size(input.len(), features, |_, came| ModelError::InputSize {
            expected: input,
            came,
        })?;
        match schema.outputs() {
            Outputs::Classes { count, .. } => {
                check_size(self.cost().classes(outputs), *count, |expected, came| {
                    ModelError::Classes { expected, came }
                })
            }
            Outputs::Values { size, .. } => {
                check_size(outputs, *size, |expected, came| ModelError::OutputSize {
                    classes: false,
                    expected,
                    came,
                })
            }
        }
    }

    /// Keeps what the training data say of themselves; what they do not name stays as it was.
    pub(crate) fn adopt(&mut self, schema: &Schema) {
        let known = self.schema().map(|known| schema.clone().or(known));
        let schema = known.unwrap_or_else(|| schema.clone());
        self.put_schema(Some(Arc::new(schema)));
    }

    /// Whether data mean what the model was trained on. Targets of another kind, such as one-hot vectors for classes, are compared by
    /// their size alone.
    pub(crate) fn check_schema(&self, expected: &Schema, came: &Schema) -> Result<(), ModelError> {
        came.check_inputs(expected)?;
        let same =
            core::mem::discriminant(expected.outputs()) == core::mem::discriminant(came.outputs());
        if same {
            came.check_outputs(expected)?;
        }
        Ok(())
    }

    /// Whether `zeta` is a distribution over the classes.
    pub(crate) fn is_distribution(&self) -> bool {
        if let Loss::Criterion(_) = self.cost().loss() {
            return false; // its map is its own
        }
        match self.cost().output() {
            Output::Softmax => true,
            _ => self.network().output().len() == 1 && self.is_probable(),
        }
    }

    /// Whether each `zeta_a` is a probability of its own.
    pub(crate) fn is_probable(&self) -> bool {
        match self.cost().loss() {
            Loss::Criterion(_) => false,
            _ => self.cost().output() == Output::Logistic || self.cost().requires_unit_interval(),
        }
    }
}
