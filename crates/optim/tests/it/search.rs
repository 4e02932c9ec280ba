//! Methods that look for the length of their step: what theory says of L-BFGS and of Newton's method in a trust region.

use crate::common::{gradient, objectives, rotation, transposed};
use gradflow_optim::study::{Himmelblau, Quadratic, Rosenbrock};
use gradflow_optim::*;
use proptest::prelude::*;

fn both() -> [Rule; 2] {
    [Lbfgs::default().into(), NewtonCg::default().into()]
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// The inverse second derivative of BFGS as a full matrix, from all steps of a path.
fn dense_bfgs(path: &[Vec<f64>], gradients: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = path[0].len();
    let minus =
        |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let last = path.len() - 1;
    let pair = |k: usize| {
        (
            minus(&path[k + 1], &path[k]),
            minus(&gradients[k + 1], &gradients[k]),
        )
    };
    let (s, y) = pair(last - 1);
    let scale = dot(&s, &y) / dot(&y, &y);
    let mut h: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|k| if i == k { scale } else { 0.0 }).collect())
        .collect();
    for k in 0..last {
        let (s, y) = pair(k);
        let sy = dot(&s, &y);
        let hy: Vec<f64> = h.iter().map(|row| dot(row, &y)).collect();
        let yhy = dot(&y, &hy);
        for i in 0..n {
            for k in 0..n {
                h[i][k] += (1.0 + yhy / sy) * s[i] * s[k] / sy - (hy[i] * s[k] + s[i] * hy[k]) / sy;
            }
        }
    }
    h
}

#[test]
fn lbfgs_goes_along_the_direction_of_the_full_matrix() {
    for (name, mut objective, q0) in objectives() {
        let stop = Stop {
            trajectory: true,
            ..Stop::after(7)
        };
        let path = minimise(objective.as_mut(), &q0, Lbfgs::default(), &stop)
            .unwrap()
            .trajectory;
        let gradients: Vec<_> = path
            .iter()
            .map(|q| gradient(objective.as_mut(), q))
            .collect();
        for k in 1..7 {
            let h = dense_bfgs(&path[..=k], &gradients[..=k]);
            let expected: Vec<f64> = h.iter().map(|row| -dot(row, &gradients[k])).collect();
            let moved: Vec<f64> = path[k + 1]
                .iter()
                .zip(&path[k])
                .map(|(a, b)| a - b)
                .collect();
            let cosine =
                dot(&moved, &expected) / (dot(&moved, &moved) * dot(&expected, &expected)).sqrt();
            assert!((cosine - 1.0).abs() < 1e-9, "{name}, step {k}: {cosine}");
        }
    }
}

#[test]
fn every_step_of_lbfgs_fulfils_the_strong_wolfe_conditions() {
    for (name, mut objective, q0) in objectives() {
        let stop = Stop {
            trajectory: true,
            ..Stop::gradient_norm(1e-6)
        };
        let end = minimise(objective.as_mut(), &q0, Lbfgs::default(), &stop).unwrap();
        assert_eq!(end.reason, Reason::GradientNorm, "{name}");
        for pair in end.trajectory.windows(2) {
            let moved: Vec<f64> = pair[1].iter().zip(&pair[0]).map(|(a, b)| a - b).collect();
            let slopes = [0, 1].map(|k| dot(&moved, &gradient(objective.as_mut(), &pair[k])));
            let values = [0, 1].map(|k| objective.value(&pair[k]));
            assert!(
                values[1] <= values[0] + 1e-4 * slopes[0] + 1e-15,
                "{name}: {values:?}"
            );
            assert!(
                slopes[0] < 0.0 && slopes[1].abs() <= -0.9 * slopes[0] + 1e-15,
                "{name}: {slopes:?}"
            );
        }
    }
}

#[test]
fn both_converge_to_machine_precision() {
    for rule in both() {
        for (name, mut objective, q0) in objectives() {
            // Separable data have a minimum in a trap alone. Gradients fall far below where values still differ.
            let descent = Descent::new(rule.clone()).with_trap(Trap::new(1e-3));
            let stop = Stop::gradient_norm(1e-14);
            let end = descent.minimise(objective.as_mut(), &q0, &stop).unwrap();
            assert_eq!(
                end.reason,
                Reason::GradientNorm,
                "{rule} on {name}: {}",
                end.gradient_norm
            );
            // Without products, each of Newton's costs a gradient.
            assert!(end.gradients < 200, "{rule} on {name}: {}", end.gradients);
        }
    }
}

#[test]
fn where_nothing_falls_any_more_the_point_stays_and_a_step_of_length_0_says_so() {
    // The gradient never vanishes: between 1 and its neighbours there is no number for the minimum.
    for rule in both() {
        let mut flat = Closure::new(1, |q: &[f64], j: &mut [f64]| {
            j[0] = 2.0 * (q[0] - 1.0) + 1e-25;
            1.0 + (q[0] - 1.0) * (q[0] - 1.0 + 1e-25)
        });
        let stop = Stop {
            step: Some(0.0),
            ..Stop::after(1000)
        };
        let end = minimise(&mut flat, &[3.0], rule.clone(), &stop).unwrap();
        assert_eq!(end.reason, Reason::Step, "{rule}");
        assert!(
            (end.q[0] - 1.0).abs() < 1e-4 && end.gradients < 500,
            "{rule}: {end:?}"
        );
    }
}

#[test]
fn newton_is_exact_on_a_bowl_within_its_radius() {
    let mut bowl = Quadratic::new(vec![0.5, 1.0, 7.0, 30.0]);
    // The last tolerances are those of |J| itself: two steps.
    let end = minimise(
        &mut bowl,
        &[1.0, -2.0, 0.5, 3.0],
        NewtonCg::default(),
        &Stop::gradient_norm(1e-13),
    )
    .unwrap();
    assert!(end.iterations <= 6, "{}", end.iterations);
    assert!(end.products > 0 && end.values == 0);
    // Each step evaluates once, and the next one remembers it.
    assert_eq!(end.gradients, end.iterations + 1);
}

#[test]
fn products_and_differences_of_gradients_lead_the_same_way() {
    let curvatures = vec![0.5, 1.0, 7.0, 30.0];
    let start = [1.0, -2.0, 0.5, 3.0];
    let closed = curvatures.clone();
    let mut closure = Closure::new(4, move |q: &[f64], j: &mut [f64]| {
        for i in 0..4 {
            j[i] = closed[i] * q[i];
        }
        dot(q, j) / 2.0
    });
    let stop = Stop::after(3);
    let given = minimise(
        &mut Quadratic::new(curvatures),
        &start,
        NewtonCg::default(),
        &stop,
    )
    .unwrap();
    let differences = minimise(&mut closure, &start, NewtonCg::default(), &stop).unwrap();
    assert_eq!(differences.products, 0);
    assert!(differences.gradients > given.gradients);
    for (a, b) in given.q.iter().zip(&differences.q) {
        // A difference has half the digits.
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn the_trap_and_its_mask_are_part_of_the_second_derivative() {
    let trap = Trap {
        mask: Some(Mask::of([false, true, true])),
        centre: Some(vec![0.0, 2.0, -1.0, 0.0]),
        strength: 5.0,
    };
    let mut hv = [1.0; 4];
    trap.add_curvature(&[1.0, 2.0, 3.0, 4.0], &mut hv);
    assert_eq!(hv, [1.0, 11.0, 16.0, 1.0]);
    // With it, Newton's steps on a trapped bowl are as exact as on a bare one.
    let descent = Descent::new(NewtonCg::default()).with_trap(trap);
    let mut bowl = Quadratic::new(vec![0.5, 1.0, 7.0, 30.0]);
    let end = descent
        .minimise(&mut bowl, &[1.0; 4], &Stop::gradient_norm(1e-12))
        .unwrap();
    assert!(end.iterations <= 6, "{}", end.iterations);
    for (q, expected) in end.q.iter().zip([0.0, 10.0 / 6.0, -5.0 / 12.0, 0.0]) {
        assert!(f64::abs(q - expected) < 1e-12);
    }
}

#[test]
fn negative_curvature_leads_away_from_a_saddle() {
    for rule in both() {
        let mut saddle = Quadratic::new(vec![1.0, -1.0]);
        let end = minimise(&mut saddle, &[1.0, 0.1], rule.clone(), &Stop::after(5)).unwrap();
        assert!(
            end.value < -1.0 && end.q.iter().all(|q: &f64| q.is_finite()),
            "{rule}: {end:?}"
        );
        let end = minimise(
            &mut Himmelblau,
            &[-0.3, -0.9],
            rule,
            &Stop::gradient_norm(1e-10),
        )
        .unwrap();
        assert_eq!(end.reason, Reason::GradientNorm);
        assert!(end.value < 1e-18, "a minimum, not a saddle: {}", end.value);
    }
}

#[test]
fn a_wall_of_infinity_is_stepped_back_from() {
    // -ln q_i + q_i: infinite for q < 0, its minimum at 1.
    for rule in both() {
        let mut barrier = Closure::new(2, |q: &[f64], j: &mut [f64]| {
            for (j, q) in j.iter_mut().zip(q) {
                *j = 1.0 - 1.0 / q;
            }
            q.iter()
                .map(|q| if *q > 0.0 { q - q.ln() } else { f64::INFINITY })
                .sum()
        });
        let end = minimise(
            &mut barrier,
            &[20.0, 3.0],
            rule.clone(),
            &Stop::gradient_norm(1e-12),
        )
        .unwrap();
        assert_eq!(end.reason, Reason::GradientNorm, "{rule}");
        assert!(end.q.iter().all(|q| (q - 1.0).abs() < 1e-12));
    }
}

#[test]
fn evaluations_of_a_search_count() {
    for rule in both() {
        let mut evaluations = 0;
        let mut valley = Closure::new(2, |q: &[f64], j: &mut [f64]| {
            evaluations += 1;
            Rosenbrock.value_and_gradient(q, j)
        });
        let end = minimise(&mut valley, &[-1.2, 1.0], rule, &Stop::gradient_norm(1e-9)).unwrap();
        assert_eq!(end.gradients, evaluations);
    }
}

#[test]
fn pairs_of_a_file_that_are_none_do_no_harm() {
    let mut q = [1.0_f64, -2.0];
    let mut optimiser = Optimiser::new(Descent::new(Lbfgs::default()), &q).unwrap();
    let mut bowl = Quadratic::new(vec![0.5, 3.0]);
    optimiser.step(&mut bowl, &mut q).unwrap();
    let mut state = serde_json::to_value(optimiser.state()).unwrap();
    // Negative curvature, which no run keeps.
    for change in state["method"]["Lbfgs"]["changes"][0]
        .as_array_mut()
        .unwrap()
    {
        *change = (-change.as_f64().unwrap()).into();
    }
    let state = serde_json::from_value(state).unwrap();
    let mut restored = Optimiser::restore(Descent::new(Lbfgs::default()), state, &q).unwrap();
    for _ in 0..15 {
        restored.step(&mut bowl, &mut q).unwrap();
    }
    assert!(q.iter().all(|q| q.abs() < 1e-10), "{q:?}");
}

/// `V = ½ Σ λᵢ xᵢ²` in turned coordinates about `centre`, `λᵢ = 10^exponentᵢ`, minimised from 0.
fn end_in_a_bowl(
    exponents: &[f64],
    centre: &[f64],
    angle: f64,
    rule: Rule,
    iterations: usize,
) -> Minimum<f64> {
    let n = exponents.len();
    let map = rotation(n, angle);
    let curvatures: Vec<f64> = exponents.iter().map(|e| 10_f64.powf(*e)).collect();
    let mut bowl = Closure::new(n, |q: &[f64], j: &mut [f64]| {
        let away: Vec<f64> = q.iter().zip(centre).map(|(q, c)| q - c).collect();
        let inner: Vec<f64> = map.iter().map(|row| dot(row, &away)).collect();
        let pulled: Vec<f64> = inner.iter().zip(&curvatures).map(|(x, l)| l * x).collect();
        j.copy_from_slice(&transposed(&map, &pulled));
        dot(&inner, &pulled) / 2.0
    });
    let stop = Stop {
        iterations,
        ..Stop::gradient_norm(1e-9)
    };
    minimise(&mut bowl, &vec![0.0; n], rule, &stop).unwrap()
}

/// Eleven curvatures from 1e-3 to 1e3: a memory of ten pairs forgets some of them, one of a hundred does not.
#[test]
fn a_long_memory_forgets_no_curvature() {
    let exponents = [
        2.1, -0.1, 2.4, 3.0, -2.8, -0.5, -2.0, -2.0, -1.4, -0.8, -2.6,
    ];
    let centre = [-4.1, -1.4, 3.1, 1.3, 1.5, 2.5, -4.4, -4.9, -2.9, 1.7, -3.9];
    let steps = |memory| {
        let rule = Lbfgs { rate: 1.0, memory };
        let end = end_in_a_bowl(&exponents, &centre, 1.97, rule.into(), 20_000);
        assert_eq!(end.reason, Reason::GradientNorm, "{}", end.gradient_norm);
        end.iterations
    };
    assert!(steps(100) < 150, "{}", steps(100));
    assert!(steps(10) > 5 * steps(100), "{}", steps(10));
}

proptest! {
    // L-BFGS is slow where its memory is shorter than the point: SciPy's takes up to 2000 steps on such bowls too.
    #[test]
    fn bowls_of_any_condition_and_place_are_minimised(
        exponents in prop::collection::vec(-3.0..3.0_f64, 2..12),
        centre in prop::collection::vec(-5.0..5.0_f64, 12),
        angle in -3.0..3.0_f64,
    ) {
        for rule in both() {
            let end = end_in_a_bowl(&exponents, &centre, angle, rule.clone(), 20_000);
            prop_assert_eq!(end.reason, Reason::GradientNorm, "{}: {}", rule, end.gradient_norm);
        }
    }
}
