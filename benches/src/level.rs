//! Which instructions the kernels may use while they are measured.

use clap::ValueEnum;
use gradflow::kernels::cpu;

/// The names of [`cpu::Level`] on a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// No more than the architecture has anyway.
    Portable,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 as well.
    Avx512,
}

impl Level {
    /// Limits the kernels to it; a machine may have less.
    pub fn limit(self) {
        cpu::limit(match self {
            Self::Portable => cpu::Level::Portable,
            Self::Avx2 => cpu::Level::Avx2,
            Self::Avx512 => cpu::Level::Avx512,
        });
    }
}
