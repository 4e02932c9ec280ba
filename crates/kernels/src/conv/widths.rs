//! Widths of vectors, and how lengths are split to fit them.

use core::ops::Range;

use crate::simd::Simd;

/// The widths to choose from, the largest first.
#[inline(always)]
pub(super) fn widths<T, S: Simd<T>>() -> impl Iterator<Item = usize> + Clone {
    let half = <S::Half as Simd<T>>::LANES;
    core::iter::once(S::LANES).chain((half < S::LANES).then_some(half))
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
pub(super) fn parts(n: usize, most: usize) -> impl Iterator<Item = Range<usize>> + Clone {
    let count = n.div_ceil(most).max(1);
    let (len, longer) = (n / count, n % count);
    (0..if n == 0 { 0 } else { count }).map(move |i| {
        let start = i * len + i.min(longer);
        start..start + len + usize::from(i < longer)
    })
}
