//! Numbers that ruin a run are refused at the door or found before a step; states from outside are checked like constants.

use gradflow_optim::study::Quadratic;
use gradflow_optim::*;
use serde_json::Value;

/// A gradient that stays the same, whatever the point.
fn constant<const N: usize>(
    gradient: [f32; N],
) -> Closure<f32, impl FnMut(&[f32], &mut [f32]) -> f64> {
    Closure::new(N, move |_: &[f32], j: &mut [f32]| {
        j.copy_from_slice(&gradient);
        0.0
    })
}

#[test]
fn rates_that_the_numbers_cannot_hold_are_refused() {
    for rule in Rule::examples() {
        let descent = Descent::new(rule.clone().with_rate(1e39));
        if rule.name() == "MomentumPhysical" {
            assert!(Optimiser::new(descent, &[1.0_f32]).is_err()); // gamma alpha
            continue;
        }
        let error = Optimiser::new(descent.clone(), &[1.0_f32]).unwrap_err();
        let OptimError::Rate { rate, numbers, .. } = error else {
            panic!("{rule}: {error}")
        };
        assert_eq!((rate, numbers), (1e39, "f32"));
        assert!(Optimiser::new(descent, &[1.0_f64]).is_ok());
    }
    let message = Descent::new(GradientDescent { rate: 1e39 }).validate::<f32>(1);
    assert_eq!(
        message.unwrap_err().to_string(),
        "a rate of 1e39 is too large for f32, which takes at most 4.056e31"
    );
}

#[test]
fn rates_that_become_too_large_are_found_before_the_step() {
    let exponential = |factor| Schedule::Exponential { factor };
    // Its value is 0.1^t, but on the way it is infinity times 0.
    let product = Schedule::Product(vec![exponential(1e20), exponential(1e-21)]);
    for schedule in [exponential(1e30), product] {
        for rule in Rule::examples() {
            let descent = Descent::new(rule.clone()).with_schedule(schedule.clone());
            let mut q = [1e-30_f32, -1e-30];
            let mut optimiser = Optimiser::new(descent, &q).unwrap();
            let mut flat = constant([1e-30, 1e-30]);
            let (mut before, mut state) = (q, optimiser.state());
            let diverged = loop {
                match optimiser.step(&mut flat, &mut q) {
                    Ok(_) => (before, state) = (q, optimiser.state()),
                    Err(diverged) => break diverged,
                }
                assert!(q.iter().all(|q| q.is_finite()), "{rule}");
            };
            assert_eq!((q, optimiser.state()), (before, state), "{rule}");
            let Cause::Rate(rate) = diverged.cause else {
                panic!("{rule}: {diverged}");
            };
            assert!(rate.is_nan() || rate.abs() >= 1e30, "{rule}");
            assert!(diverged.to_string().contains("the rate is not finite"));
            assert_eq!(diverged.value, 0.0);
        }
    }
    // The factor of whoever drives likewise.
    let mut optimiser = Optimiser::new(GradientDescent { rate: 0.1 }.into(), &[1.0]).unwrap();
    let mut bowl = Quadratic::new(vec![1.0]);
    for factor in [f64::NAN, f64::INFINITY, 1e308] {
        let mut q = [1.0];
        assert!(optimiser.advance(&mut bowl, &mut q, factor).is_err());
        assert_eq!(q, [1.0]);
    }
    assert!(optimiser.advance(&mut bowl, &mut [1.0], 1.0).is_ok());
}

#[test]
fn a_trap_that_the_numbers_cannot_hold_is_refused() {
    let descent = || Descent::new(Adam::new(0.1));
    let strong = descent().with_trap(Trap::new(1e39));
    assert!(strong.validate::<f64>(1).is_ok());
    let far = descent().with_trap(Trap {
        centre: Some(vec![-1e39]),
        ..Trap::new(1.0)
    });
    for (descent, of) in [(strong, "strength"), (far, "centre")] {
        let error = Optimiser::new(descent, &[1.0_f32]).unwrap_err();
        assert!(matches!(error, OptimError::Constant { of: "Trap", field, .. } if field == of));
    }
}

#[test]
fn memory_that_there_is_not_is_an_error() {
    // Address space ends long before 10^14 numbers; the parameters themselves are 40 MB.
    {
        let (rate, epsilon) = (0.1, 1e-8);
        let (statistic, memory) = (Statistic::Sum, Memory::Exact);
        let rule = FullMatrixAdaGrad {
            rate,
            epsilon,
            statistic,
            memory,
        };
        let error = Optimiser::new(rule.into(), &vec![0.0_f32; 10_000_000]).unwrap_err();
        assert_eq!(
            error,
            OptimError::Memory {
                bytes: 800_000_000_000_000
            }
        );
    }

    #[derive(Debug, Clone)]
    struct Greedy(usize, usize);
    impl Method<f64> for Greedy {
        type State = ();
        fn init(&self, _: &[f64]) {}
        fn step(&self, _: Step<'_, f64>, (): &mut ()) -> Result<(), NonFinite> {
            Ok(())
        }
        fn scratch(&self, _: usize) -> usize {
            self.0
        }
        fn memory(&self, _: usize) -> usize {
            self.1
        }
    }
    for (scratch, memory) in [(1 << 55, 0), (0, 1 << 55), (usize::MAX, 0)] {
        let bytes = (scratch + memory).saturating_mul(8);
        let error = Optimiser::new(Descent::of(Greedy(scratch, memory)), &[1.0]).unwrap_err();
        assert_eq!(error, OptimError::Memory { bytes });
        assert!(error.to_string().contains("no memory for"));
    }
    assert!(Optimiser::new(Descent::of(Greedy(10, 10)), &[1.0]).is_ok());
}

/// Every number of a state but those of its step count, with the path to it.
fn numbers(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(path),
        Value::Array(array) => {
            for (i, value) in array.iter().enumerate() {
                numbers(value, format!("{path}/{i}"), found);
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                numbers(value, format!("{path}/{key}"), found);
            }
        }
        _ => {}
    }
}

/// A state after three steps on two parameters, in single precision: 1e39 then reads as infinity.
fn saved(rule: &Rule) -> (Descent, Value, [f32; 2]) {
    let descent = Descent::new(rule.clone());
    let mut q = [1.0_f32, -2.0];
    let mut optimiser = Optimiser::new(descent.clone(), &q).unwrap();
    for _ in 0..3 {
        optimiser
            .step(&mut Quadratic::new(vec![0.5, 1.0]), &mut q)
            .unwrap();
    }
    (descent, serde_json::to_value(optimiser.state()).unwrap(), q)
}

fn restored(descent: &Descent, state: &Value, q: &[f32]) -> Result<Optimiser<f32>, OptimError> {
    let state = serde_json::from_value(state.clone()).unwrap();
    Optimiser::restore(descent.clone(), state, q)
}

#[test]
fn numbers_of_a_state_that_no_run_leaves_are_refused() {
    for rule in Rule::examples() {
        let (descent, state, q) = saved(&rule);
        assert!(restored(&descent, &state, &q).is_ok());
        let mut paths = Vec::new();
        numbers(&state["method"], "/method".into(), &mut paths);
        for path in &paths {
            let bad = |value: f64| {
                let mut state = state.clone();
                *state.pointer_mut(path).unwrap() = value.into();
                restored(&descent, &state, &q).map(|_| ())
            };
            // The matrix of products is double.
            let infinite = if path.contains("FullMatrix") {
                f64::MAX
            } else {
                1e39
            };
            let squares = [
                "squares", "second", "largest", "AdaGrad", "RmsProp", "radius",
            ];
            if !path.contains("FullMatrix") {
                let error = bad(infinite).unwrap_err();
                assert!(
                    matches!(error, OptimError::StateValue { .. }),
                    "{rule} {path}"
                );
                let negative = bad(-0.5);
                let refused = squares.iter().any(|of| path.contains(of));
                assert_eq!(negative.is_err(), refused, "{rule} {path}");
            }
        }
        // Lengths: one number more, one less.
        for grow in [true, false] {
            for path in &paths {
                let mut state = state.clone();
                let array = path.rsplit_once('/').unwrap().0;
                // The radius of a trust region is a number alone.
                let Some(array) = state.pointer_mut(array).unwrap().as_array_mut() else {
                    continue;
                };
                if grow {
                    array.push(0.0.into());
                } else {
                    array.pop();
                }
                let error = restored(&descent, &state, &q).unwrap_err();
                assert!(
                    matches!(error, OptimError::StateLength { len: 2, .. }),
                    "{rule}"
                );
            }
        }
        for steps in [usize::MAX, usize::MAX - 1, (1 << 53) + 1] {
            let mut state = state.clone();
            state["steps"] = steps.into();
            let error = restored(&descent, &state, &q).unwrap_err();
            assert_eq!(error, OptimError::Steps { steps });
        }
        // The last of them can still be counted.
        let mut late = state.clone();
        late["steps"] = (1_u64 << 53).into();
        let mut optimiser = restored(&descent, &late, &q).unwrap();
        let mut q = q;
        optimiser
            .step(&mut Quadratic::new(vec![0.5, 1.0]), &mut q)
            .unwrap();
        assert!(
            q.iter().all(|q| q.is_finite() && q.abs() < 10.0),
            "{rule}: {q:?}"
        );
    }
}

#[test]
fn a_state_holds_memory_and_nothing_else() {
    let state = |rule: Rule| saved(&rule).1.to_string();
    assert_eq!(
        state(GradientDescent { rate: 0.5 }.into()),
        r#"{"method":{"GradientDescent":null},"steps":3}"#
    );
    let (rate, table) = (0.1, Tableau::Rk4);
    assert_eq!(
        state(RungeKutta { rate, table }.into()),
        r#"{"method":{"RungeKutta":null},"steps":3}"#
    );
    let (rate, beta) = (0.5, 0.0);
    assert_eq!(
        state(MomentumSummed { rate, beta }.into()),
        r#"{"method":{"MomentumSummed":[0.28125,-0.5]},"steps":3}"#
    );
}

#[test]
fn clipping_reaches_the_largest_and_the_smallest_numbers() {
    fn norm(j: &[f64]) -> f64 {
        j.iter().map(|j| j * j).sum::<f64>().sqrt()
    }
    let cases: [(&[f64], f64); 4] = [
        (&[f64::MAX, f64::MAX], 1.0),
        (&[f64::MAX, -f64::MAX, f64::MAX], 1e300),
        (&[f64::MAX, 0.0], 1e-300),
        (&[1e200, 1e200], 3.0),
    ];
    for (j, c) in cases {
        let mut clipped = j.to_vec();
        Clip::Norm(c).apply(&mut clipped);
        // Compared in units of the limit, so that the test's own squares do not underflow.
        let units: Vec<f64> = clipped.iter().map(|j| j / c).collect();
        assert!(
            (norm(&units) - 1.0).abs() < 1e-12,
            "{j:?} to {c}: {clipped:?}"
        );
        for (clipped, j) in units.iter().zip(j) {
            let largest = j.abs().max(f64::MIN_POSITIVE);
            assert_eq!(clipped.signum(), j.signum());
            assert!((clipped == &0.0) == (largest == f64::MIN_POSITIVE));
        }
    }
    let mut single = [f32::MAX, f32::MAX];
    Clip::Norm(1e-10).apply(&mut single);
    assert!((f64::from(single[0]) / 1e-10 - 0.5_f64.sqrt()).abs() < 1e-5);
    // What is not finite stays, for the driver to find.
    for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY] {
        for clip in [Clip::Norm(1.0), Clip::Value(1.0)] {
            let mut j = [2.0, bad];
            clip.apply(&mut j);
            assert!(!j[1].is_finite());
        }
    }
    // Smaller gradients are left alone, bit for bit.
    let mut j = [0.6, -0.7];
    Clip::Norm(1.0).apply(&mut j);
    assert_eq!(j, [0.6, -0.7]);
}

#[test]
fn chebyshev_methods_refuse_curvatures_without_a_finite_rate() {
    for error in [
        Chebyshev::between(1e-320, 1e-320).unwrap_err(),
        Chebyshev::between(1e-310, 1e-308).unwrap_err(),
        Chebyshev::below(1e-308).unwrap_err(),
        Chebyshev2::below(1e-308, 5).unwrap_err(),
    ] {
        assert!(
            matches!(error, OptimError::Constant { field: "rate", .. }),
            "{error}"
        );
    }
    assert!(Chebyshev::between(1e-300, 1e-299).is_ok());
    assert!(matches!(
        Chebyshev::between(1e-300, 1e300).unwrap_err(),
        OptimError::Constant {
            field: "l / mu",
            ..
        }
    ));
}
