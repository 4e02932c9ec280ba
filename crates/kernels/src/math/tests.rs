//! Measures every elementary function in units of the last place: `f32` against the standard library's `f64`, over
//! all magnitudes, and `f64` against arithmetic of twice its precision.

mod double;
mod fast;
mod gate;

use proptest::prelude::*;

use self::double::{Double, ulps};
use crate::Real;
use crate::cpu::{Level, available};
use crate::number::Number;
use crate::slices::{exp_at, ln_at};
use crate::unary::{Unary, apply_at};

/// The stated bound.
const BOUND: f64 = 2.0;

/// A function under test: how it runs, and its exact values.
struct Case<T> {
    name: &'static str,
    run: fn(Level, &mut [T]),
    /// In double precision, for `f32`.
    single: fn(f64) -> f64,
    /// In twice double precision, for `f64`.
    double: fn(f64) -> Double,
}

fn cases<T: Real>() -> [Case<T>; 8] {
    macro_rules! unary {
        ($name:literal, $f:ident, $single:expr, $double:expr) => {
            Case {
                name: $name,
                run: |level, x| apply_at(level, Unary::$f, x),
                single: $single,
                double: $double,
            }
        };
    }
    [
        Case {
            name: "exp",
            run: exp_at,
            single: f64::exp,
            double: Double::exp,
        },
        Case {
            name: "ln",
            run: ln_at,
            single: f64::ln,
            double: Double::ln,
        },
        unary!("tanh", Tanh, f64::tanh, Double::tanh),
        unary!(
            "logistic",
            Logistic,
            |x| 1.0 / (1.0 + (-x).exp()),
            Double::logistic
        ),
        unary!(
            "softplus",
            Softplus,
            |x| x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Double::softplus
        ),
        unary!(
            "soft sign",
            SoftSign,
            |x| if x.is_infinite() {
                x.signum()
            } else {
                x / (1.0 + x.abs())
            },
            Double::soft_sign
        ),
        unary!(
            "soft logistic",
            SoftLogistic,
            |x| {
                let t = 0.5 / (1.0 + x.abs());
                if x < 0.0 { t } else { 1.0 - t }
            },
            Double::soft_logistic
        ),
        unary!(
            "signed square",
            SignedSquare,
            |x| x * (x * x + 1.0).sqrt(),
            Double::signed_square
        ),
    ]
}

/// Distance of `got` from `exact` in units of the last place of an `f32`.
fn ulps_single(got: f32, exact: f64) -> f64 {
    if got.is_nan() && exact.is_nan() || f64::from(got) == exact {
        0.0
    } else if (exact as f32).is_infinite() || got.is_infinite() {
        // An exact value that rounds to infinity must be infinity, and no other.
        if got == exact as f32 {
            0.0
        } else {
            f64::INFINITY
        }
    } else {
        let exponent = ((exact.to_bits() >> 52 & 0x7ff) as i32 - 1023).max(-126);
        let distance = (f64::from(got) - exact).abs() / 2f64.powi(exponent - 23);
        if distance.is_nan() {
            f64::INFINITY
        } else {
            distance
        }
    }
}

#[test]
fn single_precision_over_all_magnitudes() {
    const STEP: usize = 997;
    let arguments: Vec<f32> = (0..=u32::MAX).step_by(STEP).map(f32::from_bits).collect();
    for case in cases::<f32>() {
        let exact: Vec<f64> = arguments
            .iter()
            .map(|x| (case.single)(f64::from(*x)))
            .collect();
        for level in available() {
            let mut got = arguments.clone();
            (case.run)(level, &mut got);
            let (mut worst, mut at) = (0.0, 0.0);
            for ((x, got), exact) in arguments.iter().zip(&got).zip(&exact) {
                let ulps = ulps_single(*got, *exact);
                if ulps > worst {
                    (worst, at) = (ulps, *x);
                }
            }
            println!("{} f32 {level:?}: {worst:.3} ulp at {at:e}", case.name);
            assert!(
                worst <= BOUND,
                "{} of {at:e} at {level:?} is {worst} ulp off",
                case.name
            );
        }
    }
}

/// Arguments of every magnitude, and evenly spaced ones where exponentials are neither 0 nor infinite.
fn grid() -> Vec<f64> {
    let golden = 0.618_033_988_749_894_9;
    let even = (0..15_000).map(|i| (f64::from(i) * golden).fract() * 1500.0 - 750.0);
    let close = (0..15_000).map(|i| (f64::from(i) * golden).fract() * 8.0 - 4.0);
    let every = (0..15_000u64).flat_map(|i| {
        let x = f64::from_bits(i * (f64::INFINITY.to_bits() / 15_000) + i % 7);
        [x, -x]
    });
    let near_one = (0..2000).map(|i| 1.0 + (f64::from(i) - 1000.0) * 1e-4);
    let tiny_steps = (0..200).map(|i| 1.0 + (f64::from(i) - 100.0) * f64::EPSILON / 2.0);
    even.chain(close)
        .chain(every)
        .chain(near_one)
        .chain(tiny_steps)
        .collect()
}

/// Asserts the bound for every level and returns the largest distance.
fn check_double(case: &Case<f64>, arguments: &[f64]) -> f64 {
    let exact: Vec<Double> = arguments.iter().map(|x| (case.double)(*x)).collect();
    let mut largest: f64 = 0.0;
    for level in available() {
        let mut got = arguments.to_vec();
        (case.run)(level, &mut got);
        for ((x, got), exact) in arguments.iter().zip(&got).zip(&exact) {
            let off = ulps(*got, *exact);
            assert!(
                off <= BOUND,
                "{} of {x:e} at {level:?} is {got:e}, {off} ulp off",
                case.name
            );
            largest = largest.max(off);
        }
    }
    largest
}

#[test]
fn double_precision_on_a_grid() {
    let grid = grid();
    for case in cases::<f64>() {
        println!("{} f64: {:.3} ulp", case.name, check_double(&case, &grid));
    }
}

#[test]
fn the_reference_agrees_with_the_standard_library() {
    for case in cases::<f64>() {
        for x in grid() {
            // The formulas in double precision add some roundings of their own.
            let off = ulps((case.single)(x), (case.double)(x));
            assert!(
                off < 4.0 || (case.single)(x).abs() < 1e-300,
                "{} of {x:e}: {off}",
                case.name
            );
        }
    }
}

proptest! {
    #[test]
    fn double_precision_anywhere(x in prop::collection::vec(prop::num::f64::ANY, 1..40)) {
        for case in cases::<f64>() {
            check_double(&case, &x);
        }
    }

    /// An element has the same bits wherever it stands, in a whole vector or in the rest.
    #[test]
    fn position_does_not_matter(x in prop::collection::vec(prop::num::f32::ANY, 0..70)) {
        for case in cases::<f32>() {
            for level in available() {
                let mut together = x.clone();
                (case.run)(level, &mut together);
                for (x, together) in x.iter().zip(&together) {
                    let mut alone = [*x];
                    (case.run)(level, &mut alone);
                    prop_assert!(alone[0].to_bits() == together.to_bits() || alone[0].is_nan() && together.is_nan());
                }
            }
        }
    }
}

fn ends<T: Number>() {
    let (zero, one, half, inf, nan) = (T::ZERO, T::ONE, T::from_f64(0.5), T::INFINITY, T::NAN);
    let (huge, least) = (T::MAX, T::LEAST);
    let table: [(&str, &[(T, T)]); 8] = [
        (
            "exp",
            &[
                (zero, one),
                (-zero, one),
                (least, one),
                (inf, inf),
                (huge, inf),
                (-inf, zero),
                (-huge, zero),
            ],
        ),
        (
            "ln",
            &[
                (one, zero),
                (zero, -inf),
                (-zero, -inf),
                (inf, inf),
                (-least, nan),
                (-one, nan),
                (-inf, nan),
            ],
        ),
        (
            "tanh",
            &[
                (zero, zero),
                (-zero, -zero),
                (least, least),
                (-least, -least),
                (huge, one),
                (inf, one),
                (-inf, -one),
            ],
        ),
        (
            "logistic",
            &[
                (zero, half),
                (huge, one),
                (inf, one),
                (-huge, zero),
                (-inf, zero),
            ],
        ),
        (
            "softplus",
            &[(inf, inf), (huge, huge), (-huge, zero), (-inf, zero)],
        ),
        (
            "soft sign",
            &[
                (zero, zero),
                (-zero, -zero),
                (least, least),
                (huge, one),
                (inf, one),
                (-huge, -one),
                (-inf, -one),
            ],
        ),
        ("soft logistic", &[(zero, half), (inf, one), (-inf, zero)]),
        (
            "signed square",
            &[
                (zero, zero),
                (-zero, -zero),
                (least, least),
                (huge, inf),
                (inf, inf),
                (-inf, -inf),
            ],
        ),
    ];
    for level in available() {
        for (case, (name, values)) in cases::<T>().iter().zip(table) {
            assert_eq!(case.name, name);
            for (x, expected) in values.iter().chain(&[(nan, nan), (-nan, nan)]) {
                let mut got = [*x];
                (case.run)(level, &mut got);
                let same = got[0] == *expected && (one / got[0] == one / *expected);
                assert!(
                    same || got[0].is_nan() && expected.is_nan(),
                    "{name}({x:e}) at {level:?} is {:e}, not {expected:e}",
                    got[0]
                );
            }
        }
    }
}

#[test]
fn ends_are_exact() {
    ends::<f32>();
    ends::<f64>();
}
