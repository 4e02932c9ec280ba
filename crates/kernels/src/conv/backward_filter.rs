//! Equation (47): checks, the choice of kernels, and how samples are divided into shards.

use super::channels::backward_filter as by_channels;
use super::choice::{Choice, Lanes};
use super::depthwise::{self, Depthwise};
use super::partial::{Partial, Shards};
use super::positions::{Grid, backward_filter as positions, partial_len};
use super::shape::{ConvShape, Part};
use crate::scratch::{with_plain, with_scratch};
use crate::sizes::count;
use crate::{Real, Workers};

/// `filter_bar` and `bias_bar`, summed over the samples, from `delta = dL/dz`: equation (47). Both are overwritten.
///
/// ```text
/// bias_bar_i = sum_jk delta_ijk,    filter_bar_iabc = sum_jk delta_ijk x_{a, b r_v + j s_v, c r_h + k s_h}
/// ```
///
/// with a dilation `r`; of groups, `a` counts in the block that `i` reads.
///
/// # Panics
/// If the shape is incompatible in itself, or a slice is not as long as it says.
pub fn conv_backward_filter<T: Real>(
    shape: &ConvShape,
    x: &[T],
    delta: &[T],
    filter_bar: &mut [T],
    bias_bar: &mut [T],
    workers: &Workers,
) {
    shape.check();
    let shape = &shape.bounded();
    shape.samples(x.len(), delta.len());
    assert_eq!(filter_bar.len(), shape.filter_len(), "filter of {shape:?}");
    assert_eq!(bias_bar.len(), shape.output[0], "bias of {shape:?}");
    if let Some(all) = Depthwise::of(shape) {
        return depthwise::backward_filter(all, x, delta, [filter_bar, bias_bar], workers);
    }
    let part = shape.part();
    let choice = Choice::backward_filter::<T>(&part);
    let filters = filter_bar.chunks_exact_mut(part.filter_len());
    let biases = bias_bar.chunks_exact_mut(part.output[0]);
    for (group, (filter_bar, bias_bar)) in filters.zip(biases).enumerate() {
        let (channels, bars) = (Part { shape, group }, [filter_bar, bias_bar]);
        backward_filter_by(choice, channels, x, delta, bars, workers);
    }
}

/// The [`conv_backward_filter`] of one group by a given choice, for sizes that have been checked.
pub(super) fn backward_filter_by<T: Real>(
    choice: Choice<'_>,
    channels: Part<'_>,
    x: &[T],
    delta: &[T],
    [filter_bar, bias_bar]: [&mut [T]; 2],
    workers: &Workers,
) {
    let Choice {
        shape,
        level,
        width,
        lanes,
        ..
    } = choice;
    let samples = x.len() / channels.shape.input_len();
    let (len, bands) = match lanes {
        Lanes::Channels => (shape.blocked_len(width), 1),
        Lanes::Positions => (
            partial_len(shape, width),
            positions::bands(shape, width).count(),
        ),
    };
    let shards = Shards::new(level, samples, len, bands);
    let work = samples.saturating_mul(shape.work());
    // Calls `add` with each sample and the sums of its shard.
    let share = |partials: &mut [T], add: &Add<'_, T>| {
        workers.for_each_chunk(partials, shards.memory(), work, |i, memory| {
            let (mut partial, first) = (shards.partial(memory), i * shards.samples);
            let x = channels.inputs(x, first).take(shards.samples);
            for (x, delta) in x.zip(channels.outputs(delta, first)) {
                shape.with_padding(level, x, |x| add(x, delta, &mut partial));
            }
            partial.finish();
        });
    };
    let memory = count("partial sums", [shards.count, shards.memory()]);
    with_scratch(memory, |partials: &mut [T]| match lanes {
        Lanes::Channels => {
            by_channels::with_tiles(choice, |tiles| {
                share(partials, &|x, delta, partial| {
                    partial.add(|sums| by_channels::sum(choice, tiles, x, delta, sums));
                });
            });
            by_channels::unpack(choice, shards.merge(partials), filter_bar, bias_bar);
        }
        Lanes::Positions => {
            with_plain(shape.taps(), |terms: &mut [u32]| {
                shape.taps_at(terms);
                let grid = Grid { shape, terms };
                share(partials, &|x, delta, partial| {
                    positions::add_up(level, width, grid, x, delta, partial);
                });
            });
            positions::unpack(level, width, shards.merge(partials), filter_bar, bias_bar);
        }
    });
}

/// Adds a padded sample and its `delta` to partial sums.
type Add<'a, T> = dyn Fn(&[T], &[T], &mut Partial<'_, T>) + Sync + 'a;
