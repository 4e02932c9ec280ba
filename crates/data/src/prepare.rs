//! What is done to a data set before a model sees it, and the same done to others.

mod apply;

use std::sync::Arc;

use gradflow_real::Real;
use gradflow_tensor::Shape;

use crate::schema::{differ, left};
use crate::{
    DataError, Dataset, DatasetError, FeatureMap, Layout, MismatchError, Outputs, Part, Scaling,
    ScalingError, Schema,
};

impl<T> Dataset<T> {
    /// What the numbers mean: names of the columns, what was done to them, what the targets are.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The same samples with names for the columns of the raw data. [`Csv`](crate::Csv) takes them from the header.
    ///
    /// # Errors
    /// [`DatasetError::Names`] if there is not one for each, [`DatasetError::RepeatedColumn`] if two are the same.
    pub fn with_input_names(
        self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, DatasetError> {
        self.described(|schema| schema.with_input_names(names))
    }

    /// The same samples with names for the target values.
    ///
    /// # Errors
    /// Those of [`with_input_names`](Self::with_input_names), and [`DatasetError::NoValues`] if the targets are classes.
    pub fn with_target_names(
        self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, DatasetError> {
        self.described(|schema| schema.with_target_names(names))
    }

    /// The same samples with units for the target values, such as `kWh`.
    ///
    /// # Errors
    /// [`DatasetError::Names`] if there is not one for each, [`DatasetError::NoValues`] if the targets are classes.
    pub fn with_units(
        self,
        units: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, DatasetError> {
        self.described(|schema| schema.with_units(units))
    }

    /// The same samples with names for the classes.
    ///
    /// # Errors
    /// [`DatasetError::NoLabels`] without classes, [`DatasetError::ClassNames`] if there is not one name for each,
    /// [`DatasetError::RepeatedName`] if two have the same.
    pub fn with_class_names(
        self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, DatasetError> {
        self.described(|schema| schema.with_class_names(names))
    }

    /// The same samples, of which the caller says what they are: data, for instance, that were scaled before they came here.
    ///
    /// # Errors
    /// [`MismatchError`] if the schema is one for samples with another number of inputs, or for other targets;
    /// [`FeatureError`](crate::FeatureError) if its steps do not fit one another.
    pub fn with_schema(mut self, schema: Schema) -> Result<Self, DataError> {
        let (expected, came) = (schema.features()?, self.shape.len());
        if expected != came {
            return Err(MismatchError::InputCount { expected, came }.into());
        }
        let plain = Schema {
            outputs: self.schema.outputs.clone(),
            ..schema.clone()
        };
        plain.check_kind(&schema)?;
        self.schema = Arc::new(schema);
        Ok(self)
    }

    fn described(
        mut self,
        change: impl FnOnce(Schema) -> Result<Schema, DatasetError>,
    ) -> Result<Self, DatasetError> {
        self.schema = Arc::new(change(Arc::unwrap_or_clone(self.schema))?);
        Ok(self)
    }
}

impl<T: Real> Dataset<T> {
    /// The same samples with inputs of mean 0 and standard deviation 1, as these samples say; see [`Scaling::standardise`].
    ///
    /// Fit it on the training part alone, and do the same to the others: [`Dataset::like`].
    ///
    /// ```
    /// use gradflow_data::Dataset;
    ///
    /// let data = |x: &[f64]| Dataset::regression(1, x.to_vec(), 1, vec![0.0; x.len()]);
    /// let train = data(&[1.0, 3.0])?.standardised()?;
    /// let test = data(&[5.0])?.like(&train)?;
    /// assert_eq!(train.inputs().data(), [-1.0, 1.0]);
    /// assert_eq!(test.inputs().data(), [3.0]);
    ///
    /// let twice = test.like(&train).unwrap_err();
    /// assert!(twice.to_string().starts_with("`Scaling` was done to the inputs already"));
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`ScalingError`].
    pub fn standardised(mut self) -> Result<Self, ScalingError> {
        let scaling = Scaling::standardise(self.inputs())?;
        self.scale_inputs(&scaling)?;
        Ok(self)
    }

    /// The same samples with target values of mean 0 and standard deviation 1. What a model then predicts of a raw row is in the
    /// targets' own units again.
    ///
    /// # Errors
    /// [`ScalingError`], [`ScalingError::ClassTargets`] if the targets are classes.
    pub fn standardised_targets(mut self) -> Result<Self, ScalingError> {
        let values = self.targets().values().ok_or(ScalingError::ClassTargets)?;
        let scaling = Scaling::standardise(values)?;
        self.scale_targets(&scaling)?;
        Ok(self)
    }

    /// The same samples after all that was done to the inputs and targets of another data set, and in its shape.
    ///
    /// # Errors
    /// Those of [`prepared`](Self::prepared), [`MismatchError::Shape`] if the shapes are two, neither of them a plain vector.
    pub fn like<U>(self, other: &Dataset<U>) -> Result<Self, DataError> {
        self.prepared(other.schema())?.shaped(other.shape)
    }

    /// The same samples in the shape of others, if it can be theirs.
    pub(crate) fn shaped(self, shape: Shape<3>) -> Result<Self, DataError> {
        self.check_shape(shape)?;
        Ok(self.with_shape(shape)?)
    }

    /// The same samples after all steps of a schema, such as that of a model.
    ///
    /// Data to which the first of the steps were done go through the rest.
    ///
    /// # Errors
    /// [`MismatchError`] if columns or classes have other names or another order, if all was done already
    /// ([`MismatchError::DoneTwice`]), or something else was done; [`FeatureError`](crate::FeatureError) or [`ScalingError`] if a step fails.
    pub fn prepared(mut self, schema: &Schema) -> Result<Self, DataError> {
        self.schema.check_columns(schema)?;
        self.schema.check_kind(schema)?;
        let steps = left(Part::Input, &schema.steps, &self.schema.steps, |step| {
            step.kind().to_owned()
        })?;
        let scalings = match (&schema.outputs, &self.schema.outputs) {
            (Outputs::Values { steps, .. }, Outputs::Values { steps: done, .. }) => {
                left(Part::Target, steps, done, |_| "Scaling".to_owned())?
            }
            _ => &[],
        };
        for step in steps {
            match step {
                FeatureMap::Scaling(scaling) => self.scale_inputs(scaling)?,
                _ => self = self.features(step)?,
            }
        }
        for scaling in scalings {
            self.scale_targets(scaling)?;
        }
        // Names that one of the two does not have are those of the other.
        self.schema = Arc::new(Arc::unwrap_or_clone(self.schema).or(schema));
        Ok(self)
    }
}

impl Schema {
    /// The same with the names and units of another one where it has none.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        if self.names.is_empty() {
            self.names.clone_from(&other.names);
        }
        if self.layout.is_none() {
            self.layout.clone_from(&other.layout);
        }
        self.outputs.fill_in(other.outputs.clone());
        self
    }
}

impl Outputs {
    /// Takes the names and units that it does not have.
    fn fill_in(&mut self, other: Self) {
        match (self, other) {
            (Self::Classes { names, .. }, Self::Classes { names: other, .. })
                if names.is_empty() =>
            {
                *names = other;
            }
            (
                Self::Values { names, units, .. },
                Self::Values {
                    names: other,
                    units: other_units,
                    ..
                },
            ) => {
                if names.is_empty() {
                    *names = other;
                }
                if units.is_empty() {
                    *units = other_units;
                }
            }
            _ => {}
        }
    }
}

impl<T> Dataset<T> {
    /// Notes what was done to the inputs.
    pub(crate) fn done(&mut self, step: FeatureMap) {
        Arc::make_mut(&mut self.schema).push(step);
    }

    /// Takes names of classes; the caller knows that there is one for each and that they differ.
    pub(crate) fn named(mut self, new: Vec<String>) -> Self {
        if let Outputs::Classes { names, .. } = &mut Arc::make_mut(&mut self.schema).outputs {
            *names = new;
        }
        self
    }

    /// Takes the names of the columns of a file, and where they stood; the caller knows that there is one for each, or none at all. Names that do
    /// not differ are no names.
    pub(crate) fn with_columns(
        mut self,
        inputs: Vec<String>,
        targets: Vec<String>,
        layout: Option<Layout>,
    ) -> Self {
        let schema = Arc::make_mut(&mut self.schema);
        schema.layout = layout;
        if differ(&inputs) {
            schema.names = inputs;
        }
        if let Outputs::Values { names, .. } = &mut schema.outputs
            && differ(&targets)
        {
            *names = targets;
        }
        self
    }
}
