//! Rows picked from a matrix.

use crate::dispatch::kernel;
use crate::elementwise::copy;
use crate::{Real, Workers, cpu};

/// Copies rows of a row-major matrix with `of` columns, one after another, to `out`: the samples of a shuffled mini-batch.
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
    of: usize,
    rows: &[usize],
    out: &mut [T],
    workers: &Workers,
) {
    assert_eq!(out.len(), rows.len() * of, "length of {} rows", rows.len());
    // A copy waits for memory: moving a number costs about as much as some ten operations.
    let work = 20 * out.len();
    let part = rows.len().div_ceil(workers.threads()).max(1);
    workers.for_each_chunk(out, part * of, work, |i, out| {
        let rows = &rows[i * part..][..out.len() / of];
        gather_at(cpu::level(), from, of, rows, out);
    });
}

kernel! {
    fn gather_at<T, S>(s: S; from: &[T], of: usize, rows: &[usize], out: &mut [T]) {
        let count = from.len() / of;
        for (i, (row, out)) in rows.iter().zip(out.chunks_exact_mut(of)).enumerate() {
            assert!(*row < count, "row {row} is out of range: there are {count}");
            if let Some(next) = rows.get(i + 1) {
                let next = from.as_ptr().wrapping_add(next.wrapping_mul(of));
                for j in (0..of).step_by(64 / size_of::<T>()) {
                    s.prefetch(next.wrapping_add(j));
                }
            }
            copy(s, &from[row * of..][..of], out);
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
        fn copies_the_rows(of in 1..70_usize, choice in prop::collection::vec(0..50_usize, 0..90)) {
            let from: Vec<f32> = (0..50 * of).map(|i| i as f32).collect();
            let expected: Vec<f32> = choice.iter().flat_map(|row| &from[row * of..][..of]).copied().collect();
            for level in available() {
                let mut out = vec![f32::NAN; expected.len()];
                gather_at(level, &from, of, &choice, &mut out);
                prop_assert_eq!(&out, &expected);
            }
            for threads in [1, 2, 3, 8] {
                let mut out = vec![f32::NAN; expected.len()];
                gather_rows(&from, of, &choice, &mut out, &Workers::new(threads));
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
}
