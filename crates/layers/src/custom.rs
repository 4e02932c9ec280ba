//! Activations of the user's.

use core::fmt;
use std::sync::Arc;

use gradflow_kernels::Real;

use crate::LayerError;

/// A function `sigma` and its derivative, given by the user, with a name and, if stated, the range of its values.
///
/// Both are functions of `z`, in double precision; a layer in `f32` converts. They are called once for each output of a
/// forward pass, through a pointer, which costs some nanoseconds an element more than an activation of the library.
///
/// ```
/// use gradflow_layers::{Activation, CustomActivation};
///
/// // 1/2 + arctan(z)/pi lies in (0, 1): stated, so that it may feed a cross-entropy.
/// let cauchy = CustomActivation::new(
///     "cauchy",
///     |z| 0.5 + z.atan() / std::f64::consts::PI,
///     |z| 1.0 / (std::f64::consts::PI * (1.0 + z * z)),
/// );
/// let activation = Activation::from(cauchy.with_range(0.0, 1.0));
/// assert_eq!(activation.value(0.0), 0.5);
/// assert_eq!(activation.range(), (0.0, 1.0));
/// assert_eq!(activation.to_string(), "cauchy");
/// ```
#[derive(Clone)]
pub struct CustomActivation {
    name: Arc<str>,
    value: Arc<dyn Fn(f64) -> f64 + Send + Sync>,
    slope: Arc<dyn Fn(f64) -> f64 + Send + Sync>,
    range: (f64, f64),
}

impl CustomActivation {
    /// A name for tables, the function and its derivative; its values may lie anywhere.
    pub fn new(
        name: &str,
        value: impl Fn(f64) -> f64 + Send + Sync + 'static,
        slope: impl Fn(f64) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            value: Arc::new(value),
            slope: Arc::new(slope),
            range: (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    /// States the greatest lower and the least upper bound of the values: a promise that nobody checks. Some costs
    /// need it, such as the cross-entropy of outputs in (0, 1). A layer refuses an empty range.
    #[must_use]
    pub fn with_range(self, low: f64, high: f64) -> Self {
        Self {
            range: (low, high),
            ..self
        }
    }

    /// The name given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `sigma(z)`.
    pub fn value(&self, z: f64) -> f64 {
        (self.value)(z)
    }

    /// `sigma'(z)`.
    pub fn slope(&self, z: f64) -> f64 {
        (self.slope)(z)
    }

    /// Greatest lower and least upper bound of the values, as stated.
    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    pub(crate) fn check(&self) -> Result<(), LayerError> {
        let (low, high) = self.range;
        // False if one of them is NaN as well.
        if low < high {
            Ok(())
        } else {
            Err(LayerError::Range {
                activation: self.name.to_string(),
                low,
                high,
            })
        }
    }

    /// Replaces every `z` in `p` by `sigma(z)` and keeps its slope, which the value alone does not tell.
    pub(crate) fn apply<T: Real>(&self, p: &mut [T], slopes: &mut [T]) {
        assert!(
            slopes.len() >= p.len(),
            "the layer's scratch is as long as its output"
        );
        for (p, slope) in p.iter_mut().zip(slopes) {
            let z = p.to_f64();
            *p = T::from_f64((self.value)(z));
            *slope = T::from_f64((self.slope)(z));
        }
    }
}

impl fmt::Debug for CustomActivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomActivation")
            .field("name", &self.name)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

impl PartialEq for CustomActivation {
    /// The same pair of functions, not merely the same name.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.value, &other.value)
            && Arc::ptr_eq(&self.slope, &other.slope)
            && self.range == other.range
    }
}
