//! Schemas made and changed: counts and names that fit.

use std::collections::HashMap;

use super::{Layout, Outputs, Schema};
use crate::excerpt::excerpt;
use crate::{DatasetError, FeatureMap, MAX_CLASSES, Part};

/// More columns than this are not kept by name when a file is read: a name of a letter takes forty bytes of memory.
pub(crate) const MOST_NAMES: usize = 1 << 16;

impl Schema {
    /// That of raw samples of so many columns, each one of so many classes.
    ///
    /// # Errors
    /// [`DatasetError::Shape`] without columns, [`DatasetError::TooManyClasses`].
    pub fn of_classes(inputs: usize, classes: usize) -> Result<Self, DatasetError> {
        if classes > MAX_CLASSES {
            let limit = MAX_CLASSES;
            return Err(DatasetError::TooManyClasses { classes, limit });
        }
        gradflow_tensor::Shape::vector(inputs)?;
        Ok(Self::raw_classes(inputs, classes))
    }

    /// That of raw samples of so many columns, with so many target values each.
    ///
    /// # Errors
    /// [`DatasetError::Shape`] without columns or values.
    pub fn of_values(inputs: usize, values: usize) -> Result<Self, DatasetError> {
        gradflow_tensor::Shape::vector(inputs)?;
        gradflow_tensor::Shape::vector(values)?;
        Ok(Self::raw_values(inputs, values))
    }

    pub(crate) fn raw_classes(inputs: usize, count: usize) -> Self {
        Self::raw(
            inputs,
            Outputs::Classes {
                count,
                names: vec![],
            },
        )
    }

    pub(crate) fn raw_values(inputs: usize, size: usize) -> Self {
        let (names, units, steps) = (vec![], vec![], vec![]);
        Self::raw(
            inputs,
            Outputs::Values {
                size,
                names,
                units,
                steps,
            },
        )
    }

    fn raw(inputs: usize, outputs: Outputs) -> Self {
        Self {
            inputs,
            names: Vec::new(),
            steps: Vec::new(),
            outputs,
            layout: None,
        }
    }

    /// The same with names for the columns of raw data.
    ///
    /// # Errors
    /// [`DatasetError::Names`] if there is not one for each, [`DatasetError::RepeatedColumn`] if two are the same.
    pub fn with_input_names(
        self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, DatasetError> {
        let names = columns(Part::Input, self.inputs, names)?;
        Ok(Self { names, ..self })
    }

    /// The same with names for the target values.
    ///
    /// # Errors
    /// Those of [`with_input_names`](Self::with_input_names), and [`DatasetError::NoValues`] if the targets are classes.
    pub fn with_target_names(
        mut self,
        new: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, DatasetError> {
        match &mut self.outputs {
            Outputs::Values { size, names, .. } => *names = columns(Part::Target, *size, new)?,
            Outputs::Classes { .. } => return Err(DatasetError::NoValues),
        }
        Ok(self)
    }

    /// The same with units for the target values, such as `kWh`.
    ///
    /// # Errors
    /// [`DatasetError::Names`] if there is not one for each, [`DatasetError::NoValues`] if the targets are classes.
    pub fn with_units(
        mut self,
        new: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, DatasetError> {
        match &mut self.outputs {
            Outputs::Values { size, units, .. } => *units = one_each(Part::Target, *size, new)?,
            Outputs::Classes { .. } => return Err(DatasetError::NoValues),
        }
        Ok(self)
    }

    /// The same for inputs that stand in a table beside other columns.
    ///
    /// ```
    /// use gradflow_data::{ColumnAt, Dialect, Layout, RowReader, Schema};
    ///
    /// let label = ColumnAt { number: 0, name: None };
    /// let layout = Layout { targets: vec![label], left_out: vec![] };
    /// let schema = Schema::of_classes(2, 2)?.with_layout(layout)?;
    /// let mut reader = RowReader::new("a,1,2\n".as_bytes(), &Dialect::default(), &schema)?;
    /// assert_eq!(reader.rows::<f64>(1)?, [1.0, 2.0]);
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DatasetError::Layout`] if it names a column twice, or one that such a table does not have.
    pub fn with_layout(self, layout: Layout) -> Result<Self, DatasetError> {
        layout.check(self.inputs)?;
        Ok(Self {
            layout: Some(layout),
            ..self
        })
    }

    /// The same with names for the classes.
    ///
    /// # Errors
    /// [`DatasetError::NoLabels`] without classes, [`DatasetError::ClassNames`] if there is not one name for each,
    /// [`DatasetError::RepeatedName`] if two have the same.
    pub fn with_class_names(
        mut self,
        new: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, DatasetError> {
        let Outputs::Classes { count, names } = &mut self.outputs else {
            return Err(DatasetError::NoLabels);
        };
        let new: Vec<String> = new.into_iter().map(Into::into).collect();
        if new.len() != *count {
            return Err(DatasetError::ClassNames {
                names: new.len(),
                classes: *count,
            });
        }
        if let Some((name, first, second)) = repeated(&new) {
            return Err(DatasetError::RepeatedName {
                name,
                first,
                second,
            });
        }
        *names = new;
        Ok(self)
    }

    /// Notes what was done to the inputs.
    pub(crate) fn push(&mut self, step: FeatureMap) {
        self.steps.push(step);
    }
}

/// One text for each.
fn one_each(
    part: Part,
    size: usize,
    names: impl IntoIterator<Item = impl Into<String>>,
) -> Result<Vec<String>, DatasetError> {
    let names: Vec<String> = names.into_iter().map(Into::into).collect();
    match names.len() == size {
        true => Ok(names),
        false => Err(DatasetError::Names {
            part,
            names: names.len(),
            size,
        }),
    }
}

/// One name for each, all different.
fn columns(
    part: Part,
    size: usize,
    names: impl IntoIterator<Item = impl Into<String>>,
) -> Result<Vec<String>, DatasetError> {
    let names = one_each(part, size, names)?;
    match repeated(&names) {
        None => Ok(names),
        Some((name, first, second)) => Err(DatasetError::RepeatedColumn {
            part,
            name,
            first,
            second,
        }),
    }
}

/// The first name that occurs a second time, and where.
fn repeated(names: &[String]) -> Option<(String, usize, usize)> {
    let mut first = HashMap::new();
    for (second, name) in names.iter().enumerate() {
        if let Some(first) = first.insert(name.as_str(), second) {
            return Some((excerpt(name), first, second));
        }
    }
    None
}

/// Whether all names are different.
pub(crate) fn differ(names: &[String]) -> bool {
    repeated(names).is_none()
}

/// What a file says; it becomes a [`Schema`] only through the same checks as every other.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "Schema", deny_unknown_fields)]
pub(super) struct Fields {
    inputs: usize,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    steps: Vec<FeatureMap>,
    outputs: Outputs,
    #[serde(default)]
    layout: Option<Layout>,
}

#[cfg(feature = "serde")]
impl TryFrom<Fields> for Schema {
    type Error = crate::FeatureError;

    fn try_from(fields: Fields) -> Result<Self, crate::FeatureError> {
        let mut schema = match fields.outputs {
            Outputs::Classes { count, names } => {
                let schema = Self::of_classes(fields.inputs, count)?;
                match names.is_empty() {
                    true => schema,
                    false => schema.with_class_names(names)?,
                }
            }
            Outputs::Values {
                size,
                names,
                units,
                steps,
            } => {
                let mut schema = Self::of_values(fields.inputs, size)?;
                if !names.is_empty() {
                    schema = schema.with_target_names(names)?;
                }
                if !units.is_empty() {
                    schema = schema.with_units(units)?;
                }
                for step in steps {
                    schema.push_target(step)?;
                }
                schema
            }
        };
        if !fields.names.is_empty() {
            schema = schema.with_input_names(fields.names)?;
        }
        if let Some(layout) = fields.layout {
            schema = schema.with_layout(layout)?;
        }
        schema.steps = fields.steps;
        schema.features()?;
        Ok(schema)
    }
}

impl Schema {
    /// Notes what was done to the target values.
    pub(crate) fn push_target(
        &mut self,
        scaling: crate::Scaling,
    ) -> Result<(), crate::ScalingError> {
        let Outputs::Values { size, steps, .. } = &mut self.outputs else {
            return Err(crate::ScalingError::ClassTargets);
        };
        if scaling.offset().len() != *size {
            return Err(crate::ScalingError::Size {
                expected: scaling.offset().len(),
                found: *size,
            });
        }
        steps.push(scaling);
        Ok(())
    }
}
