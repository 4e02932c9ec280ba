//! Functions with a gate, and the ELU, in units of the last place.

use super::double::{Double, ulps};
use crate::cpu::available;
use crate::gated::{Gated, apply_and_keep_at, apply_at};
use crate::unary::{self, Unary};

/// The stated bounds.
fn bound(name: &str) -> f64 {
    if name == "gelu" { 8.0 } else { 4.0 }
}

/// `z Phi(z)` in twice double precision: by `1/2` and a series near 0, by a continued fraction far from it.
fn gelu(z: f64) -> Double {
    if z.is_nan() || z.abs() > 100.0 {
        return Double::from(if z < 0.0 { 0.0 } else { z });
    }
    let number = |x: f64| Double::from(x);
    let a = number(z.abs());
    // e^(-a^2/2) with what the square loses.
    let square = z * z;
    let lost = z.mul_add(z, -square);
    let density = Double::exp(-0.5 * square) * (number(1.0) + Double::exp_m1(-0.5 * lost));
    let root = Double::new(0.398_942_280_401_432_7, -2.492_327_202_277_73e-17, 0);
    let density = density * root;
    let tail = if z.abs() < 4.0 {
        let mut sum = number(0.0);
        for k in (1..150).rev() {
            sum = (sum + number(1.0)) * a * a / number(f64::from(2 * k + 1));
        }
        number(0.5) - density * (sum + number(1.0)) * a
    } else {
        let mut fraction = a;
        for k in (1..250).rev() {
            fraction = a + number(f64::from(k)) / fraction;
        }
        density / fraction
    };
    let z = number(z);
    if z.is_negative() {
        z * tail
    } else {
        z * (number(1.0) - tail)
    }
}

fn silu(z: f64) -> Double {
    if z.is_nan() || z.abs() > 2000.0 {
        return Double::from(if z < 0.0 { 0.0 } else { z });
    }
    Double::from(z) * Double::logistic(z)
}

fn hard_swish(z: f64) -> Double {
    match z {
        z if z <= -3.0 => Double::from(0.0),
        z if z >= 3.0 || z.is_nan() => Double::from(z),
        z => {
            let z = Double::from(z);
            z * ((z + Double::from(3.0)) / Double::from(6.0))
        }
    }
}

fn elu(z: f64) -> Double {
    if z < 0.0 {
        Double::from(0.7) * Double::exp_m1(z.max(-1000.0))
    } else {
        Double::from(z)
    }
}

/// All magnitudes, and where something happens.
fn grid() -> Vec<f64> {
    let even = (-8000..=8000).map(|i| f64::from(i) / 200.0 + 1e-4);
    let close = (-3000..=3000).map(|i| f64::from(i) * 1.1e-3);
    let far = (-1600..=0).map(|i| f64::from(i) / 2.1);
    let every = (-300..300).flat_map(|i| [1.234, -4.321].map(|x| x * 10f64.powi(i)));
    even.chain(close).chain(far).chain(every).collect()
}

type Case = (
    &'static str,
    fn(crate::cpu::Level, &mut [f64]),
    fn(crate::cpu::Level, &mut [f32]),
    fn(f64) -> Double,
);

fn cases() -> [Case; 4] {
    [
        (
            "silu",
            |l, z| apply_at(l, Gated::Silu, z),
            |l, z| apply_at(l, Gated::Silu, z),
            silu,
        ),
        (
            "gelu",
            |l, z| apply_at(l, Gated::Gelu, z),
            |l, z| apply_at(l, Gated::Gelu, z),
            gelu,
        ),
        (
            "hard swish",
            |l, z| apply_at(l, Gated::HardSwish, z),
            |l, z| apply_at(l, Gated::HardSwish, z),
            hard_swish,
        ),
        (
            "elu",
            |l, z| unary::apply_at(l, Unary::Elu(0.7), z),
            |l, z| unary::apply_at(l, Unary::Elu(0.7), z),
            elu,
        ),
    ]
}

#[test]
fn double_precision() {
    for (name, run, _, exact) in cases() {
        let (grid, mut largest) = (grid(), 0.0_f64);
        let expected: Vec<Double> = grid.iter().map(|z| exact(*z)).collect();
        for level in available() {
            let mut p = grid.clone();
            run(level, &mut p);
            for ((z, p), exact) in grid.iter().zip(&p).zip(&expected) {
                let off = ulps(*p, *exact);
                assert!(
                    off <= bound(name),
                    "{name} of {z:e} at {level:?} is {p:e}, {off} ulp off"
                );
                largest = largest.max(off);
            }
        }
        println!("{name} f64: {largest:.3} ulp");
    }
}

/// Against double precision, which is good to four of its own last places.
#[test]
fn single_precision() {
    for (name, run, single, _) in cases() {
        let dense = (-120_000..=120_000).map(|i| i as f32 * 1e-3);
        let every = (0..200_000_u32).map(|i| f32::from_bits(i.wrapping_mul(21_473)));
        let grid: Vec<f32> = dense.chain(every).filter(|z| z.is_finite()).collect();
        let mut largest = 0.0_f64;
        for level in available() {
            let (mut p, mut exact) = (
                grid.clone(),
                grid.iter().map(|z| f64::from(*z)).collect::<Vec<_>>(),
            );
            single(level, &mut p);
            // The constant of the ELU is that of `f32`.
            if name == "elu" {
                unary::apply_at(level, Unary::Elu(f64::from(0.7_f32)), &mut exact);
            } else {
                run(level, &mut exact);
            }
            for ((z, p), exact) in grid.iter().zip(&p).zip(&exact) {
                let last =
                    ((exact.abs() as f32).max(f32::MIN_POSITIVE).to_bits() >> 23) as i32 - 127 - 23;
                let off = (f64::from(*p) - exact).abs() / 2f64.powi(last);
                let both = f64::from(*p) == *exact || off <= bound(name);
                assert!(
                    both,
                    "{name} of {z:e} at {level:?} is {p:e}, not {exact:e}: {off} ulp off"
                );
                if off.is_finite() {
                    largest = largest.max(off);
                }
            }
        }
        println!("{name} f32: {largest:.3} ulp");
    }
}

/// The tanh form against its formula in double precision; the relative error grows as the docs say.
#[test]
fn gelu_by_tanh() {
    let w = |z: f64| 2.0 * (2.0 / core::f64::consts::PI).sqrt() * (z + 0.044_715 * z.powi(3));
    for level in available() {
        let z: Vec<f32> = (-9000..=9000).map(|i| i as f32 * 1e-3).collect();
        let mut p = z.clone();
        apply_at(level, Gated::GeluTanh, &mut p);
        let mut double: Vec<f64> = z.iter().map(|z| f64::from(*z)).collect();
        apply_at(level, Gated::GeluTanh, &mut double);
        for ((z, p), double) in z.iter().zip(&p).zip(&double) {
            let z = f64::from(*z);
            let exact = z / (1.0 + (-w(z)).exp());
            let bound = (4.0 + 3.0 * w(z).abs()) * exact.abs();
            assert!(
                (f64::from(*p) - exact).abs() <= bound * f64::from(f32::EPSILON) + 1e-44,
                "{z}: {p}"
            );
            assert!(
                (double - exact).abs() <= 2.0 * bound * f64::EPSILON,
                "{z}: {double}"
            );
        }
    }
}

/// Slopes against their formulas in double precision; a pass that keeps slopes gives the same values.
#[test]
fn slopes() {
    for gated in [Gated::Silu, Gated::Gelu, Gated::GeluTanh, Gated::HardSwish] {
        for level in available() {
            let z: Vec<f32> = (-2000..2003).map(|i| i as f32 * 0.0113).collect();
            let (mut p, mut kept, mut slopes) = (z.clone(), z.clone(), vec![f32::NAN; z.len()]);
            apply_at(level, gated, &mut p);
            apply_and_keep_at(level, gated, &mut kept, &mut slopes);
            assert!(
                p.iter()
                    .zip(&kept)
                    .all(|(p, kept)| p.to_bits() == kept.to_bits())
            );
            for (z, slope) in z.iter().zip(slopes) {
                let z = f64::from(*z);
                let h = 1e-4;
                if gated == Gated::HardSwish && (z.abs() - 3.0).abs() < 2.0 * h {
                    continue;
                }
                // Fourth order: an error of 1e-12 or so.
                let at = |z: f64| gated.value_and_slope(z)[0];
                let difference =
                    8.0 * (at(z + h) - at(z - h)) - (at(z + 2.0 * h) - at(z - 2.0 * h));
                let exact = difference / (12.0 * h);
                assert!(
                    (f64::from(slope) - exact).abs() <= 1e-6,
                    "{gated:?}' at {z}: {slope}, not {exact}"
                );
            }
        }
    }
}

#[test]
fn ends_are_exact() {
    for gated in [Gated::Silu, Gated::Gelu, Gated::GeluTanh, Gated::HardSwish] {
        for level in available() {
            let mut z = [
                0.0,
                -0.0,
                f64::MAX,
                f64::INFINITY,
                -f64::MAX,
                f64::NEG_INFINITY,
                f64::NAN,
            ];
            let mut slopes = [2.0; 7];
            apply_and_keep_at(level, gated, &mut z, &mut slopes);
            assert_eq!(
                z[..6],
                [0.0, 0.0, f64::MAX, f64::INFINITY, 0.0, 0.0],
                "{gated:?}"
            );
            assert!(z[0].is_sign_positive() && z[1].is_sign_negative() && z[4].is_sign_negative());
            assert_eq!(slopes[..6], [0.5, 0.5, 1.0, 1.0, 0.0, 0.0], "{gated:?}");
            assert!(z[6].is_nan() && slopes[6].is_nan());
            let mut z = [
                0.0,
                -0.0,
                f32::MAX,
                f32::INFINITY,
                -f32::MAX,
                f32::NEG_INFINITY,
                f32::NAN,
            ];
            apply_at(level, gated, &mut z);
            assert_eq!(
                z[..6],
                [0.0, 0.0, f32::MAX, f32::INFINITY, 0.0, 0.0],
                "{gated:?}"
            );
            assert!(z[6].is_nan());
        }
    }
}
