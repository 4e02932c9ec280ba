//! One sample: outputs in the lanes.

use super::DenseStack;
use super::pack::width;
use crate::dispatch::kernel;
use crate::number::Number;
use crate::simd::Simd;
use crate::sums::RUN;
use crate::unary::apply_with;

kernel! {
    /// All layers for the sample `x`.
    pub(super) fn single<T, S>(s: S; stack: &DenseStack<T>, x: &[T], p: &mut [T], scratch: &mut [T]) {
        let (mut to, mut from) = scratch.split_at_mut(stack.widest);
        assert!(x.len() == stack.inputs && p.len() == stack.outputs && from.len() >= stack.widest);
        for (i, layer) in stack.layers.iter().enumerate() {
            let x = if i == 0 { x } else { &from[..layer.inputs] };
            let (weights, biases) = stack.numbers(layer);
            let z = &mut to[..layer.padded];
            columns(s, weights, biases, x, z);
            apply_with(s, layer.function, z);
            core::mem::swap(&mut to, &mut from);
        }
        p.copy_from_slice(&from[..stack.outputs]);
    }
}

/// `z = w x + b`, panel by panel.
#[inline(always)]
fn columns<T: Number, S: Simd<T>>(s: S, weights: &[T], biases: &[T], x: &[T], z: &mut [T]) {
    let (n, k) = (z.len(), x.len());
    assert!(biases.len() == n && weights.len() == n * k);
    let mut first = 0;
    while first < n {
        let width = width::<T>(n - first);
        // SAFETY: the panel's weights, biases and outputs lie within the slices by the assertion.
        unsafe {
            let at = [biases.as_ptr().add(first), weights.as_ptr().add(first * k)];
            let z = z.as_mut_ptr().add(first);
            if S::HALVES && width < S::LANES {
                panel(s.half(), at, width, x, z);
            } else {
                panel(s, at, width, x, z);
            }
        }
        first += width;
    }
}

/// The sums of a panel: as many vectors at a time as there are running sums for, so that the latency of an addition is hidden.
///
/// # Safety
/// There are `width` biases and outputs, and as many weights for each of `x`.
#[inline(always)]
unsafe fn panel<T: Number, S: Simd<T>>(
    s: S,
    [biases, weights]: [*const T; 2],
    width: usize,
    x: &[T],
    z: *mut T,
) {
    let mut j = 0;
    while j < width {
        // SAFETY: the caller's promise; `width` is a multiple of the vectors' length.
        unsafe {
            let (at, z) = ([biases.add(j), weights.add(j)], z.add(j));
            j += S::LANES
                * match (width - j) / S::LANES {
                    8.. => sums::<T, S, 8, 1>(s, at, width, x, z),
                    4.. => sums::<T, S, 4, 2>(s, at, width, x, z),
                    2.. => sums::<T, S, 2, 4>(s, at, width, x, z),
                    _ => sums::<T, S, 1, 8>(s, at, width, x, z),
                };
        }
    }
}

/// `V` vectors of sums, each of them the sum of `C` running sums over every `C`-th input. Returns `V`.
///
/// # Safety
/// As for [`panel`], of `V` vectors.
#[inline(always)]
unsafe fn sums<T: Number, S: Simd<T>, const V: usize, const C: usize>(
    s: S,
    [biases, weights]: [*const T; 2],
    width: usize,
    x: &[T],
    z: *mut T,
) -> usize {
    let mut done = 0;
    while done < x.len() {
        let part = &x[done..x.len().min(done + C * RUN)];
        let mut sum = [[s.zero(); V]; C];
        // SAFETY: the caller's promise.
        unsafe {
            let start = if done == 0 { biases } else { z.cast_const() };
            let mut w = weights.add(done * width);
            for v in 0..V {
                sum[0][v] = s.load(start.add(v * S::LANES));
            }
            let mut l = 0;
            while l + C <= part.len() {
                for c in 0..C {
                    let x = s.splat(*part.get_unchecked(l + c));
                    for v in 0..V {
                        sum[c][v] = s.mul_add(x, s.load(w.add(v * S::LANES)), sum[c][v]);
                    }
                    w = w.add(width);
                }
                l += C;
            }
            // Fewer are left than there are running sums.
            for c in 0..C - 1 {
                if l + c == part.len() {
                    break;
                }
                let x = s.splat(*part.get_unchecked(l + c));
                for v in 0..V {
                    sum[c][v] = s.mul_add(x, s.load(w.add(v * S::LANES)), sum[c][v]);
                }
                w = w.add(width);
            }
            let mut half = C / 2;
            while half > 0 {
                for c in 0..half {
                    for v in 0..V {
                        sum[c][v] = s.add(sum[c][v], sum[c + half][v]);
                    }
                }
                half /= 2;
            }
            for v in 0..V {
                s.store(z.add(v * S::LANES), sum[0][v]);
            }
        }
        done += part.len();
    }
    V
}
