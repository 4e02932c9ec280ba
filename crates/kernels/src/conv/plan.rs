//! What a forward pass computes from the shape, the filter and the bias alone, kept.

use super::channels::forward as by_channels;
use super::channels::tile::{Spot, Tiles};
use super::choice::{Choice, Lanes};
use super::depthwise::Depthwise;
use super::forward::fused;
use super::positions::forward as positions;
use super::shape::ConvShape;
use crate::aligned::Aligned;
use crate::cpu::Level;
use crate::number::is_single;
use crate::{Real, Unary};

/// A convolution (38) with a bias and an element-wise function, for many samples one by one: filters are packed and offsets computed once.
/// Outputs have the bits of [`conv_forward`](crate::conv_forward) at the level at which the plan was made.
///
/// ```
/// use gradflow_kernels::{ConvPlan, ConvShape, Unary, Workers, conv_forward};
///
/// let shape = ConvShape {
///     input: [1, 4, 4],
///     output: [2, 3, 3],
///     filter: [2, 2],
///     stride: [1, 1],
///     dilation: [1, 1],
///     padding: [[0, 0]; 2],
///     groups: 1,
/// };
/// let (filter, bias) = ([1.0, 0.5, -1.0, 2.0, 0.0, 1.0, 1.0, 0.0], [0.5, -0.5]);
/// let x: [f32; 16] = core::array::from_fn(|i| i as f32);
/// let (mut p, mut q) = ([0.0; 18], [0.0; 18]);
/// let plan = ConvPlan::new(&shape, &filter, &bias, Unary::Relu).ok_or("no plan")?;
/// plan.apply(&x, &mut p);
/// conv_forward(&shape, &filter, &bias, &x, &mut q, Unary::Relu, &Workers::inline());
/// assert_eq!(p, q);
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug)]
pub struct ConvPlan<T> {
    shape: ConvShape,
    level: Level,
    lanes: Lanes,
    width: usize,
    terms: Vec<u32>,
    /// Tiles, with channels in the lanes.
    spots: Vec<Spot>,
    packed: Aligned<T>,
    floor: T,
    rest: Unary<T>,
}

impl<T: Real> ConvPlan<T> {
    /// Plans the convolution; `None` if it has groups, or there is no memory.
    ///
    /// # Panics
    /// As [`conv_forward`](crate::conv_forward).
    pub fn new(shape: &ConvShape, filter: &[T], bias: &[T], f: Unary<T>) -> Option<Self> {
        shape.check();
        assert_eq!(filter.len(), shape.filter_len(), "filter of {shape:?}");
        assert_eq!(bias.len(), shape.output[0], "bias of {shape:?}");
        if shape.groups != 1 || Depthwise::of(shape).is_some() {
            return None;
        }
        let shape = shape.bounded();
        let choice = Choice::forward::<T>(&shape);
        let (floor, rest) = fused(choice, f);
        let mut terms = Vec::new();
        terms.try_reserve_exact(shape.taps()).ok()?;
        terms.resize(shape.taps(), 0);
        shape.taps_at(&mut terms);
        let (mut spots, mut packed) = (Some(Vec::new()), None);
        match choice.lanes {
            Lanes::Channels => {
                by_channels::with_packed(choice, filter, bias, |all| packed = Aligned::of(all));
                by_channels::with_tiles(choice, &terms, |tiles| spots = copied(tiles.spots));
            }
            Lanes::Positions => {
                positions::with_packed(choice, &terms, filter, bias, floor, |all| {
                    packed = Aligned::of(all.filters());
                });
            }
        }
        Some(Self {
            level: choice.level,
            lanes: choice.lanes,
            width: choice.width,
            shape,
            terms,
            spots: spots?,
            packed: packed?,
            floor,
            rest,
        })
    }

    /// Numbers of an input and of an output sample.
    pub fn sizes(&self) -> (usize, usize) {
        (self.shape.input_len(), self.shape.output_len())
    }

    /// Computes the outputs `p` of whole samples `x`, one after the other.
    ///
    /// # Panics
    /// If these are not as many samples of the shape's lengths.
    pub fn apply(&self, x: &[T], p: &mut [T]) {
        self.shape.samples(x.len(), p.len());
        let (inputs, outputs) = self.sizes();
        for (x, p) in x.chunks_exact(inputs).zip(p.chunks_exact_mut(outputs)) {
            self.single(x, p);
        }
    }

    fn single(&self, x: &[T], p: &mut [T]) {
        let Self { shape, level, .. } = self;
        let choice = Choice {
            shape,
            level: *level,
            lanes: self.lanes,
            width: self.width,
            single: is_single::<T>(),
        };
        shape.with_padding(*level, x, |x| match self.lanes {
            Lanes::Channels => {
                let tiles = Tiles {
                    spots: &self.spots,
                    terms: &self.terms,
                    longest: self.terms.len(),
                    step: shape.stride[1],
                };
                by_channels::add_up(choice, tiles, &self.packed, x, p);
            }
            Lanes::Positions => {
                positions::Packed::new(choice, &self.terms, &self.packed, self.floor).add_up(x, p);
            }
        });
        self.rest.apply(p);
    }
}

/// A copy, if there is memory for it.
fn copied<P: Copy>(list: &[P]) -> Option<Vec<P>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(list.len()).ok()?;
    copy.extend_from_slice(list);
    Some(copy)
}
