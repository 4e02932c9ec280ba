//! Whether a saved state has the shape that its rule expects.

use crate::*;

/// Running state that can be compared with a fresh one of the same rule and parameters.
pub(crate) trait Fits {
    /// Whether all arrays have the lengths of those of `fresh`.
    fn fits(&self, fresh: &Self) -> bool;
}

impl Fits for () {
    fn fits(&self, (): &()) -> bool {
        true
    }
}

impl<T> Fits for Velocity<T> {
    fn fits(&self, fresh: &Self) -> bool {
        self.0.len() == fresh.0.len()
    }
}

impl<T> Fits for SquareState<T> {
    fn fits(&self, fresh: &Self) -> bool {
        self.squares.len() == fresh.squares.len()
    }
}

impl<T> Fits for Moments<T> {
    fn fits(&self, fresh: &Self) -> bool {
        self.first.len() == fresh.first.len() && self.second.len() == fresh.second.len()
    }
}

impl<T> Fits for LargestMoments<T> {
    fn fits(&self, fresh: &Self) -> bool {
        self.moments.fits(&fresh.moments) && self.largest.len() == fresh.largest.len()
    }
}

impl<T> Fits for History<T> {
    fn fits(&self, fresh: &Self) -> bool {
        let lengths = |history: &Self| history.past.iter().map(Vec::len).collect::<Vec<_>>();
        lengths(self) == lengths(fresh)
    }
}

#[cfg(feature = "full-matrix")]
impl Fits for GradientProducts {
    fn fits(&self, fresh: &Self) -> bool {
        self.parameters == fresh.parameters
            && self.products.len() == fresh.products.len()
            && self.gradients.iter().all(|j| j.len() == self.parameters)
    }
}
