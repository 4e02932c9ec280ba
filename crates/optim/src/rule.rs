//! Every method of the crate in one list.

use crate::state::Fits;
use crate::stepper::evaluate;
use crate::*;
use gradflow_kernels::{Real, Workers};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Writes the enum of rules, the enum of their states and every walk over them from one list.
///
/// Rules with one gradient a step come first; the driver evaluates it for them. The others evaluate their own.
macro_rules! rules {
    (
        one { $($(#[doc = $one_doc:literal])+ $(#[cfg($one_cfg:meta)])? $one:ident: $one_state:ty = $one_example:expr,)+ }
        many { $($(#[doc = $many_doc:literal])+ $many:ident: $many_state:ty = $many_example:expr,)+ }
    ) => {
        /// A method chosen at run time: the one list of all of them.
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
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(remote = "Self")]
        pub enum Rule {
            $($(#[doc = $one_doc])+ $(#[cfg($one_cfg)])? $one($one),)+
            $($(#[doc = $many_doc])+ $many($many),)+
        }

        /// What a rule remembers, by rule.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        enum Remembered<T> {
            $($(#[cfg($one_cfg)])? $one($one_state),)+
            $($many($many_state),)+
        }

        impl Rule {
            /// One example of every rule, with usual constants: tests and tables run over it.
            pub fn examples() -> Vec<Rule> {
                vec![
                    $($(#[cfg($one_cfg)])? Rule::$one($one_example),)+
                    $(Rule::$many($many_example),)+
                ]
            }

            /// The rule's name.
            pub fn name(&self) -> &'static str {
                match self {
                    $($(#[cfg($one_cfg)])? Self::$one(_) => stringify!($one),)+
                    $(Self::$many(_) => stringify!($many),)+
                }
            }
        }

        $($(#[cfg($one_cfg)])? impl From<$one> for Rule {
            fn from(rule: $one) -> Self {
                Self::$one(rule)
            }
        })+
        $(impl From<$many> for Rule {
            fn from(rule: $many) -> Self {
                Self::$many(rule)
            }
        })*

        impl Constants for Rule {
            fn scaled(&self, factor: f64) -> Self {
                match self {
                    $($(#[cfg($one_cfg)])? Self::$one(rule) => Self::$one(rule.scaled(factor)),)+
                    $(Self::$many(rule) => Self::$many(rule.scaled(factor)),)+
                }
            }

            fn validate(&self) -> Result<(), OptimError> {
                match self {
                    $($(#[cfg($one_cfg)])? Self::$one(rule) => rule.validate(),)+
                    $(Self::$many(rule) => rule.validate(),)+
                }
            }

            fn caution(&self) -> Option<&'static str> {
                match self {
                    $($(#[cfg($one_cfg)])? Self::$one(rule) => rule.caution(),)+
                    $(Self::$many(rule) => rule.caution(),)+
                }
            }
        }

        impl<T: Real> RuleState<T> {
            fn new(rule: &Rule, q: &[T]) -> Self {
                let memory = match rule {
                    $($(#[cfg($one_cfg)])? Rule::$one(rule) => Remembered::$one(UpdateRule::init(rule, q)),)+
                    $(Rule::$many(rule) => Remembered::$many(rule.start(q)),)+
                };
                Self { memory, gradient: vec![T::ZERO; q.len()] }
            }

            /// Name of the rule that it belongs to.
            pub fn name(&self) -> &'static str {
                match &self.memory {
                    $($(#[cfg($one_cfg)])? Remembered::$one(_) => stringify!($one),)+
                    $(Remembered::$many(_) => stringify!($many),)+
                }
            }

            /// Whether it has the shape of a fresh state of the same rule.
            fn fits(&self, fresh: &Self) -> bool {
                match (&self.memory, &fresh.memory) {
                    $($(#[cfg($one_cfg)])? (Remembered::$one(state), Remembered::$one(fresh)) => state.fits(fresh),)+
                    // The others remember nothing but scratch.
                    _ => true,
                }
            }

            /// The step of a rule with one gradient; false if the state is not the rule's.
            fn update(&mut self, rule: &Rule, workers: &Workers, q: &mut [T]) -> bool {
                match (rule, &mut self.memory) {
                    $($(#[cfg($one_cfg)])? (Rule::$one(rule), Remembered::$one(state)) => {
                        rule.update_with(workers, state, q, &self.gradient);
                        true
                    })+
                    _ => false,
                }
            }

            /// The step of a rule that evaluates its own gradients; nothing if rule or state is not such a one.
            fn step<O: Objective<T> + ?Sized>(
                &mut self,
                rule: &Rule,
                workers: &Workers,
                objective: &mut O,
                q: &mut [T],
            ) -> Option<Result<f64, NonFinite>> {
                match (rule, &mut self.memory) {
                    $((Rule::$many(rule), Remembered::$many(state)) => {
                        Some(rule.step(workers, state, objective, q))
                    })*
                    _ => {
                        let _ = (workers, objective, q);
                        None
                    }
                }
            }
        }

        impl Rule {
            /// The constants.
            fn constants(&self) -> &dyn core::fmt::Debug {
                match self {
                    $($(#[cfg($one_cfg)])? Self::$one(rule) => rule,)+
                    $(Self::$many(rule) => rule,)+
                }
            }

            /// Whether the rule needs one gradient a step, which its driver can evaluate.
            fn needs_one_gradient(&self) -> bool {
                match self {
                    $($(#[cfg($one_cfg)])? Self::$one(_) => true,)+
                    $(Self::$many(_) => false,)+
                }
            }
        }
    };
}

rules! {
    one {
        /// Equation (2).
        GradientDescent: () = GradientDescent { rate: 0.05 },
        /// Equation (7), as printed.
        MomentumPhysical: Velocity<T> = MomentumPhysical { alpha: 0.2, gamma: 1.0 },
        /// Equation (7), averaged.
        MomentumAveraged: Velocity<T> = MomentumAveraged { rate: 0.1, beta: 0.9 },
        /// Equation (7), summed.
        MomentumSummed: Velocity<T> = MomentumSummed { rate: 0.02, beta: 0.8 },
        /// Nesterov's momentum.
        Nesterov: Velocity<T> = Nesterov { rate: 0.02, beta: 0.8 },
        /// Equation (9), as printed.
        AdaGradMean: SquareState<T> = AdaGradMean { rate: 0.02, epsilon: 1e-8 },
        /// AdaGrad of the literature.
        AdaGradSum: SquareState<T> = AdaGradSum { rate: 0.1, epsilon: 1e-8 },
        /// Equation (10), as printed.
        RmsProp: SquareState<T> = RmsProp { rate: 0.01, beta: 0.9, epsilon: 1e-8 },
        /// Equation (10), unbiased.
        RmsPropUnbiased: SquareState<T> = RmsPropUnbiased { rate: 0.01, beta: 0.9, epsilon: 1e-8 },
        /// Equation (11).
        Adam: Moments<T> = Adam::new(0.02),
        /// Adam with decoupled decay.
        AdamW: Moments<T> = AdamW::new(0.02, 0.01),
        /// Adam that never forgets a large gradient.
        AmsGrad: LargestMoments<T> = AmsGrad::new(0.02),
        /// Equation (13): unstable for every rate.
        TwoStepMidpoint: History<T> = TwoStepMidpoint { rate: 0.01 },
        /// Equation (14): diverges for every rate.
        ThreeStep: History<T> = ThreeStep { rate: 0.01, second_by_midpoint: false },
        /// Adams-Bashforth of order 2.
        AdamsBashforth2: History<T> = AdamsBashforth2 { rate: 0.05 },
        /// Adams-Bashforth of order 3.
        AdamsBashforth3: History<T> = AdamsBashforth3 { rate: 0.02 },
        /// AdaGrad with the full matrix of gradient products.
        #[cfg(feature = "full-matrix")]
        FullMatrixAdaGrad: GradientProducts = FullMatrixAdaGrad {
            rate: 0.1,
            epsilon: 1e-8,
            statistic: Statistic::Sum,
            memory: Memory::Exact,
        },
    }
    many {
        /// Heun, RK4 and any Butcher table.
        RungeKutta: Stages<T> = RungeKutta { rate: 0.05, table: Tableau::Rk4 },
        /// Runge-Kutta-Chebyshev of first order.
        Chebyshev: ChebyshevStages<T> = Chebyshev { rate: 0.2, stages: 3, damping: 0.05 },
        /// Runge-Kutta-Chebyshev of second order.
        Chebyshev2: ChebyshevStages<T> = Chebyshev2 { rate: 0.1, stages: 3 },
    }
}

/// What a [`Rule`] remembers from step to step, with the gradient of the last step as scratch.
///
/// It serialises without the scratch. Rule and state belong together; a state that another rule has left starts afresh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleState<T> {
    memory: Remembered<T>,
    #[serde(skip, default = "Vec::new")]
    gradient: Vec<T>,
}

impl<T: Real> RuleState<T> {
    /// The gradient that the last step used; empty in a state that was just restored.
    pub fn gradient(&self) -> &[T] {
        &self.gradient
    }

    /// Refuses a state of another rule or of another number of parameters.
    pub(crate) fn validate(&self, rule: &Rule, q: &[T]) -> Result<(), OptimError> {
        let (expected, found) = (rule.name(), self.name());
        if expected != found {
            return Err(OptimError::State { expected, found });
        }
        if self.fits(&rule.start(q)) {
            Ok(())
        } else {
            Err(OptimError::StateLength {
                rule: found,
                len: q.len(),
            })
        }
    }
}

impl<T: Real> Stepper<T> for Rule {
    type State = RuleState<T>;

    fn start(&self, q: &[T]) -> RuleState<T> {
        RuleState::new(self, q)
    }

    fn step<O: Objective<T> + ?Sized>(
        &self,
        workers: &Workers,
        state: &mut RuleState<T>,
        objective: &mut O,
        q: &mut [T],
    ) -> Result<f64, NonFinite> {
        if self.needs_one_gradient() {
            // Empty after a state was restored.
            state.gradient.resize(q.len(), T::ZERO);
            let value = evaluate(objective, q, &mut state.gradient)?;
            if !state.update(self, workers, q) {
                let gradient = core::mem::take(&mut state.gradient);
                *state = RuleState {
                    gradient,
                    ..self.start(q)
                };
                state.update(self, workers, q);
            }
            return Ok(value);
        }
        if let Some(result) = state.step(self, workers, objective, q) {
            return result;
        }
        *state = self.start(q);
        state
            .step(self, workers, objective, q)
            .unwrap_or(Err(NonFinite { value: f64::NAN }))
    }
}

impl core::fmt::Display for Rule {
    /// The name and the constants: `Adam { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }`.
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        // `Debug` of the variant is `Adam(Adam { … })`; the constants print themselves.
        write!(f, "{:?}", self.constants())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Rule::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rule = Rule::deserialize(deserializer)?;
        rule.validate().map_err(D::Error::custom)?;
        Ok(rule)
    }
}
