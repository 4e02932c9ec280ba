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
    match level {
        // SAFETY: the machine has the features that the function is compiled with.
        Level::Avx512 if has(level) => unsafe { avx512(kernel) },
        // SAFETY: as above.
        Level::Avx2 if has(level) => unsafe { avx2(kernel) },
        _ => kernel.run(Portable),
    }
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
