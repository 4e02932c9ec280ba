//! What has to fit before anything is computed.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Recipe};
use gradflow_loss::Cost;
use gradflow_tensor::Shape;

use crate::{ModelError, Network};

/// Whether a cost suits the outputs.
pub(crate) fn check_cost<T: Real>(network: &Network<T>, cost: &Cost) -> Result<(), ModelError> {
    cost.check(network.output().len())?;
    if !cost.requires_unit_interval() {
        return Ok(());
    }
    let (low, high) = network.spec().output_range;
    if low < 0.0 || high > 1.0 {
        return Err(ModelError::OutputRange { low, high });
    }
    let last = network.recipes().and_then(|mut recipes| recipes.pop());
    if last.is_some_and(|last| ends_in_logistic(&last)) {
        return Err(ModelError::Logistic);
    }
    Ok(())
}

/// Whether the last thing that a layer does is the logistic function, which rounds to 1 from about 37 on (17 in `f32`), so that a
/// cross-entropy behind it loses its gradient.
fn ends_in_logistic(recipe: &Recipe) -> bool {
    match recipe {
        Recipe::Dense { activation, .. }
        | Recipe::Conv { activation, .. }
        | Recipe::Activation(activation) => *activation == Activation::Logistic,
        Recipe::Chain(recipes) => recipes.last().is_some_and(ends_in_logistic),
        Recipe::Branches { branches, .. } => branches.iter().any(ends_in_logistic),
        _ => false,
    }
}

/// Whether samples of a shape may be taken for those of the network's input.
pub(crate) fn check_shape(expected: Shape<3>, came: Shape<3>) -> Result<(), ModelError> {
    if came.stands_for(&expected) {
        Ok(())
    } else {
        Err(ModelError::InputShape { expected, came })
    }
}

/// Whether two counts are equal.
pub(crate) fn check_size(
    expected: usize,
    came: usize,
    error: impl FnOnce(usize, usize) -> ModelError,
) -> Result<(), ModelError> {
    if expected == came {
        Ok(())
    } else {
        Err(error(expected, came))
    }
}
