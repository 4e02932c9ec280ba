//! AVX2 and AVX-512 vectors.

use core::arch::x86_64::*;

use super::Simd;

/// The token of [`Level::Avx2`](crate::cpu::Level::Avx2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

/// The token of [`Level::Avx512`](crate::cpu::Level::Avx512).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx2 {
    /// # Safety
    /// The machine has AVX2 and FMA.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }
}

impl Avx512 {
    /// # Safety
    /// The machine has AVX-512 F, VL, BW and DQ, AVX2 and FMA.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }
}

/// What all levels have in common; `$(fn ..)*` are the rest of the methods.
macro_rules! vectors {
    ($token:ident, $t:ident, $v:ident, $mask:ty, $lanes:literal, $registers:literal,
     $splat:ident, $zero:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $fma:ident, $max:ident, $min:ident;
     $($rest:item)*) => {
        impl Simd<$t> for $token {
            type V = $v;
            type Mask = $mask;
            const LANES: usize = $lanes;
            const REGISTERS: usize = $registers;
            const FMA: bool = true;

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
            fn fma(self, a: $t, b: $t, c: $t) -> $t {
                // Becomes one instruction in a body that is compiled with FMA.
                a.mul_add(b, c)
            }
            $($rest)*
        }
    };
}

/// Sum of the four lanes, halves first.
#[inline(always)]
fn sum4(_: Avx2, v: __m128) -> f32 {
    // SAFETY: SSE is part of x86-64.
    unsafe {
        let v = _mm_add_ps(v, _mm_movehl_ps(v, v));
        _mm_cvtss_f32(_mm_add_ss(v, _mm_movehdup_ps(v)))
    }
}

/// Sum of the two lanes.
#[inline(always)]
fn sum2(_: Avx2, v: __m128d) -> f64 {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_cvtsd_f64(_mm_add_sd(v, _mm_unpackhi_pd(v, v))) }
}

vectors! { Avx2, f32, __m256, __m256i, 8, 16,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_loadu_ps, _mm256_storeu_ps,
    _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, _mm256_fmadd_ps, _mm256_max_ps, _mm256_min_ps;

    #[inline(always)]
    fn first(self, n: usize) -> __m256i {
        // SAFETY: the token witnesses the features.
        unsafe {
            let lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            _mm256_cmpgt_epi32(_mm256_set1_epi32(n.min(8) as i32), lane)
        }
    }
    #[inline(always)]
    unsafe fn load_masked(self, p: *const f32, mask: __m256i) -> __m256 {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe { _mm256_maskload_ps(p, mask) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, p: *mut f32, mask: __m256i, v: __m256) {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe { _mm256_maskstore_ps(p, mask, v) }
    }
    #[inline(always)]
    fn reduce_add(self, v: __m256) -> f32 {
        // SAFETY: the token witnesses the features.
        let half = unsafe { _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v)) };
        sum4(self, half)
    }
}

vectors! { Avx2, f64, __m256d, __m256i, 4, 16,
    _mm256_set1_pd, _mm256_setzero_pd, _mm256_loadu_pd, _mm256_storeu_pd,
    _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, _mm256_fmadd_pd, _mm256_max_pd, _mm256_min_pd;

    #[inline(always)]
    fn first(self, n: usize) -> __m256i {
        // SAFETY: the token witnesses the features.
        unsafe {
            let lane = _mm256_setr_epi64x(0, 1, 2, 3);
            _mm256_cmpgt_epi64(_mm256_set1_epi64x(n.min(4) as i64), lane)
        }
    }
    #[inline(always)]
    unsafe fn load_masked(self, p: *const f64, mask: __m256i) -> __m256d {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe { _mm256_maskload_pd(p, mask) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, p: *mut f64, mask: __m256i, v: __m256d) {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe { _mm256_maskstore_pd(p, mask, v) }
    }
    #[inline(always)]
    fn reduce_add(self, v: __m256d) -> f64 {
        // SAFETY: the token witnesses the features.
        let half = unsafe { _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd::<1>(v)) };
        sum2(self, half)
    }
}

vectors! { Avx512, f32, __m512, __mmask16, 16, 32,
    _mm512_set1_ps, _mm512_setzero_ps, _mm512_loadu_ps, _mm512_storeu_ps,
    _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, _mm512_fmadd_ps, _mm512_max_ps, _mm512_min_ps;

    #[inline(always)]
    fn first(self, n: usize) -> __mmask16 {
        ((1u32 << n.min(16)) - 1) as __mmask16
    }
    #[inline(always)]
    unsafe fn load_masked(self, p: *const f32, mask: __mmask16) -> __m512 {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe { _mm512_maskz_loadu_ps(mask, p) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, p: *mut f32, mask: __mmask16, v: __m512) {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe { _mm512_mask_storeu_ps(p, mask, v) }
    }
    #[inline(always)]
    fn reduce_add(self, v: __m512) -> f32 {
        // SAFETY: the token witnesses the features, AVX2 among them.
        unsafe {
            let half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps::<1>(v));
            Simd::<f32>::reduce_add(Avx2::new(), half)
        }
    }
}

vectors! { Avx512, f64, __m512d, __mmask8, 8, 32,
    _mm512_set1_pd, _mm512_setzero_pd, _mm512_loadu_pd, _mm512_storeu_pd,
    _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_fmadd_pd, _mm512_max_pd, _mm512_min_pd;

    #[inline(always)]
    fn first(self, n: usize) -> __mmask8 {
        ((1u32 << n.min(8)) - 1) as __mmask8
    }
    #[inline(always)]
    unsafe fn load_masked(self, p: *const f64, mask: __mmask8) -> __m512d {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe { _mm512_maskz_loadu_pd(mask, p) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, p: *mut f64, mask: __mmask8, v: __m512d) {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe { _mm512_mask_storeu_pd(p, mask, v) }
    }
    #[inline(always)]
    fn reduce_add(self, v: __m512d) -> f64 {
        // SAFETY: the token witnesses the features, AVX2 among them.
        unsafe {
            let half = _mm256_add_pd(_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd::<1>(v));
            Simd::<f64>::reduce_add(Avx2::new(), half)
        }
    }
}
