//! How a kernel is compiled once for each [`Level`], and chosen at run time.
//!
//! A kernel is one generic body over a [`Simd`] token. The [`kernel!`] macro makes a
//! function of it that takes the [`Level`] to run at as its first argument:
//!
//! ```ignore
//! kernel! {
//!     /// `y = y + a x`
//!     fn axpy_at<T, S>(s: S; a: T, x: &[T], y: &mut [T]) {
//!         let a = s.splat(a);
//!         elementwise::zip(s, x, y, #[inline(always)] |x, y| s.mul_add(a, x, y));
//!     }
//! }
//! pub fn axpy<T: Real>(a: T, x: &[T], y: &mut [T]) {
//!     axpy_at(cpu::level(), a, x, y);
//! }
//! ```
//!
//! Whatever the body calls must be `#[inline(always)]`: a function that is not inlined is compiled without the
//! level's instructions, and that holds for closures too. Tests loop over [`cpu::available`](crate::cpu) and compare each level with [`Level::Portable`].

mod body;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;

pub(crate) use body::Kernel;

#[cfg(not(target_arch = "x86_64"))]
use crate::cpu::Level;

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::run;

/// Runs a kernel compiled for [`Level::Portable`]: there are no others.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(crate) fn run<T, K: Kernel<T>>(_: Level, kernel: K) -> K::Output
where
    crate::simd::Portable: crate::simd::Simd<T>,
{
    kernel.run(crate::simd::Portable)
}

/// The same value, seen as the type that `A` is: generic code's `T` is `f32` or `f64`, and has been asked which.
///
/// # Safety
/// `A` and `B` are the same type but for lifetimes, and those of `B` are no longer.
#[inline(always)]
pub(crate) unsafe fn same<A, B>(a: A) -> B {
    debug_assert_eq!(size_of::<A>(), size_of::<B>());
    let a = core::mem::ManuallyDrop::new(a);
    // SAFETY: the caller's promise; the original is not used again.
    unsafe { core::mem::transmute_copy(&a) }
}

/// Defines `fn name<T: Real>(level: Level, arguments..) -> output` from a body that is compiled for every level.
///
/// The body sees the arguments, the number type `T` and the token `s: S` with `S: Simd<T>`. A body that asks for no token
/// is compiled once for all levels, and the function takes no level: for what moves numbers about.
macro_rules! kernel {
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$T:ident, $S:ident>($($rest:tt)*) $($body:tt)*) => {
        $crate::dispatch::levels! { true $(#[$meta])* $vis fn $name<$T, $S>($($rest)*) $($body)* }
    };
    ($(#[$meta:meta])* $vis:vis fn $name:ident<$T:ident>($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        #[inline]
        $vis fn $name<$T: $crate::Real>($($arg: $ty),*) {
            $crate::dispatch::by_type! { $T, ($($arg: $ty),*) -> (), $body }
        }
    };
}
pub(crate) use kernel;

/// [`kernel!`], but at AVX-512 `f64` runs the code of AVX2. Layers compute in `f64` where gradients are checked;
/// code of its own for it would cost every build more than it gives.
macro_rules! layer_kernel {
    ($($all:tt)*) => { $crate::dispatch::levels! { false $($all)* } };
}
pub(crate) use layer_kernel;

/// A kernel for every level; the literal says whether that holds for `f64` too, or only up to AVX2.
macro_rules! levels {
    ($doubles:literal $(#[$meta:meta])* $vis:vis fn $name:ident<$T:ident, $S:ident>($s:ident: $S2:ident; $($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $crate::dispatch::levels! { $doubles $(#[$meta])* $vis fn $name<$T, $S>($s: $S2; $($arg: $ty),*) -> () $body }
    };
    ($doubles:literal $(#[$meta:meta])* $vis:vis fn $name:ident<$T:ident, $S:ident>($s:ident: $S2:ident; $($arg:ident: $ty:ty),* $(,)?) -> $out:ty $body:block) => {
        $(#[$meta])*
        #[inline]
        $vis fn $name<$T: $crate::Real>(level: $crate::cpu::Level, $($arg: $ty),*) -> $out {
            struct Arguments<A>(A);
            impl<$T: $crate::number::Number> $crate::dispatch::Kernel<$T> for Arguments<($($ty,)*)> {
                type Output = $out;
                const AVX512: bool = $doubles || size_of::<$T>() == size_of::<f32>();
                #[inline(always)]
                #[allow(unused_variables)]
                fn run<$S: $crate::simd::Simd<$T>>(self, $s: $S) -> $out {
                    let ($($arg,)*) = self.0;
                    $body
                }
            }
            $crate::dispatch::by_type! {
                $T, (level: $crate::cpu::Level, $($arg: $ty),*) -> $out, $crate::dispatch::run::<$T, _>(level, Arguments(($($arg,)*)))
            }
        }
    };
}
pub(crate) use levels;

/// Runs a body in a function of its own for `f32`, and one for `f64`: else every crate that uses a generic function
/// would compile it again, and with that crate's optimisation level.
macro_rules! by_type {
    ($T:ident, ($($arg:ident: $ty:ty),* $(,)?) -> $out:ty, $body:expr) => {
        if $crate::number::is_single::<$T>() {
            type $T = f32;
            #[inline(never)]
            fn single($($arg: $ty),*) -> $out {
                $body
            }
            // SAFETY: `T` is `f32`.
            unsafe { $crate::dispatch::same(single($($crate::dispatch::same($arg)),*)) }
        } else {
            type $T = f64;
            #[inline(never)]
            fn double($($arg: $ty),*) -> $out {
                $body
            }
            // SAFETY: `T` is `f64`.
            unsafe { $crate::dispatch::same(double($($crate::dispatch::same($arg)),*)) }
        }
    };
}
pub(crate) use by_type;

#[cfg(test)]
mod tests {
    use crate::cpu::{Level, available};

    kernel! {
        /// Plain loops are vectorised for the level by the compiler.
        fn scale_at<T, S>(s: S; a: T, x: &mut [T]) {
            x.iter_mut().for_each(|x| *x *= a);
        }
    }

    kernel! {
        fn lanes<T, S>(s: S; of: T) -> usize {
            S::LANES
        }
    }

    #[test]
    fn a_body_is_compiled_for_each_level() {
        for level in available() {
            let mut x: Vec<f32> = (0..37).map(|i| i as f32).collect();
            scale_at(level, 2.0, &mut x);
            assert!(x.iter().enumerate().all(|(i, x)| *x == 2.0 * i as f32));
            let expected = match level {
                Level::Portable => 4,
                Level::Avx2 => 8,
                Level::Avx512 => 16,
            };
            assert_eq!(lanes(level, 0f32), expected);
            assert_eq!(lanes(level, 0f64), expected / 2);
        }
    }
}
