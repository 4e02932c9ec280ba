//! Equation (47): every filter's sums over the positions of its channel.

use super::Depthwise;
use super::sorted::Sorted;
use crate::conv::partial::{Partial, Shards};
use crate::conv::positions::backward_filter::{
    Band, Rows, bands, call_sum_tile, pieces, sum_group, unpack,
};
use crate::conv::widths::with_width;
use crate::dispatch::layer_kernel;
use crate::number::Number;
use crate::scratch::{with_plain, with_scratch};
use crate::simd::Simd;
use crate::sizes::count;
use crate::{Real, Workers};

/// Places of the filter that a tile may have, longest first: with `delta` and `x` they fit into 16 registers.
const PLACES: &[usize] = &[9, 8, 7, 5, 3, 1];

/// (47) for samples of sizes that have been checked.
pub(in crate::conv) fn backward_filter<T: Real>(
    this: Depthwise<'_>,
    x: &[T],
    delta: &[T],
    [filter_bar, bias_bar]: [&mut [T]; 2],
    workers: &Workers,
) {
    let (shape, level) = (this.shape, this.level);
    let (n_in, n_out) = (shape.input_len(), shape.output_len());
    let (samples, width) = (x.len() / n_in, this.width::<T>(shape.output[2]));
    let len = shape.output[0] * (this.taps() + 1) * width;
    let shards = Shards::new(level, samples, len, bands(shape, width).count());
    let work = samples.saturating_mul(shape.work());
    let sorted = Sorted::new(shape);
    let memory = count("partial sums", [shards.count, shards.memory()]);
    with_plain(this.taps(), |terms: &mut [u32]| {
        sorted.taps_at(terms);
        let planes = Planes {
            this,
            sorted,
            terms,
            width,
        };
        with_scratch(memory, |partials: &mut [T]| {
            workers.for_each_chunk(partials, shards.memory(), work, |i, memory| {
                let (mut partial, first) = (shards.partial(memory), i * shards.samples);
                let x = x.chunks_exact(n_in).skip(first).take(shards.samples);
                for (x, delta) in x.zip(delta[first * n_out..].chunks_exact(n_out)) {
                    sorted.with(0, x, |x| planes.add_up(x, delta, &mut partial));
                }
                partial.finish();
            });
            unpack(level, width, shards.merge(partials), filter_bar, bias_bar);
        });
    });
}

/// What every sample is summed over.
#[derive(Debug, Clone, Copy)]
struct Planes<'a> {
    this: Depthwise<'a>,
    sorted: Sorted<'a>,
    terms: &'a [u32],
    width: usize,
}

impl Planes<'_> {
    fn add_up<T: Real>(&self, x: &[T], delta: &[T], partial: &mut Partial<'_, T>) {
        for band in bands(self.this.shape, self.width) {
            partial.add(|sums| sum_band(self.this.level, self, &band, x, delta, sums));
        }
    }
}

layer_kernel! {
    /// (47) for a band of one sorted sample, a vector each.
    fn sum_band<T, S>(s: S; planes: &Planes<'_>, band: &Band, x: &[T], delta: &[T], sums: &mut [T]) {
        with_width!(s, S, T, planes.width, |w| sum_band_with(s, w, planes, band, x, delta, sums))
    }
}

#[inline(always)]
fn sum_band_with<T: Number, L: Simd<T>, S: Simd<T>>(
    level: L,
    s: S,
    &Planes {
        this,
        sorted,
        terms,
        width,
    }: &Planes<'_>,
    Band { rows, cols }: &Band,
    x: &[T],
    delta: &[T],
    sums: &mut [T],
) {
    let ([od, ov, oh], taps) = (this.shape.output, this.taps());
    let (pitch, plane) = (sorted.pitch * this.shape.stride[0], ov * oh);
    assert!(width == S::LANES && terms.len() == taps && delta.len() == od * plane);
    assert!(x.len() == this.shape.input[0] * sorted.plane && rows.end <= ov && cols.end <= oh);
    assert!(sums.len() == od * (taps + 1) * S::LANES);
    let x = &x[rows.start * pitch + cols.start..];
    let delta = &delta[rows.start * oh + cols.start..];
    let (sums, biases) = sums.split_at_mut(od * taps * S::LANES);
    let rows = |channel: usize, terms| Rows {
        count: rows.len(),
        len: cols.len(),
        delta: delta[channel * plane..].as_ptr(),
        plane,
        delta_pitch: oh,
        x: x[channel / this.multiplier() * sorted.plane..].as_ptr(),
        terms,
        x_pitch: pitch,
    };
    for group in pieces(od, &[8, 4, 2, 1]) {
        let biases = biases[group.start * S::LANES..].as_mut_ptr();
        // SAFETY: all rows lie in the planes.
        unsafe { sum_group(level, s, group.len(), rows(group.start, &[]), biases) };
    }
    for channel in 0..od {
        for places in pieces(taps, PLACES) {
            let sums = sums[(channel * taps + places.start) * S::LANES..].as_mut_ptr();
            let (sums, rows) = ((sums, 0), rows(channel, &terms[places]));
            macro_rules! sizes {
                ($($c:literal)*) => {
                    match rows.terms.len() {
                        // SAFETY: all rows lie in the planes; the last term of the last position lies in the sorted
                        // sample, by the shape's own check.
                        $($c => unsafe { call_sum_tile::<T, L, S, 1, $c>(level, s, rows, sums) },)*
                        n => unreachable!("a tile of {n} places"),
                    }
                };
            }
            sizes! { 1 3 5 7 8 9 }
        }
    }
}
