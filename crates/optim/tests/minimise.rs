//! Stopping, counting, observing, diverging; schedules; constants that are refused.

use core::ops::ControlFlow;
use core::time::Duration;
use gradflow_optim::study::{Beale, Himmelblau, Quadratic, Rosenbrock, Saddle};
use gradflow_optim::*;

fn descent() -> GradientDescent {
    GradientDescent { rate: 0.5 }
}

fn bowl() -> Quadratic {
    Quadratic::new(vec![1.0])
}

fn end_by(stop: &Stop) -> Minimum<f64> {
    minimise(&mut bowl(), &[1.0], descent(), stop).unwrap()
}

#[test]
fn each_condition_stops() {
    let end = end_by(&Stop::after(7));
    assert_eq!(
        (end.reason, end.iterations, end.gradients),
        (Reason::Iterations, 7, 8)
    );
    assert_eq!(
        (end.q[0], end.value),
        (0.5_f64.powi(7), 0.5 * 0.25_f64.powi(7))
    );
    assert_eq!((end.gradient_norm, end.values), (end.q[0], 0));

    let end = end_by(&Stop::gradient_norm(0.1));
    assert_eq!((end.reason, end.q[0]), (Reason::GradientNorm, 0.0625));
    let end = end_by(&Stop {
        value: Some(0.01),
        ..Stop::default()
    });
    assert_eq!(
        (end.reason, end.q[0], end.value),
        (Reason::Value, 0.125, 0.0078125)
    );
    let end = end_by(&Stop {
        step: Some(0.1),
        ..Stop::default()
    });
    assert_eq!(
        (end.reason, end.q[0], end.value),
        (Reason::Step, 0.0625, 0.0625 * 0.0625 / 2.0)
    );
    let end = end_by(&Stop {
        gradients: Some(5),
        ..Stop::default()
    });
    assert_eq!((end.reason, end.gradients), (Reason::Gradients, 5));
    let end = end_by(&Stop {
        time: Some(Duration::ZERO),
        ..Stop::default()
    });
    assert_eq!((end.reason, end.iterations), (Reason::Time, 0));
    let end = end_by(&Stop::after(0));
    assert_eq!(
        (end.reason, end.q[0], end.value),
        (Reason::Iterations, 1.0, 0.5)
    );
}

#[test]
fn gradients_of_all_stages_count() {
    let rule = RungeKutta {
        rate: 0.5,
        table: Tableau::Rk4,
    };
    let end = minimise(&mut bowl(), &[1.0], rule, &Stop::after(3)).unwrap();
    assert_eq!(end.gradients, 3 * 4 + 1);
    let end = minimise(
        &mut bowl(),
        &[1.0],
        Chebyshev::below(1.0).unwrap(),
        &Stop::after(3),
    )
    .unwrap();
    assert_eq!(end.gradients, 3 * 5 + 1);
}

#[test]
fn observers_see_every_point_and_may_stop() {
    let mut seen = Vec::new();
    let stop = Stop {
        trajectory: true,
        ..Stop::default()
    };
    let end = Descent::new(descent())
        .minimise_observed(&mut bowl(), &[1.0], &stop, |at| {
            seen.push((at.iteration, at.q[0], at.value));
            if at.iteration == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(end.reason, Reason::Observer);
    assert_eq!(
        seen,
        [
            (0, 1.0, 0.5),
            (1, 0.5, 0.125),
            (2, 0.25, 0.03125),
            (3, 0.125, 0.0078125)
        ]
    );
    assert_eq!(end.trajectory, [[1.0], [0.5], [0.25], [0.125]]);
}

#[test]
fn landscapes_are_minimised() {
    let stop = Stop {
        iterations: 200_000,
        ..Stop::gradient_norm(1e-8)
    };
    type End = (Result<Minimum<f64>, OptimError>, [f64; 2]);
    let ends: [End; 4] = [
        (
            minimise(&mut Rosenbrock, &[-1.2, 1.0], Adam::new(0.01), &stop),
            [1.0, 1.0],
        ),
        (
            minimise(
                &mut Beale,
                &[1.0, 1.0],
                Nesterov {
                    rate: 0.005,
                    beta: 0.9,
                },
                &stop,
            ),
            [3.0, 0.5],
        ),
        (
            minimise(
                &mut Himmelblau,
                &[1.0, 1.0],
                GradientDescent { rate: 0.01 },
                &stop,
            ),
            [3.0, 2.0],
        ),
        (
            minimise(
                &mut Saddle,
                &[1.0, 0.1],
                MomentumSummed {
                    rate: 0.1,
                    beta: 0.5,
                },
                &stop,
            ),
            [0.0, 1.0],
        ),
    ];
    for (end, minimum) in ends {
        let end = end.unwrap();
        assert_eq!(end.reason, Reason::GradientNorm);
        let error = (end.q[0] - minimum[0])
            .abs()
            .max((end.q[1] - minimum[1]).abs());
        assert!(error < 1e-6, "{:?}", end.q);
    }
}

#[test]
fn divergence_is_a_value_with_the_last_finite_parameters() {
    let end = minimise(
        &mut bowl(),
        &[1.0_f64],
        GradientDescent { rate: 3.0 },
        &Stop::default(),
    )
    .unwrap();
    let Reason::Diverged(diverged) = end.reason else {
        panic!("{:?}", end.reason)
    };
    assert_eq!(diverged.step, end.iterations + 1);
    assert!(!diverged.value.is_finite() && diverged.caution.is_none());
    assert!(end.q[0].is_finite() && end.q[0].abs() > 1e100);
    // In single precision parameters may reach the largest number before the value does anything.
    let rule = GradientDescent { rate: 3.0 };
    let end = minimise(&mut bowl(), &[1.0_f32], rule, &Stop::after(1000)).unwrap();
    assert!(end.q[0].is_finite());

    struct Infinite;
    impl Objective<f64> for Infinite {
        fn dimension(&self) -> usize {
            1
        }
        fn value(&mut self, q: &[f64]) -> f64 {
            if q[0] < 0.3 { f64::INFINITY } else { q[0] }
        }
        fn value_and_gradient(&mut self, q: &[f64], j: &mut [f64]) -> f64 {
            j[0] = 1.0;
            self.value(q)
        }
    }
    for rule in Rule::examples()
        .into_iter()
        .filter(|rule| rule.caution().is_none())
    {
        let end = minimise(&mut Infinite, &[1.0], rule.clone(), &Stop::default()).unwrap();
        let Reason::Diverged(diverged) = end.reason else {
            panic!("{rule}: {:?}", end.reason)
        };
        assert_eq!(diverged.step, end.iterations + 1);
        assert!(end.q[0].is_finite());
    }
}

#[test]
fn starts_that_do_not_fit_are_refused() {
    let stop = Stop::default();
    let error = minimise(&mut bowl(), &[1.0, 2.0], descent(), &stop).unwrap_err();
    assert!(matches!(
        error,
        OptimError::Length {
            expected: 1,
            found: 2,
            ..
        }
    ));
    let error = minimise(&mut Quadratic::new(vec![]), &[0.0_f64; 0], descent(), &stop).unwrap_err();
    assert_eq!(error, OptimError::NoParameters);
    let error = minimise(&mut bowl(), &[f64::INFINITY], descent(), &stop).unwrap_err();
    assert!(matches!(error, OptimError::Start { index: 0, .. }));
    let stop = Stop::gradient_norm(f64::NAN);
    let error = minimise(&mut bowl(), &[1.0], descent(), &stop).unwrap_err();
    assert!(matches!(
        error,
        OptimError::Constant {
            of: "Stop",
            field: "gradient_norm",
            ..
        }
    ));
}

#[test]
fn invalid_constants_are_named() {
    let adam = Adam::new(0.1);
    let cases: Vec<(Rule, &str)> = vec![
        (GradientDescent { rate: f64::NAN }.into(), "rate"),
        (GradientDescent { rate: 0.0 }.into(), "rate"),
        (
            MomentumPhysical {
                alpha: -1.0,
                gamma: 1.0,
            }
            .into(),
            "alpha",
        ),
        (
            MomentumPhysical {
                alpha: 0.1,
                gamma: 20.0,
            }
            .into(),
            "gamma",
        ),
        (
            MomentumAveraged {
                rate: 0.1,
                beta: 1.0,
            }
            .into(),
            "beta",
        ),
        (
            MomentumSummed {
                rate: 0.1,
                beta: -0.1,
            }
            .into(),
            "beta",
        ),
        (
            Nesterov {
                rate: f64::INFINITY,
                beta: 0.9,
            }
            .into(),
            "rate",
        ),
        (
            AdaGradMean {
                rate: 0.1,
                epsilon: -1e-8,
            }
            .into(),
            "epsilon",
        ),
        (
            AdaGradSum {
                rate: 0.1,
                epsilon: f64::NAN,
            }
            .into(),
            "epsilon",
        ),
        (
            RmsProp {
                rate: 0.1,
                beta: 1.5,
                epsilon: 0.0,
            }
            .into(),
            "beta",
        ),
        (
            RmsPropUnbiased {
                rate: 0.1,
                beta: f64::NAN,
                epsilon: 0.0,
            }
            .into(),
            "beta",
        ),
        (Adam { beta1: 1.0, ..adam }.into(), "beta1"),
        (
            Adam {
                beta2: -0.5,
                ..adam
            }
            .into(),
            "beta2",
        ),
        (
            AdamW {
                decay: -1.0,
                ..AdamW::new(0.1, 0.0)
            }
            .into(),
            "decay",
        ),
        (
            AmsGrad {
                epsilon: f64::INFINITY,
                ..AmsGrad::new(0.1)
            }
            .into(),
            "epsilon",
        ),
        (TwoStepMidpoint { rate: -0.1 }.into(), "rate"),
        (
            ThreeStep {
                rate: f64::NAN,
                second_by_midpoint: true,
            }
            .into(),
            "rate",
        ),
        (AdamsBashforth2 { rate: 0.0 }.into(), "rate"),
        (AdamsBashforth3 { rate: -0.0 }.into(), "rate"),
        (
            RungeKutta {
                rate: f64::NAN,
                table: Tableau::Heun,
            }
            .into(),
            "rate",
        ),
        (
            Chebyshev {
                rate: 0.1,
                stages: 0,
                damping: 0.05,
            }
            .into(),
            "stages",
        ),
        (
            Chebyshev {
                rate: 0.1,
                stages: 3,
                damping: -1.0,
            }
            .into(),
            "damping",
        ),
        (
            Chebyshev2 {
                rate: 0.1,
                stages: 1,
            }
            .into(),
            "stages",
        ),
    ];
    for (rule, expected) in cases {
        let error = minimise(&mut bowl(), &[1.0], rule.clone(), &Stop::default()).unwrap_err();
        let OptimError::Constant { of, field, .. } = error else {
            panic!("{rule}: {error}")
        };
        assert_eq!((of, field), (rule.name(), expected));
        // What cannot be used cannot be read either (JSON has no NaN to read).
        let saved = serde_json::to_string(&rule).unwrap();
        assert!(serde_json::from_str::<Rule>(&saved).is_err(), "{saved}");
    }
    assert!(Chebyshev::between(2.0, 1.0).is_err() && Chebyshev::between(1e-300, 1.0).is_err());
    assert!(Chebyshev::below(f64::NAN).is_err() && Chebyshev2::below(1.0, 1).is_err());
    assert!(Clip::Norm(0.0).validate().is_err() && Clip::Value(f64::NAN).validate().is_err());
}

#[test]
fn rules_survive_serialisation_and_print_their_constants() {
    for rule in Rule::examples() {
        let saved = serde_json::to_string(&rule).unwrap();
        assert_eq!(
            serde_json::from_str::<Rule>(&saved).unwrap(),
            rule,
            "{saved}"
        );
        assert!(rule.to_string().starts_with(rule.name()));
    }
    assert_eq!(
        Rule::from(Adam::new(0.01)).to_string(),
        "Adam { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }"
    );
    assert!(serde_json::from_str::<Rule>(r#"{"Adam":{"rate":0.1,"betta":0.9}}"#).is_err());
}

#[test]
fn schedules_follow_their_formulas() {
    let near = |schedule: &Schedule, t, expected: f64| {
        schedule.validate().unwrap();
        let found = schedule.factor(t);
        assert!(
            (found - expected).abs() <= 1e-15,
            "{schedule:?} at {t}: {found} {expected}"
        );
    };
    near(&Schedule::Constant, 1_000_000, 1.0);
    let step = Schedule::Step {
        every: 10,
        factor: 0.5,
    };
    [(0, 1.0), (9, 1.0), (10, 0.5), (35, 0.125)]
        .iter()
        .for_each(|&(t, f)| near(&step, t, f));
    near(&Schedule::Exponential { factor: 0.9 }, 7, 0.9_f64.powi(7));
    let cosine = Schedule::Cosine {
        steps: 8,
        floor: 0.2,
    };
    let quarter = 0.2 + 0.4 * (1.0 + core::f64::consts::FRAC_1_SQRT_2);
    [(0, 1.0), (2, quarter), (4, 0.6), (8, 0.2), (99, 0.2)]
        .iter()
        .for_each(|&(t, f)| near(&cosine, t, f));
    let linear = Schedule::Polynomial {
        steps: 4,
        floor: 0.0,
        power: 1.0,
    };
    [(0, 1.0), (1, 0.75), (4, 0.0), (5, 0.0)]
        .iter()
        .for_each(|&(t, f)| near(&linear, t, f));
    near(
        &Schedule::Polynomial {
            steps: 4,
            floor: 0.5,
            power: 2.0,
        },
        2,
        0.625,
    );
    let warm_up = Schedule::WarmUp { steps: 4 };
    [(0, 0.25), (3, 1.0), (50, 1.0), (u64::MAX, 1.0)]
        .iter()
        .for_each(|&(t, f)| near(&warm_up, t, f));
    let cycle = Schedule::OneCycle {
        steps: 10,
        rise: 4,
        start: 0.1,
        end: 0.0,
    };
    [(0, 0.1), (2, 0.55), (4, 1.0), (7, 0.5), (10, 0.0)]
        .iter()
        .for_each(|&(t, f)| near(&cycle, t, f));
    near(
        &Schedule::Product(vec![warm_up.clone(), linear.clone()]),
        1,
        0.375,
    );
    let legs = vec![
        Leg {
            steps: 4,
            schedule: warm_up,
        },
        Leg {
            steps: 1,
            schedule: linear,
        },
    ];
    let sequence = Schedule::Sequence(legs);
    [(1, 0.5), (4, 1.0), (5, 0.75), (8, 0.0)]
        .iter()
        .for_each(|&(t, f)| near(&sequence, t, f));

    let saved = serde_json::to_string(&sequence).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&saved).unwrap(), sequence);
    for bad in [
        Schedule::Step {
            every: 0,
            factor: 0.5,
        },
        Schedule::Exponential { factor: -1.0 },
        Schedule::Cosine {
            steps: 0,
            floor: 0.0,
        },
        Schedule::OneCycle {
            steps: 4,
            rise: 4,
            start: 0.0,
            end: 0.0,
        },
        Schedule::Product(vec![]),
        Schedule::Sequence(vec![Leg {
            steps: 0,
            schedule: Schedule::Constant,
        }]),
    ] {
        assert!(
            matches!(
                bad.validate(),
                Err(OptimError::Constant { of: "Schedule", .. })
            ),
            "{bad:?}"
        );
    }
}

#[test]
fn a_schedule_scales_the_rate_of_each_step() {
    let schedule = Schedule::Exponential { factor: 0.5 };
    let descent = Descent::new(descent()).with_schedule(schedule);
    let end = descent
        .minimise(&mut bowl(), &[1.0], &Stop::after(3))
        .unwrap();
    assert_eq!(end.q[0], 0.5 * 0.75 * 0.875);
}
