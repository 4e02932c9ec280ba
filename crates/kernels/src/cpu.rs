//! Which vector instructions the machine has, and how many of them the kernels may use.

use core::sync::atomic::{AtomicU8, Ordering};

/// A set of vector instructions that the kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// What every processor of the target architecture has; sums and products are rounded one by one.
    Portable = 1,
    /// x86-64 with AVX2 and FMA: 256 bits at a time.
    Avx2 = 2,
    /// x86-64 with AVX-512 F, VL, BW and DQ as well: 512 bits at a time.
    Avx512 = 3,
}

impl Level {
    /// Bytes of a vector.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::Portable => 16,
            Self::Avx2 => 32,
            Self::Avx512 => 64,
        }
    }
}

/// The level in use, 0 before the first look.
pub(crate) static LEVEL: AtomicU8 = AtomicU8::new(0);

/// The level that the kernels run at: the machine's best, or less if [`limit`] says so.
#[inline]
pub fn level() -> Level {
    match LEVEL.load(Ordering::Relaxed) {
        1 => Level::Portable,
        2 => Level::Avx2,
        3 => Level::Avx512,
        _ => first_level(),
    }
}

/// Looks at the machine, unless another thread has meanwhile set a limit.
#[cold]
fn first_level() -> Level {
    let best = detect();
    match LEVEL.compare_exchange(0, best as u8, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => best,
        Err(_) => level(),
    }
}

/// Lets the kernels of the whole process use at most `ceiling` from now on, and returns the level that they
/// then run at (the machine may have less).
///
/// Results have the same bits for any number of threads, but not at different levels: two machines agree
/// bit for bit if both are limited to a level that both have, such as [`Level::Portable`].
///
/// ```
/// use gradflow_kernels::cpu::{self, Level};
///
/// assert_eq!(cpu::limit(Level::Portable), Level::Portable);
/// assert_eq!(cpu::level(), Level::Portable);
/// ```
#[cold]
pub fn limit(ceiling: Level) -> Level {
    let level = ceiling.min(detect());
    LEVEL.store(level as u8, Ordering::Relaxed);
    level
}

/// The best level of this machine.
#[cfg(target_arch = "x86_64")]
pub(crate) fn detect() -> Level {
    use std::arch::is_x86_feature_detected as has;
    if !(has!("avx2") && has!("fma")) {
        Level::Portable
    } else if has!("avx512f") && has!("avx512vl") && has!("avx512bw") && has!("avx512dq") {
        Level::Avx512
    } else {
        Level::Avx2
    }
}

/// The best level of this machine.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn detect() -> Level {
    Level::Portable
}

/// Every level that this machine has, [`Level::Portable`] first.
#[cfg(test)]
pub(crate) fn available() -> impl Iterator<Item = Level> {
    [Level::Portable, Level::Avx2, Level::Avx512]
        .into_iter()
        .filter(|level| *level <= detect())
}
