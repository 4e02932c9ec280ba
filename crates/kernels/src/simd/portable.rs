//! Vectors without instructions of their own.

use super::vector::Simd;

/// The token of [`Level::Portable`](crate::cpu::Level::Portable) where there is no other: arrays of 128 bits, which compilers
/// keep in vector registers (NEON).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

macro_rules! portable {
    ($t:ident, $lanes:literal [$($i:literal)*], $mantissa:literal) => {
        impl Simd<$t> for Portable {
            type V = [$t; $lanes];
            type Mask = usize;
            const LANES: usize = $lanes;
            const WIDE: bool = cfg!(target_arch = "aarch64");
            type Half = Self;
            const SQUARE: usize = $lanes;

            #[inline(always)]
            fn half(self) -> Self {
                self
            }
            #[inline(never)]
            fn call<R>(self, f: impl FnOnce() -> R) -> R {
                f()
            }
            #[inline(always)]
            fn splat(self, x: $t) -> Self::V {
                [x; $lanes]
            }
            #[inline(always)]
            fn zero(self) -> Self::V {
                [0.0; $lanes]
            }
            #[inline(always)]
            unsafe fn load(self, p: *const $t) -> Self::V {
                // SAFETY: the caller's promise; an array is aligned as its elements are.
                unsafe { p.cast::<Self::V>().read() }
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t, v: Self::V) {
                // SAFETY: the caller's promise; an array is aligned as its elements are.
                unsafe { p.cast::<Self::V>().write(v) }
            }
            #[inline(always)]
            fn first(self, n: usize) -> usize {
                n.min($lanes)
            }
            #[inline(always)]
            unsafe fn load_masked(self, p: *const $t, mask: usize) -> Self::V {
                // SAFETY: the caller's promise; only lanes below the mask are read.
                unsafe {
                    if mask == $lanes {
                        return self.load(p);
                    }
                    let mut v = [0.0; $lanes];
                    for i in 0..mask {
                        v[i] = *p.add(i);
                    }
                    v
                }
            }
            #[inline(always)]
            unsafe fn store_masked(self, p: *mut $t, mask: usize, v: Self::V) {
                // SAFETY: the caller's promise; only lanes below the mask are written.
                unsafe {
                    if mask == $lanes {
                        return self.store(p, v);
                    }
                    for i in 0..mask {
                        *p.add(i) = v[i];
                    }
                }
            }
            #[inline(always)]
            fn add(self, a: Self::V, b: Self::V) -> Self::V {
                [$(a[$i] + b[$i]),*]
            }
            #[inline(always)]
            fn sub(self, a: Self::V, b: Self::V) -> Self::V {
                [$(a[$i] - b[$i]),*]
            }
            #[inline(always)]
            fn mul(self, a: Self::V, b: Self::V) -> Self::V {
                [$(a[$i] * b[$i]),*]
            }
            #[inline(always)]
            fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                [$(a[$i] * b[$i] + c[$i]),*]
            }
            #[inline(always)]
            fn max(self, a: Self::V, b: Self::V) -> Self::V {
                [$(if a[$i] > b[$i] { a[$i] } else { b[$i] }),*]
            }
            #[inline(always)]
            fn min(self, a: Self::V, b: Self::V) -> Self::V {
                [$(if a[$i] < b[$i] { a[$i] } else { b[$i] }),*]
            }
            #[inline(always)]
            fn div(self, a: Self::V, b: Self::V) -> Self::V {
                [$(a[$i] / b[$i]),*]
            }
            #[inline(always)]
            fn sqrt(self, a: Self::V) -> Self::V {
                [$(a[$i].sqrt()),*]
            }
            #[inline(always)]
            fn select_less(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
                [$(if a[$i] < b[$i] { x[$i] } else { y[$i] }),*]
            }
            #[inline(always)]
            fn bits_and(self, a: Self::V, b: Self::V) -> Self::V {
                [$($t::from_bits(a[$i].to_bits() & b[$i].to_bits())),*]
            }
            #[inline(always)]
            fn bits_or(self, a: Self::V, b: Self::V) -> Self::V {
                [$($t::from_bits(a[$i].to_bits() | b[$i].to_bits())),*]
            }
            #[inline(always)]
            fn bits_add(self, a: Self::V, b: Self::V) -> Self::V {
                [$($t::from_bits(a[$i].to_bits().wrapping_add(b[$i].to_bits()))),*]
            }
            #[inline(always)]
            fn bits_to_exponent(self, a: Self::V) -> Self::V {
                [$($t::from_bits(a[$i].to_bits() << $mantissa)),*]
            }
            #[inline(always)]
            fn bits_from_exponent(self, a: Self::V) -> Self::V {
                [$($t::from_bits(a[$i].to_bits() >> $mantissa)),*]
            }
            #[inline(always)]
            fn reduce_add(self, v: Self::V) -> $t {
                let mut v = v;
                let mut half = $lanes / 2;
                while half > 0 {
                    for i in 0..half {
                        v[i] += v[i + half];
                    }
                    half /= 2;
                }
                v[0]
            }
            #[inline(always)]
            fn reduce_add_8(self, v: [Self::V; 8]) -> [$t; 8] {
                v.map(|v| self.reduce_add(v))
            }
            #[inline(always)]
            fn prefetch(self, _: *const $t) {}
            #[inline(always)]
            unsafe fn transpose(
                self,
                src: *const $t,
                src_stride: usize,
                dst: *mut $t,
                dst_stride: usize,
            ) {
                for i in 0..$lanes {
                    for j in 0..$lanes {
                        // SAFETY: the caller's promise.
                        unsafe { *dst.add(j * dst_stride + i) = *src.add(i * src_stride + j) }
                    }
                }
            }
        }
    };
}

portable!(f32, 4 [0 1 2 3], 23);
portable!(f64, 2 [0 1], 52);
