//! What the numbers of a data set mean.

mod compare;
mod describe;
mod layout;
mod rows;

use gradflow_real::Real;

use crate::memory::reserve;
use crate::{FeatureError, FeatureMap, Scaling};

pub(crate) use compare::{check_names, left};
pub(crate) use describe::{MOST_NAMES, differ};
pub use layout::{ColumnAt, Layout};

/// What the numbers of a data set mean: names of the columns, what was done to them, and what the targets are.
///
/// Every [`Dataset`](crate::Dataset) has one, and what is done to the data set is noted in it: [`standardised`](crate::Dataset::standardised),
/// [`scale_inputs`](crate::Dataset::scale_inputs), [`scale_targets`](crate::Dataset::scale_targets) and
/// [`features`](crate::Dataset::features) add a step. What was learnt from the data set can then be used on raw rows.
///
/// ```
/// use gradflow_data::Csv;
///
/// let file = "length,width,species\n1,2,setosa\n3,6,versicolor\n";
/// let train = Csv::classification("species").read::<f64>(file.as_bytes())?.standardised()?;
/// let schema = train.schema();
/// assert_eq!(schema.input_names().unwrap(), ["length", "width"]);
/// assert_eq!(schema.class_names().unwrap(), ["setosa", "versicolor"]);
/// assert_eq!(schema.row(&[3.0, 2.0])?, [1.0, -1.0]); // a raw row, as the data set would have it
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "describe::Fields")
)]
pub struct Schema {
    /// Columns of raw data.
    pub(crate) inputs: usize,
    /// Their names, or none at all.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub(crate) names: Vec<String>,
    /// What was done to them, in this order.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub(crate) steps: Vec<FeatureMap>,
    pub(crate) outputs: Outputs,
    /// Where they stood in a table, if they come from one.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub(crate) layout: Option<Layout>,
}

/// What the targets of a data set are.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub enum Outputs {
    /// One class of so many.
    Classes {
        /// Number of classes.
        count: usize,
        /// Their names, or none at all.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Vec::is_empty")
        )]
        names: Vec<String>,
    },
    /// So many values.
    Values {
        /// Number of values.
        size: usize,
        /// Their names, or none at all.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Vec::is_empty")
        )]
        names: Vec<String>,
        /// Their units, such as `kWh`, or none at all.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Vec::is_empty")
        )]
        units: Vec<String>,
        /// What they were scaled by, in this order.
        #[cfg_attr(
            feature = "serde",
            serde(default, skip_serializing_if = "Vec::is_empty")
        )]
        steps: Vec<Scaling>,
    },
}

impl Schema {
    /// Columns of raw data.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Names of the columns of raw data; `None` if they have none.
    pub fn input_names(&self) -> Option<&[String]> {
        (!self.names.is_empty()).then_some(&self.names)
    }

    /// What was done to the inputs, in this order; nothing for raw data.
    pub fn steps(&self) -> &[FeatureMap] {
        &self.steps
    }

    /// What the targets are.
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// Names of the classes; `None` if the targets are values or the classes have no names.
    pub fn class_names(&self) -> Option<&[String]> {
        match &self.outputs {
            Outputs::Classes { names, .. } if !names.is_empty() => Some(names),
            _ => None,
        }
    }

    /// Names of the target values; `None` if the targets are classes or have no names.
    pub fn target_names(&self) -> Option<&[String]> {
        match &self.outputs {
            Outputs::Values { names, .. } if !names.is_empty() => Some(names),
            _ => None,
        }
    }

    /// Units of the target values; `None` if the targets are classes or have no units.
    pub fn units(&self) -> Option<&[String]> {
        match &self.outputs {
            Outputs::Values { units, .. } if !units.is_empty() => Some(units),
            _ => None,
        }
    }

    /// What a difference of 1 between scaled target values is in their own units: the product of the scales that each value was divided
    /// by, 1 where it was not. `None` if the targets are classes.
    pub fn target_scales(&self) -> Option<Vec<f64>> {
        let Outputs::Values { size, steps, .. } = &self.outputs else {
            return None;
        };
        let product = |a: usize| {
            let scales = steps.iter().filter_map(|step| step.scale().get(a));
            scales.product()
        };
        Some((0..*size).map(product).collect())
    }

    /// The columns of the table that are no inputs; `None` if the data come from no table.
    pub fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// Number of inputs after all steps: what a model reads.
    ///
    /// # Errors
    /// [`FeatureError`] if a step is not one for what comes before it.
    pub fn features(&self) -> Result<usize, FeatureError> {
        let mut steps = self.steps.iter();
        steps.try_fold(self.inputs, |size, step| step.size(size))
    }

    /// What a raw row becomes by all steps. NaN is a value that is missing, where that [may be](crate::Encoding).
    ///
    /// # Errors
    /// [`FeatureError`] if it has another number of values, or a step fails on it.
    pub fn row<T: Real>(&self, raw: &[T]) -> Result<Vec<T>, FeatureError> {
        if raw.len() != self.inputs {
            return Err(FeatureError::Row {
                expected: self.inputs,
                came: raw.len(),
            });
        }
        let gap =
            |column: usize, x: T| x.to_f64().is_nan() && self.encoding(column).may_be_missing();
        let mut values = raw.iter().enumerate();
        if let Some(component) = values.position(|(i, x)| !(x.is_finite() || gap(i, *x))) {
            return Err(FeatureError::RowNotFinite {
                column: self.column(component),
                value: raw[component].to_f64(),
            });
        }
        let mut row = Vec::new();
        reserve(&mut row, raw.len())?;
        row.extend_from_slice(raw);
        for step in &self.steps {
            row = step.apply(&row)?;
        }
        Ok(row)
    }

    /// Takes target values, of one or several samples, back to their own units, in place.
    ///
    /// # Errors
    /// [`ScalingError::Values`](crate::ScalingError::Values) if these are not whole samples.
    pub fn restore<T: Real>(&self, y: &mut [T]) -> Result<(), crate::ScalingError> {
        if let Outputs::Values { steps, .. } = &self.outputs {
            for step in steps.iter().rev() {
                step.invert(y)?;
            }
        }
        Ok(())
    }

    /// The same with the functions of these maps for features of the user's own that a file has named; see
    /// [`FeatureMap::resolve`].
    #[must_use]
    pub fn resolve(mut self, known: &[FeatureMap]) -> Self {
        for step in &mut self.steps {
            *step = core::mem::replace(step, FeatureMap::Identity).resolve(known);
        }
        self
    }

    /// Whether all features of the user's own are more than a name.
    ///
    /// # Errors
    /// [`FeatureError::Unresolved`].
    pub fn check_resolved(&self) -> Result<(), FeatureError> {
        match self.steps.iter().find_map(FeatureMap::unresolved) {
            None => Ok(()),
            Some(name) => Err(FeatureError::Unresolved { name: name.into() }),
        }
    }

    /// The name of a column of raw data, or its number.
    pub(crate) fn column(&self, number: usize) -> String {
        match self.names.get(number) {
            Some(name) => format!("`{}`", crate::excerpt::excerpt(name)),
            None => number.to_string(),
        }
    }
}

impl Outputs {
    /// Outputs that a network needs for them: the number of classes, or of values.
    pub fn size(&self) -> usize {
        match self {
            Self::Classes { count, .. } => *count,
            Self::Values { size, .. } => *size,
        }
    }
}
