//! What a model was like during a run.

use core::ops::ControlFlow;

use gradflow::{Epoch, Model, Observer, Real};

use crate::ReportError;

/// Keeps the parameters of a model after some of its epochs, for the plots over epochs of a [`Report`](crate::Report).
///
/// It is an [`Observer`]: `run.watch(&mut recorder)`, or with another one `run.watch((&mut recorder, other))`; [`Recorder::record`] does the same by hand. It keeps at most as many
/// copies as were asked for: when there are more it forgets every second one, and keeps half as many from then on.
///
/// ```
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol, Run};
/// use gradflow_report::Recorder;
///
/// let data = Dataset::<f32>::regression(1, vec![0.0, 1.0], 1, vec![0.0, 2.0])?;
/// let network = Network::builder(1).dense(1, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::regression(), 1)?;
/// let mut recorder = Recorder::new(4);
/// let protocol = Protocol::new(Adam::new(0.1)).epochs(10);
/// Run::new(protocol, &mut model, &data)?.watch(&mut recorder).finish()?;
/// assert_eq!(recorder.epochs().collect::<Vec<_>>(), [0, 4, 8, 10]);
/// # Ok::<(), gradflow::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Recorder<T> {
    most: usize,
    /// Every how manieth epoch is kept for good.
    every: usize,
    frames: Vec<Frame<T>>,
}

/// The numbers of a model after so many epochs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame<T> {
    pub(crate) epochs: usize,
    pub(crate) theta: Vec<T>,
    pub(crate) state: Vec<T>,
}

impl<T: Real> Frame<T> {
    /// A model with these numbers; an error if they are not those of its network.
    pub(crate) fn of(&self, model: &Model<T>) -> Result<Model<T>, ReportError> {
        let mut then = model.clone();
        let theta = then.set_theta(self.theta.clone());
        theta.map_err(ReportError::Recorder)?;
        let state = then.set_state(self.state.clone());
        state.map_err(ReportError::Recorder)?;
        Ok(then)
    }
}

impl<T: Real> Recorder<T> {
    /// A recorder of at most so many copies of the parameters, at least two.
    pub fn new(most: usize) -> Self {
        Self {
            most: most.max(2),
            every: 1,
            frames: Vec::new(),
        }
    }

    /// Keeps the parameters of a model after so many epochs. A number of epochs that is not above the last one begins a new record.
    pub fn record(&mut self, epochs: usize, model: &Model<T>) {
        match self.frames.last() {
            Some(last) if last.epochs >= epochs => {
                self.frames.clear();
                self.every = 1;
            }
            // The last epoch is kept until another comes.
            Some(last) if !last.epochs.is_multiple_of(self.every) => {
                self.frames.pop();
            }
            _ => {}
        }
        while self.frames.len() >= self.most {
            self.every = self.every.saturating_mul(2);
            let every = self.every;
            self.frames
                .retain(|frame| frame.epochs.is_multiple_of(every));
        }
        let Some((theta, state)) = copy(model.theta()).zip(copy(model.state())) else {
            return;
        };
        self.frames.push(Frame {
            epochs,
            theta,
            state,
        });
    }

    /// The numbers of epochs after which parameters are kept; 0 is before the first.
    pub fn epochs(&self) -> impl Iterator<Item = usize> + '_ {
        self.frames.iter().map(|frame| frame.epochs)
    }

    pub(crate) fn frames(&self) -> &[Frame<T>] {
        &self.frames
    }
}

impl<T: Real> Default for Recorder<T> {
    /// At most nine copies of the parameters.
    fn default() -> Self {
        Self::new(9)
    }
}

/// Nothing where there is no memory: a run does not end for want of a picture.
fn copy<T: Copy>(numbers: &[T]) -> Option<Vec<T>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(numbers.len()).ok()?;
    copy.extend_from_slice(numbers);
    Some(copy)
}

impl<T: Real> Observer<T> for Recorder<T> {
    fn model(&mut self, epochs: usize, model: &Model<T>) {
        self.record(epochs, model);
    }

    fn epoch(&mut self, _: &Epoch) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
