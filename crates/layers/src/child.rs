//! What chains and branches share: children, and where their numbers stand.

use core::ops::Range;
use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;
use rand::Rng;

use crate::spec::MOST_NUMBERS;
use crate::{Block, Layer, LayerError, LayerFault, Own, Recipe, Spec};

/// A layer within a container.
#[derive(Debug, Clone)]
pub(crate) struct Child<T: Real> {
    pub(crate) layer: Arc<dyn Layer<T>>,
    pub(crate) input: Shape<3>,
    pub(crate) output: Shape<3>,
    /// Its part of the container's parameters.
    pub(crate) theta: Range<usize>,
    /// Its part of the container's state.
    pub(crate) state: Range<usize>,
    /// Its sites, of which the container's own is 0.
    pub(crate) sites: Range<usize>,
}

impl<T: Real> Child<T> {
    /// Checks a layer, and adds what it owns to the container's spec.
    pub(crate) fn adopt(
        container: &mut Spec,
        index: usize,
        input: Shape<3>,
        layer: Arc<dyn Layer<T>>,
    ) -> Result<Self, LayerError> {
        let refuse = |fault| LayerError::new(layer.spec().name.clone(), fault).within(index);
        let spec = layer.spec();
        spec.check().map_err(|error| error.within(index))?;
        if spec.input != input {
            let (expected, came) = (spec.input, input);
            return Err(refuse(LayerFault::Mismatch { expected, came }));
        }
        let theta = append(&mut container.blocks, &spec.blocks, index);
        let state = append(&mut container.state, &spec.state, index);
        let sites = container.sites.checked_add(spec.sites);
        let (Some(theta), Some(state), Some(end)) = (theta, state, sites) else {
            return Err(refuse(LayerFault::TooManyParameters));
        };
        let sites = container.sites..end;
        container.sites = end;
        container.least_samples = container.least_samples.max(spec.least_samples);
        let output = spec.output;
        Ok(Self {
            layer,
            input,
            output,
            theta,
            state,
            sites,
        })
    }

    /// The child's numbers among the container's.
    #[inline(always)]
    pub(crate) fn own<'a>(&self, own: Own<'a, T>) -> Own<'a, T> {
        Own {
            theta: &own.theta[self.theta.clone()],
            // Few layers have any: the cut is only paid for where it is one.
            state: if self.state.is_empty() {
                &[]
            } else {
                &own.state[self.state.clone()]
            },
        }
    }

    /// Moves the child's part of the state on, if there is one.
    pub(crate) fn settle(&self, samples: usize, scratch: &[T], state: &mut [T]) {
        if !self.state.is_empty() {
            let state = &mut state[self.state.clone()];
            self.layer.settle(samples, scratch, state);
        }
    }
}

/// Appends a child's blocks under `index.name`, and returns the range of all together; `None` if that is too many numbers.
fn append(blocks: &mut Vec<Block>, more: &[Block], index: usize) -> Option<Range<usize>> {
    let start = blocks.last().map_or(0, |block| block.range.end);
    let mut end = start;
    for block in more {
        let whole = start.checked_add(block.range.end);
        end = whole.filter(|end| *end <= MOST_NUMBERS)?;
        blocks.push(Block {
            name: format!("{index}.{}", block.name).into(),
            range: start + block.range.start..end,
            ..block.clone()
        });
    }
    (end <= MOST_NUMBERS).then_some(start..end)
}

/// Draws the children's parameters by each one's own rule, in order.
pub(crate) fn initialise<'a, T: Real>(
    children: impl Iterator<Item = &'a Child<T>>,
    theta: &mut [T],
    rng: &mut dyn Rng,
) {
    for child in children {
        child.layer.initialise(&mut theta[child.theta.clone()], rng);
    }
}

/// The children's recipes; `None` if one of them has none.
pub(crate) fn recipes<'a, T: Real>(
    children: impl Iterator<Item = &'a Child<T>>,
) -> Option<Vec<Recipe>> {
    children.map(|child| child.layer.recipe()).collect()
}
