//! The register tile: a few rows times a few vectors of the output, summed over all of `k` in registers.

use crate::Real;
use crate::simd::Simd;

/// Rows of a full tile, and of a strip that several panels pass.
pub(super) const ROWS: usize = 8;

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

/// Width of the next panel when `cols` columns are left: at most three vectors, and no single vector behind a
/// wider panel if that can be avoided, because one vector per broadcast is bound by loads.
#[inline(always)]
pub(super) fn panel_width<T, S: Simd<T>>(cols: usize) -> usize {
    if cols <= S::Half::LANES {
        return S::Half::LANES;
    }
    let vectors = cols.div_ceil(S::LANES);
    S::LANES * if vectors == 4 { 2 } else { vectors.min(3) }
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
pub(super) unsafe fn strip<T: Real, S: Simd<T>>(
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
        let width = panel_width::<T, S>(cols - j);
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
            if width == 3 * S::LANES {
                tile.panel::<S, 3>(s, s.first(cols - j - 2 * S::LANES));
            } else if width == 2 * S::LANES {
                tile.panel::<S, 2>(s, s.first(cols - j - S::LANES));
            } else if width == S::LANES {
                tile.panel::<S, 1>(s, s.first(cols - j));
            } else {
                let s = s.half();
                tile.panel::<S::Half, 1>(s, s.first(cols - j));
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

impl<T: Real> Tile<T> {
    /// All rows of a panel of `V` vectors, the last of which has the lanes of `last`.
    #[inline(always)]
    unsafe fn panel<S: Simd<T>, const V: usize>(self, s: S, last: S::Mask) {
        let mut i = 0;
        // SAFETY: the caller's promise; every tile has at most `rows - i` rows.
        unsafe {
            while (V == 1 || S::REGISTERS >= 32) && self.rows - i >= ROWS {
                self.rows::<S, ROWS, V>(s, i, last);
                i += ROWS;
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
                let r = load_row::<T, S, V>(s, right, last);
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
unsafe fn load_row<T: Real, S: Simd<T>, const V: usize>(
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
