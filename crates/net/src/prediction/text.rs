//! Predictions from raw rows of text.

use gradflow_data::{FeatureError, MismatchError};
use gradflow_kernels::Real;

use crate::{Model, ModelError, Prediction};

impl<T: Real> Model<T> {
    /// Predicts from a raw row of texts by column, in any order: numbers, names of categories, and nothing at all where values may be missing.
    ///
    /// ```
    /// use gradflow::data::{Csv, Missing};
    /// use gradflow::{Activation, Cost, Model, Network};
    ///
    /// let file = "size,colour,kind\n1,red,a\n,blue,b\n3,red,a\n";
    /// let csv = Csv::classification("kind").text_as_categories().missing(Missing::Mean);
    /// let data = csv.read::<f64>(file.as_bytes())?;
    /// let network = Network::builder(data.shape()).dense(2, Activation::Identity).build()?;
    /// let mut model = Model::new(network, Cost::classification(), 1)?;
    /// model.set_schema(Some(data.schema().clone()))?; // as training does
    ///
    /// let prediction = model.predict_text(&[("colour", "red"), ("size", "")])?;
    /// assert_eq!(prediction, model.predict_row(&[f64::NAN, 1.0])?); // the second colour
    /// let error = model.predict_text(&[("colour", "green"), ("size", "2")]).unwrap_err();
    /// assert!(error.to_string().contains("`green` is none of the values of the training data: `blue`, `red`"));
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError::Features`] with the column whose field is no number, an unknown category or missing; [`ModelError::Schema`] with the name that is
    /// missing, not known or given twice, or if the model knows no names.
    pub fn predict_text<N: AsRef<str>, F: AsRef<str>>(
        &self,
        row: &[(N, F)],
    ) -> Result<Prediction<'_, T>, ModelError> {
        let schema = self.schema().ok_or(MismatchError::NoNames)?;
        let names: Vec<&str> = row.iter().map(|(name, _)| name.as_ref()).collect();
        let order = schema.order(&names)?;
        let fields = order.iter().enumerate();
        let raw =
            fields.map(|(column, place)| schema.raw_value(column, row[*place].1.as_ref(), false));
        self.predict_row(&raw.collect::<Result<Vec<T>, FeatureError>>()?)
    }
}
