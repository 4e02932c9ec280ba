//! The quick forms keep their own bounds.

use super::ulps_single;
use crate::cpu::available;
use crate::unary::{Unary, apply_at};

/// The largest distance from `exact` over every 997th number of which `counts`, in units of the last place.
fn worst(f: Unary<f32>, exact: fn(f64) -> f64, counts: fn(f32) -> bool) -> f64 {
    let numbers = (0..=u32::MAX).step_by(997).map(f32::from_bits);
    let arguments: Vec<f32> = numbers.filter(|x| counts(*x)).collect();
    let mut worst: f64 = 0.0;
    for level in available() {
        let mut got = arguments.clone();
        apply_at(level, f, &mut got);
        for (x, got) in arguments.iter().zip(&got) {
            assert!(got.abs() <= 1.0 || x.is_nan(), "{f:?} of {x:e} is {got:e}");
            worst = worst.max(ulps_single(*got, exact(f64::from(*x))));
        }
    }
    worst
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
fn fast_tanh_is_within_six_units() {
    let worst = worst(Unary::FastTanh, f64::tanh, |_| true);
    println!("fast tanh: {worst:.3} ulp");
    assert!(worst <= 6.0, "{worst}");
}

#[test]
fn fast_logistic_is_within_four_units_down_to_the_smallest_normal_number() {
    let worst = worst(Unary::FastLogistic, logistic, |x| x >= -87.3 || x.is_nan());
    println!("fast logistic: {worst:.3} ulp");
    assert!(worst <= 4.0, "{worst}");
    for x in [-87.4_f32, -100.0, -1e30, f32::NEG_INFINITY] {
        let p = Unary::FastLogistic.value(x);
        assert!(p > 0.0 && p <= 1.3e-38, "{x}: {p}");
    }
}

#[test]
fn in_double_precision_tanh_is_the_accurate_one() {
    for x in [-20.0_f64, -0.3, 1e-9, 0.7, 8.5] {
        let bits = Unary::FastTanh.value(x).to_bits();
        assert_eq!(bits, Unary::Tanh.value(x).to_bits());
    }
}
