//! Pairs.

/// `[f(0), f(1)]`: what `map` of an array takes compilers ten functions for.
#[inline(always)]
pub(crate) fn both<R>(f: impl Fn(usize) -> R) -> [R; 2] {
    [f(0), f(1)]
}
