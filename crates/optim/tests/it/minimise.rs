//! Stopping, counting, observing, diverging; starts that are refused.

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
fn a_step_of_length_0_stops_at_limit_0() {
    let stop = Stop {
        step: Some(0.0),
        ..Stop::default()
    };
    // The first step ends exactly in the minimum, the second stands still.
    let end = minimise(&mut bowl(), &[1.0], GradientDescent { rate: 1.0 }, &stop).unwrap();
    assert_eq!(
        (end.reason, end.iterations, end.q[0]),
        (Reason::Step, 2, 0.0)
    );
    // However small, a step whose square vanishes is one.
    let stop = Stop {
        iterations: 3,
        ..stop
    };
    let end = minimise(&mut bowl(), &[1e-200], descent(), &stop).unwrap();
    assert_eq!((end.reason, end.iterations), (Reason::Iterations, 3));
    // A step as long as the limit is short enough.
    let stop = Stop {
        step: Some(0.25),
        ..Stop::default()
    };
    let end = minimise(&mut bowl(), &[1.0], descent(), &stop).unwrap();
    assert_eq!((end.reason, end.q[0]), (Reason::Step, 0.25));
    // If a short step happens to be the last one allowed, it is the reason; the value's limit comes first.
    let stop = Stop {
        step: Some(0.25),
        ..Stop::after(2)
    };
    let end = minimise(&mut bowl(), &[1.0], descent(), &stop).unwrap();
    assert_eq!((end.reason, end.iterations), (Reason::Step, 2));
    let stop = Stop {
        value: Some(0.04),
        ..stop
    };
    let end = minimise(&mut bowl(), &[1.0], descent(), &stop).unwrap();
    assert_eq!((end.reason, end.iterations), (Reason::Value, 2));
}

#[test]
fn reasons_are_said() {
    let said = |reason: Reason| reason.to_string();
    assert_eq!(
        said(Reason::GradientNorm),
        "the gradient's norm fell to its limit"
    );
    let end = minimise(
        &mut bowl(),
        &[1.0],
        GradientDescent { rate: 3.0 },
        &Stop::default(),
    );
    let text = said(end.unwrap().reason);
    assert!(
        text.starts_with("diverged in step ")
            && text.contains(": the cost is inf at a rate of ")
            && text.contains(": lower the rate, ")
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
    assert_eq!(diverged.rate, 3.0);
    assert_eq!(
        diverged.to_string(),
        format!(
            "diverged in step {}: the cost is inf at a rate of 3: lower the rate, scale the data, or clip the gradient (`with_clip`, in \
             an experiment `clip`)",
            diverged.step
        )
    );
    let text = serde_json::to_string(&diverged).unwrap();
    assert_eq!(serde_json::from_str::<Diverged>(&text).unwrap(), diverged);
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
