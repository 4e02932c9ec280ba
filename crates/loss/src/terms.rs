//! What stands beside the formula of a loss: weights of components, smoothed targets.

use gradflow_kernels::Real;

/// The weight `w_a` of a component, and a target as the loss takes it.
pub(crate) trait Terms<T: Real>: Copy {
    fn weight(self, a: usize) -> T;
    fn target(self, y: T) -> T;
}

/// Weights of 1 and targets as they are: nothing to compute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

impl<T: Real> Terms<T> for Plain {
    #[inline(always)]
    fn weight(self, _: usize) -> T {
        T::ONE
    }

    #[inline(always)]
    fn target(self, y: T) -> T {
        y
    }
}

/// Weights of components, targets as they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weighted<'a>(pub(crate) &'a [f64]);

impl<T: Real> Terms<T> for Weighted<'_> {
    #[inline(always)]
    fn weight(self, a: usize) -> T {
        T::from_f64(self.0[a])
    }

    #[inline(always)]
    fn target(self, y: T) -> T {
        y
    }
}

/// Label smoothing, `y <- keep y + add`, and weights if there are any.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Smoothed<'a, T> {
    pub(crate) weights: Option<&'a [f64]>,
    pub(crate) keep: T,
    pub(crate) add: T,
}

impl<T: Real> Terms<T> for Smoothed<'_, T> {
    #[inline(always)]
    fn weight(self, a: usize) -> T {
        self.weights.map_or(T::ONE, |w| T::from_f64(w[a]))
    }

    #[inline(always)]
    fn target(self, y: T) -> T {
        self.keep * y + self.add
    }
}
