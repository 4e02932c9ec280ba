//! Property-test generators of activations, layers and nestings of layers (feature `strategies`).
//!
//! A [`Draft`] is a layer without its input: numbers that choose, for whatever shape arrives, among the sizes that fit. A
//! generator of networks draws a list of drafts and makes each layer for the output of the one before.
//!
//! ```
//! use gradflow_layers::{Describe, strategies};
//! use gradflow_tensor::Shape;
//! use proptest::prelude::*;
//!
//! let drafts = proptest::collection::vec(strategies::recipe(strategies::activation()), 1..4);
//! proptest!(|(drafts in drafts)| {
//!     let mut shape = Shape::new([2, 9, 7])?;
//!     for draft in drafts {
//!         let layer = draft.layer::<f64>(shape)?;
//!         prop_assert_eq!(layer.spec().input, shape);
//!         shape = layer.spec().output;
//!     }
//! });
//! ```

mod layers;
mod nesting;

use std::sync::{Arc, LazyLock};

use gradflow_kernels::Real;
use gradflow_tensor::Shape;
use proptest::prelude::*;

pub use self::layers::{PlainBatchNorm, PlainDropout, registry};
pub use self::nesting::{nesting, nesting_with_state};
use crate::{
    Activation, CustomActivation, Join, Layer, LayerError, Padding, Recipe, Remainder, Window,
};

/// The most outputs of a dense layer.
const MOST_OUTPUTS: u8 = 8;
/// Padding is less than this.
const PADDINGS: u16 = 3;

/// The kinds of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Dense,
    Conv,
    /// A convolution of every channel on its own.
    Depthwise,
    MaxPool,
    AvgPool,
    GlobalMaxPool,
    GlobalAvgPool,
    Upsample,
    /// A convolution, or a dense layer for a vector, that puts out what it reads.
    Same,
}

/// What a layer is made of, except for the shape that arrives at it.
#[derive(Debug, Clone)]
pub struct Draft(Form);

#[derive(Debug, Clone)]
enum Form {
    Leaf(Leaf),
    /// Fits every shape.
    Any(Recipe),
    Chain(Vec<Draft>),
    /// Branches that all put out what they read, or with other depths where these are concatenated.
    Branches(Join, Vec<Draft>),
    /// Branches of any kind, each with a dense layer at its end.
    Flat(Join, Vec<(Draft, Leaf)>),
}

#[derive(Debug, Clone)]
struct Leaf {
    kind: Kind,
    /// Outputs of a dense layer, filters of a convolution; at least 1.
    outputs: u8,
    /// What chooses window, stride and padding, for each direction.
    numbers: [[u16; 3]; 2],
    /// What chooses dilation, kind of padding, remainder and groups, which half of the layers have.
    more: Option<[u16; 4]>,
    activation: Activation,
}

impl Draft {
    /// The recipe for inputs of this shape; [`registry`] knows all names in it.
    ///
    /// # Errors
    /// [`LayerError`] if its parameters do not fit in memory, or the activation is invalid; never for shapes and activations such as
    /// this module generates.
    pub fn recipe(&self, input: Shape<3>) -> Result<Recipe, LayerError> {
        Ok(match &self.0 {
            Form::Leaf(leaf) => leaf.recipe(input),
            Form::Any(recipe) => recipe.clone(),
            Form::Chain(drafts) => {
                let mut shape = input;
                let mut chain = Vec::new();
                for draft in drafts {
                    chain.push(draft.recipe(shape)?);
                    shape = draft.layer::<f64>(shape)?.spec().output;
                }
                Recipe::Chain(chain)
            }
            Form::Branches(join, drafts) => Recipe::Branches {
                join: *join,
                branches: (drafts.iter())
                    .map(|draft| draft.recipe(input))
                    .collect::<Result<_, _>>()?,
            },
            Form::Flat(join, drafts) => {
                let mut branches = Vec::new();
                for (draft, dense) in drafts {
                    let shape = draft.layer::<f64>(input)?.spec().output;
                    let chain = vec![draft.recipe(input)?, dense.recipe(shape)];
                    branches.push(Recipe::Chain(chain));
                }
                let join = *join;
                Recipe::Branches { join, branches }
            }
        })
    }

    /// The layer for inputs of this shape.
    ///
    /// # Errors
    /// As [`Draft::recipe`].
    pub fn layer<T: Real>(&self, input: Shape<3>) -> Result<Arc<dyn Layer<T>>, LayerError> {
        self.recipe(input)?.on(input, &registry())
    }
}

impl Leaf {
    fn recipe(&self, input: Shape<3>) -> Recipe {
        let (outputs, activation) = (usize::from(self.outputs), self.activation.clone());
        let [depth, vertical, horizontal] = input.dims();
        let window = |padded: bool| match self.more {
            Some(more) => free([vertical, horizontal], self.numbers, more),
            None => {
                let [v, h] = self.numbers;
                let sizes = [fit(vertical, v, padded), fit(horizontal, h, padded)];
                let [size, stride, padding] =
                    [0, 1, 2].map(|which| sizes.map(|sizes| sizes[which]));
                Window::from(size).stride(stride).padding(padding)
            }
        };
        let [.., last] = self.more.unwrap_or_default();
        match self.kind {
            Kind::Dense => Recipe::dense(outputs, activation),
            Kind::Conv => {
                // Of the numbers up to the depth, one that divides it.
                let divides = |groups: &usize| depth.is_multiple_of(*groups);
                let groups = (1..=1 + usize::from(last) % depth).rev().find(divides);
                let groups = groups.unwrap_or(1);
                Recipe::conv(outputs * groups, window(true), activation).groups(groups)
            }
            Kind::Depthwise => Recipe::Depthwise {
                multiplier: 1 + outputs / 3,
                window: window(true),
                activation,
                init: None,
                bias_init: None,
            },
            Kind::MaxPool => Recipe::max_pool(window(false)),
            Kind::AvgPool => Recipe::AvgPool {
                window: window(false),
                count_padding: last % 2 == 1,
            },
            Kind::GlobalMaxPool => Recipe::GlobalMaxPool,
            Kind::GlobalAvgPool => Recipe::GlobalAvgPool,
            Kind::Upsample => {
                // So that pictures stay small.
                let factor =
                    |size: usize, [n, ..]: [u16; 3]| 1 + usize::from(n) % (12 / size).clamp(1, 3);
                let [v, h] = self.numbers;
                Recipe::Upsample {
                    factor: [factor(vertical, v), factor(horizontal, h)],
                }
            }
            Kind::Same if [vertical, horizontal] == [1, 1] => Recipe::dense(depth, activation),
            Kind::Same => {
                let padding = self.numbers.map(|[_, _, n]| usize::from(n % PADDINGS));
                let size = padding.map(|padding| 2 * padding + 1);
                Recipe::conv(depth, size, activation).padding(padding)
            }
        }
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

/// Windows with a dilation of up to 3, with padding of every kind that is less than the window reaches, and with remainders that are not
/// read, or read by one window more.
fn free(input: [usize; 2], numbers: [[u16; 3]; 2], more: [u16; 4]) -> Window {
    let [dilation, kind, remainder, _] = more.map(usize::from);
    let dilation = 1 + dilation % 3;
    // Of pooling, a dilation beyond the input would leap over it.
    let dilation = input.map(|size| dilation.min(size));
    let axis = |axis: usize| {
        let [window, stride, padding] = numbers[axis].map(usize::from);
        let most = (input[axis] - 1) / dilation[axis] + 1;
        let size = 1 + window % most;
        let most = (size - 1) * dilation[axis];
        let front = padding % usize::from(PADDINGS).min(most + 1);
        let behind = padding / 7 % usize::from(PADDINGS).min(most + 1);
        [size, 1 + stride % 4, front, behind]
    };
    let axes = [axis(0), axis(1)];
    let [size, stride, front, behind] = [0, 1, 2, 3].map(|which| axes.map(|axis| axis[which]));
    let padding = match kind % 4 {
        0 => Padding::Same,
        1 => Padding::Causal,
        2 => Padding::Both(front),
        _ => Padding::Sides { front, behind },
    };
    let remainders = [Remainder::Floor, Remainder::Ceil];
    (Window::from(size).stride(stride).dilation(dilation))
        .padding(padding)
        .remainder(remainders[remainder % 2])
}

/// The pair of functions of a user's that [`activation`] draws, the same one every time.
pub fn custom() -> CustomActivation {
    static CUSTOM: LazyLock<CustomActivation> = LazyLock::new(|| {
        CustomActivation::new(
            "z + sin(z)/2",
            |z| z + 0.5 * z.sin(),
            |z| 1.0 + 0.5 * z.cos(),
        )
    });
    CUSTOM.clone()
}

/// Every activation of the library, leaky ReLUs of any slope, ELUs of any scale, and a pair of functions of a user's.
pub fn activation() -> impl Strategy<Value = Activation> + Clone {
    prop_oneof![
        16 => proptest::sample::select(Activation::ALL.to_vec()),
        1 => (0.01..0.99_f64).prop_map(Activation::LeakyRelu),
        1 => (0.1..2.0_f64).prop_map(Activation::Elu),
        1 => Just(custom().into()),
    ]
}

/// Layers of every kind, with activations from the strategy given.
pub fn recipe(
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Draft> + Clone {
    prop_oneof![dense(activation.clone()), picture(activation)]
}

/// Dense layers with a few outputs, more or less than their inputs.
pub fn dense(
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Draft> + Clone {
    of_kind(Just(Kind::Dense), 1..=MOST_OUTPUTS, activation)
}

/// Convolutions with one to three filters for each group, of any size up to the padded input, strides of 1 to 4, also beyond the
/// filter, and padding of up to 2, by direction; half of them with dilation, padding and remainders of every kind, and groups. Max-pooling
/// and average pooling of such sizes, also over whole channels; upsampling.
pub fn picture(
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Draft> + Clone {
    let pools = vec![Kind::MaxPool, Kind::AvgPool, Kind::MaxPool, Kind::AvgPool];
    let others = vec![Kind::GlobalMaxPool, Kind::GlobalAvgPool, Kind::Upsample];
    let pool = proptest::sample::select([pools, others].concat());
    prop_oneof![
        convolution(activation.clone()),
        of_kind(pool, 1..=1, activation)
    ]
}

/// The convolutions of [`picture`] alone.
pub fn convolution(
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Draft> + Clone {
    let kinds = vec![Kind::Conv, Kind::Conv, Kind::Conv, Kind::Depthwise];
    of_kind(proptest::sample::select(kinds), 1..=3, activation)
}

/// Layers of every kind for inputs of this shape, with activations of every kind.
pub fn layer(input: Shape<3>) -> impl Strategy<Value = Arc<dyn Layer<f64>>> {
    recipe(activation()).prop_filter_map("too large", move |draft| draft.layer(input).ok())
}

fn of_kind(
    kind: impl Strategy<Value = Kind> + Clone,
    outputs: core::ops::RangeInclusive<u8>,
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Draft> + Clone {
    leaf(kind, outputs, activation).prop_map(|leaf| Draft(Form::Leaf(leaf)))
}

fn leaf(
    kind: impl Strategy<Value = Kind> + Clone,
    outputs: core::ops::RangeInclusive<u8>,
    activation: impl Strategy<Value = Activation> + Clone,
) -> impl Strategy<Value = Leaf> + Clone {
    let numbers = (any::<[[u16; 3]; 2]>(), any::<Option<[u16; 4]>>());
    (kind, outputs, numbers, activation).prop_map(|(kind, outputs, (numbers, more), activation)| {
        Leaf {
            kind,
            outputs,
            numbers,
            more,
            activation,
        }
    })
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
        let names: Vec<String> = (0..4000)
            .map(|_| {
                let layer = strategy.new_tree(&mut runner).expect("fits").current();
                layer.spec().name.clone()
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
        assert!(is_there("global max-pool", "") && is_there("global avg-pool", ""));
        assert!(is_there("upsample 2x2", "") && is_there("avg-pool", " counting padding"));
        for part in [
            "groups 2",
            "dilation ",
            "padding same",
            "padding causal",
            " behind",
            "floor",
            "ceil",
        ] {
            assert!(names.iter().any(|name| name.contains(part)), "{part}");
        }
    }
}
