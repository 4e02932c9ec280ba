//! Every method of the crate in one list.

use crate::theory::Theory;
use crate::*;
use gradflow_kernels::Real;
#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// What is accepted where a rule of the library is wanted: each of them, and a [`Rule`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update rule of the library",
    label = "no rule of the library",
    note = "a rule of your own implements `Method`: wrap it, `Descent::of(rule)`, and say `Protocol::of(descent)` to train, \
            `descent.minimise(..)` to minimise"
)]
pub trait IntoRule: Into<Rule> {}

impl IntoRule for Rule {}

/// Writes the enum of rules, the enum of their states and every walk over them from one list: rule, the field that is its
/// rate, state, example.
macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $(#[cfg($cfg:meta)])? $name:ident($rate:ident): $state:ty = $example:expr,)+) => {
        /// The update rules that come with the crate, such as SGD ([`GradientDescent`]), momentum and [`Adam`]: which one is chosen at run time.
        ///
        /// It serialises as its name and constants, such as `{"Adam": {"rate": 0.01}}`; constants that have a usual
        /// value may be left out, and invalid ones are refused.
        ///
        /// ```
        /// use gradflow_optim::{Adam, Rule};
        ///
        /// let rule: Rule = serde_json::from_str(r#"{"Adam": {"rate": 0.01}}"#)?;
        /// assert_eq!(rule, Rule::Adam(Adam::new(0.01)));
        /// let error = serde_json::from_str::<Rule>(r#"{"Adam": {"rate": -1.0}}"#).unwrap_err();
        /// assert!(error.to_string().starts_with("Adam: rate must be finite and positive, not -1"));
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
        pub enum Rule {
            $($(#[doc = $doc])+ $(#[cfg($cfg)])? $name($name),)+
        }

        /// What a [`Rule`] remembers from step to step, by rule: what a file holds. No scratch, no step number.
        #[derive(Debug, Clone, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum RuleState<T> {
            $($(#[doc = $doc])+ $(#[cfg($cfg)])? $name($state),)+
        }

        $($(#[cfg($cfg)])? impl From<$name> for Rule {
            fn from(rule: $name) -> Self {
                Self::$name(rule)
            }
        })+

        $($(#[cfg($cfg)])? impl IntoRule for $name {})+

        impl Rule {
            /// One example of every rule, with usual constants: tests and tables run over it.
            pub fn examples() -> Vec<Rule> {
                vec![$($(#[cfg($cfg)])? Rule::$name($example),)+]
            }

            /// The rule's name.
            pub fn name(&self) -> &'static str {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(_) => stringify!($name),)+
                }
            }

            /// The learning rate: `alpha` of the physical momentum, `rate` of all others.
            pub fn rate(&self) -> f64 {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => rule.$rate,)+
                }
            }

            /// The same rule with another learning rate.
            #[must_use]
            pub fn with_rate(mut self, rate: f64) -> Self {
                match &mut self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => rule.$rate = rate,)+
                }
                self
            }

            /// Refuses constants for which the rule means nothing.
            ///
            /// # Errors
            /// [`OptimError::Constant`] names the rule, the field, its value and what is allowed.
            pub fn validate(&self) -> Result<(), OptimError> {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => Method::<f64>::validate(rule),)+
                }
            }

            /// What everybody who runs the rule should know, if it is unsafe by nature.
            pub fn caution(&self) -> Option<&'static str> {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => Method::<f64>::caution(rule),)+
                }
            }

            pub(crate) fn theory(&self) -> &dyn Theory {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => rule,)+
                }
            }

            /// The constants.
            fn constants(&self) -> &dyn core::fmt::Debug {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => rule,)+
                }
            }
        }

        impl<T> RuleState<T> {
            /// Name of the rule that it belongs to.
            pub fn name(&self) -> &'static str {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(_) => stringify!($name),)+
                }
            }
        }

        impl<T: Real> Method<T> for Rule {
            type State = RuleState<T>;

            fn init(&self, q: &[T]) -> RuleState<T> {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => RuleState::$name(rule.init(q)),)+
                }
            }

            /// # Panics
            /// When the state is another rule's, which [`check`](Method::check) refuses: a driver checks what it is handed.
            fn step(&self, at: Step<'_, T>, state: &mut RuleState<T>) -> Result<(), NonFinite> {
                match (self, state) {
                    $($(#[cfg($cfg)])? (Self::$name(rule), RuleState::$name(state)) => rule.step(at, state),)+
                    (_, state) => panic!("a state of {} was handed to {}", state.name(), self.name()),
                }
            }

            fn rate(&self) -> f64 {
                self.rate()
            }

            fn displacement(&self) -> Option<f64> {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => Method::<T>::displacement(rule),)+
                }
            }

            fn scratch(&self, len: usize) -> usize {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => Method::<T>::scratch(rule, len),)+
                }
            }

            fn memory(&self, len: usize) -> usize {
                match self {
                    $($(#[cfg($cfg)])? Self::$name(rule) => Method::<T>::memory(rule, len),)+
                }
            }

            fn check(&self, state: &RuleState<T>, len: usize) -> Result<(), OptimError> {
                match (self, state) {
                    $($(#[cfg($cfg)])? (Self::$name(rule), RuleState::$name(state)) => Method::<T>::check(rule, state, len),)+
                    _ => Err(OptimError::State { expected: self.name(), found: state.name() }),
                }
            }

            fn validate(&self) -> Result<(), OptimError> {
                self.validate()
            }

            fn caution(&self) -> Option<&'static str> {
                self.caution()
            }
        }
    };
}

rules! {
    /// Equation (2).
    GradientDescent(rate): () = GradientDescent { rate: 0.05 },
    /// Equation (7), as printed.
    MomentumPhysical(alpha): Velocity<T> = MomentumPhysical { alpha: 0.2, gamma: 1.0 },
    /// Equation (7), averaged.
    MomentumAveraged(rate): Velocity<T> = MomentumAveraged { rate: 0.1, beta: 0.9 },
    /// Equation (7), summed.
    MomentumSummed(rate): Velocity<T> = MomentumSummed { rate: 0.02, beta: 0.8 },
    /// Nesterov's momentum.
    Nesterov(rate): Velocity<T> = Nesterov { rate: 0.02, beta: 0.8 },
    /// Equation (9), as printed.
    AdaGradMean(rate): SquareState<T> = AdaGradMean { rate: 0.02, epsilon: 1e-8 },
    /// AdaGrad of the literature.
    AdaGradSum(rate): SquareState<T> = AdaGradSum { rate: 0.1, epsilon: 1e-8 },
    /// Equation (10), as printed.
    RmsProp(rate): SquareState<T> = RmsProp { rate: 0.01, beta: 0.9, epsilon: 1e-8 },
    /// Equation (10), unbiased.
    RmsPropUnbiased(rate): SquareState<T> = RmsPropUnbiased { rate: 0.01, beta: 0.9, epsilon: 1e-8 },
    /// Equation (11).
    Adam(rate): MomentState<T> = Adam::new(0.02),
    /// Adam with decoupled decay.
    AdamW(rate): MomentState<T> = AdamW::new(0.02, 0.01),
    /// Adam that never forgets a large gradient.
    AmsGrad(rate): LargestMomentState<T> = AmsGrad::new(0.02),
    /// Equation (13): unstable for every rate.
    TwoStepMidpoint(rate): Past<T> = TwoStepMidpoint { rate: 0.01 },
    /// Equation (14): diverges for every rate.
    ThreeStep(rate): Past<T> = ThreeStep { rate: 0.01, second_by_midpoint: false },
    /// Adams-Bashforth of order 2.
    AdamsBashforth2(rate): Past<T> = AdamsBashforth2 { rate: 0.05 },
    /// Adams-Bashforth of order 3.
    AdamsBashforth3(rate): Past<T> = AdamsBashforth3 { rate: 0.02 },
    /// AdaGrad with the full matrix of gradient products.
    #[cfg(feature = "full-matrix")]
    FullMatrixAdaGrad(rate): GradientProducts = FullMatrixAdaGrad {
        rate: 0.1,
        epsilon: 1e-8,
        statistic: Statistic::Sum,
        memory: Memory::Exact,
    },
    /// Heun, RK4 and any Butcher table.
    RungeKutta(rate): () = RungeKutta { rate: 0.05, table: Tableau::Rk4 },
    /// Runge-Kutta-Chebyshev of first order.
    Chebyshev(rate): () = Chebyshev { rate: 0.2, stages: 3, damping: 0.05 },
    /// Runge-Kutta-Chebyshev of second order.
    Chebyshev2(rate): () = Chebyshev2 { rate: 0.1, stages: 3 },
    /// L-BFGS, a quasi-Newton method with a line search.
    Lbfgs(rate): Pairs<T> = Lbfgs { rate: 1.0, memory: 10 },
    /// Newton's method in a trust region.
    NewtonCg(rate): TrustRegion<T> = NewtonCg { rate: 1.0, products: 200 },
}

impl core::fmt::Display for Rule {
    /// The name and the constants: `Adam { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }`.
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        // `Debug` of the variant is `Adam(Adam { … })`; the constants print themselves.
        write!(f, "{:?}", self.constants())
    }
}

#[cfg(feature = "serde")]
impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Rule::serialize(self, serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rule = Rule::deserialize(deserializer)?;
        rule.validate().map_err(D::Error::custom)?;
        Ok(rule)
    }
}
