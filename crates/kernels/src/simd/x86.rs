//! What the vectors of SSE2, AVX2 and AVX-512 have in common.

/// Implements `Simd` by intrinsics; `$(fn ..)*` are the methods that the levels do not share.
macro_rules! vectors {
    ($token:ident, $half:ident, $t:ident, $v:ident, $mask:ty, $lanes:literal, $wide:literal, $square:literal,
     $splat:ident, $zero:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $fma:ident, $max:ident, $min:ident,
     $div:ident, $sqrt:ident, $and:ident, $or:ident, $to_bits:ident, $from_bits:ident, $bits_add:ident, $up:ident, $down:ident, $mantissa:literal;
     $($rest:item)*) => {
        impl Simd<$t> for $token {
            type V = $v;
            type Mask = $mask;
            const LANES: usize = $lanes;
            const WIDE: bool = $wide;
            const SQUARE: usize = $square;
            type Half = $half;

            #[inline(always)]
            fn half(self) -> $half {
                // SAFETY: the wider level includes the narrower one.
                unsafe { $half::new() }
            }
            #[inline(always)]
            fn call<R>(self, f: impl FnOnce() -> R) -> R {
                // SAFETY: the token witnesses the features.
                unsafe { Self::call_with_features(f) }
            }
            #[inline(always)]
            fn splat(self, x: $t) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $splat(x) }
            }
            #[inline(always)]
            fn zero(self) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $zero() }
            }
            #[inline(always)]
            unsafe fn load(self, p: *const $t) -> $v {
                // SAFETY: the token witnesses the features, the caller promises the memory.
                unsafe { $load(p) }
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t, v: $v) {
                // SAFETY: the token witnesses the features, the caller promises the memory.
                unsafe { $store(p, v) }
            }
            #[inline(always)]
            fn add(self, a: $v, b: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $add(a, b) }
            }
            #[inline(always)]
            fn sub(self, a: $v, b: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $sub(a, b) }
            }
            #[inline(always)]
            fn mul(self, a: $v, b: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $mul(a, b) }
            }
            #[inline(always)]
            fn mul_add(self, a: $v, b: $v, c: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $fma(a, b, c) }
            }
            #[inline(always)]
            fn max(self, a: $v, b: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $max(a, b) }
            }
            #[inline(always)]
            fn min(self, a: $v, b: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $min(a, b) }
            }
            #[inline(always)]
            fn div(self, a: $v, b: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $div(a, b) }
            }
            #[inline(always)]
            fn sqrt(self, a: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $sqrt(a) }
            }
            #[inline(always)]
            fn bits_and(self, a: $v, b: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $and(a, b) }
            }
            #[inline(always)]
            fn bits_or(self, a: $v, b: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $or(a, b) }
            }
            #[inline(always)]
            fn bits_add(self, a: $v, b: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $from_bits($bits_add($to_bits(a), $to_bits(b))) }
            }
            #[inline(always)]
            fn bits_to_exponent(self, a: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $from_bits($up::<$mantissa>($to_bits(a))) }
            }
            #[inline(always)]
            fn bits_from_exponent(self, a: $v) -> $v {
                // SAFETY: the token witnesses the features.
                unsafe { $from_bits($down::<$mantissa>($to_bits(a))) }
            }
            #[inline(always)]
            fn prefetch(self, p: *const $t) {
                // SAFETY: SSE is part of x86-64; a prefetch has no effect on memory that is not there.
                unsafe { _mm_prefetch::<_MM_HINT_T1>(p.cast()) }
            }
            $($rest)*
        }
    };
}
pub(super) use vectors;
