//! Raw rows as texts, and the features that they become.

use gradflow_real::Real;

use super::Schema;
use crate::excerpt::excerpt;
use crate::features::shown;
use crate::field::Field;
use crate::memory::{push, reserve};
use crate::{Encoding, FeatureError, FeatureMap};

impl Schema {
    /// Names of the inputs after all steps, such as `colour=red`; `None` if the columns have no names.
    ///
    /// # Errors
    /// [`FeatureError`] if a step is not one for what comes before it.
    pub fn feature_names(&self) -> Result<Option<Vec<String>>, FeatureError> {
        let Some(names) = self.input_names() else {
            return Ok(None);
        };
        let mut names = names.to_vec();
        for step in &self.steps {
            names = step.names(&names)?;
        }
        Ok(Some(names))
    }

    /// What becomes of a column of raw data first: a number, a number whose gaps are filled, or a category.
    pub fn encoding(&self, column: usize) -> &Encoding {
        match self.steps.first() {
            Some(FeatureMap::Columns(columns)) => columns.get(column).unwrap_or(&Encoding::Number),
            _ => &Encoding::Number,
        }
    }

    /// The raw row that fields of text stand for: numbers, numbers of categories, NaN for what is missing where that may be.
    /// [`Schema::row`] makes features of it.
    ///
    /// ```
    /// use gradflow_data::Csv;
    ///
    /// let file = "size,colour,kind\n1,red,a\n2,blue,b\n";
    /// let data = Csv::classification("kind").text_as_categories().read::<f64>(file.as_bytes())?;
    /// let schema = data.schema();
    /// let row = schema.text_row(&["3", "red"])?;
    /// assert_eq!(schema.row::<f64>(&row)?, [3.0, 0.0, 1.0]);
    /// let error = schema.text_row::<f64>(&["3", "green"]).unwrap_err();
    /// assert!(error.to_string().starts_with(
    ///     "column `colour`: `green` is none of the values of the training data: `blue`, `red`"
    /// ));
    /// # Ok::<(), gradflow_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`FeatureError::Row`] for another number of fields, and those of [`Schema::raw_value`].
    pub fn text_row<T: Real>(&self, fields: &[impl AsRef<str>]) -> Result<Vec<T>, FeatureError> {
        if fields.len() != self.inputs {
            return Err(FeatureError::Row {
                expected: self.inputs,
                came: fields.len(),
            });
        }
        let mut row = Vec::new();
        reserve(&mut row, fields.len())?;
        for (column, field) in fields.iter().enumerate() {
            push(&mut row, self.raw_value(column, field.as_ref(), false)?)?;
        }
        Ok(row)
    }

    /// What a field of text stands for in a raw row; with a comma as decimal sign, if that is said.
    ///
    /// # Errors
    /// [`FeatureError::MissingField`] for a gap where there may be none, [`FeatureError::NoNumber`], [`FeatureError::Unseen`] for a category that
    /// is not known.
    pub fn raw_value<T: Real>(
        &self,
        column: usize,
        text: &str,
        decimal_comma: bool,
    ) -> Result<T, FeatureError> {
        let (encoding, text) = (self.encoding(column), text.trim());
        let field = Field::<T>::of(text, decimal_comma);
        if field == Field::Missing {
            return match encoding.may_be_missing() {
                true => Ok(T::from_f64(f64::NAN)),
                false => Err(FeatureError::MissingField {
                    column: self.column(column),
                }),
            };
        }
        let Some(values) = encoding.values() else {
            return match field {
                Field::Number(number) => Ok(number),
                _ => Err(FeatureError::NoNumber {
                    column: self.column(column),
                    text: excerpt(text),
                }),
            };
        };
        match encoding.category(text) {
            Some(place) => Ok(T::from_f64(place as f64)),
            None => Err(FeatureError::Unseen {
                column: self.column(column),
                text: excerpt(text),
                known: shown(values),
            }),
        }
    }
}
