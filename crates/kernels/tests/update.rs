//! Every pass against its formula, on any number of threads; no denormal state.

mod passes;

use gradflow_kernels::update::*;
use gradflow_kernels::{Real, Workers};
use passes::*;

/// What each pass does to one element, straight from its formula.
fn formula(name: &str, [q, m, v, u]: [f64; 4], j: f64) -> [f64; 4] {
    let adam = |m: f64, v: f64| {
        let (m, v) = (0.9 * m + 0.1 * j, 0.99 * v + 0.01 * j * j);
        let corrected = (m / (1.0 - 0.9_f64.powi(3)), v / (1.0 - 0.99_f64.powi(3)));
        (m, v, corrected.0, corrected.1)
    };
    match name {
        "descend" => [q - 0.1 * j, m, v, u],
        "momentum" => {
            let m = 0.9 * m + 0.5 * j;
            [q - 0.1 * m, m, v, u]
        }
        "nesterov" => {
            let m = 0.9 * m + j;
            [q - 0.1 * (j + 0.9 * m), m, v, u]
        }
        "adaptive" => {
            let v = 0.9 * v + 0.1 * j * j;
            [q - 0.1 * j / ((1.5 * v).sqrt() + 1e-6), m, v, u]
        }
        "adam" => {
            let (m, v, mc, vc) = adam(m, v);
            [0.999 * q - 0.01 * mc / (vc.sqrt() + 1e-8), m, v, u]
        }
        "amsgrad" => {
            let (m, v, mc, vc) = adam(m, v);
            let u = u.max(vc);
            [0.999 * q - 0.01 * mc / (u.sqrt() + 1e-8), m, v, u]
        }
        "combine" => [0.5 * q + 0.25 * m + 2.0 * v - 1.5 * j, m, v, u],
        "multistep" => [-1.5 * q - 0.3 * j - 0.5 * m + 3.0 * v, q, v, u],
        _ => [q - 1.5 * j + 0.5 * m, j, v, u],
    }
}

#[test]
fn passes_follow_their_formulas() {
    for (name, pass) in passes::<f64>() {
        let (start, j) = arrays::<f64>();
        let mut all = start.clone();
        pass(&Workers::inline(), &mut all, &j);
        for i in (0..N).step_by(97).chain([N - 1]) {
            let expected = formula(name, [0, 1, 2, 3].map(|k| start[k][i]), j[i]);
            for k in 0..4 {
                // A few roundings of numbers of size 1, and the square root of small ones.
                let (found, expected) = (all[k][i], expected[k]);
                assert!(
                    (found - expected).abs() <= 1e-13,
                    "{name} {k} {i}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn threads_do_not_change_the_bits() {
    fn check<T: Real>() {
        for (name, pass) in passes::<T>() {
            let run = |threads| {
                let (mut all, j) = arrays::<T>();
                pass(&Workers::new(threads), &mut all, &j);
                all
            };
            let one = run(1);
            assert!(run(2) == one && run(3) == one, "{name}");
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn zero_gradients_leave_no_denormal_state() {
    for (name, pass) in passes::<f32>() {
        let workers = Workers::inline();
        let mut all = [1.0, 1.0, 1e-3, 1e-3].map(|x| vec![x; 40]);
        pass(&workers, &mut all, &[1e-3; 40]);
        for _ in 0..10_000 {
            pass(&workers, &mut all, &[0.0; 40]);
        }
        // The point itself is no running state, and `combine` has none.
        let state = if name == "combine" { 3.. } else { 1.. };
        assert!(
            all[state]
                .iter()
                .flatten()
                .all(|x| *x == 0.0 || x.is_normal()),
            "{name}"
        );
    }
}

#[test]
fn a_point_never_becomes_infinite() {
    for (name, pass) in passes::<f32>() {
        let mut all = [f32::MAX, 0.0, 0.0, 0.0].map(|x| vec![x; 5]);
        for _ in 0..3 {
            pass(&Workers::inline(), &mut all, &[-f32::MAX; 5]);
        }
        assert!(all[0].iter().all(|x| x.is_finite()), "{name}");
    }
}

#[test]
fn norm_survives_overflowing_squares() {
    assert!((norm(&[3e200, -4e200]) / 5e200 - 1.0_f64).abs() < 1e-15);
    assert_eq!(norm(&[3.0_f32, 4.0]), 5.0);
    assert!(norm(&[1.0, f64::NAN]).is_nan());
    assert_eq!(norm(&[1.0, f64::INFINITY]), f64::INFINITY);
}

#[test]
fn a_parameter_without_gradient_stays_without_epsilon() {
    let zero = [0.0_f32; 40];
    let (mut q, mut m, mut v) = ([0.7_f32; 40], zero, zero);
    let moments = Moments {
        epsilon: 0.0,
        shrink: 1.0,
        ..MOMENTS
    };
    adam(&mut q, &mut m, &mut v, &zero, moments, &Workers::inline());
    let squares = Squares {
        epsilon: 0.0,
        ..SQUARES
    };
    adaptive(&mut q, &mut v, &zero, squares, &Workers::inline());
    assert_eq!(q, [0.7; 40]);
}

#[test]
fn one_bad_element_is_found_anywhere() {
    fn check<T: Real>(bad: [T; 3]) {
        for n in [0, 1, 63, 64, 65, 200] {
            let mut x = vec![T::MAX; n];
            assert!(gradflow_kernels::slices::all_finite(&x));
            for i in 0..n {
                for bad in bad {
                    x[i] = bad;
                    assert!(
                        !gradflow_kernels::slices::all_finite(&x),
                        "{bad} at {i} of {n}"
                    );
                }
                x[i] = -T::MAX;
            }
        }
    }
    check([f32::NAN, f32::INFINITY, f32::NEG_INFINITY]);
    check([f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
}

/// The rules that divide by a root of squares: what they do in the first step from nothing with gradient `j`, repeated
/// `steps` times. The rates are 0.1; RMSProp's squares are not corrected, so that its first step is `sqrt(10)` of that.
fn moves<T: Real>(epsilon: f64, gradients: &[f64]) -> [(&'static str, T); 4] {
    let rule = |name: &str| {
        let (mut q, mut m, mut v, mut u) = ([T::ZERO], [T::ZERO], [T::ZERO], [T::ZERO]);
        let workers = Workers::inline();
        for (n, j) in (1..).zip(gradients) {
            let j = [T::from_f64(*j)];
            let moments = Moments {
                rate: 0.1,
                beta1: 0.9,
                beta2: 0.999,
                epsilon,
                shrink: 1.0,
                step: n,
            };
            let squares = |keep, gain| Squares {
                rate: 0.1,
                keep,
                gain,
                unbias: 1.0,
                epsilon,
            };
            match name {
                "adam" => adam(&mut q, &mut m, &mut v, &j, moments, &workers),
                "amsgrad" => amsgrad(&mut q, &mut m, &mut v, &mut u, &j, moments, &workers),
                "rmsprop" => adaptive(&mut q, &mut v, &j, squares(0.9, 0.1), &workers),
                _ => adaptive(&mut q, &mut v, &j, squares(1.0, 1.0), &workers),
            }
        }
        q[0]
    };
    ["adam", "amsgrad", "rmsprop", "adagrad"].map(|name| (name, rule(name)))
}

#[test]
fn squares_that_underflow_make_no_step_longer_than_the_rate() {
    for (name, q) in moves::<f32>(0.0, &[1e-25]) {
        assert_eq!(q, 0.0, "{name}");
    }
    let root = |name| if name == "rmsprop" { 10f64.sqrt() } else { 1.0 };
    for (name, q) in moves::<f64>(0.0, &[1e-25]) {
        assert!((q / root(name) + 0.1).abs() < 1e-12, "{name}: {q}");
    }
    // Every size of a gradient, with every size of epsilon, for some steps.
    for exponent in -45..=38 {
        for epsilon in [0.0, 1e-45, 1e-30, 1e-20, 1e-19, 1e-18, 1e-17, 1e-8, 1.0] {
            for steps in [1, 2, 7] {
                let gradients = vec![10f64.powi(exponent); steps];
                for (name, q) in moves::<f32>(epsilon, &gradients) {
                    let most = 0.1 * steps as f64 * root(name);
                    let q = -f64::from(q);
                    assert!(
                        (0.0..=most * 1.0001).contains(&q),
                        "{name} {exponent} {epsilon}: {q}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_small_gradient_is_scaled_by_epsilon_where_that_is_what_counts() {
    // The squares are flushed, and would be nothing beside epsilon.
    for (name, q) in moves::<f32>(1e-8, &[1e-22]) {
        assert!((q / -1e-15 - 1.0).abs() < 1e-5, "{name}: {q}");
    }
}

#[test]
fn squares_that_overflow_are_capped() {
    // A step of the rate, as for any other first gradient.
    for huge in [1e20, 1e25, 3e38] {
        for (name, q) in moves::<f32>(1e-8, &[huge]) {
            let most = if name == "rmsprop" { 10f32.sqrt() } else { 1.0 };
            assert!((q / most + 0.1).abs() < 1e-5, "{name}: {q}");
        }
    }
    // Rules that forget move again: RMSProp after a thousand steps, Adam after a hundred thousand.
    let mut gradients = vec![-1.0; 110_000];
    gradients[0] = 3e38;
    for (name, q) in moves::<f32>(1e-8, &gradients) {
        match name {
            "adam" => assert!(q > 1000.0, "{name}: {q}"),
            "rmsprop" => assert!(q > 10_000.0, "{name}: {q}"),
            _ => assert!((-2.0..0.0).contains(&q), "{name}: {q}"),
        }
    }
}

#[test]
fn squares_never_become_infinite() {
    fn check<T: Real>() {
        for (name, pass) in passes::<T>() {
            if !["adam", "amsgrad", "adaptive"].contains(&name) {
                continue;
            }
            for start in [T::ZERO, T::MAX] {
                let mut all = [T::ZERO, start, start, start].map(|x| vec![x; 40]);
                for sign in [1.0, 1.0, 1.0, -1.0, -1.0, 1.0] {
                    let j = vec![T::from_f64(sign) * T::MAX; 40];
                    pass(&Workers::inline(), &mut all, &j);
                }
                assert!(all.iter().flatten().all(|x| x.is_finite()), "{name}");
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn a_nan_is_not_turned_into_a_number() {
    for (name, pass) in passes::<f32>() {
        for n in [1, 5, 40] {
            let mut all = [0.5, 0.5, 0.5, 0.5].map(|x| vec![x; n]);
            pass(&Workers::inline(), &mut all, &vec![f32::NAN; n]);
            assert!(all[0].iter().all(|q| q.is_nan()), "{name}");
        }
    }
}
