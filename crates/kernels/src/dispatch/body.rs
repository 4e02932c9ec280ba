//! What a kernel is.

use crate::simd::Simd;

/// A computation on numbers of type `T`, written once for all levels.
pub(crate) trait Kernel<T> {
    /// What it returns.
    type Output;
    /// Whether it has code of its own for AVX-512.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    const AVX512: bool;
    /// The computation; implementations are `#[inline(always)]`.
    fn run<S: Simd<T>>(self, s: S) -> Self::Output;
}
