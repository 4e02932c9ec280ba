//! Widths of vectors, and how lengths are split to fit them.

use core::ops::Range;

use crate::dispatch::layer_kernel;
use crate::simd::Simd;

layer_kernel! {
    /// The widths to choose from, the largest first: the same twice where there are no halves. `like` says of what numbers.
    pub(super) fn widths<T, S>(s: S; like: T) -> [usize; 2] {
        [S::LANES, S::Half::LANES]
    }
}

/// Runs a body with the vectors of a width: those of the level, or their halves.
macro_rules! with_width {
    ($s:ident, $S:ident, $T:ident, $width:expr, |$w:ident| $body:expr) => {
        if $S::HALVES && $width < $S::LANES {
            let $w = $s.half();
            $body
        } else {
            let $w = $s;
            $body
        }
    };
}
pub(super) use with_width;

/// Splits `0..n` into as few parts of at most `most` as possible, whose lengths differ by at most one.
#[inline(always)]
pub(super) fn parts(n: usize, most: usize) -> impl ExactSizeIterator<Item = Range<usize>> + Clone {
    let count = n.div_ceil(most).max(1);
    let (len, longer) = (n / count, n % count);
    (0..if n == 0 { 0 } else { count }).map(move |i| {
        let start = i * len + i.min(longer);
        start..start + len + usize::from(i < longer)
    })
}
