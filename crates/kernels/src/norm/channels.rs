//! Channels, and what is summed for each.

use crate::sizes::count;

/// How the elements of a sample belong to channels: `channels` times `positions` neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    /// Number of channels; at least 1.
    pub channels: usize,
    /// Elements of a channel within a sample; at least 1.
    pub positions: usize,
}

impl Channels {
    /// Elements of a sample.
    ///
    /// # Panics
    /// If there are none, or more than a slice can hold.
    pub(super) fn sample(self) -> usize {
        let n = count("a sample", [self.channels, self.positions]);
        assert!(n > 0, "a channel without elements: {self:?}");
        n
    }

    /// Samples of an array.
    ///
    /// # Panics
    /// If they are not whole.
    pub(super) fn samples(self, len: usize) -> usize {
        let n = self.sample();
        assert_eq!(len % n, 0, "whole samples of {self:?}");
        len / n
    }

    /// # Panics
    /// If an array has not one number a channel.
    pub(super) fn check<T>(self, arrays: &[&[T]]) {
        let right = arrays.iter().all(|a| a.len() == self.channels);
        assert!(right, "one number for each channel of {self:?}");
    }
}

/// Numbers of a [`Total`].
pub(super) const TOTAL: usize = 4;

/// What is summed for a channel, in double precision; all 0 at first.
pub(super) type Total = [f64; TOTAL];
