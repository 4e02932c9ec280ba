//! The functions whose code may use a level's instructions.

use core::sync::atomic::Ordering;

use super::body::Kernel;
use crate::cpu::{LEVEL, Level, detect};
use crate::simd::{Avx2, Avx512, Portable, Simd};

/// Whether instructions of `level` may be executed here.
///
/// A level at or below the one in use has been detected before; asking the detector again would cost
/// a tiny product more than its arithmetic.
#[inline]
fn has(level: Level) -> bool {
    level as u8 <= LEVEL.load(Ordering::Relaxed) || level <= detect()
}

/// Runs a kernel compiled for `level`; for [`Level::Portable`] if the machine lacks that level.
#[inline]
pub(crate) fn run<T, K: Kernel<T>>(level: Level, kernel: K) -> K::Output
where
    Portable: Simd<T>,
    Avx2: Simd<T>,
    Avx512: Simd<T>,
{
    // The first condition is constant: what it excludes is not compiled.
    if K::AVX512 && level == Level::Avx512 && has(level) {
        // SAFETY: the machine has the features that the function is compiled with.
        return unsafe { avx512(kernel) };
    }
    if level >= Level::Avx2 && has(level) {
        // SAFETY: as above.
        return unsafe { avx2(kernel) };
    }
    kernel.run(Portable)
}

#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
fn avx512<T, K: Kernel<T>>(kernel: K) -> K::Output
where
    Avx512: Simd<T>,
{
    // SAFETY: this function runs only where the token's features are.
    kernel.run(unsafe { Avx512::new() })
}

#[target_feature(enable = "avx2,fma")]
fn avx2<T, K: Kernel<T>>(kernel: K) -> K::Output
where
    Avx2: Simd<T>,
{
    // SAFETY: this function runs only where the token's features are.
    kernel.run(unsafe { Avx2::new() })
}
