//! What a layer is, in data: no type of numbers, no code.

use core::ops::Range;
use std::borrow::Cow;
use std::collections::HashSet;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;
use rand::Rng;

use crate::{Init, LayerError, LayerFault, Room};

/// Numbers of parameters beyond this cannot be addressed.
pub(crate) const MOST_NUMBERS: usize = isize::MAX as usize / 8;

/// What a layer is: shapes, parameters, state, the room it needs, and what may be relied on.
///
/// A layer makes its spec once, when it is built; whoever holds the layer reads it there and nowhere else.
///
/// ```
/// use gradflow_layers::{Init, Room, Spec};
/// use gradflow_tensor::Shape;
///
/// let shape = Shape::new([3, 8, 8])?;
/// let spec = Spec::new("normalise", shape, shape)
///     .block("gain", [3], Init::Constant(1.0))
///     .block("shift", [3], Init::Constant(0.0))
///     .state("mean", [3], Init::Constant(0.0))
///     .room(Room { fixed: 6, each: 0 }, Room::NONE)
///     .least_samples(2);
/// assert_eq!(spec.blocks[1].range, 3..6);
/// assert_eq!((spec.parameters(), spec.state_len()), (6, 3));
/// spec.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// A short description for tables and errors, such as `conv 5@3x3 relu`.
    pub name: String,
    /// Shape of an input sample.
    pub input: Shape<3>,
    /// Shape of an output sample.
    pub output: Shape<3>,
    /// The named parts of the parameters; their ranges follow one another from 0.
    pub blocks: Vec<Block>,
    /// The named parts of the running state that is no parameter; their ranges follow one another from 0.
    pub state: Vec<Block>,
    /// Scratch of a forward pass in training, which the backward pass reads again.
    pub train: Room,
    /// Scratch of a forward pass in prediction.
    pub predict: Room,
    /// Samples that a training pass needs at least: 2 where statistics over the batch are taken.
    pub least_samples: usize,
    /// Greatest lower and least upper bound of the outputs, over all inputs and parameters: a cross-entropy of outputs that
    /// are no probabilities is refused by it.
    pub output_range: (f64, f64),
    /// Whether every element of `theta_bar` is a plain sum of products of an element of `x`, or 1, with an element of what
    /// [`Layer::backward`](crate::Layer::backward) leaves in `p_bar`, and no sum uses an element twice. Then `theta_bar` is
    /// finite if both are and neither is huge, and nobody need look at it.
    pub sums_products: bool,
    /// Places for frozen flags and random draws: 1 for a leaf, 1 more than its children's together for a container.
    pub sites: usize,
}

/// A named part of parameters or state: `weight [out, in]`, `bias [out]`, `filter [out, in, v, h]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Its name within the layer; within a container the child's index stands before it, as in `3.0.weight`.
    pub name: Cow<'static, str>,
    /// Its dimensions, row-major.
    pub dims: Vec<usize>,
    /// Its place in the layer's parameters or state.
    pub range: Range<usize>,
    /// How its first values are drawn.
    pub init: Init,
    /// `[fan_in, fan_out]`, which some initial distributions depend on.
    pub fan: [usize; 2],
}

impl Spec {
    /// A layer from samples of one shape to samples of another, with nothing else: no parameters, no state, no scratch,
    /// outputs anywhere, one site.
    pub fn new(name: impl Into<String>, input: Shape<3>, output: Shape<3>) -> Self {
        Self {
            name: name.into(),
            input,
            output,
            blocks: Vec::new(),
            state: Vec::new(),
            train: Room::NONE,
            predict: Room::NONE,
            least_samples: 1,
            output_range: (f64::NEG_INFINITY, f64::INFINITY),
            sums_products: false,
            sites: 1,
        }
    }

    /// Adds a block of parameters after the ones before, with fans of 1. Sizes that overflow are found by
    /// [`Spec::check`].
    #[must_use]
    pub fn block(
        mut self,
        name: impl Into<Cow<'static, str>>,
        dims: impl Into<Vec<usize>>,
        init: Init,
    ) -> Self {
        push(&mut self.blocks, name.into(), dims.into(), init);
        self
    }

    /// States `[fan_in, fan_out]` of the block of parameters added last: the inputs that one output reads, and the outputs
    /// that one input reaches.
    #[must_use]
    pub fn fan(mut self, fan: [usize; 2]) -> Self {
        if let Some(block) = self.blocks.last_mut() {
            block.fan = fan;
        }
        self
    }

    /// Adds a block of state after the ones before.
    #[must_use]
    pub fn state(
        mut self,
        name: impl Into<Cow<'static, str>>,
        dims: impl Into<Vec<usize>>,
        init: Init,
    ) -> Self {
        push(&mut self.state, name.into(), dims.into(), init);
        self
    }

    /// States the scratch of a training pass and of a prediction.
    #[must_use]
    pub fn room(self, train: Room, predict: Room) -> Self {
        Self {
            train,
            predict,
            ..self
        }
    }

    /// States how many samples a training pass needs at least.
    #[must_use]
    pub fn least_samples(self, least_samples: usize) -> Self {
        Self {
            least_samples,
            ..self
        }
    }

    /// States the greatest lower and the least upper bound of the outputs.
    #[must_use]
    pub fn output_range(self, low: f64, high: f64) -> Self {
        Self {
            output_range: (low, high),
            ..self
        }
    }

    /// States that gradients are sums of products; see [`Spec::sums_products`](#structfield.sums_products).
    #[must_use]
    pub fn sums_products(self) -> Self {
        Self {
            sums_products: true,
            ..self
        }
    }

    /// Number of parameters: the length of `theta`.
    pub fn parameters(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.range.end)
    }

    /// Number of elements of the state.
    pub fn state_len(&self) -> usize {
        self.state.last().map_or(0, |block| block.range.end)
    }

    /// Whether the description holds together: blocks follow one another from 0, are as large as their dimensions say and
    /// have names of their own, initial values are finite, the range of the outputs is not empty, `least_samples` and
    /// `sites` are at least 1. A container asks this of each child once, so that computing cannot fail.
    ///
    /// # Errors
    /// [`LayerError`] with what is wrong.
    pub fn check(&self) -> Result<(), LayerError> {
        let refuse = |fault| Err(LayerError::new(self.name.clone(), fault));
        let mut names = HashSet::new();
        for blocks in [&self.blocks, &self.state] {
            let mut end = 0;
            for block in blocks {
                if block.range.start != end || block.elements() != Some(block.range.len()) {
                    return refuse(LayerFault::Blocks {
                        block: block.name.to_string(),
                    });
                }
                if !names.insert(&block.name) {
                    return refuse(LayerFault::SameName {
                        block: block.name.to_string(),
                    });
                }
                if let Err(fault) = block.init.check() {
                    return refuse(fault);
                }
                end = block.range.end;
            }
            if end > MOST_NUMBERS {
                return refuse(LayerFault::TooManyParameters);
            }
        }
        let (low, high) = self.output_range;
        if self.least_samples == 0 || self.sites == 0 {
            return refuse(LayerFault::Counts {
                least_samples: self.least_samples,
                sites: self.sites,
            });
        }
        // False if one of them is NaN as well.
        if low < high {
            return Ok(());
        }
        refuse(LayerFault::OutputRange { low, high })
    }
}

impl Block {
    /// The product of the dimensions, if it can be had and the range is one.
    fn elements(&self) -> Option<usize> {
        let elements = self
            .dims
            .iter()
            .try_fold(1_usize, |n, d| n.checked_mul(*d))?;
        (self.range.start <= self.range.end).then_some(elements)
    }

    /// Fills the block's part of `numbers`, parameters or state of the layer, with its first values.
    pub fn initialise<T: Real>(&self, numbers: &mut [T], rng: &mut dyn Rng) {
        self.init
            .fill(&mut numbers[self.range.clone()], self.fan, rng);
    }
}

fn push(blocks: &mut Vec<Block>, name: Cow<'static, str>, dims: Vec<usize>, init: Init) {
    let start = blocks.last().map_or(0, |block| block.range.end);
    let elements = dims.iter().fold(1_usize, |n, d| n.saturating_mul(*d));
    blocks.push(Block {
        name,
        dims,
        range: start..start.saturating_add(elements),
        init,
        fan: [1, 1],
    });
}
