//! One error over those of all crates.

use core::fmt;
use std::error::Error as _;
use std::io;

use gradflow_data::{
    CifarError, CsvError, DataError, DatasetError, DirectoryError, DiskError, FeatureError,
    IdxError, MemoryError, MismatchError, ReadError, ScalingError, SplitError,
};
use gradflow_layers::LayerError;
use gradflow_loss::CostError;
use gradflow_optim::study::LogisticError;
use gradflow_optim::{ButcherError, Diverged, OptimError};
use gradflow_tensor::{BatchError, ShapeError, TensorError};
use thiserror::Error;

use crate::metrics::MetricError;
use crate::{LogisticFitError, ModelError, NetworkError, TrainingError};

/// Whatever goes wrong in a program that uses this library: `?` turns every error of its crates into one.
///
/// It says what the error within says, and its [`source`](std::error::Error::source) is that of the error within, down to the
/// first cause. `Debug` is written for people, because it is what Rust prints when `main` returns an error: the message, and
/// below it the causes that the message does not name yet.
///
/// ```
/// use gradflow::data::Csv;
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Dataset, Error, Model, Network, Protocol};
///
/// fn classifier(path: &str) -> Result<Model<f32>, Error> {
///     let data: Dataset<f32> = Csv::classification("species").open(path)?; // a `DataError`
///     let (train, _) = data.split(0.8, 1)?; // a `SplitError`
///     // A `NetworkError`:
///     let network = Network::builder(train.shape()).dense(3, Activation::Identity).build()?;
///     let mut model = Model::new(network, Cost::classification(), 1)?; // a `ModelError`
///     Protocol::new(Adam::new(0.01)).train(&mut model, &train)?; // a `TrainingError`
///     Ok(model)
/// }
///
/// let error = classifier("nowhere.csv").unwrap_err();
/// assert!(matches!(error, Error::Data(_)));
/// assert!(format!("{error:?}").starts_with("nowhere.csv: cannot be opened: "));
/// ```
#[derive(Error)]
#[non_exhaustive]
pub enum Error {
    /// Layers do not make a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A network, a cost, parameters and data do not go together.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A run cannot start or go on.
    #[error(transparent)]
    Training(#[from] TrainingError),
    /// A layer cannot be made.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// A cost does not suit outputs, targets or weights.
    #[error(transparent)]
    Cost(#[from] CostError),
    /// A metric has no meaning.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A method, a schedule or a start is invalid.
    #[error(transparent)]
    Optim(#[from] OptimError),
    /// A tableau is not that of a Runge-Kutta method.
    #[error(transparent)]
    Butcher(#[from] ButcherError),
    /// Points are not those of a logistic regression.
    #[error(transparent)]
    Logistic(#[from] LogisticError),
    /// A logistic regression cannot be fitted or used.
    #[error(transparent)]
    LogisticFit(#[from] LogisticFitError),
    /// Data were refused.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Dimensions are no shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// Elements and a shape are no tensor.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// Elements are no batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// A model cannot be read from a file, or written to one.
    #[cfg(feature = "file")]
    #[error(transparent)]
    File(#[from] crate::FileError),
    /// An experiment cannot be read or done.
    #[cfg(feature = "experiment")]
    #[error(transparent)]
    Experiment(Box<crate::ExperimentError>),
    /// A gradient is not that of its function.
    #[cfg(feature = "gradcheck")]
    #[error(transparent)]
    Gradient(#[from] gradflow_gradcheck::GradientError),
    /// A model is no ONNX file, or a file no model.
    #[cfg(feature = "onnx")]
    #[error(transparent)]
    Onnx(#[from] crate::onnx::OnnxError),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// An error from outside this library.
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

#[cfg(feature = "experiment")]
impl From<crate::ExperimentError> for Error {
    fn from(error: crate::ExperimentError) -> Self {
        Self::Experiment(Box::new(error))
    }
}

impl Error {
    /// An error from outside this library, such as a parser's.
    ///
    /// ```
    /// fn rate(text: &str) -> Result<f64, gradflow::Error> {
    ///     text.parse().map_err(gradflow::Error::other)
    /// }
    /// assert_eq!(rate("fast").unwrap_err().to_string(), "invalid float literal");
    /// ```
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.to_string();
        f.write_str(&said)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            let words = error.to_string();
            // Most messages quote their cause already.
            if !said.contains(&words) {
                write!(f, "\n  because: {words}")?;
                said = words;
            }
            cause = error.source();
        }
        Ok(())
    }
}

/// So that `?` takes what is boxed already.
impl From<Box<dyn std::error::Error + Send + Sync>> for Error {
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self::Other(error)
    }
}

/// A step that met numbers that are not finite.
impl From<Diverged> for Error {
    fn from(diverged: Diverged) -> Self {
        TrainingError::Diverged(diverged).into()
    }
}

/// The errors of data, by way of [`DataError`].
macro_rules! data {
    ($($error:ty),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Data(error.into())
            }
        }
    )*};
}

data!(
    CifarError,
    CsvError,
    DatasetError,
    DirectoryError,
    FeatureError,
    IdxError,
    DiskError,
    MismatchError,
    ReadError,
    ScalingError,
    SplitError
);

#[cfg(feature = "npy")]
data!(gradflow_data::NpyError);
#[cfg(feature = "images")]
data!(gradflow_data::PictureError);

impl From<MemoryError> for Error {
    fn from(error: MemoryError) -> Self {
        DatasetError::from(error).into()
    }
}
