//! Who is told of a run.

use core::ops::ControlFlow;

use crate::{Epoch, Step};

/// Somebody who watches a training run. Closures that take an [`Epoch`] are observers too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot watch a run",
    note = "hand over a closure `|epoch: &Epoch| ControlFlow::Continue(())`, or a type that implements `Observer`"
)]
pub trait Observer {
    /// Called after each step; keep it short.
    fn step(&mut self, step: &Step) {
        let _ = step;
    }

    /// Called after each epoch; [`ControlFlow::Break`] ends the training.
    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()>;
}

impl<F: FnMut(&Epoch) -> ControlFlow<()>> Observer for F {
    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        self(epoch)
    }
}
