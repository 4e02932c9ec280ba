//! The harmonic trap.

use crate::error::check_weight;
use crate::{Mask, OptimError};
use core::ops::Range;
use gradflow_kernels::{Real, update};
use serde::{Deserialize, Serialize};

/// A harmonic trap (L2 regularisation): a spring that pulls parameters to a centre.
///
/// ```text
/// V~(q) = V(q) + strength/2 |q - q_0|^2 ;  J~ = J + strength (q - q_0)                      (3)
/// ```
///
/// It enters the gradient before any statistic of a rule (means, squares, moments). Decoupled decay
/// ([`AdamW`](crate::AdamW)) is another method. With gradient descent it gives equation (4).
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trap<T> {
    /// Strength of the spring, the text's lambda.
    pub strength: f64,
    /// Where it pulls to, `q_0`, one number for each parameter; the origin when there is none.
    #[serde(default = "Option::default")]
    pub centre: Option<Vec<T>>,
    /// Which parameters it binds; all when there is none.
    #[serde(default)]
    pub mask: Option<Mask>,
}

impl<T: Real> Trap<T> {
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
            if centre.len() != len {
                let found = centre.len();
                return Err(OptimError::Length {
                    of: "centre of the trap",
                    expected: len,
                    found,
                });
            }
            if let Some(c) = centre.iter().find(|c| !c.is_finite()) {
                check_weight("Trap", "centre", c.to_f64())?;
            }
        }
        self.mask.as_ref().map_or(Ok(()), |mask| mask.fits(len))
    }

    /// Adds the trap's gradient at `q` to `j` and returns its value.
    ///
    /// # Panics
    /// When centre, mask, `q` and `j` do not belong to the same number of parameters.
    pub fn add(&self, q: &[T], j: &mut [T]) -> f64 {
        self.sum(q.len(), |bound| {
            let centre = self.centre.as_deref().map(|c| &c[bound.clone()]);
            update::trap(&q[bound.clone()], centre, &mut j[bound], self.strength)
        })
    }

    /// The trap's value at `q`.
    ///
    /// # Panics
    /// When centre, mask and `q` do not belong to the same number of parameters.
    pub fn value(&self, q: &[T]) -> f64 {
        self.sum(q.len(), |bound| {
            let centre = self.centre.as_deref().map(|c| &c[bound.clone()]);
            update::trap_value(&q[bound], centre, self.strength)
        })
    }

    fn sum(&self, len: usize, mut part: impl FnMut(Range<usize>) -> f64) -> f64 {
        match &self.mask {
            None => part(0..len),
            Some(mask) => mask.ranges().iter().cloned().map(part).sum(),
        }
    }
}
