//! Activations of the user's.

use core::fmt;
use std::sync::Arc;

use gradflow_kernels::Real;
#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::LayerFault;

type Function = Arc<dyn Fn(f64) -> f64 + Send + Sync>;

/// A function `sigma` and its derivative, given by the user, with a name and, if stated, the range of its values.
///
/// Both are functions of `z`, in double precision; a layer in `f32` converts. They are called once for each output of a
/// forward pass, through a pointer, which costs some nanoseconds an element more than an activation of the library.
///
/// It serialises as its name. Read back, it has no functions until a [`Registry`](crate::Registry) gives them.
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
    /// `sigma` and its derivative; `None` where only the name is known.
    functions: Option<(Function, Function)>,
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
            functions: Some((Arc::new(value), Arc::new(slope))),
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

    /// Whether the functions are known. They are not after reading from a file: layers refuse such an activation, and
    /// [`Recipe::on`](crate::Recipe::on) looks it up.
    pub fn is_resolved(&self) -> bool {
        self.functions.is_some()
    }

    /// `sigma(z)`; NaN where the functions are not known.
    pub fn value(&self, z: f64) -> f64 {
        self.functions
            .as_ref()
            .map_or(f64::NAN, |(value, _)| value(z))
    }

    /// `sigma'(z)`; NaN where the functions are not known.
    pub fn slope(&self, z: f64) -> f64 {
        self.functions
            .as_ref()
            .map_or(f64::NAN, |(_, slope)| slope(z))
    }

    /// Greatest lower and least upper bound of the values, as stated.
    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    pub(crate) fn check(&self) -> Result<(), LayerFault> {
        let (low, high) = self.range;
        let activation = || self.name.to_string();
        if !self.is_resolved() {
            let activation = activation();
            return Err(LayerFault::Unresolved { activation });
        }
        // False if one of them is NaN as well.
        if low < high {
            return Ok(());
        }
        Err(LayerFault::Range {
            activation: activation(),
            low,
            high,
        })
    }

    /// Replaces every `z` in `p` by `sigma(z)`.
    pub(crate) fn apply<T: Real>(&self, p: &mut [T]) {
        for p in p {
            *p = T::from_f64(self.value(p.to_f64()));
        }
    }

    /// Replaces every `z` in `p` by `sigma(z)` and keeps its slope, which the value alone does not tell.
    pub(crate) fn apply_and_keep<T: Real>(&self, p: &mut [T], slopes: &mut [T]) {
        assert!(
            slopes.len() >= p.len(),
            "the layer's scratch is as long as its output"
        );
        for (p, slope) in p.iter_mut().zip(slopes) {
            let z = p.to_f64();
            *p = T::from_f64(self.value(z));
            *slope = T::from_f64(self.slope(z));
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
    /// The same pair of functions, not merely the same name; where only names are known, the same name.
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.functions, &other.functions) {
            (Some(a), Some(b)) => Arc::ptr_eq(&a.0, &b.0) && Arc::ptr_eq(&a.1, &b.1),
            (None, None) => true,
            _ => false,
        };
        same && self.name == other.name && self.range == other.range
    }
}

#[cfg(feature = "serde")]
impl Serialize for CustomActivation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for CustomActivation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(Self {
            name: name.into(),
            functions: None,
            range: (f64::NEG_INFINITY, f64::INFINITY),
        })
    }
}
