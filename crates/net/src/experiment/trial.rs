//! An experiment whose data are read and whose model is made.

use gradflow_data::AnyDataset;
use gradflow_kernels::Real;

use super::data::{Parts, Raw};
use super::{Experiment, ExperimentError, Prepare, Split};
use crate::file::Known;
use crate::{Error, Evaluation, History, Model, Run, Samples};

/// What an experiment comes to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome<T: Real> {
    /// The trained model; it takes raw rows.
    pub model: Model<T>,
    /// The epochs, and how the run ended.
    pub history: History,
    /// The model on the training part.
    pub train: Evaluation,
    /// The model on the validation part, if there is one.
    pub validation: Option<Evaluation>,
    /// The model on the test part, if there is one.
    pub test: Option<Evaluation>,
}

/// An [`Experiment`] whose data are read, cut and prepared, and whose model has its first parameters: all that is left is to train. For those
/// who drive the run themselves; [`Experiment::run`] does all of it.
///
/// ```
/// use gradflow::{Experiment, Known};
///
/// # let folder = std::env::temp_dir().join(format!("gradflow-trial-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # std::fs::write(folder.join("flowers.csv"), "length,width,kind\n1,2,rose\n2,1,lily\n1,3,rose\n3,1,lily\n")?;
/// # std::fs::write(folder.join("flowers.ron"), r#"
/// # (
/// #     data: Csv(file: "flowers.csv", label: "kind"),
/// #     network: [Dense(outputs: 8, activation: Tanh), Dense(outputs: 2, activation: Identity)],
/// #     cost: (output: Softmax, loss: CrossEntropy),
/// #     protocol: (descent: (rule: Adam(rate: 0.05)), epochs: 50, batch: 2, seed: 1),
/// # )
/// # "#)?;
/// let experiment = Experiment::open(folder.join("flowers.ron"))?;
/// let mut trial = experiment.trial::<f32>(1, &Known::new())?;
/// assert_eq!(trial.train.len(), 4);
/// let mut run = trial.run()?;
/// while run.epochs().len() < 10 {
///     run.step()?;
/// }
/// let history = run.stop();
/// let outcome = trial.outcome(history)?;
/// assert_eq!(outcome.history.epochs.len(), 10);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trial<T: Real> {
    /// The experiment.
    pub experiment: Experiment,
    /// The model.
    pub model: Model<T>,
    /// The training part.
    pub train: AnyDataset<T>,
    /// The validation part, if there is one.
    pub validation: Option<AnyDataset<T>>,
    /// The test part, if there is one.
    pub test: Option<AnyDataset<T>>,
}

impl Experiment {
    /// Reads the data, cuts and prepares them, and makes the model, which uses so many threads, 0 for all cores.
    ///
    /// # Errors
    /// [`ExperimentError::Meaning`] with the place of the field that cannot be done.
    pub fn trial<T: Real>(
        &self,
        threads: usize,
        known: &Known<T>,
    ) -> Result<Trial<T>, ExperimentError> {
        let (data, test) = self.read_data()?;
        let parts = self.split.apply(data, test);
        self.made_of(
            parts.map_err(|error| self.fault("split", error))?,
            threads,
            known,
        )
    }

    /// The experiment with part `fold`, counted from 0, of `k` parts of the samples as the test part, for cross-validation: the parts are drawn at
    /// random from the seed of the split, of classes each in proportion, and each sample is in one of them. The share for validation is cut off the
    /// others. A test set of the data's own is not looked at.
    ///
    /// # Errors
    /// [`ExperimentError::Meaning`] with the place of the field that cannot be done; [`ExperimentError::Folds`] if there is no such part.
    pub fn fold<T: Real>(
        &self,
        fold: usize,
        k: usize,
        threads: usize,
        known: &Known<T>,
    ) -> Result<Trial<T>, ExperimentError> {
        let (data, _) = self.read_data::<T>()?;
        let of = |error: Error| ExperimentError::Folds {
            error: error.into(),
        };
        let Raw::Memory(data) = data else {
            return Err(of(Error::other(
                "the parts of a cross-validation are cut of samples in memory: say the files without `OnDisk`",
            )));
        };
        let seed = self.split.seed;
        let pair = match data.targets().labels() {
            Some(_) => (data.k_folds_stratified(k, seed))
                .map(|mut pairs| pairs.nth(fold))
                .map_err(|error| of(error.into()))?,
            None => (data.k_folds(k, seed))
                .map(|mut pairs| pairs.nth(fold))
                .map_err(|error| of(error.into()))?,
        };
        let no_such = || {
            of(Error::other(format!(
                "there is no part {fold} of {k}, counted from 0"
            )))
        };
        let (rest, test) = pair
            .ok_or_else(no_such)?
            .map_err(|error| of(error.into()))?;
        let split = Split {
            test: 0.0,
            ..self.split
        };
        let parts = split.apply(Raw::Memory(rest), None);
        let mut parts = parts.map_err(|error| self.fault("split", error))?;
        let test = Raw::Memory(test).like(&parts.train);
        parts.test = Some(test.map_err(|error| self.fault("data", error))?);
        self.made_of(parts, threads, known)
    }

    fn read_data<T: Real>(&self) -> Result<(Raw<T>, Option<AnyDataset<T>>), ExperimentError> {
        let data = self.data.open(|path| self.resolve(path));
        data.map_err(|error| self.fault("data", error))
    }

    /// Prepares the parts, and makes the model.
    fn made_of<T: Real>(
        &self,
        parts: Parts<T>,
        threads: usize,
        known: &Known<T>,
    ) -> Result<Trial<T>, ExperimentError> {
        let steps = self.prepare.iter().map(|step| match step {
            Prepare::Features(map) => Prepare::Features(map.clone().resolve(known.maps())),
            step => step.clone(),
        });
        let parts = parts.prepare(&steps.collect::<Vec<_>>());
        let Parts {
            train,
            validation,
            test,
        } = parts.map_err(|error| self.fault("prepare", error))?;
        let model = self.model(&train, known)?;
        Ok(Trial {
            experiment: self.clone(),
            model: model.with_threads(threads),
            train,
            validation,
            test,
        })
    }
}

impl<T: Real> Trial<T> {
    /// The run before its first step, with pictures changed and validated as the experiment says. The [`checkpoint`](Experiment::checkpoint)
    /// is left to who drives the run.
    ///
    /// # Errors
    /// [`ExperimentError::Meaning`] with the place of the field that cannot be done.
    pub fn run(&mut self) -> Result<Run<'_, T>, ExperimentError> {
        let experiment = &self.experiment;
        let of = |error| experiment.explain(error);
        let mut samples = Samples::from(&self.train);
        if let Some(augment) = &experiment.augment {
            let augmented = samples.augmented(augment.clone());
            samples = augmented.map_err(|error| experiment.fault("augment", error))?;
        }
        let run = Run::new(experiment.protocol.clone(), &mut self.model, samples).map_err(of)?;
        // What a checkpoint of the run belongs to, beside the protocol.
        let run = run
            .told("seed of the initial parameters", &experiment.seed)
            .told("data", &experiment.data)
            .told("split", &experiment.split)
            .told("prepare", &experiment.prepare)
            .told("augment", &experiment.augment);
        match &self.validation {
            Some(validation) => run.validate(validation).map_err(of),
            None => Ok(run),
        }
    }

    /// The trained model on all parts.
    ///
    /// # Errors
    /// [`ExperimentError::Meaning`] if a part cannot be evaluated.
    pub fn outcome(self, history: History) -> Result<Outcome<T>, ExperimentError> {
        let evaluate = |part: &AnyDataset<T>| {
            let evaluation = self.model.evaluate(part);
            evaluation.map_err(|error| self.experiment.fault("data", error))
        };
        Ok(Outcome {
            train: evaluate(&self.train)?,
            validation: self.validation.as_ref().map(evaluate).transpose()?,
            test: self.test.as_ref().map(evaluate).transpose()?,
            history,
            model: self.model,
        })
    }
}
