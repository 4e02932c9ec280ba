//! Property-test generators of activations and layers (feature `strategies`).
//!
//! A [`Recipe`] is a layer without its input: numbers that choose, for whatever shape arrives, among the sizes that fit. A generator
//! of networks draws a list of recipes and makes each layer for the output of the one before.
//!
//! ```
//! use gradflow_layers::{Layer, strategies};
//! use gradflow_tensor::Shape;
//! use proptest::prelude::*;
//!
//! let recipes = proptest::collection::vec(strategies::recipe(strategies::activation()), 1..4);
//! proptest!(|(recipes in recipes)| {
//!     let mut shape = Shape::new([2, 9, 7])?;
//!     for recipe in recipes {
//!         let layer = recipe.layer(shape)?;
//!         prop_assert_eq!(layer.input(), shape);
//!         shape = layer.output();
//!     }
//! });
//! ```

use std::sync::Arc;

use gradflow_tensor::Shape;
use proptest::prelude::*;

use crate::{Activation, AvgPool, Conv, Dense, Layer, LayerError, MaxPool};

/// The most outputs of a dense layer.
const MOST_OUTPUTS: u8 = 8;
/// Padding is less than this.
const PADDINGS: u16 = 3;

/// The kinds of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dense,
    Conv,
    MaxPool,
    AvgPool,
}

/// What a layer is made of, except for the shape that arrives at it.
#[derive(Debug, Clone)]
pub struct Recipe {
    kind: Kind,
    /// Outputs of a dense layer, filters of a convolution; at least 1.
    outputs: u8,
    /// What chooses window, stride and padding, for each direction.
    numbers: [[u16; 3]; 2],
    activation: Activation,
}

impl Recipe {
    /// The layer for inputs of this shape.
    ///
    /// # Errors
    /// [`LayerError`] if its parameters do not fit in memory, or the activation is invalid; never for shapes and activations such as
    /// this module generates.
    pub fn layer(&self, input: Shape<3>) -> Result<Arc<dyn Layer<f64>>, LayerError> {
        let (outputs, activation) = (usize::from(self.outputs), self.activation.clone());
        let [_, vertical, horizontal] = input.dims();
        let choose = |padded: bool| {
            let [v, h] = self.numbers;
            [fit(vertical, v, padded), fit(horizontal, h, padded)]
        };
        let of = |sizes: [[usize; 3]; 2], which: usize| sizes.map(|sizes| sizes[which]);
        Ok(match self.kind {
            Kind::Dense => Arc::new(Dense::new(input, outputs, activation)?),
            Kind::Conv => {
                let sizes = choose(true);
                let (size, stride, padding) = (of(sizes, 0), of(sizes, 1), of(sizes, 2));
                Arc::new(Conv::padded(
                    input, outputs, size, stride, padding, activation,
                )?)
            }
            Kind::MaxPool => {
                let sizes = choose(false);
                Arc::new(MaxPool::strided(input, of(sizes, 0), of(sizes, 1))?)
            }
            Kind::AvgPool => {
                let sizes = choose(false);
                Arc::new(AvgPool::strided(input, of(sizes, 0), of(sizes, 1))?)
            }
        })
    }
}

/// Window, stride and padding for one direction: a window up to the padded input, and a stride of 1 to 4, also beyond the
/// window, that leaves no remainder.
fn fit(size: usize, [window, stride, padding]: [u16; 3], padded: bool) -> [usize; 3] {
    let padding = usize::from(padding % PADDINGS) * usize::from(padded);
    let size = size.saturating_add(2 * padding);
    let window = 1 + usize::from(window) % size;
    let room = size - window;
    let strides = [1, 2, 3, 4].into_iter().filter(|s| room.is_multiple_of(*s));
    // 1 fits always: there is one to choose.
    let count = strides.clone().count();
    let stride = strides
        .clone()
        .nth(usize::from(stride) % count)
        .unwrap_or(1);
    [window, stride, padding]
}

/// Every activation of the library, leaky ReLUs of any slope, and a pair of functions of a user's.
pub fn activation() -> impl Strategy<Value = Activation> + Clone {
    let custom = Activation::custom(
        "z + sin(z)/2",
        |z| z + 0.5 * z.sin(),
        |z| 1.0 + 0.5 * z.cos(),
    );
    prop_oneof![
        9 => proptest::sample::select(Activation::ALL.to_vec()),
        1 => (0.01..0.99_f64).prop_map(Activation::LeakyRelu),
        1 => Just(custom),
    ]
}

/// Layers of every kind, with activations from the strategy given.
pub fn recipe(
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Recipe> + Clone {
    prop_oneof![dense(activation.clone()), picture(activation)]
}

/// Dense layers with a few outputs, more or less than their inputs.
pub fn dense(
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Recipe> + Clone {
    of_kind(Just(Kind::Dense), 1..=MOST_OUTPUTS, activation)
}

/// Convolutions with one to three filters, of any size up to the padded input, strides of 1 to 4, also beyond the filter, and
/// padding of up to 2, by direction; max-pooling and average pooling of the same sizes without padding.
pub fn picture(
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Recipe> + Clone {
    let pool = proptest::sample::select(vec![Kind::MaxPool, Kind::AvgPool]);
    prop_oneof![
        convolution(activation.clone()),
        of_kind(pool, 1..=1, activation)
    ]
}

/// The convolutions of [`picture`] alone.
pub fn convolution(
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Recipe> + Clone {
    of_kind(Just(Kind::Conv), 1..=3, activation)
}

/// Layers of every kind for inputs of this shape, with activations of every kind.
pub fn layer(input: Shape<3>) -> impl Strategy<Value = Arc<dyn Layer<f64>>> {
    recipe(activation()).prop_filter_map("too large", move |recipe| recipe.layer(input).ok())
}

fn of_kind(
    kind: impl Strategy<Value = Kind> + Clone,
    outputs: core::ops::RangeInclusive<u8>,
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Recipe> + Clone {
    (kind, outputs, any::<[[u16; 3]; 2]>(), activation).prop_map(
        |(kind, outputs, numbers, activation)| Recipe {
            kind,
            outputs,
            numbers,
            activation,
        },
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;

    /// All windows, strides of 1 to 4 and paddings of 0 to 2 that leave no remainder, and no others.
    #[test]
    fn sizes_are_those_that_fit() {
        let numbers = Shape::new([12, 12, 3]).expect("small").indices();
        let chosen: HashSet<[usize; 3]> = numbers
            .map(|numbers| fit(5, numbers.map(|n| n as u16), true))
            .collect();
        let all = Shape::new([9, 4, 3]).expect("small").indices();
        let fitting = all
            .map(|[window, stride, padding]| [window + 1, stride + 1, padding])
            .filter(|[window, stride, padding]| {
                (5 + 2 * padding)
                    .checked_sub(*window)
                    .is_some_and(|room| room.is_multiple_of(*stride))
            })
            .collect();
        assert_eq!(chosen, fitting);
        assert!(chosen.contains(&[2, 3, 0]) && chosen.contains(&[1, 4, 2])); // strides beyond the window
    }

    #[test]
    fn every_layer_and_activation_is_generated() {
        let mut runner = TestRunner::deterministic();
        let strategy = layer(Shape::new([2, 6, 5]).expect("small"));
        let names: Vec<String> = (0..1000)
            .map(|_| {
                strategy
                    .new_tree(&mut runner)
                    .expect("fits")
                    .current()
                    .name()
            })
            .collect();
        let is_there = |start: &str, end: &str| {
            names
                .iter()
                .any(|n| n.starts_with(start) && n.ends_with(end))
        };
        for activation in Activation::ALL {
            assert!(is_there("dense", &format!(" {activation}")), "{activation}");
            assert!(is_there("conv", &format!(" {activation}")), "{activation}");
        }
        assert!(is_there("dense 1 ", "") && is_there("dense 8 ", "z + sin(z)/2"));
        assert!(is_there("max-pool", "") && is_there("avg-pool", ""));
    }
}
