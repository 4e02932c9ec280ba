//! Copies of samples and filters in the order in which the kernels read them.

use super::widths::with_width;
use crate::dispatch::layer_kernel;
use crate::elementwise::copy;
use crate::number::Number;
use crate::simd::Simd;
use crate::sums::{CHAIN, fold_vector};

layer_kernel! {
    /// Copies planes of `rows x cols` into planes of zeros of a `size`, with so many rows and columns in `front`.
    pub(super) fn pad<T, S>(s: S; plane: [usize; 2], front: [usize; 2], size: [usize; 2], src: &[T], dst: &mut [T]) {
        let ([rows, cols], [height, width]) = (plane, size);
        dst.fill(T::ZERO);
        for (src, dst) in src.chunks_exact(rows * cols).zip(dst.chunks_exact_mut(height * width)) {
            let rows = dst[front[0] * width..].chunks_exact_mut(width);
            for (src, dst) in src.chunks_exact(cols).zip(rows) {
                copy(s, src, &mut dst[front[1]..]);
            }
        }
    }
}

layer_kernel! {
    /// `dst[position][lane] = src[plane][position]` for up to `width` planes of `len` numbers; 0 in the lanes beyond.
    pub(super) fn interleave<T, S>(s: S; width: usize, len: usize, src: &[T], dst: &mut [T]) {
        with_width!(s, S, T, width, |s| interleave_with(s, len, src, dst))
    }
}

layer_kernel! {
    /// `dst[plane][position] = src[position][lane]` for up to `width` planes of `len` numbers.
    pub(super) fn separate<T, S>(s: S; width: usize, len: usize, src: &[T], dst: &mut [T]) {
        with_width!(s, S, T, width, |s| separate_with(s, len, src, dst))
    }
}

layer_kernel! {
    /// Copies vector `n` of `src` to vector `rows[n][0] + i rows[n][1]` of `dst`.
    pub(super) fn arrange<T, S>(s: S; width: usize, rows: &[[u32; 2]], i: usize, src: &[T], dst: &mut [T]) {
        with_width!(s, S, T, width, |s| {
            for (src, [first, step]) in src.chunks_exact(width).zip(rows) {
                copy(s, src, &mut dst[(*first as usize + i * *step as usize) * width..]);
            }
        })
    }
}

layer_kernel! {
    /// `sum`, a vector, from all vectors of `x`: in four chains, and the sums of such chains if they are long.
    pub(super) fn sum_vectors<T, S>(s: S; width: usize, x: &[T], sum: &mut [T]) {
        with_width!(s, S, T, width, |s| sum_vectors_with(s, x, sum))
    }
}

#[inline(always)]
fn sum_vectors_with<T: Number, S: Simd<T>>(s: S, x: &[T], sum: &mut [T]) {
    let mut all = [s.zero(); 2];
    for x in x.chunks(4 * CHAIN * S::LANES) {
        let mut chains = [s.zero(); 4];
        let groups = x.chunks_exact(4 * S::LANES);
        let rest = groups.remainder().chunks_exact(S::LANES);
        for group in groups {
            for i in 0..4 {
                // SAFETY: a group holds four vectors.
                let x = unsafe { s.load(group.as_ptr().add(i * S::LANES)) };
                chains[i] = s.add(chains[i], x);
            }
        }
        for (chain, x) in chains.iter_mut().zip(rest) {
            // SAFETY: a chunk is a vector.
            *chain = s.add(*chain, unsafe { s.load(x.as_ptr()) });
        }
        let sum = s.add(s.add(chains[0], chains[1]), s.add(chains[2], chains[3]));
        all = fold_vector(s, sum, all);
    }
    assert!(sum.len() >= S::LANES);
    // SAFETY: the slice holds a vector.
    unsafe { s.store(sum.as_mut_ptr(), all[0]) };
}

#[inline(always)]
fn interleave_with<T: Number, S: Simd<T>>(s: S, len: usize, src: &[T], dst: &mut [T]) {
    let (planes, q) = (src.len() / len, S::SQUARE);
    assert!(planes <= S::LANES && dst.len() >= len * S::LANES);
    let square_len = len - len % q;
    if planes.next_multiple_of(q) < S::LANES || square_len < len {
        dst[..len * S::LANES].fill(T::ZERO);
    }
    for c in (0..planes).step_by(q) {
        let present = q.min(planes - c);
        let mut square = [T::ZERO; 64];
        for i in (0..square_len).step_by(q) {
            let dst = &raw mut dst[i * S::LANES + c];
            // SAFETY: the square lies inside the planes and the lanes asserted above; where planes are missing, a
            // square of zeros takes their place.
            unsafe {
                if present == q {
                    s.transpose(&raw const src[c * len + i], len, dst, S::LANES);
                } else {
                    for plane in 0..present {
                        copy(
                            s,
                            &src[(c + plane) * len + i..][..q],
                            &mut square[plane * q..],
                        );
                    }
                    s.transpose(square.as_ptr(), q, dst, S::LANES);
                }
            }
        }
        for plane in c..c + present {
            for i in square_len..len {
                dst[i * S::LANES + plane] = src[plane * len + i];
            }
        }
    }
}

#[inline(always)]
fn separate_with<T: Number, S: Simd<T>>(s: S, len: usize, src: &[T], dst: &mut [T]) {
    let (planes, q) = (dst.len() / len, S::SQUARE);
    assert!(planes <= S::LANES && src.len() >= len * S::LANES);
    let square_len = len - len % q;
    for c in (0..planes).step_by(q) {
        let present = q.min(planes - c);
        for i in (0..square_len).step_by(q) {
            let src = &raw const src[i * S::LANES + c];
            // SAFETY: the square lies inside the lanes and the planes asserted above; planes that are not there
            // go to a square of their own.
            unsafe {
                if present == q {
                    s.transpose(src, S::LANES, &raw mut dst[c * len + i], len);
                } else {
                    let mut square = [T::ZERO; 64];
                    s.transpose(src, S::LANES, square.as_mut_ptr(), q);
                    for (plane, row) in square.chunks_exact(q).take(present).enumerate() {
                        copy(s, row, &mut dst[(c + plane) * len + i..]);
                    }
                }
            }
        }
        for plane in c..c + present {
            for i in square_len..len {
                dst[plane * len + i] = src[i * S::LANES + plane];
            }
        }
    }
}
