//! Scalings and feature maps applied to a data set, which notes them.

use std::sync::Arc;

use gradflow_real::Real;

use crate::dataset::Stored;
use crate::memory::{filled, reserve};
use crate::{Dataset, FeatureError, FeatureMap, Part, Scaling, ScalingError};

impl<T: Real> Dataset<T> {
    /// The same samples with the features that `map` makes of their inputs; targets stay.
    ///
    /// # Errors
    /// [`FeatureError`] names the sample and the feature.
    pub fn features(&self, map: &FeatureMap) -> Result<Self, FeatureError> {
        let size = map.size(self.shape.len())?;
        let len = size.checked_mul(self.len());
        let len = len.ok_or(crate::MemoryError { bytes: usize::MAX })?;
        let mut inputs = Vec::new();
        reserve(&mut inputs, len)?;
        for (sample, x) in self.inputs().iter().enumerate() {
            map.append(sample, x, size, &mut inputs)?;
        }
        let shape = gradflow_tensor::Shape::vector(size).map_err(crate::DatasetError::from)?;
        let mut made = Self {
            shape,
            inputs,
            targets: self.targets.clone(),
            schema: std::sync::Arc::clone(&self.schema),
        };
        made.done(map.clone());
        Ok(made)
    }

    /// Scales every input, and notes it in the [`schema`](Dataset::schema).
    ///
    /// # Errors
    /// [`ScalingError::Size`] if the scaling was fitted to inputs of another size, [`ScalingError::TooLarge`] if a
    /// scaled value is too large. The data set is then unchanged.
    pub fn scale_inputs(&mut self, scaling: &Scaling) -> Result<(), ScalingError> {
        let size = self.shape.len();
        scaled(Part::Input, &mut self.inputs, size, scaling)?;
        self.done(FeatureMap::Scaling(scaling.clone()));
        Ok(())
    }

    /// Scales every target; [`Scaling::invert`] takes predictions back.
    ///
    /// # Errors
    /// Those of [`Dataset::scale_inputs`], and [`ScalingError::ClassTargets`] if the targets are classes.
    pub fn scale_targets(&mut self, scaling: &Scaling) -> Result<(), ScalingError> {
        match &mut self.targets {
            Stored::Classes(_) => Err(ScalingError::ClassTargets),
            Stored::Values(values) => {
                scaled(Part::Target, &mut values.data, values.size, scaling)?;
                Arc::make_mut(&mut self.schema).push_target(scaling.clone())
            }
        }
    }
}

fn scaled<T: Real>(
    part: Part,
    data: &mut [T],
    size: usize,
    scaling: &Scaling,
) -> Result<(), ScalingError> {
    if scaling.offset().len() != size {
        return Err(ScalingError::Size {
            expected: scaling.offset().len(),
            found: size,
        });
    }
    let mut trial = filled(size, T::ZERO)?;
    for (sample, x) in data.chunks_exact(size).enumerate() {
        trial.copy_from_slice(x);
        scaling.apply(&mut trial)?;
        if let Some(component) = trial.iter().position(|x| !x.is_finite()) {
            return Err(ScalingError::TooLarge {
                part,
                sample,
                component,
            });
        }
    }
    scaling.apply(data)
}
