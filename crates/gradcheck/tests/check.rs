//! What the checker accepts, refuses and names.

use gradflow_gradcheck::{GradCheck, GradientError, check};

/// `V(q) = sum_i i sin(q_i) + q_0 q_1` with its gradient.
fn waves(q: &[f64]) -> f64 {
    let waves: f64 = q.iter().zip(1..).map(|(q, i)| f64::from(i) * q.sin()).sum();
    waves + q[0] * q[1]
}

fn waves_gradient(q: &[f64]) -> Vec<f64> {
    let mut j: Vec<f64> = q
        .iter()
        .zip(1..)
        .map(|(q, i)| f64::from(i) * q.cos())
        .collect();
    j[0] += q[1];
    j[1] += q[0];
    j
}

const POINT: [f64; 5] = [0.3, -1.2, 40.0, 0.0, 1e-3];

#[test]
fn a_correct_gradient_is_far_inside_the_criterion() {
    let report = check(waves, &POINT, &waves_gradient(&POINT)).unwrap();
    assert_eq!(report.checked, 5);
    assert_eq!(report.shortened, 0);
    assert!(report.kinks.is_empty());
    assert!(report.is_within(1e-10), "{report}");
}

#[test]
fn each_wrong_component_is_caught_and_named() {
    for wrong in 0..POINT.len() {
        let mut j = waves_gradient(&POINT);
        let max = j.iter().fold(0.0, |m: f64, j| m.max(j.abs()));
        j[wrong] += 3e-6 * max;
        match check(waves, &POINT, &j) {
            Err(GradientError::Mismatch { worst, .. }) => {
                assert_eq!(worst.index, wrong);
                assert!((2.9e-6..3.1e-6).contains(&worst.relative_error), "{worst}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_gradient_of_zeros_is_caught() {
    assert!(matches!(
        check(waves, &POINT, &[0.0; 5]),
        Err(GradientError::Mismatch { .. })
    ));
}

#[test]
fn a_small_wrong_component_counts_against_the_largest_one() {
    // The criterion's scale is max|g| = 1e6: an error of 0.5 in a small component is within 1e-6 of it, one of 2 is not.
    let f = |q: &[f64]| 1e6 * q[0] + q[1];
    assert!(check(f, &[0.0, 0.0], &[1e6, 1.5]).is_ok());
    assert!(check(f, &[0.0, 0.0], &[1e6, 3.0]).is_err());
}

#[test]
fn a_kink_at_the_point_is_named_and_the_rest_is_judged() {
    let f = |q: &[f64]| q[0].max(0.0) + 2.0 * q[1].abs() + q[2] * q[2];
    for subgradient in [0.0, 1.0] {
        let report = check(f, &[0.0, -0.5, 3.0], &[subgradient, -2.0, 6.0]).unwrap();
        assert_eq!(report.checked, 2);
        assert_eq!(report.kinks.len(), 1);
        assert_eq!(report.kinks[0].index, 0);
        assert!(report.to_string().ends_with("on kinks: 0"));
    }
}

#[test]
fn a_kink_near_the_point_is_avoided() {
    // The usual stencil reaches 2e-4 to either side; the relu's kink lies within, on either side.
    let f = |q: &[f64]| q[0].max(0.0) + q[1].sin();
    for (at, slope) in [(2e-5, 1.0), (-2e-5, 0.0), (1.5e-4, 1.0), (-1e-6, 0.0)] {
        let report = check(f, &[at, 0.2], &[slope, 0.2_f64.cos()]).unwrap();
        assert_eq!((report.checked, report.shortened), (2, 1), "{report}");
        assert!(report.kinks.is_empty());
        let wrong = check(f, &[at, 0.2], &[slope + 0.01, 0.2_f64.cos()]);
        assert!(
            matches!(&wrong, Err(GradientError::Mismatch { worst, .. }) if worst.index == 0),
            "a wrong gradient hides behind the kink at {at}: {wrong:?}"
        );
    }
}

#[test]
fn a_jump_of_the_curvature_is_no_excuse() {
    // x |x| is C^1 but not C^2.
    let f = |q: &[f64]| q[0] * q[0].abs() + q[0];
    assert!(check(f, &[1e-5], &[1.0 + 2e-5]).is_ok());
    assert!(check(f, &[1e-5], &[1.001]).is_err());
}

#[test]
fn a_check_that_judges_nothing_is_no_success() {
    let all = check(|q: &[f64]| q[0].max(0.0), &[0.0], &[0.0]);
    assert!(matches!(all, Err(GradientError::AllKinks { .. })));
    // No components at all: nothing could be wrong.
    assert!(check(|_: &[f64]| 1.0, &[], &[]).is_ok());
}

#[test]
fn large_values_with_noise_are_judged_at_the_resolution_of_the_differences() {
    // One rounding of the sum is 1e-8, over a step of 1e-4. No kink, and no false alarm.
    let f = |q: &[f64]| 1e8 + q[0];
    let report = check(f, &[0.123], &[1.0]).unwrap();
    assert_eq!((report.checked, report.kinks.len()), (1, 0));
    assert!(check(f, &[0.123], &[1.01]).is_err());
}

#[test]
fn single_precision_points() {
    let f = |q: &[f32]| f64::from(q[0]).powi(3) + f64::from(q[1] * q[0]);
    let q = [0.7_f32, -30.0];
    let j = [3.0 * q[0] * q[0] + q[1], q[0]];
    assert!(check(f, &q, &j).unwrap().is_within(1e-3));
    assert!(check(f, &q, &[j[0], j[1] + 0.2]).is_err());
}

#[test]
fn anything_not_finite_is_a_failure_that_names_the_component() {
    let index = |result: Result<_, GradientError>| match result {
        Err(GradientError::NonFinite { index, .. }) => index,
        other => panic!("{other:?}"),
    };
    let sum = |q: &[f64]| q.iter().sum::<f64>();
    assert_eq!(index(check(sum, &[0.0; 3], &[1.0, f64::NAN, 1.0])), 1);
    assert_eq!(index(check(sum, &[0.0; 3], &[1.0, 1.0, f64::INFINITY])), 2);
    assert_eq!(index(check(sum, &[0.0, f64::NAN], &[1.0; 2])), 0);
    // Finite at the point itself, infinite next to it.
    let edge = |q: &[f64]| if q[1] > 0.0 { f64::INFINITY } else { q[0] };
    assert_eq!(index(check(edge, &[0.0; 2], &[1.0, 0.0])), 1);
    // Finite next to the point, NaN at it.
    let hole = |q: &[f64]| if q[0] == 0.0 { f64::NAN } else { q[0] };
    assert_eq!(index(check(hole, &[0.0], &[1.0])), 0);
    // A step that is none.
    let still = GradCheck::new().step(0.0).check(sum, &[1.0; 2], &[1.0; 2]);
    assert_eq!(index(still), 0);
}

#[test]
fn lengths_must_agree() {
    assert_eq!(
        check(waves, &POINT, &[1.0; 4]),
        Err(GradientError::Length {
            point: 5,
            gradient: 4
        })
    );
}
