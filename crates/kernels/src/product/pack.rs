//! Copies of operands in the order in which tiles read them.

use super::tile::{Reach, padded, panel_width};
use crate::elementwise::copy_to;
use crate::number::Number;
use crate::simd::Simd;

/// `dst_ji = src_ij` for a `rows x cols` matrix whose rows lie `src_row` apart, to rows `dst_row` apart.
///
/// # Safety
/// Both matrices lie inside the memory behind the pointers and do not overlap.
#[inline(always)]
pub(super) unsafe fn transpose<T: Number, S: Simd<T>>(
    s: S,
    (rows, cols): (usize, usize),
    src: *const T,
    src_row: usize,
    dst: *mut T,
    dst_row: usize,
) {
    let q = S::SQUARE;
    let (square_rows, square_cols) = (rows - rows % q, cols - cols % q);
    // SAFETY: the caller's promise.
    unsafe {
        for i in (0..square_rows).step_by(q) {
            for j in (0..square_cols).step_by(q) {
                let (src, dst) = (src.add(i * src_row + j), dst.add(j * dst_row + i));
                s.transpose(src, src_row, dst, dst_row);
            }
        }
        for i in 0..rows {
            let done = if i < square_rows { square_cols } else { 0 };
            for j in done..cols {
                *dst.add(j * dst_row + i) = *src.add(i * src_row + j);
            }
        }
    }
}

/// Packs the `k x cols` matrix with element `(l, j)` at `src + l row + j col`, one of the strides being 1, into
/// panels. Lanes beyond the last column are zeros for narrow tiles, and anything for wide ones, which mask them.
///
/// # Safety
/// The matrix lies inside the memory behind `src`; `dst` has room for `k` times the padded number of columns.
#[inline(always)]
pub(super) unsafe fn pack_right<T: Number, S: Simd<T>>(
    s: S,
    (k, cols): (usize, usize),
    src: *const T,
    (row, col): (usize, usize),
    dst: *mut T,
) {
    if col == 1 {
        // Row by row, as the source lies in memory: pieces of rows far apart would defeat prefetching.
        for l in 0..k {
            let mut j = 0;
            while j < cols {
                let width = panel_width::<T, S>(cols - j);
                // SAFETY: the caller's promise; row `l` of the panel that starts at column `j`.
                unsafe {
                    let dst = dst.add(j * k + l * width);
                    copy_to(s, width.min(cols - j), src.add(l * row + j), dst);
                }
                j += width;
            }
        }
    } else {
        let mut j = 0;
        while j < cols {
            let width = panel_width::<T, S>(cols - j);
            let filled = width.min(cols - j);
            // SAFETY: the caller's promise; the panel's `filled` columns start at `j`.
            unsafe { transpose(s, (filled, k), src.add(j * col), col, dst.add(j * k), width) };
            j += width;
        }
    }
    let padded = padded::<T, S>(cols);
    if !S::WIDE && padded > cols {
        // Narrow tiles read whole vectors. The last panel starts where the others end.
        let mut j = 0;
        while cols - j > panel_width::<T, S>(cols - j) {
            j += panel_width::<T, S>(cols - j);
        }
        for l in 0..k {
            for i in cols - j..padded - j {
                // SAFETY: the caller's promise.
                unsafe { *dst.add(j * k + l * (padded - j) + i) = T::ZERO };
            }
        }
    }
}

/// Packs `rows <= STRIP` rows of a left operand whose columns are contiguous (`row` stride 1, `col` apart) so
/// that columns lie [`Reach::STRIP`] apart.
///
/// # Safety
/// The matrix lies inside the memory behind `src`; `dst` has room for `k` times [`Reach::STRIP`] numbers.
#[inline(always)]
pub(super) unsafe fn pack_left<T: Number, S: Simd<T>>(
    s: S,
    (rows, k): (usize, usize),
    src: *const T,
    col: usize,
    dst: *mut T,
) {
    for l in 0..k {
        // SAFETY: the caller's promise.
        unsafe { copy_to(s, rows, src.add(l * col), dst.add(l * S::STRIP)) };
        // The next strip, or the start of it, while tiles work on this one: lines that lie far apart are fetched
        // ahead by no hardware.
        s.prefetch(src.wrapping_add(l * col + S::STRIP));
    }
}
