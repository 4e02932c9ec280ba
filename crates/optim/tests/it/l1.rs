//! L1 by the proximal step: its minima, for every rule that has one.

use gradflow_optim::study::Quadratic;
use gradflow_optim::*;

/// `V = sum l_i (q_i - c_i)^2 / 2`.
fn bowl() -> impl Objective<f64> {
    Closure::new(4, |q: &[f64], j: &mut [f64]| {
        let (l, c) = ([0.5, 1.0, 2.0, 1.5], [3.0, 0.5, -1.0, 0.25]);
        let mut value = 0.0;
        for i in 0..4 {
            j[i] = l[i] * (q[i] - c[i]);
            value += j[i] * (q[i] - c[i]) / 2.0;
        }
        value
    })
}

#[test]
fn the_minimum_is_the_same_for_every_rule_that_has_a_displacement() {
    let l1 = L1 {
        strength: 0.75,
        mask: Some(Mask::of([true; 3])),
    };
    let mut allowed = 0;
    for rule in Rule::examples() {
        let descent = Descent::new(rule.clone()).with_l1(l1.clone());
        let stop = Stop {
            step: Some(1e-14),
            ..Stop::default()
        };
        let end = descent.minimise(&mut bowl(), &[1.0, -1.0, 1.0, 1.0], &stop);
        if Method::<f64>::displacement(&rule).is_none() {
            assert_eq!(end.unwrap_err(), OptimError::NoDisplacement, "{rule}");
            continue;
        }
        allowed += 1;
        let end = end.unwrap();
        // c - sign(c) strength / l where that does not change the sign; the last one is not bound.
        for (q, expected) in end.q.iter().zip([1.5, 0.0, -0.625, 0.25]) {
            assert!((q - expected).abs() < 1e-10, "{rule}: {:?}", end.q);
        }
        assert_eq!(end.q[1], 0.0, "{rule}: exactly");
    }
    assert_eq!(allowed, 7);
}

#[test]
fn a_displacement_is_what_a_rule_moves_by_in_the_end() {
    for rule in Rule::examples() {
        let Some(h) = Method::<f64>::displacement(&rule) else {
            continue;
        };
        let mut unit = Closure::new(1, |_: &[f64], j: &mut [f64]| {
            j[0] = 1.0;
            0.0
        });
        let stop = Stop {
            trajectory: true,
            ..Stop::after(500)
        };
        let path = minimise(&mut unit, &[0.0], rule.clone(), &stop).unwrap();
        let moved = path.trajectory[499][0] - path.trajectory[500][0];
        assert!((moved / h - 1.0).abs() < 1e-9, "{rule}: {moved} {h}");
    }
}

#[test]
fn constants_are_checked_and_files_keep_it() {
    let descent = |l1| Descent::new(GradientDescent { rate: 0.1 }).with_l1(l1);
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        let error = descent(L1::new(bad)).validate::<f64>(1).unwrap_err();
        assert!(matches!(
            error,
            OptimError::Constant {
                of: "L1",
                field: "strength",
                ..
            }
        ));
    }
    let mask = Some(Mask::of([true; 3]));
    let beyond = descent(L1 {
        strength: 1.0,
        mask,
    });
    let error = Optimiser::new(beyond.clone(), &[1.0_f64]).unwrap_err();
    assert!(matches!(error, OptimError::Mask { end: 3, len: 1, .. }));
    let saved = serde_json::to_string(&beyond).unwrap();
    assert_eq!(serde_json::from_str::<Descent>(&saved).unwrap(), beyond);
    // A file without it is one of before.
    let bare = Descent::new(GradientDescent { rate: 0.1 });
    assert!(!serde_json::to_string(&bare).unwrap().contains("l1"));
}

#[test]
fn schedules_shorten_the_proximal_step_too() {
    let descent = Descent::new(GradientDescent { rate: 0.5 })
        .with_schedule(Schedule::Exponential { factor: 0.5 })
        .with_l1(L1::new(1.0));
    let mut q = [10.0, -10.0, 0.2];
    let mut optimiser = Optimiser::new(descent, &q).unwrap();
    let mut flat = Quadratic::new(vec![0.0; 3]);
    optimiser.step(&mut flat, &mut q).unwrap();
    assert_eq!(q, [9.5, -9.5, 0.0]);
    optimiser.step(&mut flat, &mut q).unwrap();
    assert_eq!(q, [9.25, -9.25, 0.0]);
}
