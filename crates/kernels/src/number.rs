//! What kernels know of a number beside [`Real`].

use core::any::TypeId;

use crate::Real;
use crate::math::Format;

/// A [`Real`] as the bodies of kernels see it.
pub(crate) trait Number: Real + Format {}

impl Number for f32 {}
impl Number for f64 {}

/// Whether `T` is `f32`; else it is `f64`, as [`Real`] is sealed.
#[inline(always)]
pub(crate) fn is_single<T: Real>() -> bool {
    TypeId::of::<T>() == TypeId::of::<f32>()
}
