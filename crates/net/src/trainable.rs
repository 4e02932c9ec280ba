//! What is trained.

use gradflow_kernels::Real;

use crate::Model;

/// What [`Protocol::train`](crate::Protocol::train) trains: a [`Model`], and nothing else. So that whoever hands over a network is told what
/// is missing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be trained",
    label = "no `Model`",
    note = "a model is a network with a cost and parameters: make one, `Model::new(network, Cost::classification(), seed)?`, and \
            hand over `&mut model`"
)]
pub trait Trainable {
    /// The type of its numbers.
    type Number: Real;

    /// The model.
    fn model(&mut self) -> &mut Model<Self::Number>;
}

impl<T: Real> Trainable for Model<T> {
    type Number = T;

    fn model(&mut self) -> &mut Self {
        self
    }
}
