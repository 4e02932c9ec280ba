//! The register tile: a few rows times a few vectors of the output, summed over all of `k` in registers.

use crate::number::Number;
use crate::simd::Simd;
use crate::sums::RUN;

/// How far a tile reaches with the registers of a level.
pub(super) trait Reach<T>: Simd<T> {
    /// Vectors of the widest tile: three of eight rows fit into the registers, or two of six rows.
    const VECTORS: usize = if Self::WIDE { 3 } else { 2 };
    /// Rows of a strip that several panels pass one after another. Narrow tiles read a panel so often that
    /// it has to stay in the first-level cache for many of them; wide ones can take it from the second level.
    const STRIP: usize = if Self::WIDE { 8 } else { 24 };
    /// Longest stretch of `k` between two visits of an output element, so that a panel stays where it should: a narrow one
    /// and its strip share a first-level cache of 32 kB, with a little of them beyond it. At most [`RUN`].
    const DEPTH: usize = if Self::WIDE { RUN } else { 288 };
}

impl<T, S: Simd<T>> Reach<T> for S {}

/// The operand whose numbers are broadcast: element `(i, l)` stands at `at + i row + l col`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left<T> {
    pub(super) at: *const T,
    pub(super) row: usize,
    pub(super) col: usize,
}

/// The operand that is read in vectors: row `l` of a panel stands at `at + l row`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Right<T> {
    pub(super) at: *const T,
    pub(super) row: usize,
    /// Whether each panel is stored on its own, its rows as long as the panel is wide.
    pub(super) packed: bool,
}

/// What the sums start from: row `i` stands at `at + i row`; zeros if `at` is null.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start<T> {
    pub(super) at: *const T,
    pub(super) row: usize,
}

impl<T> Start<T> {
    /// Zeros.
    pub(super) const ZERO: Self = Self {
        at: core::ptr::null(),
        row: 0,
    };
}

/// Width of the next panel when `cols` columns are left: at most [`Reach::VECTORS`], and no single vector behind a
/// wider panel if that can be avoided, because one vector per broadcast is bound by loads.
#[inline(always)]
pub(super) fn panel_width<T, S: Simd<T>>(cols: usize) -> usize {
    if cols <= S::Half::LANES {
        return S::Half::LANES;
    }
    let vectors = cols.div_ceil(S::LANES);
    S::LANES
        * if vectors == 4 {
            2
        } else {
            vectors.min(S::VECTORS)
        }
}

/// Columns of all panels together, the last one filled up.
#[inline(always)]
pub(super) fn padded<T, S: Simd<T>>(cols: usize) -> usize {
    if cols <= S::Half::LANES {
        S::Half::LANES
    } else {
        cols.next_multiple_of(S::LANES)
    }
}

/// `c = start + left right` for any number of rows and columns, panel by panel; row `i` of `c` stands at `c + i c_row`.
///
/// Each element is one chain of `k` multiply-adds from its start on, wherever in whichever tile it stands.
///
/// # Safety
/// Rows, columns and panels lie inside the memory behind the pointers, and nothing else touches that of `c`.
#[inline(always)]
pub(super) unsafe fn strip<T: Number, S: Simd<T>>(
    s: S,
    (rows, cols, k): (usize, usize, usize),
    left: Left<T>,
    right: Right<T>,
    start: Start<T>,
    c: *mut T,
    c_row: usize,
) {
    let mut j = 0;
    while j < cols {
        let mut width = panel_width::<T, S>(cols - j);
        if !S::WIDE && !right.packed && width > S::LANES && width > cols - j {
            // Narrow tiles read several vectors whole: see `Tile::rows`.
            width = S::LANES;
        }
        // SAFETY: the caller's promise; `j < cols`.
        unsafe {
            let (right, right_row) = if right.packed {
                (right.at.add(j * k), width)
            } else {
                (right.at.add(j), right.row)
            };
            let start = Start {
                at: if start.at.is_null() {
                    start.at
                } else {
                    start.at.add(j)
                },
                row: start.row,
            };
            let c = c.add(j);
            let tile = Tile {
                rows,
                k,
                left,
                right,
                right_row,
                start,
                c,
                c_row,
            };
            let left = cols - j;
            macro_rules! panel {
                ($s:ident, $v:literal) => {
                    s.call(
                        #[inline(always)]
                        move || tile.panel::<_, $v>($s, left),
                    )
                };
            }
            if S::WIDE && width == 3 * S::LANES {
                panel!(s, 3);
            } else if width == 2 * S::LANES {
                panel!(s, 2);
            } else if !S::HALVES || width == S::LANES {
                panel!(s, 1);
            } else {
                let half = s.half();
                panel!(half, 1);
            }
        }
        j += width;
    }
}

/// One panel of one strip.
#[derive(Clone, Copy)]
struct Tile<T> {
    rows: usize,
    k: usize,
    left: Left<T>,
    right: *const T,
    right_row: usize,
    start: Start<T>,
    c: *mut T,
    c_row: usize,
}

impl<T: Number> Tile<T> {
    /// All rows of the first columns of those left, `V` vectors, the last of which need not be whole.
    #[inline(always)]
    unsafe fn panel<S: Simd<T>, const V: usize>(self, s: S, left: usize) {
        let last = s.first(left - (V - 1) * S::LANES);
        let mut i = 0;
        // SAFETY: the caller's promise; every tile has at most `rows - i` rows.
        unsafe {
            while (V == 1 || S::WIDE) && self.rows - i >= 8 {
                self.rows::<S, 8, V>(s, i, last);
                i += 8;
            }
            while !(V == 1 || S::WIDE) && self.rows - i >= 6 {
                self.rows::<S, 6, V>(s, i, last);
                i += 6;
            }
            while self.rows - i >= 4 {
                self.rows::<S, 4, V>(s, i, last);
                i += 4;
            }
            if self.rows - i >= 2 {
                self.rows::<S, 2, V>(s, i, last);
                i += 2;
            }
            if self.rows > i {
                self.rows::<S, 1, V>(s, i, last);
            }
        }
    }

    /// `R` rows from row `i0` on, `V` vectors.
    #[inline(always)]
    unsafe fn rows<S: Simd<T>, const R: usize, const V: usize>(
        self,
        s: S,
        i0: usize,
        last: S::Mask,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut sum = [[s.zero(); V]; R];
            if !self.start.at.is_null() {
                for i in 0..R {
                    let row = self.start.at.add((i0 + i) * self.start.row);
                    sum[i] = load_row::<T, S, V>(s, row, last);
                }
            }
            let mut rows = [self.left.at; R];
            for i in 0..R {
                rows[i] = self.left.at.add((i0 + i) * self.left.row);
            }
            let (mut right, mut l) = (self.right, 0);
            for _ in 0..self.k {
                // With narrow tiles the mask would take a register from the sums; lanes beyond the last
                // column are zeros of a packed panel then.
                let r = if S::WIDE || V == 1 {
                    load_row::<T, S, V>(s, right, last)
                } else {
                    load_whole_row::<T, S, V>(s, right)
                };
                for i in 0..R {
                    let x = s.splat(*rows[i].add(l));
                    for v in 0..V {
                        sum[i][v] = s.mul_add(x, r[v], sum[i][v]);
                    }
                }
                right = right.wrapping_add(self.right_row);
                l += self.left.col;
            }
            for i in 0..R {
                let row = self.c.add((i0 + i) * self.c_row);
                for v in 0..V - 1 {
                    s.store(row.add(v * S::LANES), sum[i][v]);
                }
                s.store_masked(row.add((V - 1) * S::LANES), last, sum[i][V - 1]);
            }
        }
    }
}

/// `V` vectors from `row` on, the last of which has the lanes of `last`.
#[inline(always)]
unsafe fn load_row<T: Number, S: Simd<T>, const V: usize>(
    s: S,
    row: *const T,
    last: S::Mask,
) -> [S::V; V] {
    let mut r = [s.zero(); V];
    // SAFETY: the caller's promise.
    unsafe {
        for v in 0..V - 1 {
            r[v] = s.load(row.add(v * S::LANES));
        }
        r[V - 1] = s.load_masked(row.add((V - 1) * S::LANES), last);
    }
    r
}

/// `V` whole vectors from `row` on.
#[inline(always)]
unsafe fn load_whole_row<T: Number, S: Simd<T>, const V: usize>(s: S, row: *const T) -> [S::V; V] {
    let mut r = [s.zero(); V];
    for v in 0..V {
        // SAFETY: the caller's promise.
        r[v] = unsafe { s.load(row.add(v * S::LANES)) };
    }
    r
}
