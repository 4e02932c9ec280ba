//! Why there is no report.

use core::error::Error;

use gradflow::ModelError;
use gradflow::metrics::MetricError;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The data do not go with the model.
    #[error("the report of the {part} data: {error}")]
    Model {
        /// Which data: `evaluated` or `training`.
        part: &'static str,
        /// What is wrong.
        #[source]
        error: ModelError,
    },
    /// The chosen sample is none of the data.
    #[error("sample {sample} was chosen, and the evaluated data have {samples}, counted from 0")]
    Sample {
        /// The sample that was chosen.
        sample: usize,
        /// Samples of the data.
        samples: usize,
    },
    /// A metric has no meaning for the predictions.
    #[error("the predictions: {0}")]
    Metric(#[from] MetricError),
    /// A plot cannot be drawn.
    #[error("the plot \"{plot}\" cannot be drawn: {error}")]
    Plot {
        /// Its title.
        plot: String,
        /// What its library says.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
    /// The recorder was of the training of another network.
    #[error(
        "the recorder keeps parameters of another network: {0}; hand over the one that watched the training of this model"
    )]
    Recorder(#[source] ModelError),
    /// A picture cannot be written as PNG.
    #[error("a picture of {width} x {height} pixels cannot be written: {error}")]
    Picture {
        /// Columns of pixels.
        width: usize,
        /// Rows of pixels.
        height: usize,
        /// What is wrong.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
}
