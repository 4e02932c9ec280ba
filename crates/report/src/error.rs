//! Why there is no report.

use gradflow::ModelError;
use gradflow::metrics::MetricError;
use thiserror::Error;

/// Why there is no report.
#[derive(Debug, Error)]
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
    #[error("the plot \"{plot}\" cannot be drawn: {reason}")]
    Plot {
        /// Its title.
        plot: String,
        /// What its library says.
        reason: String,
    },
    /// A picture cannot be written as PNG.
    #[error("a picture of {width} x {height} pixels cannot be written: {reason}")]
    Picture {
        /// Columns of pixels.
        width: usize,
        /// Rows of pixels.
        height: usize,
        /// What is wrong.
        reason: String,
    },
}
