//! Passes over slices, a vector at a time.
//!
//! What is left of a slice after the whole vectors is done by one masked vector, so that its elements round like all
//! others and a short slice costs no more than one vector.
//!
//! A closure that is passed here needs `#[inline(always)]`: left alone, it would be compiled without the level's
//! instructions. (A function item in its place is called through a shim, which has no such attribute.)

use crate::number::Number;
use crate::simd::Simd;

/// Copies `src` to the start of `dst`: rows are too short for a call of `memcpy` each.
///
/// # Panics
/// If `dst` is shorter.
#[inline(always)]
pub(crate) fn copy<T: Number, S: Simd<T>>(s: S, src: &[T], dst: &mut [T]) {
    assert!(dst.len() >= src.len());
    // SAFETY: both slices hold the numbers, and a mutable one overlaps no other.
    unsafe { copy_to(s, src.len(), src.as_ptr(), dst.as_mut_ptr()) };
}

/// Copies `n` numbers.
///
/// # Safety
/// They lie in the memory behind `src` and `dst`, and do not overlap.
#[inline(always)]
pub(crate) unsafe fn copy_to<T: Number, S: Simd<T>>(s: S, n: usize, src: *const T, dst: *mut T) {
    let whole = n - n % S::LANES;
    // SAFETY: the caller's promise.
    unsafe {
        for i in (0..whole).step_by(S::LANES) {
            s.store(dst.add(i), s.load(src.add(i)));
        }
        if whole < n {
            let rest = s.first(n - whole);
            s.store_masked(dst.add(whole), rest, s.load_masked(src.add(whole), rest));
        }
    }
}

/// Replaces every `x` by `f(x)`. `f` is also called on zeros, in lanes beyond the end.
#[inline(always)]
pub(crate) fn map<T: Number, S: Simd<T>>(s: S, x: &mut [T], f: impl Fn(S::V) -> S::V) {
    let n = x.len();
    let whole = n - n % S::LANES;
    let x = x.as_mut_ptr();
    // SAFETY: vectors begin at multiples of `LANES` below `whole`, and `n - whole` elements are left there.
    unsafe {
        for i in (0..whole).step_by(S::LANES) {
            s.store(x.add(i), f(s.load(x.add(i))));
        }
        if whole < n {
            let rest = s.first(n - whole);
            s.store_masked(x.add(whole), rest, f(s.load_masked(x.add(whole), rest)));
        }
    }
}

/// Replaces the elements `i` of all slices of `write` by `f(those, the elements i of read)`. `f` is also called on zeros,
/// in lanes beyond the end.
///
/// # Panics
/// If the slices differ in length.
#[inline(always)]
pub(crate) fn update<T: Number, S: Simd<T>, const W: usize, const R: usize>(
    s: S,
    write: [&mut [T]; W],
    read: [&[T]; R],
    f: impl Fn([S::V; W], [S::V; R]) -> [S::V; W],
) {
    let n = write[0].len();
    // Plain loops: `map` and `all` of arrays are several functions more to compile, for each caller.
    let (mut to, mut from) = ([core::ptr::null_mut(); W], [core::ptr::null(); R]);
    for k in 0..W {
        assert!(write[k].len() == n);
        to[k] = write[k].as_mut_ptr();
    }
    for k in 0..R {
        assert!(read[k].len() == n);
        from[k] = read[k].as_ptr();
    }
    let whole = n - n % S::LANES;
    let (mut x, mut y) = ([s.zero(); W], [s.zero(); R]);
    // SAFETY: vectors begin at multiples of `LANES` below `whole`, and `n - whole` elements of all are left there.
    unsafe {
        for i in (0..whole).step_by(S::LANES) {
            for k in 0..W {
                x[k] = s.load(to[k].add(i));
            }
            for k in 0..R {
                y[k] = s.load(from[k].add(i));
            }
            let new = f(x, y);
            for k in 0..W {
                s.store(to[k].add(i), new[k]);
            }
        }
        if whole < n {
            let rest = s.first(n - whole);
            for k in 0..W {
                x[k] = s.load_masked(to[k].add(whole), rest);
            }
            for k in 0..R {
                y[k] = s.load_masked(from[k].add(whole), rest);
            }
            let new = f(x, y);
            for k in 0..W {
                s.store_masked(to[k].add(whole), rest, new[k]);
            }
        }
    }
}

/// Writes `f(elements i of constants, elements i of from)` to every element `i` of `to`. `f` is also called on zeros, in lanes
/// beyond the end.
///
/// # Panics
/// If the slices differ in length.
#[inline(always)]
pub(crate) fn write<T: Number, S: Simd<T>, const C: usize, const K: usize>(
    s: S,
    to: &mut [T],
    constants: [&[T]; C],
    from: [&[T]; K],
    f: impl Fn([S::V; C], [S::V; K]) -> S::V,
) {
    let n = to.len();
    for k in 0..C {
        assert!(constants[k].len() == n);
    }
    for k in 0..K {
        assert!(from[k].len() == n);
    }
    let whole = n - n % S::LANES;
    let (mut a, mut x) = ([s.zero(); C], [s.zero(); K]);
    // SAFETY: vectors begin at multiples of `LANES` below `whole`, and `n - whole` elements of all are left there.
    unsafe {
        for i in (0..whole).step_by(S::LANES) {
            for k in 0..C {
                a[k] = s.load(constants[k].as_ptr().add(i));
            }
            for k in 0..K {
                x[k] = s.load(from[k].as_ptr().add(i));
            }
            s.store(to.as_mut_ptr().add(i), f(a, x));
        }
        if whole < n {
            let rest = s.first(n - whole);
            for k in 0..C {
                a[k] = s.load_masked(constants[k].as_ptr().add(whole), rest);
            }
            for k in 0..K {
                x[k] = s.load_masked(from[k].as_ptr().add(whole), rest);
            }
            s.store_masked(to.as_mut_ptr().add(whole), rest, f(a, x));
        }
    }
}

/// Replaces every `y_i` by `f(x_i, y_i)`, as far as both slices go. `f` is also called on zeros, in lanes beyond the end.
#[inline(always)]
pub(crate) fn zip<T: Number, S: Simd<T>>(
    s: S,
    x: &[T],
    y: &mut [T],
    f: impl Fn(S::V, S::V) -> S::V,
) {
    let n = x.len().min(y.len());
    let whole = n - n % S::LANES;
    let (x, y) = (x.as_ptr(), y.as_mut_ptr());
    // SAFETY: vectors begin at multiples of `LANES` below `whole`, and `n - whole` elements of both are left there.
    unsafe {
        for i in (0..whole).step_by(S::LANES) {
            s.store(y.add(i), f(s.load(x.add(i)), s.load(y.add(i))));
        }
        if whole < n {
            let rest = s.first(n - whole);
            let (x, y) = (x.add(whole), y.add(whole));
            s.store_masked(y, rest, f(s.load_masked(x, rest), s.load_masked(y, rest)));
        }
    }
}
