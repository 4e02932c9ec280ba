//! Features of the user's own.

use core::fmt;
use std::sync::Arc;

/// What makes features of the inputs of a sample: reads the first, writes the second.
type Function = Arc<dyn Fn(&[f64], &mut [f64]) + Send + Sync>;

/// Features that the user computes, with a name for files; see [`FeatureMap::own`](crate::FeatureMap::own).
///
/// A file holds the names, not the code: what it reads is known by name only until
/// [`FeatureMap::resolve`](crate::FeatureMap::resolve).
#[derive(Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct OwnFeatures {
    name: String,
    features: Vec<String>,
    #[cfg_attr(feature = "serde", serde(skip))]
    function: Option<Function>,
}

impl OwnFeatures {
    pub(super) fn new(
        name: String,
        features: Vec<String>,
        function: impl Fn(&[f64], &mut [f64]) + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            features,
            function: Some(Arc::new(function)),
        }
    }

    /// The name given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of the features.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// Whether the function is known.
    pub fn is_resolved(&self) -> bool {
        self.function.is_some()
    }

    pub(super) fn call(&self, x: &[f64], features: &mut [f64]) -> bool {
        match &self.function {
            Some(function) => {
                function(x, features);
                true
            }
            None => false,
        }
    }

    /// Takes the function of another one of the same name with as many features.
    pub(super) fn learn(&mut self, other: &Self) {
        if self.name == other.name && self.features.len() == other.features.len() {
            self.function.clone_from(&other.function);
        }
    }
}

impl fmt::Debug for OwnFeatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnFeatures")
            .field("name", &self.name)
            .field("features", &self.features)
            .field("resolved", &self.is_resolved())
            .finish_non_exhaustive()
    }
}

impl PartialEq for OwnFeatures {
    /// The same names, and the same function where both have one.
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.function, &other.function) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        same && self.name == other.name && self.features == other.features
    }
}
