//! The vectors that every x86-64 has.
//!
//! The lanes of the arrays in `portable.rs`, bit for bit; as vectors from the start, kernels are a quarter less code than
//! with arrays, which is built sooner.

use core::arch::x86_64::*;

use super::vector::Simd;
use super::x86::vectors;

/// The token of [`Level::Portable`](crate::cpu::Level::Portable) on x86-64.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sse2;

impl Sse2 {
    /// # Safety
    /// None is needed: SSE2 is part of x86-64. The other levels' tokens need some.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self
    }

    #[target_feature(enable = "sse2")]
    #[inline(never)]
    fn call_with_features<R>(f: impl FnOnce() -> R) -> R {
        f()
    }
}

/// `a b + c`, rounded twice.
#[inline(always)]
unsafe fn mul_add_ps(a: __m128, b: __m128, c: __m128) -> __m128 {
    // SAFETY: SSE is part of x86-64.
    unsafe { _mm_add_ps(_mm_mul_ps(a, b), c) }
}

/// `a b + c`, rounded twice.
#[inline(always)]
unsafe fn mul_add_pd(a: __m128d, b: __m128d, c: __m128d) -> __m128d {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_add_pd(_mm_mul_pd(a, b), c) }
}

vectors! { Sse2, Sse2, f32, __m128, usize, 4, false, 4,
    _mm_set1_ps, _mm_setzero_ps, _mm_loadu_ps, _mm_storeu_ps,
    _mm_add_ps, _mm_sub_ps, _mm_mul_ps, mul_add_ps, _mm_max_ps, _mm_min_ps,
    _mm_div_ps, _mm_sqrt_ps, _mm_and_ps, _mm_or_ps, _mm_castps_si128, _mm_castsi128_ps,
    _mm_add_epi32, _mm_slli_epi32, _mm_srli_epi32, 23;

    #[inline(always)]
    fn select_less(self, a: __m128, b: __m128, x: __m128, y: __m128) -> __m128 {
        // SAFETY: SSE is part of x86-64.
        unsafe {
            let less = _mm_cmplt_ps(a, b);
            _mm_or_ps(_mm_and_ps(less, x), _mm_andnot_ps(less, y))
        }
    }
    #[inline(always)]
    fn first(self, n: usize) -> usize {
        n.min(4)
    }
    #[inline(always)]
    unsafe fn load_masked(self, p: *const f32, n: usize) -> __m128 {
        // SAFETY: SSE2 is part of x86-64, the caller promises the memory.
        unsafe {
            match n {
                0 => _mm_setzero_ps(),
                1 => _mm_load_ss(p),
                2 => _mm_castpd_ps(_mm_load_sd(p.cast())),
                3 => _mm_movelh_ps(_mm_castpd_ps(_mm_load_sd(p.cast())), _mm_load_ss(p.add(2))),
                _ => self.load(p),
            }
        }
    }
    #[inline(always)]
    unsafe fn store_masked(self, p: *mut f32, n: usize, v: __m128) {
        // SAFETY: SSE2 is part of x86-64, the caller promises the memory.
        unsafe {
            if n >= 4 {
                return self.store(p, v);
            }
            let (mut v, mut p) = (v, p);
            if n & 2 != 0 {
                _mm_storel_pd(p.cast(), _mm_castps_pd(v));
                v = _mm_movehl_ps(v, v);
                p = p.add(2);
            }
            if n & 1 != 0 {
                _mm_store_ss(p, v);
            }
        }
    }
    #[inline(always)]
    fn reduce_add(self, v: __m128) -> f32 {
        // SAFETY: SSE is part of x86-64.
        unsafe {
            let v = _mm_add_ps(v, _mm_movehl_ps(v, v));
            _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps::<1>(v, v)))
        }
    }
    #[inline(always)]
    fn reduce_add_8(self, v: [__m128; 8]) -> [f32; 8] {
        let mut out = [0.0; 8];
        for i in 0..8 {
            out[i] = Simd::<f32>::reduce_add(self, v[i]);
        }
        out
    }
    #[inline(always)]
    unsafe fn transpose(self, src: *const f32, src_stride: usize, dst: *mut f32, dst_stride: usize) {
        // SAFETY: SSE is part of x86-64, the caller promises the memory.
        unsafe {
            let row = |i: usize| _mm_loadu_ps(src.add(i * src_stride));
            let (a, b) = (_mm_unpacklo_ps(row(0), row(1)), _mm_unpackhi_ps(row(0), row(1)));
            let (c, d) = (_mm_unpacklo_ps(row(2), row(3)), _mm_unpackhi_ps(row(2), row(3)));
            _mm_storeu_ps(dst, _mm_movelh_ps(a, c));
            _mm_storeu_ps(dst.add(dst_stride), _mm_movehl_ps(c, a));
            _mm_storeu_ps(dst.add(2 * dst_stride), _mm_movelh_ps(b, d));
            _mm_storeu_ps(dst.add(3 * dst_stride), _mm_movehl_ps(d, b));
        }
    }
}

vectors! { Sse2, Sse2, f64, __m128d, usize, 2, false, 2,
    _mm_set1_pd, _mm_setzero_pd, _mm_loadu_pd, _mm_storeu_pd,
    _mm_add_pd, _mm_sub_pd, _mm_mul_pd, mul_add_pd, _mm_max_pd, _mm_min_pd,
    _mm_div_pd, _mm_sqrt_pd, _mm_and_pd, _mm_or_pd, _mm_castpd_si128, _mm_castsi128_pd,
    _mm_add_epi64, _mm_slli_epi64, _mm_srli_epi64, 52;

    #[inline(always)]
    fn select_less(self, a: __m128d, b: __m128d, x: __m128d, y: __m128d) -> __m128d {
        // SAFETY: SSE2 is part of x86-64.
        unsafe {
            let less = _mm_cmplt_pd(a, b);
            _mm_or_pd(_mm_and_pd(less, x), _mm_andnot_pd(less, y))
        }
    }
    #[inline(always)]
    fn first(self, n: usize) -> usize {
        n.min(2)
    }
    #[inline(always)]
    unsafe fn load_masked(self, p: *const f64, n: usize) -> __m128d {
        // SAFETY: SSE2 is part of x86-64, the caller promises the memory.
        unsafe {
            match n {
                0 => _mm_setzero_pd(),
                1 => _mm_load_sd(p),
                _ => self.load(p),
            }
        }
    }
    #[inline(always)]
    unsafe fn store_masked(self, p: *mut f64, n: usize, v: __m128d) {
        // SAFETY: SSE2 is part of x86-64, the caller promises the memory.
        unsafe {
            match n {
                0 => {}
                1 => _mm_store_sd(p, v),
                _ => self.store(p, v),
            }
        }
    }
    #[inline(always)]
    fn reduce_add(self, v: __m128d) -> f64 {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_cvtsd_f64(_mm_add_sd(v, _mm_unpackhi_pd(v, v))) }
    }
    #[inline(always)]
    fn reduce_add_8(self, v: [__m128d; 8]) -> [f64; 8] {
        let mut out = [0.0; 8];
        for i in 0..8 {
            out[i] = Simd::<f64>::reduce_add(self, v[i]);
        }
        out
    }
    #[inline(always)]
    unsafe fn transpose(self, src: *const f64, src_stride: usize, dst: *mut f64, dst_stride: usize) {
        // SAFETY: SSE2 is part of x86-64, the caller promises the memory.
        unsafe {
            let (a, b) = (_mm_loadu_pd(src), _mm_loadu_pd(src.add(src_stride)));
            _mm_storeu_pd(dst, _mm_unpacklo_pd(a, b));
            _mm_storeu_pd(dst.add(dst_stride), _mm_unpackhi_pd(a, b));
        }
    }
}
