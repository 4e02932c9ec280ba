//! Vectors of numbers, one implementation for each [`Level`](crate::cpu::Level).

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(test)]
mod tests;
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
