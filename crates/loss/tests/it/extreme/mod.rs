//! Logits of any size: accurate where the true value is representable, never NaN, and NaN where NaN went in.

use gradflow_kernels::Real;
use gradflow_loss::Loss::{
    AbsoluteError, CategoricalCrossEntropy, CrossEntropy, Huber, Quantile, SquaredError,
};
use gradflow_loss::Output::{Logistic, Softmax};
use gradflow_loss::{Cost, Loss, Output, strategies};

use crate::one;

mod infinite;
mod long;

/// Output, loss, logits, target, value, gradient.
type Golden = (
    Output,
    Loss,
    &'static [f64],
    &'static [f64],
    f64,
    &'static [f64],
);

/// Computed with 1000 digits by `golden.py`. All logits and targets are exact in `f32` too.
#[rustfmt::skip]
const GOLDEN: &[Golden] = include!("golden.rs");

fn agree_with_golden<T: Real>() {
    let convert = |x: &[f64]| -> Vec<T> { x.iter().map(|x| T::from_f64(*x)).collect() };
    // Numbers below the smallest normal one may be flushed to zero.
    let close = |found: f64, expected: f64, roundings: f64| {
        (found - expected).abs()
            <= roundings * T::EPSILON.to_f64() * expected.abs()
                + roundings * T::MIN_POSITIVE.to_f64()
    };
    for (output, loss, z, y, value, gradient) in GOLDEN {
        let cost = Cost::new(*output, loss.clone()).unwrap();
        let (found, p_bar) = one(&cost, &convert(z), &convert(y));
        assert!(
            close(found, *value, 8.0),
            "{} {cost:?} {z:?} {y:?}: value {found:e}, expected {value:e}",
            T::NAME
        );
        // The slopes of losses with straight pieces nearly cancel here and there, in the formula as in the code.
        let cancel = matches!(loss, Huber { .. } | AbsoluteError | Quantile { .. });
        let largest = gradient.iter().fold(0.0, |l: f64, g| l.max(g.abs()));
        let slack = if cancel {
            2.0 * T::EPSILON.to_f64() * largest
        } else {
            0.0
        };
        for (found, expected) in p_bar.iter().zip(*gradient) {
            let found = found.to_f64();
            assert!(
                close(found, *expected, 16.0) || (found - expected).abs() <= slack,
                "{} {cost:?} {z:?} {y:?}: {p_bar:?}, expected {gradient:?}",
                T::NAME
            );
        }
    }
}

#[test]
fn large_logits_lose_nothing_in_double_precision() {
    agree_with_golden::<f64>();
}

#[test]
fn large_logits_lose_nothing_in_single_precision() {
    agree_with_golden::<f32>();
}

#[test]
fn every_pair_of_large_logits_gives_numbers() {
    fn finite<T: Real>(limit: f64) {
        let levels = [-1.0, -0.5, -0.01, 0.0, 0.01, 0.5, 1.0].map(|x| T::from_f64(x * limit));
        for cost in strategies::pairs() {
            if cost.requires_unit_interval() {
                continue;
            }
            for p in levels {
                for q in levels {
                    for y in [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [1.0, 1.0], [0.0, 0.0]] {
                        let (value, p_bar) = one(&cost, &[p, q], &y.map(T::from_f64));
                        assert!(
                            value.is_finite() && value >= 0.0,
                            "{cost:?} {p} {q} {y:?}: {value}"
                        );
                        assert!(
                            p_bar.iter().all(|g| g.is_finite()),
                            "{cost:?} {p} {q} {y:?}: {p_bar:?}"
                        );
                    }
                }
            }
        }
    }
    finite::<f64>(1e3);
    finite::<f64>(1e100);
    finite::<f32>(80.0);
    finite::<f32>(1e15);
}

#[test]
fn a_nan_stays_one() {
    for cost in strategies::pairs() {
        for place in 0..3 {
            let mut p = [0.5, 0.25, 0.75];
            p[place] = f64::NAN;
            for y in [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.25, 0.5, 0.25]] {
                let (value, p_bar) = one(&cost, &p, &y);
                assert!(value.is_nan(), "{cost:?} {p:?} {y:?}: {value}");
                assert!(p_bar[place].is_nan(), "{cost:?} {p:?} {y:?}: {p_bar:?}");
                let single = one(&cost, &p.map(|p| p as f32), &y.map(|y| y as f32));
                assert!(single.0.is_nan() && single.1[place].is_nan());
            }
        }
    }
}

#[test]
fn cross_entropy_of_bare_probabilities_drops_terms_without_a_factor() {
    let cost = Cost::new(Output::Identity, CrossEntropy).unwrap();
    // y = 1 at v = 1 and y = 0 at v = 0: 0 log 0 is 0.
    let (value, p_bar) = one(&cost, &[1.0, 0.0], &[1.0, 0.0]);
    assert_eq!((value, &p_bar[..]), (0.0, &[-0.5, 0.5][..]));
    // A certain and wrong answer costs infinitely much, and that is not hidden.
    assert_eq!(one(&cost, &[0.0], &[1.0]).0, f64::INFINITY);
}
