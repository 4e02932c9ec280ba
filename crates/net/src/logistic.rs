//! Logistic regression (15), (16).

mod error;
mod fit;
mod linear;
mod model;
mod objective;
#[cfg(test)]
mod tests;

use gradflow_data::FeatureMap;

pub use error::LogisticFitError;
pub use model::{LogisticEnd, LogisticModel};

/// Logistic regression: what is fitted, as plain data.
///
/// ```text
/// z = W φ(x) + b                                                            (15)
/// two classes: p(x) = σ(z), class 1 iff p ≥ 1/2 ;   several: p(x) = softmax(z)
/// V(W, b) = (1/N) Σₛ wₛ l(zₛ, yₛ) + λ/2 |W − W₀|² + l1 |W|₁
/// ```
///
/// `l` is the cross-entropy, or the text's squared error `(1/n_out) sum_a (p_a - y_a)^2 / 2`, which is not convex: a minimum of it
/// need not be the lowest. Intercepts `b` are free. The cost is a mean: scikit-learn's `C` is `lam = 1/(C N)`, and with
/// `penalty="l1"` it is `l1 = 1/(C N)`. Two classes have one output, several one each: by soft-max, or each
/// against the rest. The map `phi` to features is part of it; a learnt one (16) is a network.
///
/// It is fitted on the full batch, to machine precision, in one fused pass over the data an evaluation; the bits do not depend on
/// the number of threads. Inside, the unknowns are those of standardised features, so that raw ones cost no more steps;
/// the coefficients that come out are those of the features as they are.
///
/// ```
/// use gradflow::data::FeatureMap;
/// use gradflow::{Dataset, LogisticRegression};
///
/// // A ring around a disc: no line separates them, a circle does.
/// let inputs: Vec<f64> = (0..80).flat_map(|i| {
///     let (radius, angle) = (0.3 + 0.02 * f64::from(i), 0.7 * f64::from(i));
///     [radius * angle.cos(), radius * angle.sin()]
/// }).collect();
/// let labels = (0..80).map(|i| usize::from((i > 40) != (i % 20 == 0)));
/// let data = Dataset::classification(2, inputs, labels, 2)?;
///
/// let model = LogisticRegression::new(1e-4)
///     .map(FeatureMap::Monomials { degree: 2 })
///     .names(["x", "y"])
///     .fit(&data)?;
/// assert!(model.class(&[0.1, 0.2])? == 0 && model.class(&[1.5, 0.5])? == 1);
/// assert!(model.coefficient("x^2", 0).unwrap() > 1.0);
/// println!("{}", model.ends()[0]);
/// # Ok::<(), gradflow::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
pub struct LogisticRegression {
    /// Strength of the harmonic trap (3) on the coefficients: L2 regularisation.
    pub lam: f64,
    /// Where the trap pulls to: the coefficients of each class in turn; the origin when there is none.
    pub centre: Option<Vec<f64>>,
    /// Strength of the sum of absolute coefficients: L1 regularisation.
    pub l1: f64,
    /// How several classes are told apart.
    pub several: Several,
    /// The cost of a sample.
    pub loss: LogisticLoss,
    /// Whether there are intercepts.
    pub intercept: bool,
    /// What finds the minimum.
    pub solver: Solver,
    /// The fit ends when the gradient is at most this long, in units of standardised features; no shorter than rounding
    /// allows.
    pub tolerance: f64,
    /// The fit ends after this many steps.
    pub iterations: usize,
    /// The map from inputs to features.
    pub map: FeatureMap,
    /// Names of the inputs; `x1, x2, …` when there are none.
    pub names: Vec<String>,
    /// Threads; 0 stands for all cores.
    pub threads: usize,
}

/// How several classes are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Several {
    /// By one soft-max over all of them.
    #[default]
    Softmax,
    /// By a fit of two classes for each: it against the rest.
    OneAgainstTheRest,
}

/// The cost of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LogisticLoss {
    /// `-log` of the probability of its class: convex.
    #[default]
    CrossEntropy,
    /// The squared error of (22).
    SquaredError,
}

/// What finds the minimum. With L1 it is proximal steps and Newton's method in turn, whatever stands here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Solver {
    /// [`NewtonCg`](gradflow_optim::NewtonCg): few steps, whatever the data.
    NewtonCg,
    /// [`Lbfgs`](gradflow_optim::Lbfgs): fewer passes over the data where features hardly depend on one another.
    #[default]
    Lbfgs,
}

impl Default for LogisticRegression {
    fn default() -> Self {
        Self {
            lam: 0.0,
            centre: None,
            l1: 0.0,
            several: Several::default(),
            loss: LogisticLoss::default(),
            intercept: true,
            solver: Solver::default(),
            tolerance: 1e-12,
            iterations: 10_000,
            map: FeatureMap::Identity,
            names: Vec::new(),
            threads: 1,
        }
    }
}

impl LogisticRegression {
    /// With a trap of strength `lam` around the origin; 0 for none.
    pub fn new(lam: f64) -> Self {
        Self {
            lam,
            ..Self::default()
        }
    }

    /// With the trap around these coefficients, those of each class in turn.
    #[must_use]
    pub fn centre(self, centre: Vec<f64>) -> Self {
        let centre = Some(centre);
        Self { centre, ..self }
    }

    /// With L1 regularisation of this strength.
    #[must_use]
    pub fn lasso(self, l1: f64) -> Self {
        Self { l1, ..self }
    }

    /// Each class against the rest, instead of soft-max.
    #[must_use]
    pub fn one_against_the_rest(self) -> Self {
        let several = Several::OneAgainstTheRest;
        Self { several, ..self }
    }

    /// With the text's squared error.
    #[must_use]
    pub fn squared_error(self) -> Self {
        let loss = LogisticLoss::SquaredError;
        Self { loss, ..self }
    }

    /// Without intercepts.
    #[must_use]
    pub fn without_intercept(self) -> Self {
        let intercept = false;
        Self { intercept, ..self }
    }

    /// With another solver.
    #[must_use]
    pub fn solver(self, solver: Solver) -> Self {
        Self { solver, ..self }
    }

    /// With another limit on the gradient.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// With at most so many steps.
    #[must_use]
    pub fn iterations(self, iterations: usize) -> Self {
        Self { iterations, ..self }
    }

    /// On features of the inputs.
    #[must_use]
    pub fn map(self, map: FeatureMap) -> Self {
        Self { map, ..self }
    }

    /// With names for the inputs, from which those of the features come.
    #[must_use]
    pub fn names(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Self { names, ..self }
    }

    /// On so many threads; 0 stands for all cores.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }
}
