//! A few vectors of samples at a time: samples in the lanes.

use super::pack::{Panels, width};
use super::{BLOCK_UNITS, DenseStack, Layer};
use crate::dispatch::kernel;
use crate::number::Number;
use crate::simd::Simd;
use crate::unary::apply_with;

/// Vectors of samples side by side: each weight that is repeated in all lanes serves both.
const VECTORS: usize = 2;

kernel! {
    /// All layers for the samples `x`, block by block. The last block is filled up with zeros.
    pub(super) fn blocks<T, S>(s: S; stack: &DenseStack<T>, x: &[T], p: &mut [T], scratch: &mut [T]) {
        let size = VECTORS * S::LANES;
        let widest = stack.widest.max(stack.inputs);
        assert!(size <= BLOCK_UNITS * T::UNIT && scratch.len() >= 2 * widest * size);
        let (to, from) = scratch[..2 * widest * size].split_at_mut(widest * size);
        let samples = x.chunks(size * stack.inputs).zip(p.chunks_mut(size * stack.outputs));
        for (x, p) in samples {
            let (mut to, mut from) = (&mut *to, &mut *from);
            let count = x.len() / stack.inputs;
            transpose_in(x, stack.inputs, size, from);
            for layer in &stack.layers {
                let (weights, biases) = stack.numbers(layer);
                let z = &mut to[..layer.outputs * size];
                rows(s, layer, weights, biases, &from[..layer.inputs * size], z);
                apply_with(s, layer.function, z);
                core::mem::swap(&mut to, &mut from);
            }
            for (i, p) in p.chunks_exact_mut(stack.outputs).enumerate().take(count) {
                for (j, p) in p.iter_mut().enumerate() {
                    *p = from[j * size + i];
                }
            }
        }
    }
}

/// Samples side by side; 0 where there are none.
#[inline(always)]
fn transpose_in<T: Number>(x: &[T], inputs: usize, size: usize, to: &mut [T]) {
    let count = x.len() / inputs;
    if count < size {
        to[..inputs * size].fill(T::ZERO);
    }
    for (i, x) in x.chunks_exact(inputs).enumerate() {
        for (l, x) in x.iter().enumerate() {
            to[l * size + i] = *x;
        }
    }
}

/// `z = w x + b` of a layer, four outputs at a time.
#[inline(always)]
fn rows<T: Number, S: Simd<T>>(
    s: S,
    layer: &Layer<T>,
    weights: &[T],
    biases: &[T],
    x: &[T],
    z: &mut [T],
) {
    let (k, n, size) = (layer.inputs, layer.outputs, VECTORS * S::LANES);
    let all = biases.len();
    assert!(n <= all && weights.len() == all * k && x.len() == k * size && z.len() == n * size);
    let mut first = 0;
    while first < n {
        let width = width::<T>(all - first);
        let end = width.min(n - first);
        let mut j = 0;
        while j < end {
            // SAFETY: outputs `first + j` and those behind it up to `end` lie within the panel and within `z`.
            unsafe {
                let w = weights.as_ptr().add(first * k + j);
                let b = biases.as_ptr().add(first + j);
                let z = z.as_mut_ptr().add((first + j) * size);
                j += match end - j {
                    4.. => outputs::<T, S, 4>(s, [b, w], width, (x.as_ptr(), k), z),
                    2.. => outputs::<T, S, 2>(s, [b, w], width, (x.as_ptr(), k), z),
                    _ => outputs::<T, S, 1>(s, [b, w], width, (x.as_ptr(), k), z),
                };
            }
        }
        first += width;
    }
}

/// `N` outputs of a block of samples. Returns `N`.
///
/// # Safety
/// There are `N` biases and weights, rows of weights lie `width` apart, `x` holds `k` rows of a block and `z` holds `N`.
#[inline(always)]
unsafe fn outputs<T: Number, S: Simd<T>, const N: usize>(
    s: S,
    [biases, weights]: [*const T; 2],
    width: usize,
    (x, k): (*const T, usize),
    z: *mut T,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sum = [[s.zero(); VECTORS]; N];
        for j in 0..N {
            sum[j] = [s.splat(*biases.add(j)); VECTORS];
        }
        for l in 0..k {
            let mut v = [s.zero(); VECTORS];
            for i in 0..VECTORS {
                v[i] = s.load(x.add((l * VECTORS + i) * S::LANES));
            }
            for j in 0..N {
                let w = s.splat(*weights.add(l * width + j));
                for i in 0..VECTORS {
                    sum[j][i] = s.mul_add(w, v[i], sum[j][i]);
                }
            }
        }
        for j in 0..N {
            for i in 0..VECTORS {
                s.store(z.add((j * VECTORS + i) * S::LANES), sum[j][i]);
            }
        }
    }
    N
}
