//! Equation (45) without the slope, phase by phase of the stride.

use super::Depthwise;
use super::correlate::{Positions, Terms, correlate};
use crate::both::both;
use crate::conv::layout;
use crate::conv::phases::{Frame, Phase, apart, phases, phases_across, places, terms};
use crate::conv::shape::ConvShape;
use crate::scratch::{with_plain, with_scratch};
use crate::{Real, Workers};

/// (45) for samples of sizes that have been checked.
pub(in crate::conv) fn backward_input<T: Real>(
    this: Depthwise<'_>,
    filter: &[T],
    delta: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let part = this.shape.part();
    let frame = Frame::new(&part);
    with_plain(terms(&part), |offsets: &mut [u32]| {
        frame.terms_at(&part, offsets);
        with_scratch(filter.len(), |filters: &mut [T]| {
            pack(&part, filter, filters);
            let packed = Packed {
                this,
                part: &part,
                frame,
                offsets,
                filters,
            };
            packed.all(delta, x_bar, workers);
        });
    });
}

/// The filters of every phase, and in them of every channel, in the order of the phase's terms.
fn pack<T: Real>(part: &ConvShape, filter: &[T], packed: &mut [T]) {
    let [fv, fh] = part.filter;
    let [apart_v, apart_h] = both(|d| apart(part, d));
    let mut packed = packed.iter_mut();
    for Phase { start, reach, .. } in phases(part) {
        for filter in filter.chunks_exact(part.output[0] * fv * fh) {
            for m in 0..reach[0] {
                for filter in filter.chunks_exact(fv * fh) {
                    for (n, packed) in (0..reach[1]).zip(&mut packed) {
                        let row = (start[0] + m * apart_v) * fh;
                        *packed = filter[row + start[1] + n * apart_h];
                    }
                }
            }
        }
    }
}

/// What every sample is computed from.
#[derive(Clone, Copy)]
struct Packed<'a, T> {
    this: Depthwise<'a>,
    part: &'a ConvShape,
    frame: Frame,
    offsets: &'a [u32],
    filters: &'a [T],
}

impl<T: Real> Packed<'_, T> {
    fn all(&self, delta: &[T], x_bar: &mut [T], workers: &Workers) {
        let Self { this, frame, .. } = self;
        let shape = this.shape;
        let (n_in, n_out) = (shape.input_len(), shape.output_len());
        let work = (x_bar.len() / n_in).saturating_mul(shape.work());
        let len = shape.output[0] * frame.size[0] * frame.size[1];
        let plane = [shape.output[1], shape.output[2]];
        // Some positions meet no output.
        let gaps = [0, 1]
            .iter()
            .any(|d| phases_across(shape, *d) < shape.stride[*d]);
        workers.for_each_chunk(x_bar, this.task() * n_in, work, |i, x_bar| {
            let delta = delta[i * this.task() * n_out..].chunks_exact(n_out);
            for (delta, x_bar) in delta.zip(x_bar.chunks_exact_mut(n_in)) {
                // Rows shorter than a vector read on behind the last.
                with_scratch(len + 64, |framed: &mut [T]| {
                    let (inside, slack) = framed.split_at_mut(len);
                    slack.fill(T::ZERO);
                    layout::pad(this.level, plane, frame.border, frame.size, delta, inside);
                    if gaps {
                        x_bar.fill(T::ZERO);
                    }
                    for phase in phases(self.part) {
                        self.add_up(&phase, framed, x_bar);
                    }
                });
            }
        });
    }

    /// (45) for the positions of a phase of one sample.
    fn add_up(&self, phase: &Phase, framed: &[T], x_bar: &mut [T]) {
        let Self {
            this, part, frame, ..
        } = *self;
        let (shape, level) = (this.shape, this.level);
        let [channels, vertical, horizontal] = shape.input;
        let [down, across] = both(|d| places(part, d, phase.rest[d]));
        if down.is_empty() || across.is_empty() {
            return;
        }
        let count = part.output[0] * phase.reach[0] * phase.reach[1];
        let [_, pitch] = frame.size;
        let (sizes, width) = ([down.len(), across.len()], this.width::<T>(across.len()));
        let framed = &framed[down.start * pitch + across.start..];
        with_scratch(channels, |biases: &mut [T]| {
            biases.fill(T::ZERO);
            let terms = Terms {
                offsets: &self.offsets[phase.first..][..count],
                filters: &self.filters[phase.first * channels..][..count * channels],
                biases,
                sharing: 1,
                part: part.output[0] * frame.size[0] * pitch,
            };
            Positions::with(sizes, pitch, width, |positions| {
                let (none, excess) = (-T::INFINITY, positions.excess(across.len()));
                if shape.stride == [1, 1] && excess == 0 {
                    return correlate(level, positions, terms, none, framed, x_bar);
                }
                with_scratch(channels * positions.len(), |z: &mut [T]| {
                    correlate(level, positions, terms, none, framed, z);
                    let z = z.chunks_exact(positions.len());
                    for (z, x_bar) in z.zip(x_bar.chunks_exact_mut(vertical * horizontal)) {
                        for (z, q) in z.chunks_exact(across.len() + excess).zip(down.clone()) {
                            let y = q * shape.stride[0] + phase.rest[0] - shape.padding[0][0];
                            let x = across.start * shape.stride[1] + phase.rest[1]
                                - shape.padding[1][0];
                            let row = &mut x_bar[y * horizontal..][x..horizontal];
                            let places = row.iter_mut().step_by(shape.stride[1]);
                            places.zip(z).for_each(|(place, z)| *place = *z);
                        }
                    }
                });
            });
        });
    }
}
