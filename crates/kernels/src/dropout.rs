//! Dropout: elements left out at random.

use crate::dispatch::layer_kernel;
use crate::sizes::count;
use crate::{Real, Workers, cpu};

/// `p = x/(1 - rate)`, or `p = 0 x` with probability `rate`, for rows of `cols` elements; `key(row)` decides the row's draws.
///
/// Element `i` of a row is left out where [`dropout_number`] of the row's key and `i` lies below `rate 2^32`. So the gradient is this
/// function again, of `p_bar` with the same keys, and nothing depends on the number of threads. A NaN or an infinity that is
/// left out gives a NaN. Keys should have no pattern: those of neighbouring rows `k` and `k + 1` draw the same numbers, one element apart.
///
/// ```
/// use gradflow_kernels::{Workers, dropout};
///
/// let mut p = [0.0; 100];
/// let key = |row| 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(row as u64 + 1);
/// dropout(0.25, key, 50, &[3.0; 100], &mut p, &Workers::inline());
/// assert!(p.iter().all(|p| *p == 0.0 || *p == 4.0));
/// ```
///
/// # Panics
/// If `x` and `p` are not equally many rows.
pub fn dropout<T: Real>(
    rate: f64,
    key: impl Fn(usize) -> u64 + Sync,
    cols: usize,
    x: &[T],
    p: &mut [T],
    workers: &Workers,
) {
    let rows = x.len() / cols.max(1);
    let len = count("rows of a dropout", [rows, cols]);
    assert!(x.len() == len && p.len() == len, "whole rows of {cols}");
    let factor = T::from_f64(1.0 / (1.0 - rate));
    // Saturates, so that no rate leaves nothing.
    let least = (rate * 4_294_967_296.0) as u32;
    let work = len.saturating_mul(8);
    let part = (TASK / cols.max(1)).max(1);
    workers.for_each_chunk(p, part * cols, work, |i, p| {
        let rows = x[i * part * cols..].chunks_exact(cols);
        for (row, (x, p)) in rows.zip(p.chunks_exact_mut(cols)).enumerate() {
            let key = key(i * part + row);
            dropout_at(cpu::level(), key, least, factor, x, p);
        }
    });
}

/// Elements of a task, about.
const TASK: usize = 4096;

/// The random number of an element in a row: one of `2^32`, all equally likely.
///
/// A counter-based generator: the two rounds of multiplication and shift of `lowbias32` (C. Wellons, 2018, whose constants
/// were found by a search for the least bias), with the lower half of the key added before the first round and the upper
/// half before the second.
///
/// ```
/// # use gradflow_kernels::dropout_number;
/// assert_ne!(dropout_number(7, 1), dropout_number(7, 2));
/// ```
#[inline(always)]
pub fn dropout_number(key: u64, element: u32) -> u32 {
    let mut bits = element.wrapping_add(key as u32);
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x7feb_352d);
    bits = bits.wrapping_add((key >> 32) as u32);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x846c_a68b);
    bits ^ (bits >> 16)
}

layer_kernel! {
    /// One row, as a plain loop, whose integers compilers know how to keep in vectors.
    fn dropout_at<T, S>(s: S; key: u64, least: u32, factor: T, x: &[T], p: &mut [T]) {
        let mut element = 0_u32;
        for (x, p) in x.iter().zip(p) {
            let kept = dropout_number(key, element) >= least;
            *p = *x * if kept { factor } else { T::ZERO };
            element = element.wrapping_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::available;

    /// Keys without a pattern, like those of a run (Steele, Lea, Flood 2014).
    fn key(row: u64) -> u64 {
        let mut bits = row.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Every level leaves out what the definition says, of any length.
    #[test]
    fn levels_agree() {
        for len in [0, 1, 3, 16, 17, 100] {
            let x: Vec<f32> = (0..len).map(|i| i as f32 - 3.0).collect();
            for level in available() {
                let (mut p, mut q) = (x.clone(), vec![0.0; len]);
                dropout_at(level, 77, 1 << 30, 1.5, &x, &mut p);
                let double: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
                dropout_at(level, 77, 1 << 30, 1.5, &double, &mut q);
                for i in 0..len {
                    let kept = dropout_number(77, i as u32) >= 1 << 30;
                    let expected = if kept { 1.5 * x[i] } else { 0.0 };
                    assert!(p[i] == expected && q[i] == f64::from(expected));
                }
            }
        }
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let x: Vec<f32> = (0..400 * 999).map(|i| (i as f32).sin()).collect();
        let of = |threads| {
            let mut p = vec![f32::NAN; x.len()];
            dropout(
                0.3,
                |row| key(row as u64),
                999,
                &x,
                &mut p,
                &Workers::new(threads),
            );
            p
        };
        let one = of(1);
        assert!([2, 3, 8].iter().all(|threads| of(*threads) == one));
    }

    /// Each of the 32 bits, and each pair of neighbours in a row and of elements below one another, is as fair as coins are:
    /// within 5 standard deviations.
    #[test]
    fn bits_are_fair() {
        const ROWS: u64 = 64;
        const COLS: u32 = 4096;
        let n = (ROWS * u64::from(COLS)) as f64;
        let keys: Vec<u64> = (0..=ROWS).map(key).collect();
        for bit in 0..32 {
            let at = |row: usize, i: u32| dropout_number(keys[row], i) >> bit & 1;
            let (mut ones, mut same) = (0, [0; 3]);
            for row in 0..ROWS as usize {
                for i in 0..COLS {
                    let here = at(row, i);
                    ones += here;
                    let others = [at(row, i + 1), at(row + 1, i), at(row + 1, i + 1)];
                    for (same, other) in same.iter_mut().zip(others) {
                        *same += u32::from(other == here);
                    }
                }
            }
            for count in [ones, same[0], same[1], same[2]] {
                let off = (f64::from(count) - n / 2.0) / (n / 4.0).sqrt();
                assert!(off.abs() < 5.0, "bit {bit}: {off}");
            }
        }
    }

    /// So many are left out as the rate says, and the mean stays.
    #[test]
    fn rates_are_kept() {
        for rate in [0.0, 0.1, 0.5, 0.9, 1.0 - 1e-12] {
            let mut p = vec![0.0; 1 << 18];
            let x = vec![1.0_f64; p.len()];
            dropout(
                rate,
                |row| key(row as u64),
                256,
                &x,
                &mut p,
                &Workers::inline(),
            );
            let left_out = p.iter().filter(|p| **p == 0.0).count() as f64 / p.len() as f64;
            assert!(
                (left_out - rate).abs()
                    <= 5.0 * (rate * (1.0 - rate) / p.len() as f64).sqrt() + 1e-9
            );
        }
    }

    #[test]
    #[should_panic(expected = "whole rows")]
    fn half_a_row_is_refused() {
        dropout(0.5, |_| 0, 2, &[0.0; 3], &mut [0.0; 3], &Workers::inline());
    }
}
