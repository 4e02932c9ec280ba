//! A table whose inputs are not all numbers yet: some are missing, some are categories.

mod how;

use std::collections::HashMap;
use std::sync::Arc;

use gradflow_real::Real;

pub(crate) use self::how::{Figures, How, RunningMean, median};
use crate::memory::{push, reserve};
use crate::{
    DataError, Dataset, FeatureError, FeatureMap, MismatchError, Missing, Schema, SplitError,
    Targets,
};

/// Samples as a table has them, before gaps are filled and categories become numbers; made by [`Csv::open_table`](crate::Csv::open_table) and
/// [`Csv::read_table`](crate::Csv::read_table).
///
/// What gaps are filled with is learnt from the training part alone: divide the table, make one part a data set by [`encoded`](Self::encoded),
/// and the others by [`like`](Self::like). [`Csv::read`](crate::Csv::read) does it all on all samples.
///
/// ```
/// use gradflow_data::{Csv, Missing};
///
/// let file = "size,colour,kind\n1,red,a\n,blue,b\n3,red,a\n8,red,b\n";
/// let csv = Csv::classification("kind").text_as_categories().missing(Missing::Mean);
/// let (train, test) = csv.read_table::<f64>(file.as_bytes())?.split_at(2)?;
/// let train = train.encoded()?;
/// assert_eq!(train.schema().feature_names()?.unwrap(), ["size", "colour=blue", "colour=red"]);
/// assert_eq!(train.inputs().data(), [1.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
/// let test = test.like(&train)?;
/// let row = train.schema().text_row::<f64>(&["", "red"])?;
/// assert_eq!(train.schema().row(&row)?, [1.0, 0.0, 1.0]);
/// assert_eq!(test.len(), 2);
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RawTable<T> {
    /// Its inputs are raw rows, with NaN for what is missing and the numbers of categories.
    data: Dataset<T>,
    how: Arc<How>,
}

impl<T> From<Dataset<T>> for RawTable<T> {
    /// A table of numbers without gaps.
    fn from(data: Dataset<T>) -> Self {
        Self::new(data, HashMap::new(), Missing::Refuse, false, usize::MAX)
    }
}

impl<T> RawTable<T> {
    pub(crate) fn new(
        data: Dataset<T>,
        categories: HashMap<usize, Vec<String>>,
        missing: Missing,
        unseen: bool,
        room: usize,
    ) -> Self {
        let how = Arc::new(How {
            categories,
            missing,
            unseen,
            room,
        });
        Self { data, how }
    }

    /// Number of samples, at least 1.
    #[allow(clippy::len_without_is_empty)] // never empty
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Names of the columns; what the targets are.
    pub fn schema(&self) -> &Schema {
        self.data.schema()
    }

    /// The targets: classes or values.
    pub fn targets(&self) -> Targets<'_, T> {
        self.data.targets()
    }

    /// The values of a column of categories, counted from 0 among the inputs; `None` for a column of numbers.
    pub fn categories(&self, column: usize) -> Option<&[String]> {
        Some(self.how.categories.get(&column)?)
    }

    fn part(&self, data: Dataset<T>) -> Self {
        let how = Arc::clone(&self.how);
        Self { data, how }
    }

    fn parts(&self, (first, second): (Dataset<T>, Dataset<T>)) -> (Self, Self) {
        (self.part(first), self.part(second))
    }
}

impl<T: Real> RawTable<T> {
    /// [`Dataset::split`] of the table.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), SplitError> {
        Ok(self.parts(self.data.split(fraction, seed)?))
    }

    /// [`Dataset::split_stratified`] of the table.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn split_stratified(&self, fraction: f64, seed: u64) -> Result<(Self, Self), SplitError> {
        Ok(self.parts(self.data.split_stratified(fraction, seed)?))
    }

    /// [`Dataset::split_at`] of the table.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn split_at(self, n: usize) -> Result<(Self, Self), SplitError> {
        let Self { data, how } = self;
        let (data, rest) = data.split_at(n)?;
        let first = Self {
            data,
            how: Arc::clone(&how),
        };
        Ok((first, Self { data: rest, how }))
    }

    /// [`Dataset::select`] of the table.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn select(&self, indices: &[usize]) -> Result<Self, SplitError> {
        Ok(self.part(self.data.select(indices)?))
    }

    /// [`Dataset::k_folds`] of the table.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn k_folds(
        &self,
        k: usize,
        seed: u64,
    ) -> Result<impl ExactSizeIterator<Item = Result<(Self, Self), SplitError>>, SplitError> {
        let folds = self.data.k_folds(k, seed)?;
        Ok(folds.map(|pair| Ok(self.parts(pair?))))
    }

    /// [`Dataset::k_folds_stratified`] of the table.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn k_folds_stratified(
        &self,
        k: usize,
        seed: u64,
    ) -> Result<impl ExactSizeIterator<Item = Result<(Self, Self), SplitError>>, SplitError> {
        let folds = self.data.k_folds_stratified(k, seed)?;
        Ok(folds.map(|pair| Ok(self.parts(pair?))))
    }

    /// The data set: gaps are filled with figures of these samples, categories become one feature for each of their values. The data set's
    /// schema keeps both.
    ///
    /// # Errors
    /// [`FeatureError::NoValues`] for a column that is missing everywhere, [`FeatureError::Room`] if categories would take far more memory than the
    /// file.
    pub fn encoded(self) -> Result<Dataset<T>, FeatureError> {
        let how = &self.how;
        if how.categories.is_empty() && !how.fills() {
            return Ok(self.data);
        }
        let mut columns = Vec::new();
        let inputs = self.data.schema().inputs();
        reserve(&mut columns, inputs)?;
        for column in 0..inputs {
            let encoding = how.encoding(column, self.figures(column)?);
            columns.push(encoding.ok_or_else(|| FeatureError::NoValues {
                column: self.data.schema().column(column),
                samples: self.len(),
            })?);
        }
        self.apply(FeatureMap::Columns(columns))
    }

    /// What is learnt of a column.
    fn figures(&self, column: usize) -> Result<Figures, FeatureError> {
        let x = self.data.inputs();
        let here = || x.iter().map(|row| row[column].to_f64());
        if self.how.categories.contains_key(&column) || !self.how.fills() {
            let fill = None;
            let gaps = self.how.missing == Missing::Flag && here().any(f64::is_nan);
            return Ok(Figures { fill, gaps });
        }
        let gaps = here().any(f64::is_nan);
        let fill = match self.how.missing {
            Missing::Median => {
                let mut values = Vec::new();
                for x in here().filter(|x| !x.is_nan()) {
                    push(&mut values, x)?;
                }
                median(values)
            }
            _ => {
                let mut mean = RunningMean::default();
                here().for_each(|x| mean.add(x));
                mean.value()
            }
        };
        Ok(Figures { fill, gaps })
    }

    fn apply(self, map: FeatureMap) -> Result<Dataset<T>, FeatureError> {
        let features = map.size(self.data.schema().inputs())?;
        let (samples, values) = (self.len(), |column: &usize| {
            self.categories(*column).map_or(0, <[String]>::len)
        });
        let bytes = features
            .saturating_mul(samples)
            .saturating_mul(size_of::<T>());
        let most = (0..self.data.schema().inputs()).max_by_key(values);
        match most {
            Some(column) if bytes > self.how.room => Err(FeatureError::Room {
                features,
                samples,
                bytes,
                values: values(&column),
                column: self.data.schema().column(column),
            }),
            _ => self.data.features(&map),
        }
    }

    /// The data set with what was learnt from another one, [`prepared`](Self::prepared) by its schema, and in its shape.
    ///
    /// # Errors
    /// Those of [`Dataset::like`].
    pub fn like<U>(self, other: &Dataset<U>) -> Result<Dataset<T>, DataError> {
        self.prepared(other.schema())?.shaped(other.shape())
    }

    /// The data set after all steps of a schema, such as that of a model: gaps and categories become what they are there, by their texts.
    ///
    /// # Errors
    /// [`FeatureError::Unseen`] for a category that is not known there, [`FeatureError::MissingField`] for a gap where there may be none, and those of
    /// [`Dataset::prepared`].
    pub fn prepared(mut self, schema: &Schema) -> Result<Dataset<T>, DataError> {
        self.data.schema().check_columns(schema)?;
        let Some(FeatureMap::Columns(columns)) = schema.steps().first() else {
            if let Some(column) = self.how.categories.keys().min() {
                return Err(MismatchError::NotNumbers {
                    column: self.data.schema().column(*column),
                }
                .into());
            }
            return self.encoded()?.prepared(schema);
        };
        let inputs = self.data.schema().inputs();
        let names = |column: usize| columns.get(column).is_some_and(|it| it.values().is_some());
        let number = |column: &usize| !self.how.categories.contains_key(column);
        if let Some(column) = (0..inputs).find(|column| names(*column) && number(column)) {
            let column = self.data.schema().column(column);
            return Err(MismatchError::NotNames { column }.into());
        }
        let mut numbers: HashMap<usize, Vec<T>> = HashMap::new();
        for (column, values) in &self.how.categories {
            let known = values
                .iter()
                .map(|text| schema.raw_value(*column, text, false));
            numbers.insert(*column, known.collect::<Result<_, _>>()?);
        }
        for row in self.data.inputs.chunks_exact_mut(inputs) {
            for (column, known) in &numbers {
                let place = row[*column].to_f64();
                // NaN stays what it is.
                if place >= 0.0 {
                    row[*column] = known.get(place as usize).copied().unwrap_or(row[*column]);
                }
            }
            let gaps = row.iter().zip(columns).enumerate();
            let mut gaps =
                gaps.filter(|(_, (x, column))| x.to_f64().is_nan() && !column.may_be_missing());
            if let Some((column, _)) = gaps.next() {
                return Err(FeatureError::MissingField {
                    column: schema.column(column),
                }
                .into());
            }
        }
        self.data.prepared(schema)
    }
}
