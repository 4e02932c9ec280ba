//! What is compared where two things made apart meet.

use gradflow_kernels::Real;
use gradflow_layers::{Activation, Block, Describe, Recipe};
use gradflow_loss::{Cost, Output};
use gradflow_tensor::Shape;

use crate::{ModelError, Network, TargetKind};

/// Whether parameters are as many as the network's, and finite.
pub(crate) fn check_theta<T: Real>(network: &Network<T>, theta: &[T]) -> Result<(), ModelError> {
    let (expected, came) = (network.parameters(), theta.len());
    check_size(expected, came, |expected, came| ModelError::Parameters {
        expected,
        came,
    })?;
    check_finite(network.blocks(), theta, |name, index, value| {
        ModelError::ParameterNotFinite { name, index, value }
    })
}

/// Whether the state of layers is as long as the network's, and finite.
pub(crate) fn check_state<T: Real>(network: &Network<T>, state: &[T]) -> Result<(), ModelError> {
    let (expected, came) = (network.spec().state_len(), state.len());
    check_size(expected, came, |expected, came| ModelError::State {
        expected,
        came,
    })?;
    check_finite(&network.spec().state, state, |name, index, value| {
        ModelError::StateNotFinite { name, index, value }
    })
}

/// The first number that is not finite, by the block in which it stands.
fn check_finite<T: Real>(
    blocks: &[Block],
    numbers: &[T],
    error: impl FnOnce(String, usize, f64) -> ModelError,
) -> Result<(), ModelError> {
    for block in blocks {
        let values = &numbers[block.range.clone()];
        if let Some(index) = values.iter().position(|x| !x.is_finite()) {
            return Err(error(block.name.to_string(), index, values[index].to_f64()));
        }
    }
    Ok(())
}

/// Whether every piece of a batch has as many samples as the layers' statistics need.
pub(crate) fn check_piece(
    expected: usize,
    samples: usize,
    pieces: usize,
) -> Result<(), ModelError> {
    let came = samples / pieces.max(1);
    if came < expected {
        return Err(ModelError::FewSamples { expected, came });
    }
    Ok(())
}

/// Whether a cost suits the outputs.
pub(crate) fn check_cost<T: Real>(network: &Network<T>, cost: &Cost) -> Result<(), ModelError> {
    cost.check(network.output().len())?;
    let last = network.layers().last().and_then(Describe::recipe);
    if cost.output() == Output::Logistic && last.as_ref().is_some_and(ends_in_logistic) {
        return Err(ModelError::LogisticTwice);
    }
    if !cost.requires_unit_interval() {
        return Ok(());
    }
    let (low, high) = network.spec().output_range;
    if low < 0.0 || high > 1.0 {
        return Err(ModelError::OutputRange { low, high });
    }
    if last.is_some_and(|last| ends_in_logistic(&last)) {
        return Err(ModelError::Logistic);
    }
    Ok(())
}

/// Whether targets of this kind are what the network and the cost give.
pub(crate) fn check_outputs<T: Real>(
    network: &Network<T>,
    cost: &Cost,
    targets: TargetKind,
) -> Result<(), ModelError> {
    let outputs = network.output().len();
    let (expected, came) = match targets {
        TargetKind::Classes(classes) => (cost.classes(outputs), classes),
        TargetKind::Values(values) => (outputs, values),
    };
    check_size(expected, came, |expected, came| match targets {
        TargetKind::Classes(_) => ModelError::Classes { expected, came },
        TargetKind::Values(_) => ModelError::OutputSize {
            classes: cost.output() == Output::Softmax,
            expected,
            came,
        },
    })
}

/// Whether the last thing that a layer does is the logistic function, which rounds to 1 from about 37 on (17 in `f32`), so that a
/// cross-entropy behind it loses its gradient.
fn ends_in_logistic(recipe: &Recipe) -> bool {
    match recipe {
        Recipe::Dense { activation, .. }
        | Recipe::Conv { activation, .. }
        | Recipe::Depthwise { activation, .. }
        | Recipe::Activation(activation) => {
            matches!(activation, Activation::Logistic | Activation::FastLogistic)
        }
        Recipe::Chain(recipes) => recipes.last().is_some_and(ends_in_logistic),
        Recipe::Branches { branches, .. } => branches.iter().any(ends_in_logistic),
        _ => false,
    }
}

pub(crate) fn check_shape(expected: Shape<3>, came: Shape<3>) -> Result<(), ModelError> {
    match came.stands_for(&expected) {
        true => Ok(()),
        false => Err(ModelError::InputShape { expected, came }),
    }
}

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
