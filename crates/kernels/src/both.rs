//! Pairs.

/// `[f(0), f(1)]`, without the functions that `map` of an array is made of, which are compiled for each closure.
#[inline(always)]
pub(crate) fn both<R>(f: impl Fn(usize) -> R) -> [R; 2] {
    [f(0), f(1)]
}
