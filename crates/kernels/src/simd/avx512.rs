//! AVX-512 vectors.

use core::arch::x86_64::*;

use super::avx2::Avx2;
use super::vector::Simd;
use super::x86::vectors;

/// The token of [`Level::Avx512`](crate::cpu::Level::Avx512).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The machine has AVX-512 F, VL, BW and DQ, AVX2 and FMA.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
    #[inline(never)]
    fn call_with_features<R>(f: impl FnOnce() -> R) -> R {
        f()
    }
}

vectors! { Avx512, Avx2, f32, __m512, __mmask16, 16, true, 8,
    _mm512_set1_ps, _mm512_setzero_ps, _mm512_loadu_ps, _mm512_storeu_ps,
    _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, _mm512_fmadd_ps, _mm512_max_ps, _mm512_min_ps,
    _mm512_div_ps, _mm512_sqrt_ps, _mm512_and_ps, _mm512_or_ps, _mm512_castps_si512, _mm512_castsi512_ps,
    _mm512_add_epi32, _mm512_slli_epi32, _mm512_srli_epi32, 23;

    #[inline(always)]
    fn select_less(self, a: __m512, b: __m512, x: __m512, y: __m512) -> __m512 {
        // SAFETY: the token witnesses the features.
        unsafe { _mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b), y, x) }
    }
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
    #[inline(always)]
    fn reduce_add_8(self, v: [__m512; 8]) -> [f32; 8] {
        // SAFETY: the token witnesses the features, AVX2 among them.
        unsafe {
            let mut half = [_mm256_setzero_ps(); 8];
            for i in 0..8 {
                half[i] = _mm256_add_ps(_mm512_castps512_ps256(v[i]), _mm512_extractf32x8_ps::<1>(v[i]));
            }
            Simd::<f32>::reduce_add_8(Avx2::new(), half)
        }
    }
    #[inline(always)]
    unsafe fn transpose(self, src: *const f32, src_stride: usize, dst: *mut f32, dst_stride: usize) {
        // SAFETY: the token witnesses the features, AVX2 among them; the caller promises the memory.
        unsafe { Avx2::new().transpose(src, src_stride, dst, dst_stride) }
    }
}

// Halves are for many small nets in `f32`; for `f64` they would be a sixth of the code, and of the time that it takes to build.
vectors! { Avx512, Avx512, f64, __m512d, __mmask8, 8, true, 4,
    _mm512_set1_pd, _mm512_setzero_pd, _mm512_loadu_pd, _mm512_storeu_pd,
    _mm512_add_pd, _mm512_sub_pd, _mm512_mul_pd, _mm512_fmadd_pd, _mm512_max_pd, _mm512_min_pd,
    _mm512_div_pd, _mm512_sqrt_pd, _mm512_and_pd, _mm512_or_pd, _mm512_castpd_si512, _mm512_castsi512_pd,
    _mm512_add_epi64, _mm512_slli_epi64, _mm512_srli_epi64, 52;

    #[inline(always)]
    fn select_less(self, a: __m512d, b: __m512d, x: __m512d, y: __m512d) -> __m512d {
        // SAFETY: the token witnesses the features.
        unsafe { _mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_LT_OQ>(a, b), y, x) }
    }
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
    #[inline(always)]
    fn reduce_add_8(self, v: [__m512d; 8]) -> [f64; 8] {
        // SAFETY: the token witnesses the features, AVX2 among them.
        unsafe {
            let mut half = [_mm256_setzero_pd(); 8];
            for i in 0..8 {
                half[i] = _mm256_add_pd(_mm512_castpd512_pd256(v[i]), _mm512_extractf64x4_pd::<1>(v[i]));
            }
            Simd::<f64>::reduce_add_8(Avx2::new(), half)
        }
    }
    #[inline(always)]
    unsafe fn transpose(self, src: *const f64, src_stride: usize, dst: *mut f64, dst_stride: usize) {
        // SAFETY: the token witnesses the features, AVX2 among them; the caller promises the memory.
        unsafe { Avx2::new().transpose(src, src_stride, dst, dst_stride) }
    }
}
