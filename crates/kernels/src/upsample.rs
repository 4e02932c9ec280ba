//! Nearest upsampling and its gradient.

use crate::sizes::count;
use crate::{Real, Workers};

/// The lengths of a small and of a large row, and the number of rows, after all checks: planes of rows of `small` numbers, each of
/// which stands for `factor` rows and columns.
fn check(small: usize, [down, across]: [usize; 2], rows: &[usize; 2]) -> usize {
    assert!(
        small > 0 && down > 0 && across > 0,
        "sizes of an upsampling are at least 1"
    );
    let large = count("rows of an upsampling", [small, across]);
    let block = count("rows of an upsampling", [large, down]);
    let [small_len, large_len] = *rows;
    let n = small_len / small;
    assert_eq!(
        small_len,
        n * small,
        "the small side is whole rows of {small}"
    );
    assert_eq!(
        large_len,
        count("an upsampling", [n, block]),
        "the large side of an upsampling"
    );
    large
}

/// Every number of rows of `row` numbers, `factor[0]` times down and `factor[1]` times across: `p_ijk = x_{i, j / f_v, k / f_h}`, for
/// all planes of all samples one after another.
///
/// # Panics
/// If a size is 0, `x` is not whole rows, or `p` is not as long as its copies.
pub fn upsample_forward<T: Real>(
    row: usize,
    factor: [usize; 2],
    x: &[T],
    p: &mut [T],
    workers: &Workers,
) {
    let large = check(row, factor, &[x.len(), p.len()]);
    let work = p.len();
    workers.for_each_chunk(p, large * factor[0], work, |i, p| {
        let (first, others) = p.split_at_mut(large);
        for (p, x) in first.chunks_exact_mut(factor[1]).zip(&x[i * row..][..row]) {
            p.fill(*x);
        }
        others
            .chunks_exact_mut(large)
            .for_each(|copy| copy.copy_from_slice(first));
    });
}

/// The gradient through [`upsample_forward`]: every number's is the sum over its copies, `x_bar_ijk = sum p_bar_{i, j f_v + b, k f_h + c}`;
/// overwritten. Each row of copies is summed on its own.
///
/// # Panics
/// As [`upsample_forward`].
pub fn upsample_backward<T: Real>(
    row: usize,
    factor: [usize; 2],
    p_bar: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let large = check(row, factor, &[x_bar.len(), p_bar.len()]);
    let (block, work) = (large * factor[0], p_bar.len());
    workers.for_each_chunk(x_bar, row, work, |i, x_bar| {
        x_bar.fill(T::ZERO);
        for p_bar in p_bar[i * block..][..block].chunks_exact(large) {
            for (x_bar, copies) in x_bar.iter_mut().zip(p_bar.chunks_exact(factor[1])) {
                *x_bar += copies.iter().copied().sum::<T>();
            }
        }
    });
}
