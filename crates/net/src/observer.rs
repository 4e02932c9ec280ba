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
/// /// A run owns its observers: what is to be read afterwards is borrowed.
/// struct Count<'a>(&'a mut usize);
///
/// impl Observer for Count<'_> {
///     fn step(&mut self, _: &Iteration) {
///         *self.0 += 1;
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
/// let mut steps = 0;
/// Run::new(protocol, &mut model, &data)?.watch(Count(&mut steps)).finish()?;
/// assert_eq!(steps, 6); // two steps in each of three epochs
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

/// A closure that watches epochs. A type of its own, because the argument of a closure is inferred from a bound on `FnMut` only.
pub(crate) struct EachEpoch<F>(pub(crate) F);

impl<T: Real, F: FnMut(&Epoch) -> ControlFlow<()>> Observer<T> for EachEpoch<F> {
    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        (self.0)(epoch)
    }
}
