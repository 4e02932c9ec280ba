//! The blocked product: which operand is read in vectors, what is packed, and the loops over blocks.

use core::ops::Range;

use super::pack::{Scratch, pack_left, pack_right, transpose};
use super::tile::{Left, ROWS, Right, Start, padded, strip};
use super::{Finish, Operand};
use crate::cpu::Level;
use crate::dispatch::kernel;
use crate::simd::Simd;
use crate::{Real, Unary};

/// Longest stretch of `k` between two visits of an output element. A strip of the left operand and its share of
/// a panel of the right one stay in the first-level cache.
const K_BLOCK: usize = 1024;

/// Bytes of a packed block of the right operand, which stays in the second-level cache while all strips pass it.
const RIGHT_BYTES: usize = 640 * 1024;

/// A right operand of at most this size stays in the first-level cache and is not packed.
const SMALL_BYTES: usize = 16 * 1024;

/// Columns are shared among threads in multiples of this.
const COLS: usize = 16;

/// Output elements between two applications of the element-wise function: they stay in the first-level cache.
const GROUP: usize = 2048;

/// A product `rows x cols = (rows x k) (k x cols)` in the orientation in which it is computed: that of the
/// caller, or its transpose, so that the vectors lie along the rows of the caller's output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a, T> {
    rows: usize,
    cols: usize,
    k: usize,
    left: Left<T>,
    /// Element `(l, j)` stands at `right + l right_row + j right_col`.
    right: *const T,
    right_row: usize,
    right_col: usize,
    packed: bool,
    finish: Finish<'a, T>,
    c: *mut T,
    /// Length of a row of the caller's output.
    c_row: usize,
    /// Whether `c` is the transpose of what is computed.
    swapped: bool,
}

// SAFETY: the pointers stand for `&[T]` operands, and for an output of which each part of the work writes its own
// rectangle.
unsafe impl<T: Sync> Sync for Block<'_, T> {}

/// Sixteenths of a cycle that packing takes per element: contiguous columns, and transposed ones.
const PACK_COST: [usize; 2] = [2, 5];
/// The same for an output element that is transposed on its way out.
const OUT_COST: usize = 5;

impl<'a, T: Real> Block<'a, T> {
    /// Chooses the orientation with the lower estimated time; depends on sizes and transpositions alone.
    pub(super) fn new(
        level: Level,
        (m, n, k): (usize, usize, usize),
        a: Operand<'_, T>,
        b: Operand<'_, T>,
        c: &mut [T],
        finish: Finish<'a, T>,
    ) -> Self {
        let (a_row, a_col) = if a.transposed { (1, m) } else { (k, 1) };
        let (b_row, b_col) = if b.transposed { (1, k) } else { (n, 1) };
        let (a, b) = (a.data.as_ptr(), b.data.as_ptr());
        let lanes = level.bytes() / size_of::<T>();
        let plain = Self {
            rows: m,
            cols: n,
            k,
            left: Left {
                at: a,
                row: a_row,
                col: a_col,
            },
            right: b,
            right_row: b_row,
            right_col: b_col,
            packed: false,
            finish,
            c: c.as_mut_ptr(),
            c_row: n,
            swapped: false,
        };
        let swapped = Self {
            rows: n,
            cols: m,
            left: Left {
                at: b,
                row: b_col,
                col: b_row,
            },
            right: a,
            right_row: a_col,
            right_col: a_row,
            swapped: true,
            ..plain
        };
        let best = if swapped.cost(lanes) < plain.cost(lanes) {
            swapped
        } else {
            plain
        };
        Self {
            packed: best.packs(lanes),
            ..best
        }
    }

    /// Whether the right operand is worth packing.
    fn packs(&self, lanes: usize) -> bool {
        let small = self.cols <= 3 * lanes || self.k * self.cols * size_of::<T>() <= SMALL_BYTES;
        self.right_col != 1 || !(small || self.rows <= 2 * ROWS)
    }

    /// Estimated time in sixteenths of a cycle.
    fn cost(&self, lanes: usize) -> usize {
        let vectors = if self.cols <= lanes / 2 {
            8
        } else {
            16 * self.cols.div_ceil(lanes)
        };
        // Fewer than four sums do not hide the latency of a multiply-add.
        let sums = self.k * (self.rows * vectors).max(4 * 16);
        let pack = match (self.packs(lanes), self.right_col != 1) {
            (false, _) => 0,
            (true, transposed) => self.k * self.cols * PACK_COST[usize::from(transposed)],
        };
        let out = if self.swapped {
            self.rows * self.cols * OUT_COST
        } else {
            0
        };
        sums + pack + out
    }

    /// Size of the rectangles that `threads` threads should compute, and how many there are.
    pub(super) fn split(&self, threads: usize) -> ((usize, usize), usize) {
        let share = |len: usize, unit: usize| len.div_ceil(threads).next_multiple_of(unit);
        let (rows, cols) = if threads <= 1 {
            (self.rows, self.cols)
        } else if self.packed && self.cols >= 2 * COLS * threads {
            // Then nobody packs what another one packs.
            (self.rows, share(self.cols, COLS))
        } else {
            (share(self.rows, ROWS), self.cols)
        };
        let parts = self.rows.div_ceil(rows) * self.cols.div_ceil(cols);
        ((rows, cols), parts)
    }

    /// Rectangle `i` of those of the given size.
    pub(super) fn part(&self, (rows, cols): (usize, usize), i: usize) -> Part<'a, T> {
        let across = self.cols.div_ceil(cols);
        let cut = |i: usize, len: usize, all: usize| i * len..((i + 1) * len).min(all);
        Part {
            block: *self,
            rows: cut(i / across, rows, self.rows),
            cols: cut(i % across, cols, self.cols),
        }
    }

    /// Numbers of the packed right block, of the packed left strip and of the transposed output strip.
    fn scratch<S: Simd<T>>(&self, k: usize, cols: usize) -> [usize; 3] {
        let line = |len: usize| len.next_multiple_of(64 / size_of::<T>());
        let cols = padded::<T, S>(cols);
        [
            if self.packed { line(k * cols) } else { 0 },
            if self.left.row == 1 {
                line(k * ROWS)
            } else {
                0
            },
            if self.swapped { line(cols * ROWS) } else { 0 },
        ]
    }
}

/// A rectangle of the output of a [`Block`].
pub(super) struct Part<'a, T> {
    block: Block<'a, T>,
    rows: Range<usize>,
    cols: Range<usize>,
}

kernel! {
    /// Computes a rectangle of the output.
    ///
    /// The caller sees to it that no two parts running at the same time overlap, and that the slices of the
    /// [`Block`] are still borrowed.
    pub(super) fn run_part<T, S>(s: S; part: Part<'_, T>) {
        // SAFETY: `Block::new` was given slices of the sizes that its fields say, and a part lies inside.
        unsafe { part.run(s) }
    }
}

impl<T: Real> Part<'_, T> {
    #[inline(always)]
    unsafe fn run<S: Simd<T>>(self, s: S) {
        let Self { block, rows, cols } = self;
        let k_block = block.k.div_ceil(block.k.div_ceil(K_BLOCK).max(1));
        let unit = 3 * S::LANES;
        let cols_block = (RIGHT_BYTES / size_of::<T>() / k_block.max(1)).max(unit) / unit * unit;
        let cols_block = if block.packed {
            cols_block.min(cols.len())
        } else {
            cols.len()
        };
        let sizes = block.scratch::<S>(k_block, cols_block);
        let mut scratch = Scratch::take::<T>(sizes.iter().sum());
        let scratch: *mut T = scratch.start();
        // SAFETY: the scratch has room for all three.
        let buffers = unsafe {
            [
                scratch,
                scratch.add(sizes[0]),
                scratch.add(sizes[0] + sizes[1]),
            ]
        };
        for j in cols.clone().step_by(cols_block.max(1)) {
            let cols = j..(j + cols_block).min(cols.end);
            let mut l = 0;
            loop {
                let k = l..(l + k_block).min(block.k);
                l = k.end;
                // SAFETY: the caller's promise, and the buffers are as large as a block needs.
                unsafe { block.columns(s, rows.clone(), cols.clone(), k, buffers) };
                if l == block.k {
                    break;
                }
            }
            if block.swapped {
                // SAFETY: the rectangle belongs to this part.
                unsafe { block.apply(cols, rows.clone()) };
            }
        }
    }
}

impl<T: Real> Block<'_, T> {
    /// Adds the products of `k` to a rectangle of the output.
    #[inline(always)]
    unsafe fn columns<S: Simd<T>>(
        &self,
        s: S,
        rows: Range<usize>,
        cols: Range<usize>,
        k: Range<usize>,
        [right_buffer, left_buffer, out_buffer]: [*mut T; 3],
    ) {
        let (first, last) = (k.start == 0, k.end == self.k);
        // SAFETY: the ranges lie inside the matrices; the buffers have room for this block.
        unsafe {
            let at = self
                .right
                .add(k.start * self.right_row + cols.start * self.right_col);
            let right = if self.packed {
                let strides = (self.right_row, self.right_col);
                pack_right(s, (k.len(), cols.len()), at, strides, right_buffer);
                Right {
                    at: right_buffer,
                    row: 0,
                    packed: true,
                }
            } else {
                Right {
                    at,
                    row: self.right_row,
                    packed: false,
                }
            };
            let packs_left = self.left.row == 1 && cols.len() > 3 * S::LANES;
            let group = (GROUP / cols.len()).max(1).next_multiple_of(ROWS);
            for i0 in rows.clone().step_by(group) {
                let group = i0..(i0 + group).min(rows.end);
                for i in group.clone().step_by(ROWS) {
                    let sizes = (ROWS.min(group.end - i), cols.len(), k.len());
                    let at = self
                        .left
                        .at
                        .add(i * self.left.row + k.start * self.left.col);
                    let left = if packs_left {
                        pack_left(s, (sizes.0, k.len()), at, self.left.col, left_buffer);
                        Left {
                            at: left_buffer,
                            row: 1,
                            col: ROWS,
                        }
                    } else {
                        Left { at, ..self.left }
                    };
                    if self.swapped {
                        self.swapped_strip(
                            s,
                            sizes,
                            left,
                            right,
                            (i, cols.start),
                            first,
                            out_buffer,
                        );
                    } else {
                        let c = self.c.add(i * self.c_row + cols.start);
                        let start = self.start(first, c, cols.start);
                        strip(s, sizes, left, right, start, c, self.c_row);
                    }
                }
                if last && !self.swapped {
                    self.apply(group, cols.clone());
                }
            }
        }
    }

    /// What the sums of a strip of the caller's orientation start from.
    #[inline(always)]
    unsafe fn start(&self, first: bool, c: *mut T, col: usize) -> Start<T> {
        match self.finish {
            Finish::Overwrite if first => Start {
                at: core::ptr::null(),
                row: 0,
            },
            Finish::Bias(bias, _) if first => Start {
                // SAFETY: one bias for each column.
                at: unsafe { bias.as_ptr().add(col) },
                row: 0,
            },
            _ => Start {
                at: c,
                row: self.c_row,
            },
        }
    }

    /// A strip of the transposed output, by way of a buffer.
    #[inline(always)]
    unsafe fn swapped_strip<S: Simd<T>>(
        &self,
        s: S,
        (rows, cols, k): (usize, usize, usize),
        left: Left<T>,
        right: Right<T>,
        (i, j): (usize, usize),
        first: bool,
        buffer: *mut T,
    ) {
        let row = padded::<T, S>(cols);
        // SAFETY: the buffer holds `ROWS` rows; output element (i, j) stands at `c + j c_row + i`.
        unsafe {
            let c = self.c.add(j * self.c_row + i);
            let from_buffer = Start {
                at: buffer.cast_const(),
                row,
            };
            let start = match self.finish {
                Finish::Overwrite if first => Start {
                    at: core::ptr::null(),
                    row: 0,
                },
                Finish::Bias(bias, _) if first => {
                    for r in 0..rows {
                        core::slice::from_raw_parts_mut(buffer.add(r * row), cols)
                            .fill(bias[i + r]);
                    }
                    from_buffer
                }
                _ => {
                    transpose(s, (cols, rows), c, self.c_row, buffer, row);
                    from_buffer
                }
            };
            strip(s, (rows, cols, k), left, right, start, buffer, row);
            transpose(s, (rows, cols), buffer, row, c, self.c_row);
        }
    }

    /// Applies the element-wise function to finished rows and columns of the caller's output.
    #[inline(always)]
    unsafe fn apply(&self, rows: Range<usize>, cols: Range<usize>) {
        let Finish::Bias(_, f) = self.finish else {
            return;
        };
        if f == Unary::Identity {
            return;
        }
        // SAFETY: the rectangle belongs to this part alone.
        unsafe {
            let at = self.c.add(rows.start * self.c_row + cols.start);
            if cols.len() == self.c_row {
                f.apply(core::slice::from_raw_parts_mut(at, rows.len() * cols.len()));
            } else {
                for i in 0..rows.len() {
                    f.apply(core::slice::from_raw_parts_mut(
                        at.add(i * self.c_row),
                        cols.len(),
                    ));
                }
            }
        }
    }
}
