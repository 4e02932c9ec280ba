//! How a product is computed: which operand is read in vectors, what is packed, how the output is split.

use core::ops::Range;

use super::dots::group;
use super::operand::{Finish, Matrix};
use super::tile::Left;

use crate::Real;
use crate::cpu::Level;

/// A right operand of at most this size stays in the first-level cache and is not packed.
const SMALL_BYTES: usize = 16 * 1024;

/// Columns are shared among threads in multiples of this.
const COLS: usize = 16;

/// Sixteenths of a cycle that packing takes per element of a right operand: as it stands, and transposed.
const RIGHT_COST: [usize; 2] = [2, 5];
/// The same for a transposed left operand, whose strips are read in short pieces far apart.
const LEFT_COST: usize = 10;
/// The same for an output element that is transposed on its way out.
const OUT_COST: usize = 5;
/// The same for adding up the lanes of one output element.
const REDUCE_COST: usize = 48;

/// A product `rows x cols = (rows x k) (k x cols)` in the orientation in which it is computed: that of the
/// caller, or its transpose.
///
/// Each number of the left operand is broadcast, rows of the right one are read in vectors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan<'a, T> {
    pub(super) level: Level,
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) k: usize,
    pub(super) left: Left<T>,
    /// Element `(l, j)` stands at `right + l right_row + j right_col`; one of the strides is 1.
    pub(super) right: *const T,
    pub(super) right_row: usize,
    pub(super) right_col: usize,
    pub(super) packed: bool,
    pub(super) finish: Finish<'a, T>,
    /// The caller's output, and the length of its rows.
    pub(super) c: *mut T,
    pub(super) c_row: usize,
    /// Whether `c` is the transpose of what is computed.
    pub(super) swapped: bool,
}

// SAFETY: the pointers stand for `&[T]` operands and for an output of which each part of the work writes its own
// rectangle.
unsafe impl<T: Send + Sync> Sync for Plan<'_, T> {}

impl<'a, T: Real> Plan<'a, T> {
    /// Chooses the orientation with the lower estimated time; depends on sizes and transpositions alone.
    #[inline(always)]
    pub(super) fn new(
        level: Level,
        (m, n, k): (usize, usize, usize),
        a: Matrix<'_, T>,
        b: Matrix<'_, T>,
        c: &mut [T],
        finish: Finish<'a, T>,
    ) -> Self {
        let lanes = level.bytes() / size_of::<T>();
        let ((a_row, a_col), (b_row, b_col)) = (a.strides(), b.strides());
        let (a_data, b_data) = (a.data.as_ptr(), b.data.as_ptr());
        let plain = cost(lanes, (m, n, k), a.transposed, b.transposed);
        let swapped = cost(lanes, (n, m, k), !b.transposed, !a.transposed) + m * n * OUT_COST;
        if plain <= swapped {
            let left = Left {
                at: a_data,
                row: a_row,
                col: a_col,
            };
            Self {
                level,
                rows: m,
                cols: n,
                k,
                left,
                right: b_data,
                right_row: b_row,
                right_col: b_col,
                packed: packs::<T>(lanes, (m, n, k), b.transposed),
                finish,
                c: c.as_mut_ptr(),
                c_row: n,
                swapped: false,
            }
        } else {
            let left = Left {
                at: b_data,
                row: b_col,
                col: b_row,
            };
            Self {
                level,
                rows: n,
                cols: m,
                k,
                left,
                right: a_data,
                right_row: a_col,
                right_col: a_row,
                packed: packs::<T>(lanes, (n, m, k), !a.transposed),
                finish,
                c: c.as_mut_ptr(),
                c_row: n,
                swapped: true,
            }
        }
    }

    /// Sizes of the rectangles that `threads` threads should compute, and how many there are.
    #[inline]
    pub(super) fn split(&self, threads: usize) -> ((usize, usize), usize) {
        if threads <= 1 {
            return ((self.rows, self.cols), 1);
        }
        let share = |len: usize, unit: usize| len.div_ceil(threads).next_multiple_of(unit);
        if self.packed && self.cols >= 2 * COLS * threads {
            // Then nobody packs what another one packs.
            let cols = share(self.cols, COLS);
            ((self.rows, cols), self.cols.div_ceil(cols))
        } else {
            let rows = share(self.rows, 8);
            ((rows, self.cols), self.rows.div_ceil(rows))
        }
    }

    /// Rows and columns of rectangle `i` of those that `split` proposed.
    #[inline]
    pub(super) fn part(&self, (rows, cols): (usize, usize), i: usize) -> [Range<usize>; 2] {
        let cut = |len: usize, all: usize| (i * len).min(all)..((i + 1) * len).min(all);
        if rows == self.rows {
            [0..rows, cut(cols, self.cols)]
        } else {
            [cut(rows, self.rows), 0..self.cols]
        }
    }
}

/// Whether a right operand is worth packing; one with transposed columns has to be.
#[inline]
fn packs<T>(lanes: usize, (rows, cols, k): (usize, usize, usize), transposed: bool) -> bool {
    let small = cols <= 3 * lanes || k * cols * size_of::<T>() <= SMALL_BYTES;
    transposed || !(small || rows <= 16)
}

/// Estimated time in sixteenths of a cycle, given whether the operands are transposed.
#[inline]
fn cost(lanes: usize, (rows, cols, k): (usize, usize, usize), left: bool, right: bool) -> usize {
    // A cycle multiplies one vector, or not quite two of half the width, which loads delay; fewer than four sums do not
    // hide its latency.
    let vectors = match cols {
        _ if cols <= lanes / 2 => 10,
        _ => 16 * cols.div_ceil(lanes),
    };
    let sums = k * (rows * vectors).max(4 * 16);
    let pack_left = match left && cols > 3 * lanes {
        true => k * rows * LEFT_COST,
        false => 0,
    };
    sums + pack_left + k * cols * RIGHT_COST[usize::from(right)]
}

/// Whether a product of plain `a` and transposed `b` is best taken as `m n` products of vectors: these need no packing and
/// leave no lane idle, but reduce each sum, and read a little more often than they multiply.
#[inline]
pub(super) fn as_vectors<T>(level: Level, (m, n, k): (usize, usize, usize)) -> bool {
    let lanes = level.bytes() / size_of::<T>();
    let sums = m * n.next_multiple_of(group(n));
    sums * ((k + k / 16) * 16 / lanes + REDUCE_COST)
        < cost(lanes, (m, n, k), false, true).min(cost(lanes, (n, m, k), false, true))
}
