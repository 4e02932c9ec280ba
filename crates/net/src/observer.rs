//! Who is told of a run.

use core::ops::ControlFlow;

use crate::{Epoch, Iteration};

/// Somebody who watches a training run, steps too; see [`Run::watch`](crate::Run::watch). For epochs alone a closure will do,
/// [`Run::observe`](crate::Run::observe).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot watch a run",
    label = "no `Observer`",
    note = "implement `Observer`, or hand a closure to `Run::observe(|epoch| ControlFlow::Continue(()))`"
)]
pub trait Observer {
    /// Called after each step; keep it short.
    fn step(&mut self, step: &Iteration) {
        let _ = step;
    }

    /// Called after each epoch; [`ControlFlow::Break`] ends the training.
    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()>;
}

/// A closure that watches epochs. A type of its own, because the argument of a closure is inferred from a bound on `FnMut` only.
pub(crate) struct EachEpoch<F>(pub(crate) F);

impl<F: FnMut(&Epoch) -> ControlFlow<()>> Observer for EachEpoch<F> {
    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        (self.0)(epoch)
    }
}
