//! What kernels know of a number beside [`Real`].

use core::any::TypeId;

use crate::Real;
use crate::math::Format;

/// A [`Real`] as the bodies of kernels see it.
pub(crate) trait Number: Real + Format {
    /// Whether it is `f32`. In a condition on a constant alone, what is never run is not compiled.
    const SINGLE: bool;
}

impl Number for f32 {
    const SINGLE: bool = true;
}

impl Number for f64 {
    const SINGLE: bool = false;
}

/// Whether `T` is `f32`; else it is `f64`, as [`Real`] is sealed.
#[inline(always)]
pub(crate) fn is_single<T: Real>() -> bool {
    TypeId::of::<T>() == TypeId::of::<f32>()
}
