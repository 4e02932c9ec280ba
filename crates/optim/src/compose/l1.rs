//! The proximal step of L1 regularisation.

use crate::error::check_weight;
use crate::{Mask, OptimError};
use core::ops::Range;
use gradflow_kernels::Real;

/// L1 regularisation by a proximal step: after each step of a rule, parameters shrink towards 0, and small ones become 0.
///
/// ```text
/// Ṽ(q) = V(q) + strength |q|₁ ;   q ← sign(q) max(|q| − h strength, 0)
/// ```
///
/// `h` is how far the rule moves a step in the end, under a lasting unit gradient ([`Method::displacement`](crate::Method::displacement)):
/// the rate of (2), `rate/(1 - beta)` of summed momentum. Then the minimum of `V~` stays where it is. Rules that divide by
/// squares, take several gradients a step, or search have no such `h` and are refused.
///
/// Values and gradients that are reported are those of `V` alone: `|J|` does not vanish in the minimum, so stop by
/// [`Stop::step`](crate::Stop), but not with momentum, whose first steps may be too short to leave 0. Leave biases out by the mask.
///
/// ```
/// use gradflow_optim::{Closure, Descent, GradientDescent, L1, Stop};
///
/// // A bowl around (3, 0.5).
/// let mut bowl = Closure::new(2, |q: &[f64], j: &mut [f64]| {
///     j.copy_from_slice(&[q[0] - 3.0, q[1] - 0.5]);
///     (j[0] * j[0] + j[1] * j[1]) / 2.0
/// });
/// let descent = Descent::new(GradientDescent { rate: 0.5 }).with_l1(L1::new(1.0));
/// let stop = Stop { step: Some(0.0), ..Stop::default() };
/// let end = descent.minimise(&mut bowl, &[1.0, 1.0], &stop)?;
/// assert!((end.q[0] - 2.0).abs() < 1e-12 && end.q[1] == 0.0);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct L1 {
    /// Strength of the sum of absolute values.
    pub strength: f64,
    /// Which parameters it binds; all when there is none.
    #[cfg_attr(feature = "serde", serde(default))]
    pub mask: Option<Mask>,
}

impl L1 {
    /// Of all parameters.
    pub const fn new(strength: f64) -> Self {
        Self {
            strength,
            mask: None,
        }
    }

    /// Refuses a strength that is negative or not finite, and a mask that does not belong to `len` parameters.
    ///
    /// # Errors
    /// [`OptimError::Constant`], [`OptimError::Mask`].
    pub fn validate(&self, len: usize) -> Result<(), OptimError> {
        check_weight("L1", "strength", self.strength)?;
        self.mask.as_ref().map_or(Ok(()), |mask| mask.fits(len))
    }

    /// The proximal step after a rule's that moves by `h` under a lasting unit gradient.
    ///
    /// # Panics
    /// When the mask reaches beyond `q`.
    pub fn shrink<T: Real>(&self, q: &mut [T], h: f64) {
        let by = T::from_f64(h * self.strength);
        let all = 0..q.len();
        let all = core::slice::from_ref(&all);
        let ranges: &[Range<usize>] = self.mask.as_ref().map_or(all, Mask::ranges);
        for range in ranges {
            for q in &mut q[range.clone()] {
                *q = if q.abs() <= by {
                    T::ZERO
                } else if *q > T::ZERO {
                    *q - by
                } else {
                    *q + by
                };
            }
        }
    }
}
