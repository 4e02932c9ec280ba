//! Rules with squares at both ends of the range of single precision.

use gradflow_kernels::Real;
use gradflow_optim::*;

/// Rules whose steps are no longer than their rate on a gradient that stays the same; `epsilon` is 0.
fn rules() -> Vec<Rule> {
    let (rate, beta, epsilon) = (0.1, 0.9, 0.0);
    let adam = Adam {
        epsilon,
        ..Adam::new(rate)
    };
    let amsgrad = AmsGrad {
        epsilon,
        ..AmsGrad::new(rate)
    };
    let adamw = AdamW {
        epsilon,
        ..AdamW::new(rate, 0.0)
    };
    vec![
        adam.into(),
        amsgrad.into(),
        adamw.into(),
        AdaGradMean { rate, epsilon }.into(),
        AdaGradSum { rate, epsilon }.into(),
        RmsPropUnbiased {
            rate,
            beta,
            epsilon,
        }
        .into(),
    ]
}

/// Where a rule leads from 0 on the given gradients, with its state at the end, which must be one that can be restored.
fn end<T: Real + serde::Serialize + serde::de::DeserializeOwned>(
    rule: &Rule,
    gradients: impl IntoIterator<Item = f64>,
) -> Vec<f64> {
    let mut q = [T::ZERO];
    let mut optimiser = Optimiser::new(rule.clone().into(), &q).unwrap();
    let mut path = vec![0.0];
    for gradient in gradients {
        let mut given = Closure::new(1, |_: &[T], j: &mut [T]| {
            j[0] = T::from_f64(gradient);
            0.0
        });
        optimiser.step(&mut given, &mut q).unwrap();
        path.push(q[0].to_f64());
    }
    let saved = serde_json::to_string(&optimiser.state()).unwrap();
    let state = serde_json::from_str(&saved).unwrap();
    let restored: Result<Optimiser<T>, _> = Optimiser::restore(rule.clone().into(), state, &q);
    assert!(restored.is_ok(), "{rule}: {saved}");
    path
}

#[test]
fn squares_that_underflow_make_no_long_steps() {
    for rule in rules() {
        for exponent in -45..=38 {
            let j = 10_f64.powi(exponent);
            let single = end::<f32>(&rule, [j; 20]);
            for step in single.windows(2) {
                let moved = step[0] - step[1];
                assert!(
                    (-1e-6..=0.1 * (1.0 + 1e-4)).contains(&moved),
                    "{rule}, {j:e}: {moved}"
                );
            }
            let first = single[1];
            assert!(
                first == 0.0 || (first + 0.1).abs() < 1e-5,
                "{rule}, {j:e}: {first}"
            );
            // Double precision holds these squares.
            let double = end::<f64>(&rule, [j])[1];
            assert!((double + 0.1).abs() < 1e-9, "{rule}, {j:e}: {double}");
        }
        // The case that was found.
        assert!(
            [0.0, -0.1_f32.to_f64()].contains(&end::<f32>(&rule, [1e-25])[1]),
            "{rule}"
        );
        // Gradients that fade: a second moment that is flushed must not meet a first one that is not.
        let fading = (0..400).map(|n| 1e-10 * 0.8_f64.powi(n));
        let path = end::<f32>(&rule, fading);
        assert!(
            path.windows(2).all(|step| step[0] - step[1] <= 0.11),
            "{rule}"
        );
    }
}

#[test]
fn squares_that_overflow_leave_a_rule_that_moves() {
    for rule in rules() {
        // Above 5.8e20 the square of a gradient is beyond the largest number.
        for j in [6e20, 1e30, 3e38] {
            let first = end::<f32>(&rule, [j])[1];
            assert!((first + 0.1).abs() < 1e-4, "{rule}, {j:e}: {first}");
        }
    }
    // Those that forget move on afterwards, as far as their rate says; the others never forget a square.
    let forgetful = |rule: &Rule| ["Adam", "AdamW", "RmsPropUnbiased"].contains(&rule.name());
    for rule in rules().into_iter().filter(forgetful) {
        let steps = 100_000;
        let path = end::<f32>(&rule, (0..steps).map(|n| if n == 0 { 1e30 } else { 1.0 }));
        let moved = path[steps - 100] - path[steps];
        assert!((moved / 10.0 - 1.0).abs() < 0.1, "{rule}: {moved}");
    }
}

/// Velocities are sums of gradients: they stop at the largest number, from where they decay like any other. An infinite one would
/// hold its parameter for ever, and no run could be taken up with it.
#[test]
fn velocities_that_overflow_leave_a_rule_that_moves() {
    let (rate, beta) = (1e-3, 0.9);
    let rules: [Rule; 5] = [
        MomentumPhysical {
            alpha: 0.2,
            gamma: 0.1,
        }
        .into(),
        MomentumAveraged { rate, beta }.into(),
        MomentumSummed { rate, beta }.into(),
        Nesterov { rate, beta }.into(),
        AdamsBashforth3 { rate }.into(),
    ];
    for rule in rules {
        // Each gradient is a number, their sum is none. Then the other way round, until the velocity has turned.
        let (there, back) = (3e38, -3e38);
        let gradients = (0..200).map(|n| if n < 50 { there } else { back });
        let path = end::<f32>(&rule, gradients);
        assert!(path[51] < 0.0, "{rule}: {}", path[51]);
        assert!(path[200] > path[51], "{rule} did not come back");
    }
}

/// Terms of opposite signs that both overflow are no NaN: the sum stops at the largest number, or between.
#[test]
fn terms_that_overflow_make_no_nan() {
    let rate = 1e30;
    let rules: [Rule; 6] = [
        RungeKutta {
            rate,
            table: Tableau::Rk4,
        }
        .into(),
        Chebyshev {
            rate,
            stages: 4,
            damping: 0.05,
        }
        .into(),
        Chebyshev2 { rate, stages: 4 }.into(),
        TwoStepMidpoint { rate }.into(),
        AdamsBashforth2 { rate }.into(),
        AdamsBashforth3 { rate }.into(),
    ];
    for rule in rules {
        // The gradient turns with every evaluation.
        let mut sign = 1.0;
        let mut objective = Closure::new(1, |_: &[f32], j: &mut [f32]| {
            sign = -sign;
            j[0] = sign * 1e30;
            0.0
        });
        let mut q = [1.0_f32];
        let mut optimiser = Optimiser::new(Descent::new(rule.clone()), &q).unwrap();
        for _ in 0..6 {
            let _ = optimiser.step(&mut objective, &mut q);
            assert!(q[0].is_finite(), "{rule}: {}", q[0]);
        }
    }
}
