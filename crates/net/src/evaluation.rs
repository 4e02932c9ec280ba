//! How good a model is on a data set.

use gradflow_data::Dataset;
use gradflow_kernels::Real;

use crate::metrics::{mean_absolute_error, r_squared};
use crate::model::class_of;
use crate::{ConfusionMatrix, Model, ModelError, Workspace};

/// Cost and metrics of a model on a data set; see [`Model::evaluate`].
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Number of samples.
    pub samples: usize,
    /// Mean cost (19).
    pub cost: f64,
    /// Which class was taken for which; `None` for a data set without labels.
    pub confusion: Option<ConfusionMatrix>,
    /// Mean of `|zeta(p) - y|` over components and samples.
    pub mean_absolute_error: f64,
    /// `R^2` of each output component; `None` where the targets do not vary.
    pub r_squared: Vec<Option<f64>>,
}

impl Evaluation {
    /// Fraction of samples whose label was predicted; `None` for a data set without labels.
    pub fn accuracy(&self) -> Option<f64> {
        self.confusion.as_ref().map(ConfusionMatrix::accuracy)
    }

    /// For a data set that suits the model.
    pub(crate) fn of<T: Real>(
        model: &Model<T>,
        data: &Dataset<T>,
        workspace: &mut Workspace<T>,
    ) -> Result<Self, ModelError> {
        let output = model.network().output();
        let mut out = vec![T::ZERO; data.len() * output.len()];
        model.outputs_into(
            data.inputs(),
            output.columns_mut(&mut out, data.len()),
            workspace,
        )?;
        let cost = model
            .cost()
            .value(output.columns(&out, data.len()), data.targets(), None);
        model
            .cost()
            .output()
            .apply(output.columns_mut(&mut out, data.len()));

        let confusion = data.labels().map(|labels| {
            let predicted: Vec<usize> = out.chunks_exact(output.len()).map(class_of).collect();
            ConfusionMatrix::new(data.classes().unwrap_or(0), &predicted, labels)
        });
        let wide = |values: &[T]| -> Vec<f64> { values.iter().map(|v| v.to_f64()).collect() };
        let (out, targets) = (wide(&out), wide(data.targets().data()));
        let component = |values: &[f64], a: usize| -> Vec<f64> {
            values
                .iter()
                .copied()
                .skip(a)
                .step_by(output.len())
                .collect()
        };
        Ok(Self {
            samples: data.len(),
            cost,
            confusion,
            mean_absolute_error: mean_absolute_error(&out, &targets),
            r_squared: (0..output.len())
                .map(|a| r_squared(&component(&out, a), &component(&targets, a)))
                .collect(),
        })
    }
}
