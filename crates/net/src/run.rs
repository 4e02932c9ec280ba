//! A training run, from step to step.

mod advance;
#[cfg(feature = "file")]
mod checkpoint;
#[cfg(feature = "file")]
mod identity;
mod put_down;

use core::fmt;
use core::ops::ControlFlow;

use gradflow_kernels::Real;
use gradflow_optim::{Method, Rule};

use crate::average::Average;
use crate::engine::Engine;
use crate::evaluation::Judge;
#[cfg(feature = "file")]
use crate::keep::Keep;
use crate::minibatch::Assembly;
use crate::observer::EachEpoch;
use crate::progress::Progress;
use crate::{
    DataRole, End, Epoch, History, InProcess, Model, Note, Observer, Protocol, Reduce, Samples,
    Source, Trainable, TrainingError,
};

/// A [`Protocol`] at work on a model: it owns what changes, and goes on step by step, epoch by epoch, or to the end.
///
/// ```
/// use gradflow::data::Dataset;
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Model, Network, Protocol, Run, Shape};
///
/// let inputs = vec![1.0, 0.3, -1.0, 0.1, 0.7, -0.4, -0.6, 0.9];
/// let data = Dataset::<f32>::classification(Shape::vector(2)?, inputs, vec![1, 0, 1, 0], 2)?;
/// let network = Network::builder([2, 1, 1]).dense(2, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::classification(), 1)?;
///
/// let protocol = Protocol::new(Adam::new(0.1)).epochs(5).batch(2);
/// let mut run = Run::new(protocol.clone(), &mut model, &data)?;
/// run.step()?; // one mini-batch
/// run.epoch()?; // the rest of the first epoch
/// let snapshot = serde_json::to_string(&run.snapshot())?; // put down …
/// drop(run);
///
/// let mut run = Run::new(protocol, &mut model, &data)?;
/// run.resume(serde_json::from_str(&snapshot)?)?; // … and taken up again, with the same bits
/// let history = run.finish()?;
/// assert_eq!(history.epochs.len(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Run<'a, T: Real, M: Method<T> = Rule> {
    pub(crate) protocol: Protocol<M>,
    pub(crate) model: &'a mut Model<T>,
    source: Option<Box<dyn Source<T> + 'a>>,
    assembly: Option<Assembly<T>>,
    pub(crate) samples: usize,
    batch: usize,
    pub(crate) engine: Engine<T, M>,
    reduce: Box<dyn Reduce<T> + 'a>,
    validation: Option<(Samples<'a, T>, Judge<T>)>,
    observers: Vec<Box<dyn Observer<T> + 'a>>,
    #[cfg(feature = "file")]
    keep: Option<Keep<T, M::State>>,
    /// What else the run is, as lines of its identity.
    #[cfg(feature = "file")]
    told: String,
    pub(crate) progress: Progress<T>,
    pub(crate) notes: Vec<Note>,
    pub(crate) end: Option<End>,
}

impl<M> Protocol<M> {
    /// Trains the model on a [`Source`]: a `&Dataset`, [`Samples`] with weights, or one of your own. Validation and observers
    /// belong to a [`Run`]. A [`Network`](crate::Network) has no parameters yet: make a model of it,
    /// `Model::new(network, cost, seed)`. A divergence is not an error: the history says so, and the model keeps its last finite parameters.
    ///
    /// A second training of the same model goes on from its parameters and layer state; the method's memory, the schedules and
    /// the order of the samples begin anew.
    ///
    /// # Errors
    /// [`TrainingError`] if the run cannot start, the model is then as it was; or if the source fails.
    pub fn train<N: Trainable>(
        self,
        model: &mut N,
        source: impl Source<N::Number>,
    ) -> Result<History, TrainingError>
    where
        M: Method<N::Number>,
    {
        Run::new(self, model.model(), source)?.finish()
    }
}

impl<'a, T: Real, M: Method<T>> Run<'a, T, M> {
    /// A run before its first step. The model goes on from its parameters and layer state; the method's memory and the
    /// schedules begin anew.
    ///
    /// # Errors
    /// [`TrainingError`] if protocol, model and source do not go together; the model is then as it was.
    pub fn new(
        protocol: Protocol<M>,
        model: &'a mut Model<T>,
        source: impl Source<T> + 'a,
    ) -> Result<Self, TrainingError> {
        protocol.check()?;
        let of = |error| TrainingError::Data {
            role: DataRole::Training,
            error,
        };
        model.check_source(&source).map_err(of)?;
        let (samples, batch) = (source.len(), protocol.batch.min(source.len()));
        let assembly = Assembly::new(&source, model.network(), batch)?;
        let mut run = Self::online_of(protocol, model, batch)?;
        run.samples = samples;
        run.make_room()?;
        if let Some(schema) = source.schema() {
            run.model.adopt(schema);
        }
        run.source = Some(Box::new(source));
        run.assembly = Some(assembly);
        Ok(run)
    }

    /// A run without a source: only for steps on batches of your own, by [`Run::step_on`].
    ///
    /// # Errors
    /// As [`Run::new`].
    pub fn online(protocol: Protocol<M>, model: &'a mut Model<T>) -> Result<Self, TrainingError> {
        protocol.check()?;
        let batch = protocol.batch;
        Self::online_of(protocol, model, batch)
    }

    fn online_of(
        protocol: Protocol<M>,
        model: &'a mut Model<T>,
        batch: usize,
    ) -> Result<Self, TrainingError> {
        let engine = Engine::new(&protocol, model, batch)?;
        let average = protocol.average.map(|_| Average::of(model)).transpose()?;
        Ok(Self {
            protocol,
            model,
            source: None,
            assembly: None,
            samples: 0,
            batch,
            engine,
            reduce: Box::new(InProcess::default()),
            validation: None,
            observers: Vec::new(),
            #[cfg(feature = "file")]
            keep: None,
            #[cfg(feature = "file")]
            told: String::new(),
            progress: Progress::start(average),
            notes: Vec::new(),
            end: None,
        })
    }

    /// Takes cost and accuracy on a validation set after every epoch; early stopping watches its cost.
    ///
    /// # Errors
    /// [`TrainingError::Data`] if it does not suit the model.
    pub fn validate(mut self, data: impl Into<Samples<'a, T>>) -> Result<Self, TrainingError> {
        let samples = data.into();
        let of = |error| TrainingError::Data {
            role: DataRole::Validation,
            error,
        };
        self.model.check_source(&samples).map_err(of)?;
        let judge = Judge::new(self.model.network(), samples.len(), 1).map_err(of)?;
        self.validation = Some((samples, judge));
        #[cfg(feature = "file")]
        self.identify()?;
        Ok(self)
    }

    /// Adds a callback, a closure that is told of every epoch and may end the training.
    ///
    /// ```
    /// # use gradflow::{Activation, Cost, Dataset, Model, Network, optim::Adam};
    /// use core::ops::ControlFlow;
    ///
    /// use gradflow::{Protocol, Run};
    ///
    /// # let data = Dataset::<f32>::regression(1, vec![0.0, 1.0], 1, vec![0.0, 2.0])?;
    /// # let network = Network::builder(1).dense(1, Activation::Identity).build()?;
    /// # let mut model = Model::new(network, Cost::regression(), 1)?;
    /// let protocol = Protocol::new(Adam::new(0.1)).epochs(1000);
    /// let history = Run::new(protocol, &mut model, &data)?
    ///     .observe(|epoch| {
    ///         println!("{epoch}");
    ///         if epoch.cost < 0.01 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    ///     })
    ///     .finish()?;
    /// assert!(history.epochs.len() < 1000);
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    pub fn observe(self, each: impl FnMut(&Epoch) -> ControlFlow<()> + 'a) -> Self {
        self.watch(EachEpoch(each))
    }

    /// Adds somebody who is shown the model, is told of every step and epoch, and may end the training.
    pub fn watch(mut self, mut observer: impl Observer<T> + 'a) -> Self {
        self.swap_average();
        observer.model(self.progress.epochs.len(), self.model);
        self.swap_average();
        self.observers.push(Box::new(observer));
        self
    }

    /// Replaces who adds up the pieces of a mini-batch; [`InProcess`] does unless this is called.
    ///
    /// # Errors
    /// [`TrainingError::Model`] if there is no room for what they come to.
    pub fn reduce(mut self, reduce: impl Reduce<T> + 'a) -> Result<Self, TrainingError> {
        self.reduce = Box::new(reduce);
        self.make_room()?;
        Ok(self)
    }

    /// Makes room for the pieces of whole mini-batches, and of the last one of an epoch.
    fn make_room(&mut self) -> Result<(), TrainingError> {
        for size in [self.batch, self.samples % self.batch.max(1)] {
            if size > 0 && self.samples > 0 {
                let network = self.model.network();
                self.engine.make_room(network, size, &mut *self.reduce)?;
            }
        }
        Ok(())
    }

    /// The model as it is now.
    pub fn model(&self) -> &Model<T> {
        self.model
    }

    /// The protocol.
    pub fn protocol(&self) -> &Protocol<M> {
        &self.protocol
    }

    /// The method with its memory.
    pub fn optimiser(&self) -> &gradflow_optim::Optimiser<T, M> {
        &self.engine.optimiser
    }

    /// The finished epochs.
    pub fn epochs(&self) -> &[Epoch] {
        &self.progress.epochs
    }

    /// What should be known of the run so far.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// How the run ended; `None` while it goes on.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }
}

impl<T: Real, M: Method<T>> fmt::Debug for Run<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("protocol", &self.protocol)
            .field("epochs", &self.progress.epochs.len())
            .field("position", &self.progress.position)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
