//! One sample: outputs in the lanes.

use super::DenseStack;
use super::pack::{Panels, width};
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
                sums::<T, S::Half, 1, 8>(s.half(), at, x, z);
            } else {
                panel(s, at, width / S::LANES, x, z);
            }
        }
        first += width;
    }
}

/// The sums of a panel of so many vectors: with eight running sums the latency of an addition is hidden.
///
/// # Safety
/// There are as many biases and outputs, and as many weights for each of `x`.
#[inline(always)]
unsafe fn panel<T: Number, S: Simd<T>>(
    s: S,
    at: [*const T; 2],
    vectors: usize,
    x: &[T],
    z: *mut T,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match vectors {
            // Portable vectors are half a unit. Elsewhere this is not compiled.
            16 if 2 * S::LANES == T::UNIT => sums::<T, S, 16, 1>(s, at, x, z),
            8 => sums::<T, S, 8, 1>(s, at, x, z),
            4 => sums::<T, S, 4, 2>(s, at, x, z),
            2 => sums::<T, S, 2, 4>(s, at, x, z),
            1 => sums::<T, S, 1, 8>(s, at, x, z),
            _ => unreachable!("panels are whole vectors"),
        }
    }
}

/// `V` vectors of sums, each of them the sum of `C` running sums over every `C`-th input.
///
/// # Safety
/// As for [`panel`], of `V` vectors.
#[inline(always)]
unsafe fn sums<T: Number, S: Simd<T>, const V: usize, const C: usize>(
    s: S,
    [biases, weights]: [*const T; 2],
    x: &[T],
    z: *mut T,
) {
    let width = V * S::LANES;
    // Inputs that are taken together: one running sum takes two.
    let together = if C == 1 { 2 } else { C };
    let mut done = 0;
    while done < x.len() {
        let part = &x[done..x.len().min(done + C * RUN)];
        let mut sum = [[s.zero(); V]; C];
        // SAFETY: the caller's promise; `at` stays within the part, and `w` is the weights' row of `at`.
        unsafe {
            let start = if done == 0 { biases } else { z.cast_const() };
            for v in 0..V {
                sum[0][v] = s.load(start.add(v * S::LANES));
            }
            let mut w = weights.add(done * width);
            let mut at = part.as_ptr();
            let end = at.add(part.len());
            let whole = at.add(part.len() - part.len() % together);
            while at < whole {
                for c in 0..together {
                    let x = s.splat(*at.add(c));
                    for v in 0..V {
                        let w = s.load(w.add(c * width + v * S::LANES));
                        sum[c % C][v] = s.mul_add(x, w, sum[c % C][v]);
                    }
                }
                (at, w) = (at.add(together), w.add(together * width));
            }
            // Fewer are left.
            for c in 0..together - 1 {
                if at == end {
                    break;
                }
                let x = s.splat(*at);
                for v in 0..V {
                    sum[c % C][v] = s.mul_add(x, s.load(w.add(v * S::LANES)), sum[c % C][v]);
                }
                (at, w) = (at.add(1), w.add(width));
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
}
