//! Vectors of numbers, one implementation for each [`Level`](crate::cpu::Level).

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(target_arch = "x86_64")]
pub(crate) use self::{avx2::Avx2, avx512::Avx512};

/// The vector operations of one level on numbers of type `T`; a value of the implementing type (a token)
/// witnesses that the machine has the level's instructions.
///
/// Tokens come from the dispatcher in [`crate::dispatch`]; methods are meant for bodies that it compiles.
pub trait Simd<T>: Copy + Send + Sync + 'static {
    /// A vector of [`Self::LANES`] numbers.
    type V: Copy;
    /// Selects the first lanes of a vector.
    type Mask: Copy;
    /// Numbers in a vector.
    const LANES: usize;
    /// Vectors of half the width, or the same where there are none.
    type Half: Simd<T>;
    /// Vector registers of the machine: what a register tile has to fit into.
    const REGISTERS: usize;
    /// Whether `mul_add` and `fma` round once.
    const FMA: bool;

    /// Rows and columns of the square that [`Self::transpose`] takes.
    const SQUARE: usize;

    /// The token of the narrower vectors.
    fn half(self) -> Self::Half;
    /// `x` in every lane.
    fn splat(self, x: T) -> Self::V;
    /// 0 in every lane.
    fn zero(self) -> Self::V;
    /// Reads a vector.
    ///
    /// # Safety
    /// `p` is valid for reading `LANES` numbers; it need not be aligned to more than `T` is.
    unsafe fn load(self, p: *const T) -> Self::V;
    /// Writes a vector.
    ///
    /// # Safety
    /// `p` is valid for writing `LANES` numbers.
    unsafe fn store(self, p: *mut T, v: Self::V);
    /// The first `n` lanes; all of them if `n >= LANES`.
    fn first(self, n: usize) -> Self::Mask;
    /// Reads the selected lanes, 0 in the others.
    ///
    /// # Safety
    /// `p` is valid for reading as many numbers as the mask selects.
    unsafe fn load_masked(self, p: *const T, mask: Self::Mask) -> Self::V;
    /// Writes the selected lanes and leaves the memory of the others alone.
    ///
    /// # Safety
    /// `p` is valid for writing as many numbers as the mask selects.
    unsafe fn store_masked(self, p: *mut T, mask: Self::Mask, v: Self::V);
    /// `a + b`
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a b`
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a b + c`, rounded once if [`Self::FMA`], else after each operation.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The larger of two numbers in each lane; `b` where one of them is NaN, or both are zeros.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// The smaller of two numbers in each lane; `b` where one of them is NaN, or both are zeros.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a / b`
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// Square root.
    fn sqrt(self, a: Self::V) -> Self::V;
    /// `x` in the lanes where `a < b`, else `y`, also where one of `a` and `b` is NaN.
    fn select_less(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V;
    /// The bits that both have.
    fn bits_and(self, a: Self::V, b: Self::V) -> Self::V;
    /// The bits that one or both have.
    fn bits_or(self, a: Self::V, b: Self::V) -> Self::V;
    /// The sum of the bits as integers, without overflow.
    fn bits_add(self, a: Self::V, b: Self::V) -> Self::V;
    /// The bits moved up by the length of the mantissa: the lowest ones become sign and exponent.
    fn bits_to_exponent(self, a: Self::V) -> Self::V;
    /// The bits moved down by the length of the mantissa: sign and exponent become the lowest ones.
    fn bits_from_exponent(self, a: Self::V) -> Self::V;
    /// The sum of all lanes: the upper half is added to the lower one until one lane is left.
    fn reduce_add(self, v: Self::V) -> T;
    /// The sums of eight vectors, each in the order of [`Self::reduce_add`].
    fn reduce_add_8(self, v: [Self::V; 8]) -> [T; 8];
    /// Asks for the cache line at `p`, which may be any address, to be brought near.
    fn prefetch(self, p: *const T);
    /// Copies the transpose of a `SQUARE x SQUARE` matrix whose rows lie `src_stride` numbers apart, to rows
    /// `dst_stride` apart.
    ///
    /// # Safety
    /// All rows of `src` are valid for reading, all rows of `dst` for writing, and they do not overlap.
    unsafe fn transpose(self, src: *const T, src_stride: usize, dst: *mut T, dst_stride: usize);
    /// `a b + c` on single numbers, rounded as [`Self::mul_add`] does.
    fn fma(self, a: T, b: T, c: T) -> T;

    /// Reads `n <= LANES` numbers, 0 in the lanes beyond.
    ///
    /// # Safety
    /// `p` is valid for reading `n` numbers.
    #[inline(always)]
    unsafe fn load_partial(self, p: *const T, n: usize) -> Self::V {
        // SAFETY: the mask selects `n` lanes.
        unsafe { self.load_masked(p, self.first(n)) }
    }
    /// Writes the first `n <= LANES` lanes.
    ///
    /// # Safety
    /// `p` is valid for writing `n` numbers.
    #[inline(always)]
    unsafe fn store_partial(self, p: *mut T, n: usize, v: Self::V) {
        // SAFETY: the mask selects `n` lanes.
        unsafe { self.store_masked(p, self.first(n), v) }
    }
}

/// The token of [`Level::Portable`](crate::cpu::Level::Portable): arrays of 128 bits, which compilers keep in
/// vector registers (SSE2, NEON).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Portable;

macro_rules! portable {
    ($t:ident, $lanes:literal, $mantissa:literal) => {
        impl Simd<$t> for Portable {
            type V = [$t; $lanes];
            type Mask = usize;
            const LANES: usize = $lanes;
            const REGISTERS: usize = if cfg!(target_arch = "aarch64") {
                32
            } else {
                16
            };
            const FMA: bool = false;
            type Half = Self;
            const SQUARE: usize = $lanes;

            #[inline(always)]
            fn half(self) -> Self {
                self
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
                core::array::from_fn(|i| a[i] + b[i])
            }
            #[inline(always)]
            fn sub(self, a: Self::V, b: Self::V) -> Self::V {
                core::array::from_fn(|i| a[i] - b[i])
            }
            #[inline(always)]
            fn mul(self, a: Self::V, b: Self::V) -> Self::V {
                core::array::from_fn(|i| a[i] * b[i])
            }
            #[inline(always)]
            fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                core::array::from_fn(|i| a[i] * b[i] + c[i])
            }
            #[inline(always)]
            fn max(self, a: Self::V, b: Self::V) -> Self::V {
                core::array::from_fn(|i| if a[i] > b[i] { a[i] } else { b[i] })
            }
            #[inline(always)]
            fn min(self, a: Self::V, b: Self::V) -> Self::V {
                core::array::from_fn(|i| if a[i] < b[i] { a[i] } else { b[i] })
            }
            #[inline(always)]
            fn div(self, a: Self::V, b: Self::V) -> Self::V {
                core::array::from_fn(|i| a[i] / b[i])
            }
            #[inline(always)]
            fn sqrt(self, a: Self::V) -> Self::V {
                core::array::from_fn(|i| a[i].sqrt())
            }
            #[inline(always)]
            fn select_less(self, a: Self::V, b: Self::V, x: Self::V, y: Self::V) -> Self::V {
                core::array::from_fn(|i| if a[i] < b[i] { x[i] } else { y[i] })
            }
            #[inline(always)]
            fn bits_and(self, a: Self::V, b: Self::V) -> Self::V {
                core::array::from_fn(|i| $t::from_bits(a[i].to_bits() & b[i].to_bits()))
            }
            #[inline(always)]
            fn bits_or(self, a: Self::V, b: Self::V) -> Self::V {
                core::array::from_fn(|i| $t::from_bits(a[i].to_bits() | b[i].to_bits()))
            }
            #[inline(always)]
            fn bits_add(self, a: Self::V, b: Self::V) -> Self::V {
                core::array::from_fn(|i| $t::from_bits(a[i].to_bits().wrapping_add(b[i].to_bits())))
            }
            #[inline(always)]
            fn bits_to_exponent(self, a: Self::V) -> Self::V {
                core::array::from_fn(|i| $t::from_bits(a[i].to_bits() << $mantissa))
            }
            #[inline(always)]
            fn bits_from_exponent(self, a: Self::V) -> Self::V {
                core::array::from_fn(|i| $t::from_bits(a[i].to_bits() >> $mantissa))
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
            #[inline(always)]
            fn fma(self, a: $t, b: $t, c: $t) -> $t {
                a * b + c
            }
        }
    };
}

portable!(f32, 4, 23);
portable!(f64, 2, 52);

#[cfg(test)]
mod tests {
    use crate::cpu::available;
    use crate::dispatch::kernel;

    kernel! {
        fn exercise<T, S>(s: S;) {
            let n = S::LANES;
            let t = |i: usize| T::from_f64(i as f64 - 2.5);
            let x: Vec<T> = (0..n).map(t).collect();
            let y: Vec<T> = (0..n).map(|i| t(3 * i + 1)).collect();
            let get = |v: S::V| {
                let mut out = vec![T::ZERO; n];
                // SAFETY: the slice holds a vector.
                unsafe { s.store(out.as_mut_ptr(), v) };
                out
            };
            // SAFETY: both slices hold a vector.
            let (a, b) = unsafe { (s.load(x.as_ptr()), s.load(y.as_ptr())) };
            let each = |f: &dyn Fn(T, T) -> T| x.iter().zip(&y).map(|(x, y)| f(*x, *y)).collect::<Vec<T>>();
            assert_eq!(get(s.add(a, b)), each(&|x, y| x + y));
            assert_eq!(get(s.sub(a, b)), each(&|x, y| x - y));
            assert_eq!(get(s.mul(a, b)), each(&|x, y| x * y));
            assert_eq!(get(s.mul_add(a, b, s.splat(T::ONE))), each(&|x, y| x * y + T::ONE));
            assert_eq!(get(s.max(a, b)), each(&|x, y| x.max(y)));
            assert_eq!(get(s.min(a, b)), each(&|x, y| x.min(y)));
            assert_eq!(get(s.div(a, b)), each(&|x, y| x / y));
            // The second operand where one is NaN, or both are zeros.
            let [nan, one, zero] = [T::from_f64(f64::NAN), T::ONE, T::ZERO].map(|x| s.splat(x));
            for f in [S::max, S::min] {
                assert!(get(f(s, one, nan))[0].is_nan());
                assert_eq!(get(f(s, nan, one))[0], T::ONE);
                let sign = get(f(s, zero, s.splat(-T::ZERO)))[0];
                assert_eq!(sign.to_f64().to_bits(), (-0.0_f64).to_bits());
            }
            s.prefetch(x.as_ptr().wrapping_add(1 << 20));
            let square = s.mul(a, a);
            assert_eq!(get(s.sqrt(square)), each(&|x, _| x.abs()));
            assert_eq!(get(s.select_less(a, b, a, b)), each(&|x, y| x.min(y)));
            let minus = s.splat(-T::ZERO);
            assert_eq!(get(s.bits_or(s.mul(a, a), minus)), each(&|x, _| -(x * x)));
            let (one, two) = (s.splat(T::ONE), s.splat(T::ONE + T::ONE));
            let exponent = s.bits_from_exponent(one);
            assert_eq!(get(s.bits_to_exponent(exponent)), vec![T::ONE; n]);
            assert_eq!(get(s.bits_and(one, two)), vec![T::ZERO; n]);
            let unit = s.bits_to_exponent(s.bits_from_exponent(s.splat(T::MIN_POSITIVE)));
            assert_eq!(get(s.bits_add(unit, one)), vec![T::ONE + T::ONE; n]);
            assert_eq!(s.reduce_add(a), x.iter().copied().sum());
            assert_eq!(s.fma(x[0], x[1], T::ONE), x[0] * x[1] + T::ONE);
            assert_eq!(s.reduce_add_8([a, b, a, b, a, b, b, a])[5..], [b, b, a].map(|v| s.reduce_add(v)));
            let q = S::SQUARE;
            let (src, mut dst): (Vec<T>, _) = ((0..q * (q + 3)).map(t).collect(), vec![T::ZERO; q * (q + 1)]);
            // SAFETY: both slices hold all rows.
            unsafe { s.transpose(src.as_ptr(), q + 3, dst.as_mut_ptr(), q + 1) };
            assert!((0..q * q).all(|i| dst[i / q * (q + 1) + i % q] == src[i % q * (q + 3) + i / q]));
            for m in 0..=n {
                let mut out = vec![T::ONE; n];
                // SAFETY: `m <= n` numbers are read and written.
                unsafe { s.store_partial(out.as_mut_ptr(), m, a) };
                assert!((0..n).all(|i| out[i] == if i < m { x[i] } else { T::ONE }));
                // SAFETY: as above.
                let part = get(unsafe { s.load_partial(x.as_ptr(), m) });
                assert!((0..n).all(|i| part[i] == if i < m { x[i] } else { T::ZERO }));
            }
        }
    }

    #[test]
    fn every_level_computes_the_same_lanes() {
        for level in available() {
            exercise::<f32>(level);
            exercise::<f64>(level);
        }
    }
}
