//! Who is told of a run.

use core::ops::ControlFlow;

use gradflow_kernels::Real;

use crate::{Epoch, Iteration, Model};

/// A callback: somebody who watches a training run of a model in `T`, its steps and its model too; see
/// [`Run::watch`](crate::Run::watch). For epochs alone a closure will do, [`Run::observe`](crate::Run::observe).
///
/// ```
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Dataset, Epoch, Iteration, Model, Network, Observer, Protocol, Run};
/// use std::ops::ControlFlow;
///
/// struct Count(usize);
///
/// impl Observer for Count {
///     fn step(&mut self, _: &Iteration) {
///         self.0 += 1;
///     }
///     fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
///         if epoch.epoch == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
///     }
/// }
///
/// let data = Dataset::regression(1, vec![0.0, 1.0, 2.0], 1, vec![1.0, 3.0, 5.0])?;
/// let network = Network::<f32>::builder(1).dense(1, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::regression(), 1)?;
/// let protocol = Protocol::new(Adam::new(0.01)).epochs(100).batch(2);
/// let mut count = Count(0);
/// Run::new(protocol, &mut model, &data)?.watch(&mut count).finish()?;
/// assert_eq!(count.0, 6); // two steps in each of three epochs
/// # Ok::<(), gradflow::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot watch a run",
    label = "no `Observer<{T}>`",
    note = "implement `Observer`, or hand a closure to `Run::observe(|epoch| ControlFlow::Continue(()))`"
)]
pub trait Observer<T: Real = f32> {
    /// Called after each step; keep it short.
    fn step(&mut self, step: &Iteration) {
        let _ = step;
    }

    /// Shows the model after so many epochs: when the run takes the observer on, and after each epoch, before
    /// [`epoch`](Observer::epoch). Where the protocol averages the parameters it has their average, as in validation.
    fn model(&mut self, epochs: usize, model: &Model<T>) {
        let _ = (epochs, model);
    }

    /// Called after each epoch; [`ControlFlow::Break`] ends the training.
    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()>;
}

/// By reference: what an observer has seen can be read after the run.
impl<T: Real, O: Observer<T> + ?Sized> Observer<T> for &mut O {
    fn step(&mut self, step: &Iteration) {
        (**self).step(step);
    }

    fn model(&mut self, epochs: usize, model: &Model<T>) {
        (**self).model(epochs, model);
    }

    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        (**self).epoch(epoch)
    }
}

/// Two observers as one: both are told of everything, and either ends the training.
impl<T: Real, A: Observer<T>, B: Observer<T>> Observer<T> for (A, B) {
    fn step(&mut self, step: &Iteration) {
        self.0.step(step);
        self.1.step(step);
    }

    fn model(&mut self, epochs: usize, model: &Model<T>) {
        self.0.model(epochs, model);
        self.1.model(epochs, model);
    }

    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        let (first, second) = (self.0.epoch(epoch), self.1.epoch(epoch));
        if first.is_break() { first } else { second }
    }
}

/// A closure that watches epochs. A type of its own, because the argument of a closure is inferred from a bound on `FnMut` only.
pub(crate) struct EachEpoch<F>(pub(crate) F);

impl<T: Real, F: FnMut(&Epoch) -> ControlFlow<()>> Observer<T> for EachEpoch<F> {
    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        (self.0)(epoch)
    }
}
