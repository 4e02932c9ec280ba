//! Rows picked from a matrix.

use crate::dispatch::kernel;
use crate::elementwise::copy;
use crate::sizes::count;
use crate::{Real, Workers, cpu};

/// Copies rows of a row-major matrix with `cols` columns, one after another, to `out`: the samples of a shuffled mini-batch.
///
/// Rows lie anywhere in a set that is larger than the caches, so each is asked for while the one before it is copied.
///
/// ```
/// use gradflow_kernels::{Workers, gather_rows};
///
/// let mut out = [0.0; 4];
/// gather_rows(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, &[2, 0], &mut out, &Workers::inline());
/// assert_eq!(out, [5.0, 6.0, 1.0, 2.0]);
/// ```
///
/// # Panics
/// If there is no such row, or `out` has not the length of all rows.
pub fn gather_rows<T: Real>(
    from: &[T],
    cols: usize,
    rows: &[usize],
    out: &mut [T],
    workers: &Workers,
) {
    let len = count("a set of rows", [rows.len(), cols]);
    assert_eq!(out.len(), len, "length of {} rows", rows.len());
    // A copy waits for memory: moving a number costs about as much as some ten operations.
    let work = out.len().saturating_mul(20);
    let part = rows.len().div_ceil(workers.threads()).max(1);
    workers.for_each_chunk(out, part * cols, work, |i, out| {
        let rows = &rows[i * part..][..out.len() / cols];
        gather_at(cpu::level(), from, cols, rows, out);
    });
}

kernel! {
    fn gather_at<T, S>(s: S; from: &[T], cols: usize, rows: &[usize], out: &mut [T]) {
        let count = from.len() / cols;
        for (i, (row, out)) in rows.iter().zip(out.chunks_exact_mut(cols)).enumerate() {
            assert!(*row < count, "row {row} is out of range: there are {count}");
            if let Some(next) = rows.get(i + 1) {
                let next = from.as_ptr().wrapping_add(next.wrapping_mul(cols));
                for j in (0..cols).step_by(64 / size_of::<T>()) {
                    s.prefetch(next.wrapping_add(j));
                }
            }
            copy(s, &from[row * cols..][..cols], out);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cpu::available;

    proptest! {
        /// Any length of a row and any choice, at every level and on any number of threads.
        #[test]
        fn copies_the_rows(cols in 1..70_usize, choice in prop::collection::vec(0..50_usize, 0..90)) {
            let from: Vec<f32> = (0..50 * cols).map(|i| i as f32).collect();
            let expected: Vec<f32> = choice.iter().flat_map(|row| &from[row * cols..][..cols]).copied().collect();
            for level in available() {
                let mut out = vec![f32::NAN; expected.len()];
                gather_at(level, &from, cols, &choice, &mut out);
                prop_assert_eq!(&out, &expected);
            }
            for threads in [1, 2, 3, 8] {
                let mut out = vec![f32::NAN; expected.len()];
                gather_rows(&from, cols, &choice, &mut out, &Workers::new(threads));
                prop_assert_eq!(&out, &expected);
            }
        }
    }

    #[test]
    #[should_panic(expected = "range")]
    fn a_row_that_is_not_there() {
        let huge = 1 << (usize::BITS - 1);
        gather_rows(&[0.0; 4], 2, &[1, huge], &mut [0.0; 4], &Workers::inline());
    }

    /// Four such rows would wrap to a length of 4.
    #[test]
    #[should_panic(expected = "too large")]
    fn rows_longer_than_any_memory() {
        let cols = (1 << (usize::BITS - 2)) + 1;
        gather_rows(&[0.0; 4], cols, &[0; 4], &mut [0.0; 4], &Workers::inline());
    }
}
