//! AVX2 vectors.

use core::arch::x86_64::*;

use super::sse2::Sse2;
use super::vector::Simd;
use super::x86::vectors;

/// The token of [`Level::Avx2`](crate::cpu::Level::Avx2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    /// # Safety
    /// The machine has AVX2 and FMA.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }

    #[target_feature(enable = "avx2,fma")]
    #[inline(never)]
    fn call_with_features<R>(f: impl FnOnce() -> R) -> R {
        f()
    }
}

/// Ones, then zeros: the mask of the first `n` lanes starts `n` before the end of the ones.
static ONES_32: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
/// As [`ONES_32`], for lanes of 64 bits.
static ONES_64: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];

vectors! { Avx2, Avx2, f32, __m256, usize, 8, false, 8,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_loadu_ps, _mm256_storeu_ps,
    _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, _mm256_fmadd_ps, _mm256_max_ps, _mm256_min_ps,
    _mm256_div_ps, _mm256_sqrt_ps, _mm256_and_ps, _mm256_or_ps, _mm256_castps_si256, _mm256_castsi256_ps,
    _mm256_add_epi32, _mm256_slli_epi32, _mm256_srli_epi32, 23;

    #[inline(always)]
    fn select_less(self, a: __m256, b: __m256, x: __m256, y: __m256) -> __m256 {
        // SAFETY: the token witnesses the features.
        unsafe { _mm256_blendv_ps(y, x, _mm256_cmp_ps::<_CMP_LT_OQ>(a, b)) }
    }
    #[inline(always)]
    fn first(self, n: usize) -> usize {
        n.min(8)
    }
    #[inline(always)]
    unsafe fn load_masked(self, p: *const f32, n: usize) -> __m256 {
        // SAFETY: the token witnesses the features, the caller promises the memory; `n <= 8`.
        unsafe { _mm256_maskload_ps(p, _mm256_loadu_si256(ONES_32.as_ptr().add(8 - n).cast())) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, p: *mut f32, n: usize, v: __m256) {
        // Powers of two, because some processors take a hundred cycles for a masked store.
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe {
            if n >= 8 {
                return self.store(p, v);
            }
            let (mut v, mut p) = (v, p);
            if n & 4 != 0 {
                _mm_storeu_ps(p, _mm256_castps256_ps128(v));
                v = _mm256_castps128_ps256(_mm256_extractf128_ps::<1>(v));
                p = p.add(4);
            }
            Sse2::new().store_masked(p, n & 3, _mm256_castps256_ps128(v));
        }
    }
    #[inline(always)]
    fn reduce_add(self, v: __m256) -> f32 {
        // SAFETY: the token witnesses the features.
        let half = unsafe { _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v)) };
        // SAFETY: SSE2 is part of x86-64.
        unsafe { Sse2::new() }.reduce_add(half)
    }
    #[inline(always)]
    fn reduce_add_8(self, v: [__m256; 8]) -> [f32; 8] {
        // SAFETY: the token witnesses the features.
        unsafe {
            // Upper and lower half of vectors i and i + 4 side by side, then two halvings within 128 bits.
            let mut w = [_mm256_setzero_ps(); 4];
            for i in 0..4 {
                let low = _mm256_permute2f128_ps::<0x20>(v[i], v[i + 4]);
                w[i] = _mm256_add_ps(low, _mm256_permute2f128_ps::<0x31>(v[i], v[i + 4]));
            }
            let pair = |a, b| {
                let (a, b) = (_mm256_castps_pd(a), _mm256_castps_pd(b));
                let low = _mm256_castpd_ps(_mm256_unpacklo_pd(a, b));
                _mm256_add_ps(low, _mm256_castpd_ps(_mm256_unpackhi_pd(a, b)))
            };
            let (a, b) = (pair(w[0], w[1]), pair(w[2], w[3]));
            let even = _mm256_shuffle_ps::<0b10_00_10_00>(a, b);
            let sum = _mm256_add_ps(even, _mm256_shuffle_ps::<0b11_01_11_01>(a, b));
            let mut out = [0.0; 8];
            _mm256_storeu_ps(out.as_mut_ptr(), sum);
            out
        }
    }
    #[inline(always)]
    unsafe fn transpose(self, src: *const f32, src_stride: usize, dst: *mut f32, dst_stride: usize) {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe {
            // Column halves of rows i and i + 4 side by side, then 4 x 4 within 128 bits.
            for half in 0..2 {
                let mut r = [_mm256_setzero_ps(); 4];
                for i in 0..4 {
                    let low = _mm_loadu_ps(src.add(i * src_stride + 4 * half));
                    let high = _mm_loadu_ps(src.add((i + 4) * src_stride + 4 * half));
                    r[i] = _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high);
                }
                let (a, b) = (_mm256_unpacklo_ps(r[0], r[1]), _mm256_unpackhi_ps(r[0], r[1]));
                let (c, d) = (_mm256_unpacklo_ps(r[2], r[3]), _mm256_unpackhi_ps(r[2], r[3]));
                let dst = dst.add(4 * half * dst_stride);
                _mm256_storeu_ps(dst, _mm256_shuffle_ps::<0b01_00_01_00>(a, c));
                _mm256_storeu_ps(dst.add(dst_stride), _mm256_shuffle_ps::<0b11_10_11_10>(a, c));
                _mm256_storeu_ps(dst.add(2 * dst_stride), _mm256_shuffle_ps::<0b01_00_01_00>(b, d));
                _mm256_storeu_ps(dst.add(3 * dst_stride), _mm256_shuffle_ps::<0b11_10_11_10>(b, d));
            }
        }
    }
}

vectors! { Avx2, Avx2, f64, __m256d, usize, 4, false, 4,
    _mm256_set1_pd, _mm256_setzero_pd, _mm256_loadu_pd, _mm256_storeu_pd,
    _mm256_add_pd, _mm256_sub_pd, _mm256_mul_pd, _mm256_fmadd_pd, _mm256_max_pd, _mm256_min_pd,
    _mm256_div_pd, _mm256_sqrt_pd, _mm256_and_pd, _mm256_or_pd, _mm256_castpd_si256, _mm256_castsi256_pd,
    _mm256_add_epi64, _mm256_slli_epi64, _mm256_srli_epi64, 52;

    #[inline(always)]
    fn select_less(self, a: __m256d, b: __m256d, x: __m256d, y: __m256d) -> __m256d {
        // SAFETY: the token witnesses the features.
        unsafe { _mm256_blendv_pd(y, x, _mm256_cmp_pd::<_CMP_LT_OQ>(a, b)) }
    }
    #[inline(always)]
    fn first(self, n: usize) -> usize {
        n.min(4)
    }
    #[inline(always)]
    unsafe fn load_masked(self, p: *const f64, n: usize) -> __m256d {
        // SAFETY: the token witnesses the features, the caller promises the memory; `n <= 4`.
        unsafe { _mm256_maskload_pd(p, _mm256_loadu_si256(ONES_64.as_ptr().add(4 - n).cast())) }
    }
    #[inline(always)]
    unsafe fn store_masked(self, p: *mut f64, n: usize, v: __m256d) {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe {
            if n >= 4 {
                return self.store(p, v);
            }
            let mut half = _mm256_castpd256_pd128(v);
            let mut p = p;
            if n & 2 != 0 {
                _mm_storeu_pd(p, half);
                half = _mm256_extractf128_pd::<1>(v);
                p = p.add(2);
            }
            if n & 1 != 0 {
                _mm_store_sd(p, half);
            }
        }
    }
    #[inline(always)]
    fn reduce_add(self, v: __m256d) -> f64 {
        // SAFETY: the token witnesses the features.
        let half = unsafe { _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd::<1>(v)) };
        // SAFETY: SSE2 is part of x86-64.
        unsafe { Sse2::new() }.reduce_add(half)
    }
    #[inline(always)]
    fn reduce_add_8(self, v: [__m256d; 8]) -> [f64; 8] {
        let mut out = [0.0; 8];
        // SAFETY: the token witnesses the features.
        unsafe {
            for i in [0, 4] {
                let mut w = [_mm256_setzero_pd(); 2];
                for j in 0..2 {
                    // Upper and lower halves of vectors j and j + 2 side by side.
                    let low = _mm256_permute2f128_pd::<0x20>(v[i + j], v[i + j + 2]);
                    w[j] = _mm256_add_pd(low, _mm256_permute2f128_pd::<0x31>(v[i + j], v[i + j + 2]));
                }
                let sum = _mm256_add_pd(_mm256_unpacklo_pd(w[0], w[1]), _mm256_unpackhi_pd(w[0], w[1]));
                _mm256_storeu_pd(out.as_mut_ptr().add(i), sum);
            }
        }
        out
    }
    #[inline(always)]
    unsafe fn transpose(self, src: *const f64, src_stride: usize, dst: *mut f64, dst_stride: usize) {
        // SAFETY: the token witnesses the features, the caller promises the memory.
        unsafe {
            // Column halves of rows i and i + 2 side by side, then 2 x 2 within 128 bits.
            for half in 0..2 {
                let mut r = [_mm256_setzero_pd(); 2];
                for i in 0..2 {
                    let low = _mm_loadu_pd(src.add(i * src_stride + 2 * half));
                    let high = _mm_loadu_pd(src.add((i + 2) * src_stride + 2 * half));
                    r[i] = _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(low), high);
                }
                let dst = dst.add(2 * half * dst_stride);
                _mm256_storeu_pd(dst, _mm256_unpacklo_pd(r[0], r[1]));
                _mm256_storeu_pd(dst.add(dst_stride), _mm256_unpackhi_pd(r[0], r[1]));
            }
        }
    }
}
