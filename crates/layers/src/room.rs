//! How much scratch a pass needs.

/// Elements of scratch, for any number of samples: `fixed + each * samples`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room {
    /// Elements for the pass as a whole.
    pub fixed: usize,
    /// Elements for each sample.
    pub each: usize,
}

impl Room {
    /// No scratch.
    pub const NONE: Self = Self { fixed: 0, each: 0 };

    /// Elements for so many samples; the largest number if there are more.
    pub fn of(&self, samples: usize) -> usize {
        self.fixed.saturating_add(self.each.saturating_mul(samples))
    }

    /// Room for two things side by side.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            fixed: self.fixed.saturating_add(other.fixed),
            each: self.each.saturating_add(other.each),
        }
    }

    /// Room for either of two things.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            fixed: self.fixed.max(other.fixed),
            each: self.each.max(other.each),
        }
    }

    /// Elements for so many samples; `None` if that overflows.
    pub fn checked(&self, samples: usize) -> Option<usize> {
        self.each.checked_mul(samples)?.checked_add(self.fixed)
    }
}
