//! Passes over all elements, with constants of each channel.

use super::channels::Channels;
use super::walk::SHORT;
use crate::dispatch::layer_kernel;
use crate::elementwise::write;
use crate::number::Number;
use crate::simd::Simd;
use crate::{Real, Workers, cpu};

/// Elements that one task does, about.
const TASK: usize = 16 * 1024;

/// Samples of a task of short rows, at least.
const SAMPLES: usize = 16;

/// Columns of a tile of short rows.
const TILE: usize = 1024;

/// `p = (x - mean) scale + shift`, with constants of each channel.
///
/// ```
/// use gradflow_kernels::{Workers, norm};
///
/// let size = norm::Channels { channels: 2, positions: 1 };
/// let mut p = [0.0; 4];
/// norm::scale_shift(size, &[1.0, 5.0, 3.0, 5.0], [&[2.0, 5.0], &[10.0, 1.0], &[0.0, 7.0]], &mut p, &Workers::inline());
/// assert_eq!(p, [-10.0, 7.0, 10.0, 7.0]);
/// ```
pub fn scale_shift<T: Real>(
    size: Channels,
    x: &[T],
    constants: [&[T]; 3],
    p: &mut [T],
    workers: &Workers,
) {
    each_task(size, &constants, p, [x], workers, |p, [x]| {
        scale_shift_at(cpu::level(), size, x, constants, p);
    });
}

/// `x_bar = factor ((p_bar - back) - (x - mean) slope)`, with constants `[mean, factor, back, slope]` of each channel.
pub fn backward<T: Real>(
    size: Channels,
    [x, p_bar]: [&[T]; 2],
    constants: [&[T]; 4],
    x_bar: &mut [T],
    workers: &Workers,
) {
    each_task(
        size,
        &constants,
        x_bar,
        [x, p_bar],
        workers,
        |x_bar, from| {
            backward_at(cpu::level(), size, from, constants, x_bar);
        },
    );
}

/// Splits the arrays by samples.
fn each_task<T: Real, const K: usize>(
    size: Channels,
    constants: &[&[T]],
    to: &mut [T],
    from: [&[T]; K],
    workers: &Workers,
    pass: impl Fn(&mut [T], [&[T]; K]) + Sync,
) {
    size.check(constants);
    size.samples(to.len());
    assert!(from.iter().all(|x| x.len() == to.len()));
    let n = size.sample();
    let least = if size.positions > SHORT { 1 } else { SAMPLES };
    let (part, work) = (
        (TASK / n).max(least).saturating_mul(n),
        to.len().saturating_mul(8),
    );
    workers.for_each_chunk(to, part, work, |i, to| {
        let from = from.map(|x| &x[i * part..][..to.len()]);
        pass(to, from);
    });
}

layer_kernel! {
    fn scale_shift_at<T, S>(s: S; size: Channels, x: &[T], constants: [&[T]; 3], p: &mut [T]) {
        each_row(s, size, constants, [x], p, #[inline(always)] |[mean, scale, shift], [x]| {
            s.mul_add(s.sub(x, mean), scale, shift)
        });
    }
}

layer_kernel! {
    fn backward_at<T, S>(s: S; size: Channels, from: [&[T]; 2], constants: [&[T]; 4], x_bar: &mut [T]) {
        each_row(s, size, constants, from, x_bar, #[inline(always)] |[mean, factor, back, slope], [x, p_bar]| {
            s.mul(factor, s.sub(s.sub(p_bar, back), s.mul(s.sub(x, mean), slope)))
        });
    }
}

/// `to = f(constants of the channel, from)`, element by element.
#[inline(always)]
fn each_row<T: Number, S: Simd<T>, const C: usize, const K: usize>(
    s: S,
    size: Channels,
    constants: [&[T]; C],
    from: [&[T]; K],
    to: &mut [T],
    f: impl Fn([S::V; C], [S::V; K]) -> S::V,
) {
    let (n, p) = (size.channels * size.positions, size.positions);
    if p > SHORT {
        for (row, to) in to.chunks_exact_mut(p).enumerate() {
            let c = row % size.channels;
            let constants = constants.map(
                #[inline(always)]
                |a| s.splat(a[c]),
            );
            let from = from.map(
                #[inline(always)]
                |x| &x[row * p..][..p],
            );
            write(
                s,
                to,
                [],
                from,
                #[inline(always)]
                |[], x| f(constants, x),
            );
        }
        return;
    }
    // Constants of each column, a tile at a time, which stays near while rows go by; short samples are joined.
    let joined = n * (TILE / n).max(1);
    let mut tile = [[T::ZERO; TILE]; C];
    for column in (0..joined.min(to.len())).step_by(TILE) {
        let columns = TILE.min(joined - column).min(to.len());
        for (tile, constants) in tile.iter_mut().zip(constants) {
            spread(constants, p, column, &mut tile[..columns.min(n)]);
            // Samples that are joined have the same.
            let mut len = n;
            while len < columns {
                tile.copy_within(0..len.min(columns - len), len);
                len *= 2;
            }
        }
        for at in (column..to.len()).step_by(joined) {
            let end = to.len().min(at + columns);
            let constants = tile.each_ref().map(
                #[inline(always)]
                |a| &a[..end - at],
            );
            let from = from.map(
                #[inline(always)]
                |x| &x[at..end],
            );
            write(s, &mut to[at..end], constants, from, &f);
        }
    }
}

/// The constants of the columns from `column` on, `p` columns each.
#[inline(always)]
fn spread<T: Number>(constants: &[T], p: usize, column: usize, to: &mut [T]) {
    if p == 1 {
        return to.copy_from_slice(&constants[column..][..to.len()]);
    }
    let (mut rest, mut skip) = (to, column % p);
    for constant in &constants[column / p..] {
        let here = (p - skip).min(rest.len());
        let (row, behind) = rest.split_at_mut(here);
        row.fill(*constant);
        (rest, skip) = (behind, 0);
        if rest.is_empty() {
            return;
        }
    }
}
