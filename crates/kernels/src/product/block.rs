//! The loops over blocks of a product: packing, strips of tiles, finishing.

use crate::number::Number;
use core::ops::Range;

use super::further::{self, Further};
use super::operand::Finish;
use super::pack::{pack_left, pack_right, transpose};
use super::plan::Plan;
use super::tile::{Left, Reach, Right, Start, padded, strip};
use crate::Real;
use crate::dispatch::kernel;
use crate::scratch::Scratch;
use crate::simd::Simd;

/// Bytes of a packed block of the right operand, which stays in the second-level cache while all strips pass it.
const RIGHT_BYTES: usize = 832 * 1024;

/// Output elements between two applications of the element-wise function: they stay in the first-level cache.
const GROUP: usize = 2048;

/// A rectangle of the output of a plan, to be filled.
#[derive(Debug, Clone)]
pub(super) struct Rectangle<'p, 'a, T> {
    plan: &'p Plan<'a, T>,
    rows: Range<usize>,
    cols: Range<usize>,
}

impl<'p, 'a, T> Rectangle<'p, 'a, T> {
    /// # Safety
    /// While it is filled, the slices that the plan was made from are borrowed, and nothing else touches this
    /// rectangle of the output. The rectangle lies inside the output.
    #[inline]
    pub(super) unsafe fn new(plan: &'p Plan<'a, T>, [rows, cols]: [Range<usize>; 2]) -> Self {
        Self { plan, rows, cols }
    }
}

kernel! {
    /// Computes a rectangle of the output.
    pub(super) fn fill<T, S>(s: S; rectangle: Rectangle<'_, '_, T>) {
        let Rectangle { plan, rows, cols } = rectangle;
        let k_block = if plan.k <= S::DEPTH {
            plan.k
        } else {
            // Whole cache lines, if the rows of the operands begin with one.
            let even = plan.k.div_ceil(plan.k.div_ceil(S::DEPTH));
            even.next_multiple_of(64 / size_of::<T>())
        };
        let most = RIGHT_BYTES / size_of::<T>();
        let cols_block = if !plan.packed || cols.len() * k_block <= most {
            cols.len()
        } else {
            let unit = S::VECTORS * S::LANES;
            (most / k_block).max(unit) / unit * unit
        };
        let sizes = scratch_sizes::<T, S>(plan, k_block, cols_block);
        let mut scratch = Scratch::take::<T>(sizes[0] + sizes[1] + sizes[2]);
        let start: *mut T = scratch.start();
        let buffers = [
            start,
            start.wrapping_add(sizes[0]),
            start.wrapping_add(sizes[0] + sizes[1]),
        ];
        let mut j = cols.start;
        while j < cols.end {
            let cols = j..(j + cols_block).min(cols.end);
            j = cols.end;
            let mut l = 0;
            loop {
                let k = l..(l + k_block).min(plan.k);
                l = k.end;
                // SAFETY: `Rectangle::new` vouches for the rectangle, the buffers are as large as a block needs.
                unsafe { columns(s, plan, rows.clone(), cols.clone(), k, buffers) };
                if l == plan.k {
                    break;
                }
            }
            if plan.swapped {
                // SAFETY: the transpose of the rectangle lies inside the output.
                unsafe { apply(plan, cols, rows.clone()) };
            }
        }
    }
}

/// Numbers of the packed right block, of the packed left strip, and of output strips that are transposed or added to others.
#[inline(always)]
fn scratch_sizes<T, S: Simd<T>>(plan: &Plan<'_, T>, k: usize, cols: usize) -> [usize; 3] {
    let line = |len: usize| len.next_multiple_of(64 / size_of::<T>());
    let width = padded::<T, S>(cols);
    let right = if plan.packed { line(k * width) } else { 0 };
    let left = if packs_left::<T, S>(plan, cols) {
        line(k * S::STRIP)
    } else {
        0
    };
    let strip = line(width * S::STRIP);
    let out = match (plan.swapped, plan.k > k) {
        (true, true) => 2 * strip,
        (false, false) => 0,
        _ => strip,
    };
    [right, left, out]
}

/// Whether strips of the left operand are packed: where their rows are contiguous, each column lies in a cache
/// line of its own, which several panels would fetch again and again.
#[inline(always)]
fn packs_left<T, S: Simd<T>>(plan: &Plan<'_, T>, cols: usize) -> bool {
    plan.left.row == 1 && cols > S::VECTORS * S::LANES
}

/// Adds the products of `k` to a rectangle of the output.
///
/// # Safety
/// The ranges lie inside the matrices, and nothing else touches the rectangle; the buffers have room for the block.
#[inline(always)]
unsafe fn columns<T: Number, S: Simd<T>>(
    s: S,
    plan: &Plan<'_, T>,
    rows: Range<usize>,
    cols: Range<usize>,
    k: Range<usize>,
    [right_buffer, left_buffer, out_buffer]: [*mut T; 3],
) {
    let (first, last) = (k.start == 0, k.end == plan.k);
    let whole =
        plan.swapped || plan.finish.function().is_none() || rows.len() * cols.len() <= GROUP;
    let group_rows = if whole {
        rows.len()
    } else {
        (GROUP / cols.len()).max(1).next_multiple_of(S::STRIP)
    };
    // Strip by strip where several panels pass one; a single panel passes all strips at once.
    let by_strips = plan.swapped || !first || cols.len() > S::VECTORS * S::LANES;
    // SAFETY: the caller's promise; groups and strips lie inside the rectangle.
    unsafe {
        let right = right_block(s, plan, &k, &cols, right_buffer);
        let mut i = rows.start;
        while i < rows.end {
            let group = i..(i + group_rows).min(rows.end);
            while i < group.end {
                let most = if by_strips { S::STRIP } else { group.end };
                let rows = i..group.end.min(i.saturating_add(most));
                i = rows.end;
                add_strip(
                    s,
                    plan,
                    [rows, cols.clone(), k.clone()],
                    right,
                    [left_buffer, out_buffer],
                );
            }
            if last && !plan.swapped {
                apply(plan, group, cols.clone());
            }
        }
    }
}

/// A block of the right operand, packed if the plan says so.
///
/// # Safety
/// It lies inside the operand; the buffer has room for it.
#[inline(always)]
unsafe fn right_block<T: Number, S: Simd<T>>(
    s: S,
    plan: &Plan<'_, T>,
    k: &Range<usize>,
    cols: &Range<usize>,
    buffer: *mut T,
) -> Right<T> {
    // SAFETY: the caller's promise.
    unsafe {
        let at = plan
            .right
            .add(k.start * plan.right_row + cols.start * plan.right_col);
        if plan.packed {
            let strides = (plan.right_row, plan.right_col);
            pack_right(s, (k.len(), cols.len()), at, strides, buffer);
            Right {
                at: buffer,
                row: 0,
                packed: true,
            }
        } else {
            Right {
                at,
                row: plan.right_row,
                packed: false,
            }
        }
    }
}

/// Adds the products of `k` to a strip of rows: the first are summed from the start on that the plan says, further ones on
/// their own, so that no chain grows.
///
/// # Safety
/// As for [`columns`].
#[inline(always)]
unsafe fn add_strip<T: Number, S: Simd<T>>(
    s: S,
    plan: &Plan<'_, T>,
    [rows, cols, k]: [Range<usize>; 3],
    right: Right<T>,
    [left_buffer, out_buffer]: [*mut T; 2],
) {
    let (first, i) = (k.start == 0, rows.start);
    let sizes = (rows.len(), cols.len(), k.len());
    // SAFETY: the caller's promise; a buffer has room for `STRIP` rows, which is more than one of the strip where the
    // output is swapped or `k` is not the first.
    unsafe {
        let at = (plan.left.at).add(i * plan.left.row + k.start * plan.left.col);
        let left = if packs_left::<T, S>(plan, cols.len()) {
            pack_left(s, (sizes.0, k.len()), at, plan.left.col, left_buffer);
            Left {
                at: left_buffer,
                row: 1,
                col: S::STRIP,
            }
        } else {
            Left { at, ..plan.left }
        };
        // A transposed strip, and one that is to be added, goes by way of a buffer. Element (i, j) of a transposed one stands
        // at `c + j c_row + i`.
        let (c, mut to, mut to_row, start);
        if plan.swapped {
            c = plan.c.add(cols.start * plan.c_row + i);
            (to, to_row) = (out_buffer, padded::<T, S>(sizes.1));
            start = swapped_start(s, plan, first, sizes, c, i, (to, to_row));
        } else {
            c = plan.c.add(i * plan.c_row + cols.start);
            (to, to_row) = (c, plan.c_row);
            start = plain_start(plan, first, c, cols.start);
            if !first {
                (to, to_row) = (out_buffer, padded::<T, S>(sizes.1));
            }
        }
        strip(s, sizes, left, right, start, to, to_row);
        if !first {
            let strip = Further::new([sizes.0, sizes.1], (to, to_row), (c, plan.c_row));
            let room = to.wrapping_add(S::STRIP * to_row);
            further::add(plan.level, strip, plan.swapped.then_some(room));
        } else if plan.swapped {
            transpose(s, (sizes.0, sizes.1), to, to_row, c, plan.c_row);
        }
    }
}

/// What the sums start from: nothing, the biases of their columns, or what is there. Those of further `k` start from
/// nothing, so that no chain grows.
#[inline(always)]
fn plain_start<T>(plan: &Plan<'_, T>, first: bool, c: *mut T, col: usize) -> Start<T> {
    match plan.finish {
        Finish::Bias(bias, _) if first => Start {
            at: bias[col..].as_ptr(),
            row: 0,
        },
        Finish::Add if first => Start {
            at: c,
            row: plan.c_row,
        },
        _ => Start::ZERO,
    }
}

/// The same for a transposed strip at row `i`, in a buffer.
///
/// # Safety
/// The strip at `c` lies inside the output; the buffer has [`Reach::STRIP`] rows.
#[inline(always)]
unsafe fn swapped_start<T: Number, S: Simd<T>>(
    s: S,
    plan: &Plan<'_, T>,
    first: bool,
    (rows, cols, _): (usize, usize, usize),
    c: *mut T,
    i: usize,
    (buffer, row): (*mut T, usize),
) -> Start<T> {
    match plan.finish {
        Finish::Bias(bias, _) if first => {
            for r in 0..rows {
                // SAFETY: the buffer has `STRIP` rows of at least `cols`.
                unsafe { core::slice::from_raw_parts_mut(buffer.add(r * row), cols) }
                    .fill(bias[i + r]);
            }
        }
        // SAFETY: the strip lies inside the output, and its transpose inside the buffer.
        Finish::Add if first => unsafe { transpose(s, (cols, rows), c, plan.c_row, buffer, row) },
        _ => return Start::ZERO,
    }
    Start { at: buffer, row }
}

/// Applies the element-wise function to finished rows and columns of the caller's output.
///
/// # Safety
/// They lie inside it, and nothing else touches them.
#[inline(always)]
unsafe fn apply<T: Real>(plan: &Plan<'_, T>, rows: Range<usize>, cols: Range<usize>) {
    let Some(f) = plan.finish.function() else {
        return;
    };
    // SAFETY: the caller's promise.
    unsafe {
        let at = plan.c.add(rows.start * plan.c_row + cols.start);
        if cols.len() == plan.c_row {
            f.apply(core::slice::from_raw_parts_mut(at, rows.len() * cols.len()));
        } else {
            for i in 0..rows.len() {
                let row = core::slice::from_raw_parts_mut(at.add(i * plan.c_row), cols.len());
                f.apply(row);
            }
        }
    }
}
