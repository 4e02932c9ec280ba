//! Entrywise losses of the user's.

use core::fmt;
use core::ops::RangeInclusive;
use std::sync::Arc;

/// A function of prediction and target, in double precision.
type Function = Arc<dyn Fn(f64, f64) -> f64 + Send + Sync>;

/// A loss `l~(v, y)` of one component and its derivative `dl~/dv`, given by the user, with a name.
///
/// Both are functions of the prediction `v = zeta_a` and the target `y`, in double precision; the chain rule through the
/// output map, weights, and the mean (22) over the components are the cost's. They are called once or twice for each
/// component, through a pointer, which costs some nanoseconds more than a loss of the library; nothing is allocated.
/// A NaN among the outputs gives NaN without a call.
///
/// [`Loss::custom`](crate::Loss::custom) makes the loss in one line; this type is for one whose targets are restricted.
///
/// ```
/// use gradflow_loss::{Cost, CustomLoss, Loss, Output};
/// use gradflow_tensor::Batch;
///
/// let poisson = CustomLoss::new("poisson", |v, y| v.exp() - y * v, |v, y| v.exp() - y);
/// let counts = Loss::from(poisson.with_targets(0.0..=f64::MAX));
/// let cost = Cost::new(Output::Identity, counts)?;
/// let value = cost.value(Batch::single(&[0.0])?, Batch::single(&[2.0])?, None, 1.0);
/// assert_eq!(value, 1.0);
/// let error = cost.check_targets(Batch::single(&[-1.0])?).unwrap_err();
/// assert!(error.to_string().contains("poisson needs targets in [0, "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CustomLoss {
    name: Arc<str>,
    /// Value and slope; a file has none.
    functions: Option<[Function; 2]>,
    targets: RangeInclusive<f64>,
}

impl CustomLoss {
    /// A name for files and tables, the loss and its derivative with respect to `v`; targets may be any finite numbers.
    pub fn new(
        name: impl Into<Arc<str>>,
        value: impl Fn(f64, f64) -> f64 + Send + Sync + 'static,
        slope: impl Fn(f64, f64) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            functions: Some([Arc::new(value), Arc::new(slope)]),
            targets: f64::MIN..=f64::MAX,
        }
    }

    /// What a file says of a loss: its name.
    #[cfg(feature = "serde")]
    pub(crate) fn unresolved(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            functions: None,
            targets: f64::MIN..=f64::MAX,
        }
    }

    /// States for which targets the loss is defined; others are refused.
    #[must_use]
    pub fn with_targets(self, targets: RangeInclusive<f64>) -> Self {
        Self { targets, ..self }
    }

    /// The name given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where targets lie, as stated.
    pub fn targets(&self) -> RangeInclusive<f64> {
        self.targets.clone()
    }

    /// Whether the functions are known: not after a file has been read, until [`Cost::resolve`](crate::Cost::resolve).
    pub fn is_resolved(&self) -> bool {
        self.functions.is_some()
    }

    /// `l~(v, y)`; NaN for a NaN, and for a loss that a file has named only.
    pub fn value(&self, v: f64, y: f64) -> f64 {
        self.call(0, v, y)
    }

    /// `dl~/dv`; NaN as the value.
    pub fn slope(&self, v: f64, y: f64) -> f64 {
        self.call(1, v, y)
    }

    #[inline]
    fn call(&self, which: usize, v: f64, y: f64) -> f64 {
        match &self.functions {
            Some(functions) if !v.is_nan() => functions[which](v, y),
            _ => f64::NAN,
        }
    }
}

impl fmt::Debug for CustomLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomLoss")
            .field("name", &self.name)
            .field("resolved", &self.is_resolved())
            .field("targets", &self.targets)
            .finish_non_exhaustive()
    }
}

impl PartialEq for CustomLoss {
    /// The same pair of functions, not merely the same name; of losses that files have named, the name.
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.functions, &other.functions) {
            (None, None) => true,
            (Some(a), Some(b)) => a.iter().zip(b).all(|(a, b)| Arc::ptr_eq(a, b)),
            _ => false,
        };
        same && self.name == other.name && self.targets == other.targets
    }
}
