//! Whether a saved state belongs to the parameters.

use crate::{Moments, Velocity};

/// State whose arrays have one element for each parameter.
pub(crate) trait Fits {
    /// Whether it belongs to `len` parameters.
    fn fits(&self, len: usize) -> bool;
}

impl Fits for () {
    fn fits(&self, _len: usize) -> bool {
        true
    }
}

impl<T> Fits for Velocity<T> {
    fn fits(&self, len: usize) -> bool {
        self.0.len() == len
    }
}

impl<T> Fits for Moments<T> {
    fn fits(&self, len: usize) -> bool {
        self.first.len() == len && self.second.len() == len
    }
}
