//! The harmonic trap.

use crate::error::{check, check_length, check_weight};
use crate::{Mask, OptimError};
use core::ops::Range;
use gradflow_kernels::{Real, update};

/// L2 regularisation about a centre, which the text calls a harmonic trap: a spring that pulls parameters there, usually to 0.
///
/// ```text
/// Ṽ(q) = V(q) + strength/2 |q − q₀|² ;  J̃ = J + strength (q − q₀)                           (3)
/// ```
///
/// It enters the gradient before any statistic of a rule (means, squares, moments), as `weight_decay` does in PyTorch's `SGD` and `Adam`.
/// Decoupled decay ([`AdamW`](crate::AdamW)) is another method. With gradient descent it gives equation (4).
///
/// ```
/// use gradflow_optim::{Mask, Trap};
///
/// let trap = Trap { strength: 2.0, centre: None, mask: Some(Mask::new(vec![0..1])?) };
/// let mut j = [0.0, 0.0];
/// let value = trap.add(&[3.0, 5.0], &mut j);
/// assert_eq!((value, j), (9.0, [6.0, 0.0]));
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Trap {
    /// Strength of the spring, the text's lambda: PyTorch's `weight_decay`; Keras' `L2(strength / 2)`; scikit-learn's `alpha`, where that
    /// is not divided by a number of samples.
    pub strength: f64,
    /// Where it pulls to, `q_0`, one number for each parameter; the origin when there is none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub centre: Option<Vec<f64>>,
    /// Which parameters it binds; all when there is none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub mask: Option<Mask>,
}

/// Parameters at a time for which a centre is converted, on the stack.
const BLOCK: usize = 256;

impl Trap {
    /// A trap of all parameters around the origin.
    pub const fn new(strength: f64) -> Self {
        Self {
            strength,
            centre: None,
            mask: None,
        }
    }

    /// Refuses a strength that is negative or not finite, and a centre or mask that does not belong to `len` parameters.
    ///
    /// # Errors
    /// [`OptimError::Constant`], [`OptimError::Length`], [`OptimError::Mask`].
    pub fn validate(&self, len: usize) -> Result<(), OptimError> {
        check_weight("Trap", "strength", self.strength)?;
        if let Some(centre) = &self.centre {
            check_length("centre of the trap", len, centre.len())?;
        }
        self.mask.as_ref().map_or(Ok(()), |mask| mask.fits(len))?;
        self.fits_in(f64::MAX)
    }

    /// Refuses numbers beyond the largest one of the parameters' type.
    pub(crate) fn fits_in(&self, largest: f64) -> Result<(), OptimError> {
        let fits = |field, x: f64| {
            let holds = x.abs() <= largest;
            check(holds, "Trap", field, "finite in the parameters' type", x)
        };
        fits("strength", self.strength)?;
        let centre = self.centre.iter().flatten();
        centre.into_iter().try_for_each(|c| fits("centre", *c))
    }

    /// Adds the trap's gradient at `q` to `j` and returns its value.
    ///
    /// # Panics
    /// When centre, mask, `q` and `j` do not belong to the same number of parameters.
    pub fn add<T: Real>(&self, q: &[T], j: &mut [T]) -> f64 {
        self.sum(q.len(), |part, centre| {
            update::trap(&q[part.clone()], centre, &mut j[part], self.strength)
        })
    }

    /// Adds the product of the trap's second derivative, which is the same everywhere, with `v` to `hv`.
    ///
    /// # Panics
    /// When mask, `v` and `hv` do not belong to the same number of parameters.
    pub fn add_curvature<T: Real>(&self, v: &[T], hv: &mut [T]) {
        let all = 0..v.len();
        let all = core::slice::from_ref(&all);
        for part in self.mask.as_ref().map_or(all, Mask::ranges) {
            update::trap(&v[part.clone()], None, &mut hv[part.clone()], self.strength);
        }
    }

    /// The trap's value at `q`.
    ///
    /// # Panics
    /// When centre, mask and `q` do not belong to the same number of parameters.
    pub fn value<T: Real>(&self, q: &[T]) -> f64 {
        self.sum(q.len(), |part, centre| {
            update::trap_value(&q[part], centre, self.strength)
        })
    }

    /// The sum over all bound ranges, in blocks where there is a centre, which is handed over in the parameters' type.
    fn sum<T: Real>(
        &self,
        len: usize,
        mut part: impl FnMut(Range<usize>, Option<&[T]>) -> f64,
    ) -> f64 {
        let all = 0..len;
        let all = core::slice::from_ref(&all);
        let ranges = self.mask.as_ref().map_or(all, Mask::ranges);
        let Some(centre) = &self.centre else {
            return ranges.iter().map(|range| part(range.clone(), None)).sum();
        };
        let mut block = [T::ZERO; BLOCK];
        let mut sum = 0.0;
        for range in ranges {
            for start in range.clone().step_by(BLOCK) {
                let end = range.end.min(start + BLOCK);
                let block = &mut block[..end - start];
                for (to, from) in block.iter_mut().zip(&centre[start..end]) {
                    *to = T::from_f64(*from);
                }
                sum += part(start..end, Some(block));
            }
        }
        sum
    }
}
