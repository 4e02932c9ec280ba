//! A file that says all of a training: data, preprocessing, network, cost, rule.

mod arrays;
mod data;
mod disk;
mod error;
mod images;
mod place;
mod refused;
mod run;
mod set;
mod table;
mod text;
mod trial;

use std::path::PathBuf;

use gradflow_data::Augment;
use gradflow_layers::Recipe;
use gradflow_loss::Cost;
use serde::{Deserialize, Serialize};

use crate::Protocol;

pub use arrays::{NpyFiles, NpzFile};
pub use data::{DataFile, Prepare, Split};
pub use disk::DiskFiles;
pub use error::ExperimentError;
pub use images::{IdxFiles, PictureFolder};
pub use table::CsvFile;
pub use trial::{Outcome, Trial};

/// All of a training, as a file in RON: where the data are, what is done to them, network, cost, rule, seeds. Feature `experiment`.
///
/// [`Experiment::open`] reads it and [`Experiment::run`] does it; [`Experiment::to_text`] gives the same form back. Fields that are left out have
/// their usual values; one that does not exist is an error with the name that was probably meant. Paths are relative to the file. An error in the
/// file says line and column, one in what it means too: a stride that does not fit points at its layer. Lists of any length stand in square
/// brackets, pairs such as the size of a window in round ones, `window: (size: (3, 3))`.
///
/// ```
/// use gradflow::Experiment;
///
/// # let folder = std::env::temp_dir().join(format!("gradflow-experiment-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # std::fs::write(folder.join("flowers.csv"), "length,width,kind\n1,2,rose\n2,1,lily\n1,3,rose\n3,1,lily\n")?;
/// # std::fs::write(folder.join("flowers.ron"), r#"
/// // flowers.ron
/// (
///     data: Csv(file: "flowers.csv", label: "kind"),
///     prepare: [Standardise],
///     network: [Dense(outputs: 8, activation: Tanh), Dense(outputs: 2, activation: Identity)],
///     cost: (output: Softmax, loss: CrossEntropy),
///     protocol: (descent: (rule: Adam(rate: 0.05)), epochs: 50, batch: 2, seed: 1),
///     seed: 1,
/// )
/// # "#)?;
/// let experiment = Experiment::open(folder.join("flowers.ron"))?;
/// let outcome = experiment.run::<f32>(1)?;
/// assert_eq!(outcome.model.predict_row(&[2.0, 0.5])?.name(), Some("lily"));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Experiment {
    /// Where the samples are.
    pub data: DataFile,
    /// Which of them are kept apart.
    #[serde(default)]
    pub split: Split,
    /// What is done to the samples, fitted to the training part; the model keeps it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prepare: Vec<Prepare>,
    /// How pictures are changed at random when they are trained on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augment: Option<Augment>,
    /// The layers, one after another.
    pub network: Vec<Recipe>,
    /// Output map and loss.
    pub cost: Cost,
    /// Rule, schedule, regularisation, epochs, mini-batches, stopping.
    pub protocol: Protocol,
    /// Seed of the initial parameters.
    #[serde(default)]
    pub seed: u64,
    /// Where the run saves itself, and goes on from if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<PathBuf>,
    /// What it was read from, for paths and errors.
    #[serde(skip)]
    origin: Origin,
}

/// The file of an experiment.
#[derive(Debug, Clone, Default)]
struct Origin {
    path: Option<PathBuf>,
    text: String,
    /// The fields that were set since, and their values.
    set: Vec<(String, String)>,
}

impl Experiment {
    /// The least that an experiment says; all fields are public.
    pub fn new(data: DataFile, network: Vec<Recipe>, cost: Cost, protocol: Protocol) -> Self {
        Self {
            data,
            split: Split::default(),
            prepare: Vec::new(),
            augment: None,
            network,
            cost,
            protocol,
            seed: 0,
            checkpoint: None,
            origin: Origin::default(),
        }
    }

    /// Where the [`checkpoint`](Self::checkpoint) is, seen from the folder that the process works in.
    pub fn checkpoint_path(&self) -> Option<PathBuf> {
        self.checkpoint.as_deref().map(|path| self.resolve(path))
    }

    /// A path in the experiment, seen from its file's folder.
    fn resolve(&self, path: &std::path::Path) -> PathBuf {
        let folder = self
            .origin
            .path
            .as_deref()
            .and_then(std::path::Path::parent);
        folder.map_or_else(|| path.to_owned(), |folder| folder.join(path))
    }
}
