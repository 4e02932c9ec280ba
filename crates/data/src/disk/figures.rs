//! Figures of all samples of a file, and what is done to the samples with them: each takes a pass or two over the file.

use std::sync::Arc;

use gradflow_real::Real;
use gradflow_tensor::Shape;

use super::{DiskDataset, DiskError, DiskReader, Fetched};
use crate::memory::{collect, filled, push};
use crate::mismatch::check_shape;
use crate::raw_table::{Figures, RunningMean, median};
use crate::schema::left;
use crate::{
    DatasetError, FeatureError, FeatureMap, MAX_CLASSES, MismatchError, Missing, Outputs, Part,
    Scaling, ScalingError, Schema,
};

/// Bytes that are read at a time, about.
const BLOCK: usize = 1 << 20;
/// Samples that are read at a time, at most.
const MOST: usize = 4096;

/// What is done when samples are read. Figures are computed in the order of the samples, as by a [`Dataset`](crate::Dataset), so that they have the same bits.
impl<T: Real> DiskDataset<T> {
    /// [`Dataset::standardised`](crate::Dataset::standardised), by figures of these samples: two passes.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn standardised(self) -> Result<Self, DiskError> {
        let scaling = Scaling::standardise_each(self.shape.len(), |look| self.each_input(look))?;
        Ok(self.done(FeatureMap::Scaling(scaling)))
    }

    /// Inputs from 0 to 1, as by [`Scaling::range`] of these samples: one pass.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn ranged(self) -> Result<Self, DiskError> {
        let scaling = Scaling::range_each(self.shape.len(), |look| self.each_input(look))?;
        Ok(self.done(FeatureMap::Scaling(scaling)))
    }

    /// [`Dataset::standardised_targets`](crate::Dataset::standardised_targets), by figures of these samples: two passes.
    ///
    /// # Errors
    /// [`DiskError`].
    pub fn standardised_targets(mut self) -> Result<Self, DiskError> {
        let Outputs::Values { size, .. } = *self.schema.outputs() else {
            return Err(ScalingError::ClassTargets.into());
        };
        let mut y = filled(size, T::ZERO)?;
        let scaling = Scaling::standardise_each(size, |look| {
            self.each_target(|_, fetched, place| {
                fetched.values(place, &mut y)?;
                look(&y);
                Ok(())
            })
        })?;
        Arc::make_mut(&mut self.schema).push_target(scaling)?;
        Ok(self)
    }

    /// [`Dataset::features`](crate::Dataset::features).
    ///
    /// # Errors
    /// [`DiskError::Feature`] if there are no such features of these inputs.
    pub fn features(mut self, map: &FeatureMap) -> Result<Self, DiskError> {
        self.shape = Shape::vector(map.size(self.shape.len())?)?;
        Ok(self.done(map.clone()))
    }

    /// [`RawTable::encoded`](crate::RawTable::encoded) of a converted table: gaps are filled with figures of these samples, categories become one feature for each of their
    /// values. One pass; a median takes eight bytes for each sample, and a pass for each column.
    ///
    /// # Errors
    /// [`DiskError::Feature`] for a column that is missing everywhere.
    pub fn encoded(self) -> Result<Self, DiskError> {
        let how = &self.store.how;
        if how.categories.is_empty() && !how.fills() {
            return Ok(self);
        }
        let mut columns = Vec::new();
        for (column, figures) in self.figures()?.into_iter().enumerate() {
            let encoding = how.encoding(column, figures);
            let encoding = encoding.ok_or_else(|| FeatureError::NoValues {
                column: self.schema.column(column),
                samples: self.len(),
            })?;
            push(&mut columns, encoding)?;
        }
        self.features(&FeatureMap::Columns(columns))
    }

    /// What is learnt of each column.
    fn figures(&self) -> Result<Vec<Figures>, DiskError> {
        let inputs = self.store.columns;
        let mut means = filled(inputs, RunningMean::default())?;
        let mut figures = filled(inputs, Figures::default())?;
        if !self.store.how.fills() {
            return Ok(figures);
        }
        let mut row = filled(inputs, T::ZERO)?;
        self.each(|_, fetched, place| {
            fetched.raw(place, &mut row);
            for ((x, mean), figures) in row.iter().zip(&mut means).zip(&mut figures) {
                mean.add(x.to_f64());
                figures.gaps |= x.is_nan();
            }
            Ok(())
        })?;
        for (column, (mean, figures)) in means.into_iter().zip(&mut figures).enumerate() {
            figures.fill = mean.value();
            let number = !self.store.how.categories.contains_key(&column);
            if number && self.store.how.missing == Missing::Median {
                figures.fill = self.median(column, &mut row)?;
            }
        }
        Ok(figures)
    }

    fn median(&self, column: usize, row: &mut [T]) -> Result<Option<f64>, DiskError> {
        let mut values = Vec::new();
        self.each(|_, fetched, place| {
            fetched.raw(place, row);
            let x = row[column].to_f64();
            if !x.is_nan() {
                push(&mut values, x)?;
            }
            Ok(())
        })?;
        Ok(median(values))
    }

    /// The same samples after all that is done to others, such as the training part, and in their shape.
    ///
    /// # Errors
    /// Those of [`prepared`](Self::prepared), [`MismatchError::Shape`](crate::MismatchError::Shape) if the shapes are two, neither of them a plain
    /// vector.
    pub fn like(self, other: &Self) -> Result<Self, DiskError> {
        self.prepared(&other.schema)?.shaped(other.shape)
    }

    /// The same samples in the shape of others, if it can be theirs.
    pub(crate) fn shaped(self, shape: Shape<3>) -> Result<Self, DiskError> {
        check_shape(shape, self.shape)?;
        Ok(self.with_shape(shape)?)
    }

    /// The same samples after all steps of a schema, such as that of a model. Those that are done already are its first ones.
    ///
    /// # Errors
    /// [`DiskError::Mismatch`] if columns, categories or classes are others, or something else is done.
    pub fn prepared(mut self, schema: &Schema) -> Result<Self, DiskError> {
        let own = &*self.schema;
        own.check_columns(schema)?;
        own.check_kind(schema)?;
        left(Part::Input, schema.steps(), own.steps(), |step| {
            step.kind().to_owned()
        })?;
        if let (Outputs::Values { steps, .. }, Outputs::Values { steps: done, .. }) =
            (schema.outputs(), own.outputs())
        {
            left(Part::Target, steps, done, |_| "Scaling".to_owned())?;
        }
        for column in 0..own.inputs() {
            let here = self.store.how.categories.get(&column).map(Vec::as_slice);
            let there = schema.encoding(column).values();
            if here != there && !schema.steps().is_empty() {
                let name = own.column(column);
                return Err(match (here, there) {
                    (Some(_), None) => MismatchError::NotNumbers { column: name }.into(),
                    (None, _) => MismatchError::NotNames { column: name }.into(),
                    (Some(_), Some(_)) => MismatchError::Categories { column: name }.into(),
                });
            }
        }
        let size = schema.features()?;
        if size != self.shape.len() {
            self.shape = Shape::vector(size)?;
        }
        self.schema = Arc::new(schema.clone().or(&self.schema));
        Ok(self)
    }

    /// As many classes as that; as occur, counted from 0, without a number.
    pub(super) fn with_classes(self, classes: Option<usize>) -> Result<Self, DiskError> {
        let classes = match classes {
            Some(classes) => classes,
            None => {
                // Every label that could be one is, here.
                let all = self.of_classes(MAX_CLASSES)?;
                let mut most = 0;
                all.each_target(|_, fetched, place| {
                    most = most.max(fetched.label(place)?);
                    Ok(())
                })?;
                most + 1
            }
        };
        Ok(self.of_classes(classes)?)
    }

    fn of_classes(&self, classes: usize) -> Result<Self, DatasetError> {
        let mut of = self.with(self.selection.clone());
        of.schema = Arc::new(Schema::of_classes(self.schema.inputs(), classes)?);
        Ok(of)
    }

    fn done(mut self, step: FeatureMap) -> Self {
        Arc::make_mut(&mut self.schema).push(step);
        self
    }

    /// Shows the inputs of all samples, in order.
    fn each_input(&self, look: &mut dyn FnMut(&[T])) -> Result<(), DiskError> {
        let mut x = filled(self.shape.len(), T::ZERO)?;
        self.each(|_, fetched, place| {
            fetched.input(place, &mut x)?;
            look(&x);
            Ok(())
        })
    }

    /// Goes through all samples, in order: the number of the sample, and its place among those that were read together.
    pub(super) fn each(
        &self,
        look: impl FnMut(usize, &Fetched<'_, T>, usize) -> Result<(), DiskError>,
    ) -> Result<(), DiskError> {
        self.walk(self.reader(), self.store.inputs.width(), look)
    }

    /// The same for who looks at targets alone.
    pub(super) fn each_target(
        &self,
        look: impl FnMut(usize, &Fetched<'_, T>, usize) -> Result<(), DiskError>,
    ) -> Result<(), DiskError> {
        let rows = self.store.targets.as_ref().unwrap_or(&self.store.inputs);
        self.walk(self.target_reader(), rows.width(), look)
    }

    fn walk(
        &self,
        mut reader: DiskReader<T>,
        width: usize,
        mut look: impl FnMut(usize, &Fetched<'_, T>, usize) -> Result<(), DiskError>,
    ) -> Result<(), DiskError> {
        let (len, step) = (self.len(), (BLOCK / width).clamp(1, MOST));
        let block = |start: usize| collect(start..len.min(start + step));
        let mut samples = block(0)?;
        while let Some(start) = samples.first().copied() {
            let next = block(start + samples.len())?;
            let fetched = reader.fetch_and_ask(&samples, &next)?;
            for place in 0..fetched.len() {
                look(start + place, &fetched, place)?;
            }
            samples = next;
        }
        Ok(())
    }
}
