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

/// Ones, then zeros: the mask of the first `n` lanes starts `n` before the end of the ones.
static ONES_32: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
/// As [`ONES_32`], for lanes of 64 bits.
static ONES_64: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];

/// What all levels have in common; `$(fn ..)*` are the rest of the methods.
macro_rules! vectors {
    ($token:ident, $half:ident, $t:ident, $v:ident, $mask:ty, $lanes:literal, $registers:literal, $square:literal,
     $splat:ident, $zero:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $fma:ident, $max:ident, $min:ident,
     $div:ident, $sqrt:ident, $and:ident, $or:ident, $to_bits:ident, $from_bits:ident, $bits_add:ident, $up:ident, $down:ident, $mantissa:literal;
     $($rest:item)*) => {
        impl Simd<$t> for $token {
            type V = $v;
            type Mask = $mask;
            const LANES: usize = $lanes;
            const REGISTERS: usize = $registers;
            const FMA: bool = true;
            const SQUARE: usize = $square;
            type Half = $half;

            #[inline(always)]
            fn half(self) -> $half {
                $half(())
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

vectors! { Avx2, Avx2, f32, __m256, usize, 8, 16, 8,
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
            let mut v = _mm256_castps256_ps128(v);
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
    fn reduce_add(self, v: __m256) -> f32 {
        // SAFETY: the token witnesses the features.
        let half = unsafe { _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v)) };
        sum4(self, half)
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

vectors! { Avx2, Avx2, f64, __m256d, usize, 4, 16, 4,
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
        sum2(self, half)
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

vectors! { Avx512, Avx2, f32, __m512, __mmask16, 16, 32, 8,
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

vectors! { Avx512, Avx2, f64, __m512d, __mmask8, 8, 32, 4,
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
