//! How good predictions are.
//!
//! | for | metrics | scikit-learn's |
//! |---|---|---|
//! | one class of several | [`accuracy`], [`top_k_accuracy`], [`ConfusionMatrix`] with precision, recall, F1 and their means | `accuracy_score`, `top_k_accuracy_score`, `classification_report` |
//! | scores of classes | [`roc_auc`], [`roc_auc_by_class`], [`roc_curve`] | `roc_auc_score` (`multi_class="ovr"`), `roc_curve` |
//! | probabilities of classes | [`log_loss`], [`brier_score`], [`calibration_error`], [`calibration_curve`] | `log_loss`, `brier_score_loss`, `calibration_curve` |
//! | answers that do not exclude one another | [`multi_label_scores`] | `accuracy_score`, `hamming_loss`, `f1_score` |
//! | numbers | [`mean_absolute_error`], [`root_mean_squared_error`], [`r_squared`], [`regression_scores`] | `mean_absolute_error`, `root_mean_squared_error`, `r2_score` |
//!
//! Weights of samples are scikit-learn's `sample_weight`: only their proportions count. Several numbers a sample stand in one
//! slice, sample after sample, as [`Model::predict_batch`](crate::Model::predict_batch) gives them; [`Model::evaluate`](crate::Model::evaluate)
//! computes everything at once.

mod accuracy;
mod confusion;
mod error;
mod multi_label;
mod probabilities;
mod ranking;
mod regression;
mod report;
mod rows;
mod weights;

pub use accuracy::{accuracy, top_k_accuracy};
pub use confusion::ConfusionMatrix;
pub use error::MetricError;
pub use multi_label::{MultiLabelScores, multi_label_scores};
pub use probabilities::{
    CalibrationBin, ProbabilityScores, brier_score, calibration_curve, calibration_error, log_loss,
};
pub use ranking::{RocPoint, roc_auc, roc_auc_by_class, roc_curve};
pub use regression::{
    ComponentScores, RegressionScores, mean_absolute_error, r_squared, regression_scores,
    root_mean_squared_error,
};
pub use report::{ClassReport, ClassScores, MeanScores};

pub(crate) use accuracy::rank;
pub(crate) use multi_label::MultiLabelTally;
pub(crate) use probabilities::ProbabilityTally;
pub(crate) use regression::RegressionTally;
