//! Which parameters something binds.

use crate::OptimError;
use core::ops::Range;

/// A set of parameters, as ranges in rising order that do not overlap.
///
/// ```
/// use gradflow_optim::Mask;
///
/// let weights = Mask::new(vec![0..6, 8..20])?; // 6..8 are biases
/// assert_eq!(weights, Mask::of((0..20).map(|i| i != 6 && i != 7)));
/// assert!(Mask::new(vec![3..9, 8..20]).is_err());
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<Range<usize>>", into = "Vec<Range<usize>>")
)]
pub struct Mask(Vec<Range<usize>>);

impl Mask {
    /// The parameters of the given ranges.
    ///
    /// # Errors
    /// [`OptimError::Mask`] for a range that is empty or does not follow the one before it.
    pub fn new(ranges: Vec<Range<usize>>) -> Result<Self, OptimError> {
        let mut after = 0;
        for &Range { start, end } in &ranges {
            if start < after || end <= start {
                return Err(OptimError::Mask {
                    start,
                    end,
                    after,
                    len: usize::MAX,
                });
            }
            after = end;
        }
        Ok(Self(ranges))
    }

    /// The parameters whose flag is set, one flag for each parameter.
    pub fn of(flags: impl IntoIterator<Item = bool>) -> Self {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for (i, _) in flags.into_iter().enumerate().filter(|(_, flag)| *flag) {
            match ranges.last_mut() {
                Some(last) if last.end == i => last.end = i + 1,
                _ => ranges.push(i..i + 1),
            }
        }
        Self(ranges)
    }

    /// The ranges, in rising order.
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.0
    }

    /// Refuses a mask that reaches beyond `len` parameters.
    pub(crate) fn fits(&self, len: usize) -> Result<(), OptimError> {
        match self.0.last() {
            Some(&Range { start, end }) if end > len => Err(OptimError::Mask {
                start,
                end,
                after: 0,
                len,
            }),
            _ => Ok(()),
        }
    }
}

impl TryFrom<Vec<Range<usize>>> for Mask {
    type Error = OptimError;

    fn try_from(ranges: Vec<Range<usize>>) -> Result<Self, OptimError> {
        Self::new(ranges)
    }
}

impl From<Mask> for Vec<Range<usize>> {
    fn from(mask: Mask) -> Self {
        mask.0
    }
}
