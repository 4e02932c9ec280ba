//! A fitted logistic regression.

use core::fmt;

use gradflow_data::{Dataset, FeatureMap};
use gradflow_kernels::{Finish, Operand, Real, Unary, Workers, product};
use gradflow_loss::Output;
use gradflow_optim::{Minimum, Reason};
use gradflow_tensor::{Batch, BatchMut};
#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{LogisticFitError, LogisticRegression, Several};
use crate::ModelError;
use crate::metrics::accuracy;

/// A fitted [`LogisticRegression`]: coefficients and what they say of samples.
///
/// Samples are given as the data set had them; the map to features is part of the model. With the feature `serde` it is a value for any
/// format: what is read back predicts the same bits, and is refused if its numbers do not belong together; how the fit ended stays behind.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(
        remote = "Self",
        deny_unknown_fields,
        bound(
            serialize = "T: serde::Serialize",
            deserialize = "T: Real + serde::Deserialize<'de>"
        )
    )
)]
pub struct LogisticModel<T> {
    map: FeatureMap,
    inputs: Vec<String>,
    features: Vec<String>,
    classes: usize,
    class_names: Vec<String>,
    softmax: bool,
    coefficients: Vec<T>,
    intercepts: Vec<T>,
    #[cfg_attr(feature = "serde", serde(skip))]
    ends: Vec<LogisticEnd>,
}

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogisticEnd {
    /// Why. A step of length 0 is [`Reason::Step`]: rounding hides any further decrease.
    pub reason: Reason,
    /// Whether a plane separates the classes and nothing holds the coefficients: then there is no minimum, coefficients grow for ever,
    /// and the model is where the stopping rule ended them.
    pub separated: bool,
    /// The cost, with the trap.
    pub cost: f64,
    /// Length of the gradient, in units of standardised features.
    pub gradient_norm: f64,
    /// Steps made.
    pub iterations: usize,
    /// Passes over the data for a gradient.
    pub gradients: usize,
    /// Passes over the data for a product with the second derivative.
    pub products: usize,
}

impl LogisticEnd {
    pub(super) fn new<T>(end: &Minimum<T>, separated: bool) -> Self {
        Self {
            reason: end.reason,
            separated,
            cost: end.value,
            gradient_norm: end.gradient_norm,
            iterations: end.iterations,
            gradients: end.gradients,
            products: end.products,
        }
    }
}

impl fmt::Display for LogisticEnd {
    /// One line: the reason, steps and passes, and what to do where a plane separates the classes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passes = self.gradients + self.products;
        write!(
            f,
            "ended after {} steps and {passes} passes over the data, cost {:.6e}, gradient {:.1e}: ",
            self.iterations, self.cost, self.gradient_norm
        )?;
        match self.reason {
            Reason::Step => f.write_str("rounding hides any further decrease")?,
            reason => write!(f, "{reason}")?,
        }
        match self.separated {
            true => f.write_str(
                "; a plane separates the classes, so that coefficients grow for ever: a trap (lam > 0) holds them",
            ),
            false => Ok(()),
        }
    }
}

impl<T: Real> LogisticModel<T> {
    /// A model without coefficients, to which `rows` fits will be added.
    pub(super) fn new(
        of: &LogisticRegression,
        inputs: Vec<String>,
        features: Vec<String>,
        data: &Dataset<T>,
        fits: usize,
    ) -> Result<Self, LogisticFitError> {
        let classes = data.classes().ok_or(LogisticFitError::NoClasses)?;
        Ok(Self {
            map: of.map.clone(),
            inputs,
            features,
            classes,
            class_names: data.class_names().unwrap_or_default().to_vec(),
            softmax: classes > 2 && of.several == Several::Softmax,
            coefficients: Vec::new(),
            intercepts: Vec::new(),
            ends: Vec::with_capacity(fits),
        })
    }

    pub(super) fn add(&mut self, w: &[f64], b: &[f64], end: LogisticEnd) {
        self.coefficients.extend(w.iter().map(|w| T::from_f64(*w)));
        self.intercepts.extend(b.iter().map(|b| T::from_f64(*b)));
        self.ends.push(end);
    }

    /// The model with the user's maps, which a file has by name.
    ///
    /// # Errors
    /// [`LogisticFitError::Features`] if a map is still unknown, [`LogisticFitError::Fitted`] if it makes another number of features than there are
    /// coefficients for.
    pub fn resolve(self, known: &[FeatureMap]) -> Result<Self, LogisticFitError> {
        let map = self.map.resolve(known);
        map.size(self.inputs.len())?;
        let resolved = Self { map, ..self };
        resolved.check()?;
        Ok(resolved)
    }

    /// Whether numbers and names belong together, as those of a fit do.
    fn check(&self) -> Result<(), LogisticFitError> {
        let counted = |what, expected, found| match expected == found {
            true => Ok(()),
            false => Err(LogisticFitError::Fitted {
                what,
                expected,
                found,
            }),
        };
        if self.classes < 2 {
            return Err(LogisticFitError::OneClass(self.classes));
        }
        let outputs = if self.classes == 2 { 1 } else { self.classes };
        counted("intercepts", outputs, self.intercepts.len())?;
        let features = self.features.len();
        let coefficients = outputs.saturating_mul(features);
        counted("coefficients", coefficients, self.coefficients.len())?;
        if !self.class_names.is_empty() {
            counted("class names", self.classes, self.class_names.len())?;
        }
        // A map of the user's is known when it is resolved.
        if self.map.unresolved().is_none() {
            counted("features", self.map.size(self.inputs.len())?, features)?;
        }
        // Two classes have one output, and no soft-max.
        counted(
            "outputs of a soft-max",
            0,
            usize::from(self.softmax && outputs == 1),
        )?;
        let mut numbers = self.coefficients.iter().chain(&self.intercepts);
        match numbers.find(|x| !x.is_finite()) {
            None => Ok(()),
            Some(x) => Err(LogisticFitError::Setting {
                field: "coefficients",
                expected: "finite",
                value: x.to_f64(),
            }),
        }
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Names of the classes, if the data had any.
    pub fn class_names(&self) -> Option<&[String]> {
        (!self.class_names.is_empty()).then_some(&self.class_names)
    }

    /// Names of the features, in the order of the coefficients.
    pub fn features(&self) -> &[String] {
        &self.features
    }

    /// The coefficients: those of one output after another. Two classes have one output, which stands for class 1; several have
    /// one each.
    pub fn coefficients(&self) -> &[T] {
        &self.coefficients
    }

    /// The intercepts, one for each output; zeros where the fit had none.
    pub fn intercepts(&self) -> &[T] {
        &self.intercepts
    }

    /// The coefficient of a feature by name, for an output: 0 for two classes, else the class. Nothing if there is no such feature
    /// or output.
    pub fn coefficient(&self, feature: &str, output: usize) -> Option<T> {
        let a = self.features.iter().position(|name| name == feature)?;
        let row = self
            .coefficients
            .chunks_exact(self.features.len())
            .nth(output)?;
        row.get(a).copied()
    }

    /// How the fit ended (nothing of a model from a file); that of each class in turn where each was fitted against the rest.
    pub fn ends(&self) -> &[LogisticEnd] {
        &self.ends
    }

    /// The decision function `z = W phi(x) + b` of a sample: one number for each output.
    ///
    /// # Errors
    /// [`LogisticFitError::Inputs`] for another number of inputs, [`LogisticFitError::Features`] where the map refuses them.
    pub fn decision(&self, x: &[T]) -> Result<Vec<T>, LogisticFitError> {
        let expected = self.inputs.len();
        if x.len() != expected {
            let found = x.len();
            return Err(LogisticFitError::Inputs { expected, found });
        }
        self.decisions(Batch::new(x, expected).expect("one sample"))
    }

    /// Probability of each class for a sample.
    ///
    /// Where each class was fitted against the rest, those of the fits are divided by their sum.
    ///
    /// # Errors
    /// As [`decision`](Self::decision).
    pub fn probabilities(&self, x: &[T]) -> Result<Vec<T>, LogisticFitError> {
        let mut p = self.decision(x)?;
        if self.softmax {
            Output::Softmax.apply(BatchMut::new(&mut p, self.classes).expect("one sample"));
        } else if let [z] = p[..] {
            p = vec![Unary::Logistic.value(-z), Unary::Logistic.value(z)];
        } else {
            Unary::Logistic.apply(&mut p);
            let sum: T = p.iter().copied().sum();
            // Each may be too small for its type: then all classes are as likely.
            let equal = T::from_f64(1.0 / self.classes as f64);
            p.iter_mut()
                .for_each(|p| *p = if sum > T::ZERO { *p / sum } else { equal });
        }
        Ok(p)
    }

    /// The most likely class of a sample, the first of equals; of two classes class 1 iff `p >= 1/2`, equation (15).
    ///
    /// # Errors
    /// As [`decision`](Self::decision).
    pub fn class(&self, x: &[T]) -> Result<usize, LogisticFitError> {
        Ok(class_of(&self.decision(x)?))
    }

    /// The class of each sample.
    ///
    /// # Errors
    /// As [`decision`](Self::decision).
    pub fn predict(&self, x: Batch<'_, T>) -> Result<Vec<usize>, LogisticFitError> {
        let z = self.decisions(x)?;
        Ok(z.chunks_exact(self.intercepts.len())
            .map(class_of)
            .collect())
    }

    /// The share of samples whose class is right.
    ///
    /// # Errors
    /// As [`decision`](Self::decision), and [`LogisticFitError::NoClasses`] if the targets are values.
    pub fn accuracy(&self, data: &Dataset<T>) -> Result<f64, LogisticFitError> {
        let labels = data.labels().ok_or(LogisticFitError::NoClasses)?;
        let predicted = self.predict(data.inputs())?;
        Ok(accuracy(&predicted, labels, None).map_err(ModelError::from)?)
    }

    fn decisions(&self, x: Batch<'_, T>) -> Result<Vec<T>, LogisticFitError> {
        let (expected, found) = (self.inputs.len(), x.size());
        if expected != found {
            return Err(LogisticFitError::Inputs { expected, found });
        }
        let mut mapped = Vec::new();
        let features = match self.map {
            FeatureMap::Identity => x.data(),
            _ => {
                for x in x.iter() {
                    mapped.extend(self.map.apply(x)?);
                }
                &mapped
            }
        };
        let (m, k, n) = (x.samples(), self.intercepts.len(), self.features.len());
        let mut z = crate::memory::reserve(m.saturating_mul(k), "decisions")?;
        let bias = Finish::Bias(&self.intercepts, Unary::Identity);
        let (x, w) = (
            Operand::plain(features),
            Operand::transposed(&self.coefficients),
        );
        product((m, k, n), x, w, &mut z, bias, &Workers::inline());
        Ok(z)
    }
}

fn class_of<T: Real>(z: &[T]) -> usize {
    match z {
        [z] => usize::from(*z >= T::ZERO),
        _ => (1..z.len()).fold(0, |best, a| if z[a] > z[best] { a } else { best }),
    }
}

#[cfg(feature = "serde")]
impl<T: Real + Serialize> Serialize for LogisticModel<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de, T: Real + Deserialize<'de>> Deserialize<'de> for LogisticModel<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let model = Self::deserialize(deserializer)?;
        model.check().map_err(de::Error::custom)?;
        Ok(model)
    }
}
