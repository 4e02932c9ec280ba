//! Stability limits by bisection, growth factors against theory and against runs.

use crate::common::run;
use gradflow_optim::study::Quadratic;
use gradflow_optim::*;

/// The table of the real axis, in units of the rate (of `alpha^2` for momentum).
fn table() -> Vec<(Rule, f64)> {
    let rk = |table| Rule::from(RungeKutta { rate: 1.0, table });
    // Two stages of the polynomial 1 - z + z^2/2 - z^3/6, at -1.
    let third: f64 = 2.512_745_326_618_329;
    let fourth = 2.785_293_563_405_282;
    let first_order = |stages: usize, damping: f64| {
        let s = stages as f64;
        let w0 = 1.0 + damping / (s * s);
        let angle = s * w0.acosh();
        let w1 = angle.cosh() * w0.acosh().sinh() / (s * angle.sinh());
        (
            Rule::from(Chebyshev {
                rate: 1.0,
                stages,
                damping,
            }),
            2.0 * w0 / w1,
        )
    };
    vec![
        (GradientDescent { rate: 1.0 }.into(), 2.0),
        (rk(Tableau::Midpoint), 2.0),
        (rk(Tableau::Heun), 2.0),
        (rk(Tableau::Ralston), 2.0),
        (rk(Tableau::Kutta3), third),
        (rk(Tableau::Rk4), fourth),
        (rk(Tableau::ThreeEighths), fourth),
        (AdamsBashforth2 { rate: 1.0 }.into(), 1.0),
        (AdamsBashforth3 { rate: 1.0 }.into(), 6.0 / 11.0),
        (
            MomentumSummed {
                rate: 1.0,
                beta: 0.9,
            }
            .into(),
            3.8,
        ),
        (
            MomentumSummed {
                rate: 1.0,
                beta: 0.0,
            }
            .into(),
            2.0,
        ),
        (
            MomentumPhysical {
                alpha: 1.0,
                gamma: 0.5,
            }
            .into(),
            3.0,
        ),
        (
            MomentumAveraged {
                rate: 4.0,
                beta: 0.75,
            }
            .into(),
            3.5,
        ),
        (
            Nesterov {
                rate: 1.0,
                beta: 0.5,
            }
            .into(),
            1.5,
        ),
        (
            Nesterov {
                rate: 1.0,
                beta: 0.0,
            }
            .into(),
            2.0,
        ),
        first_order(1, 0.05),
        first_order(2, 0.05),
        first_order(5, 0.05),
        first_order(10, 0.05),
        first_order(25, 1.17),
    ]
}

/// The boundary between stable and unstable curvatures, found without [`Rule::limit`].
fn bisected(rule: &Rule, mut below: f64, mut above: f64) -> f64 {
    let stable = |lambda| rule.growth(lambda).unwrap() <= 1.0 + 1e-10;
    assert!(
        stable(below) && !stable(above),
        "{rule} between {below} and {above}"
    );
    while above - below > 1e-9 {
        let middle = 0.5 * (below + above);
        if stable(middle) {
            below = middle
        } else {
            above = middle
        }
    }
    below
}

#[test]
fn limits_of_the_table() {
    for (rule, exact) in table() {
        let found = bisected(&rule, 0.8 * exact, 1.2 * exact);
        assert!(
            (found - exact).abs() <= 1e-6,
            "{rule}: bisection gives {found}, not {exact}"
        );
        let limit = rule.limit().unwrap();
        assert!(
            (limit - exact).abs() <= 1e-6 * exact.max(1.0),
            "{rule}: limit {limit}, not {exact}"
        );
        // Nothing in between is unstable.
        for i in 1..1000 {
            let lambda = exact * f64::from(i) / 1000.0;
            assert!(
                rule.growth(lambda).unwrap() <= 1.0 + 1e-9,
                "{rule} at {lambda}"
            );
        }
    }
}

#[test]
fn limits_of_the_second_order_chebyshev_methods() {
    for (stages, rounded) in [
        (2, 2.000),
        (3, 6.180),
        (4, 9.851),
        (5, 16.603),
        (10, 64.738),
    ] {
        // R(z) = a + b T_s(w0 - w1 z) leaves [-1, 1] upwards for even s, where T_s(x) = T_s(w0), and downwards
        // for odd s, where b T_s(x) = -1 - a; T_s, T_s' and T_s'' in closed form.
        let s = stages as f64;
        let w0: f64 = 1.0 + 2.0 / 13.0 / (s * s);
        let (t, root) = (w0.acosh(), (w0 * w0 - 1.0).sqrt());
        let (value, slope) = ((s * t).cosh(), s * (s * t).sinh() / root);
        let curvature = (s * s * value - w0 * slope) / (w0 * w0 - 1.0);
        let (w1, b) = (slope / curvature, curvature / (slope * slope));
        let a = 1.0 - b * value;
        let x = if stages % 2 == 0 {
            -w0
        } else {
            -(((1.0 + a) / b).acosh() / s).cosh()
        };
        let exact = (w0 - x) / w1;
        assert!((exact - rounded).abs() <= 0.001, "{stages}: {exact}");
        let rule = Rule::from(Chebyshev2 { rate: 1.0, stages });
        let found = bisected(&rule, 0.9 * exact, 1.1 * exact);
        assert!(
            (found - exact).abs() <= 1e-6,
            "{stages}: bisection gives {found}, not {exact}"
        );
        let limit = rule.limit().unwrap();
        assert!(
            (limit - exact).abs() <= 1e-6,
            "{stages}: limit {limit}, not {exact}"
        );
    }
}

#[test]
fn limits_scale_with_the_rate() {
    for (rule, exact) in table() {
        if matches!(rule, Rule::MomentumPhysical(_)) {
            continue; // there beta depends on alpha
        }
        let limit = rule.clone().with_rate(0.01 * rule.rate()).limit().unwrap();
        assert!(
            (limit - 100.0 * exact).abs() <= 1e-4 * exact.max(1.0),
            "{rule}: {limit}"
        );
    }
}

#[test]
fn a_run_grows_as_the_roots_say() {
    let mut rules: Vec<Rule> = Rule::examples();
    rules.push(
        Nesterov {
            rate: 0.5,
            beta: 0.9,
        }
        .into(),
    );
    rules.push(
        MomentumSummed {
            rate: 1.7,
            beta: 0.5,
        }
        .into(),
    );
    for rule in rules {
        for lambda in [0.3, 1.0, 2.5] {
            let Some(growth) = rule.growth(lambda) else {
                continue;
            };
            if growth < 1e-3 {
                continue;
            }
            // From step to step a complex pair of roots oscillates; the largest of many shows the trend.
            let steps = if growth > 2.0 { 60 } else { 400 };
            let path = run(&rule, &mut Quadratic::new(vec![lambda]), &[1.0], steps);
            let largest =
                |points: &[Vec<f64>]| points.iter().map(|q| q[0].abs()).fold(0.0, f64::max);
            let half = steps / 2;
            let (early, late) = (&path[half - 20..half], &path[2 * half - 20..2 * half]);
            let observed = (largest(late) / largest(early)).powf(1.0 / half as f64);
            assert!(
                (observed / growth - 1.0).abs() <= 2e-2,
                "{rule}, {lambda}: {observed} {growth}"
            );
        }
    }
}

#[test]
fn printed_formulas_grow_for_every_rate() {
    for z in [1e-6, 1e-3, 0.1, 1.0, 3.0] {
        let z: f64 = z;
        let midpoint = Rule::from(TwoStepMidpoint { rate: z });
        let expected = z + (1.0 + z * z).sqrt();
        assert!((midpoint.growth(1.0).unwrap() - expected).abs() <= 1e-12 * expected);
        assert!(midpoint.growth(1.0).unwrap() > 1.0);
        for second_by_midpoint in [false, true] {
            let three = Rule::from(ThreeStep {
                rate: z,
                second_by_midpoint,
            });
            assert!(three.growth(1.0).unwrap() > 2.68);
        }
    }
    // Roots at J = 0 besides 1: x^2 + 5/2 x - 1/2 = 0.
    let expected = (2.5 + (6.25_f64 + 2.0).sqrt()) / 2.0;
    let three = Rule::from(ThreeStep {
        rate: 1.0,
        second_by_midpoint: false,
    });
    assert!((three.growth(0.0).unwrap() - expected).abs() <= 1e-12);
    assert!((expected - 2.6861).abs() <= 1e-4);
    for rule in [three, TwoStepMidpoint { rate: 0.1 }.into()] {
        assert_eq!(rule.limit(), Some(0.0));
    }
}

#[test]
fn three_step_diverges_and_says_why() {
    let rule = ThreeStep {
        rate: 0.01,
        second_by_midpoint: false,
    };
    let end = minimise(
        &mut Quadratic::new(vec![1.0, 2.0]),
        &[1.0, 1.0],
        rule,
        &Stop::default(),
    );
    let end: Minimum<f64> = end.unwrap();
    let Reason::Diverged(diverged) = end.reason else {
        panic!("{:?}", end.reason)
    };
    assert!(diverged.caution.unwrap().contains("(14)"));
    assert!(diverged.to_string().contains("not zero-stable"));
    assert!(end.q.iter().all(|q| q.is_finite()));
    assert_eq!(diverged.step, end.iterations + 1);
}

/// Beyond its limit a run diverges, and is told to lower the rate; below it converges.
#[test]
fn beyond_the_limit_the_message_asks_for_a_lower_rate() {
    for (rule, _) in table() {
        // A curvature on either side of the limit, whose unit is the rate's.
        let limit = rule.limit().unwrap();
        let end = |curvature: f64| {
            let mut bowl = Quadratic::new(vec![curvature]);
            minimise(&mut bowl, &[1.0_f64], rule.clone(), &Stop::after(20_000)).unwrap()
        };
        assert!(end(0.9 * limit).value < 1e-6, "{rule}");
        let end = end(1.2 * limit);
        let Reason::Diverged(diverged) = &end.reason else {
            panic!("{rule}: {:?}", end.reason)
        };
        let message = diverged.to_string();
        let (step, way_out) = (diverged.step, ": lower the rate, scale the data, or clip");
        assert!(
            message.starts_with(&format!("diverged in step {step}: ")),
            "{message}"
        );
        assert!(message.contains(way_out), "{rule}: {message}");
    }
}

#[test]
fn reports_say_how_far_a_rate_is_from_the_limit() {
    let rule = Rule::from(GradientDescent { rate: 0.01 });
    let report = rule.stability(100.0);
    assert_eq!(report.growth, Some(0.0));
    assert!((report.share().unwrap() - 0.5).abs() <= 1e-8);
    assert!(
        rule.stability(300.0)
            .to_string()
            .contains("UNSTABLE, 1.500 times the limit 200")
    );
    let adam = Rule::from(Adam::new(0.1)).stability(100.0);
    assert!(adam.growth.is_none() && adam.to_string().contains("no linear limit"));
    let midpoint = Rule::from(TwoStepMidpoint { rate: 1e-6 }).stability(1.0);
    assert!(
        midpoint
            .to_string()
            .contains("UNSTABLE: the two-step midpoint formula (13)")
    );
    assert_eq!(midpoint.share(), Some(f64::INFINITY));
}

#[test]
fn curvature_is_found_on_every_kind_of_objective() {
    let found = curvature(&mut Quadratic::new(vec![1.0, -30.0, 7.0]), &[0.1; 3], 100).unwrap();
    assert!((found.estimate / 30.0 - 1.0).abs() <= 0.05 && found.bound >= 30.0);
    // The steeper curvature of Rosenbrock's valley at its minimum is 1001.6.
    let found = curvature(&mut study::Rosenbrock, &[1.0, 1.0], 100).unwrap();
    assert!((found.estimate / 1001.6 - 1.0).abs() <= 0.02, "{found:?}");
    let single = curvature(&mut Quadratic::new(vec![1.0, 1000.0]), &[1.0_f32; 2], 100).unwrap();
    assert!((single.estimate / 1000.0 - 1.0).abs() <= 0.05);
    let flat = curvature(&mut Quadratic::new(vec![0.0; 3]), &[1.0; 3], 100).unwrap();
    assert_eq!((flat.estimate, flat.bound), (0.0, 0.0));
    let nothing = curvature(&mut Quadratic::new(vec![]), &[0.0_f64; 0], 100).unwrap();
    assert_eq!(nothing.estimate, 0.0);
    let steep = curvature(&mut Quadratic::new(vec![1e300, 1e308]), &[0.0; 2], 100);
    assert!(steep.is_err() || steep.is_ok_and(|found| found.estimate <= 1.001e308));
    let bad = curvature(&mut Quadratic::new(vec![f64::NAN]), &[1.0], 100);
    assert!(bad.is_err());
}

#[test]
fn the_largest_of_all_curvatures_counts_not_the_last() {
    // J = A q with A = [[0, 100], [1, 0]], no gradient of anything: the estimates alternate, their product being 100.
    let mut field = Closure::new(2, |q: &[f64], j: &mut [f64]| {
        j.copy_from_slice(&[100.0 * q[1], q[0]]);
        0.0
    });
    let mut estimate = |iterations| {
        let found = curvature(&mut field, &[0.0, 0.0], iterations).unwrap();
        assert!((found.bound / found.estimate - 1.1).abs() < 1e-12);
        assert!(found.gradients <= iterations + 1);
        found.estimate
    };
    let largest = estimate(1).max(100.0 / estimate(1));
    assert!(largest > 20.0);
    for iterations in 2..7 {
        assert!((estimate(iterations) / largest - 1.0).abs() < 1e-3);
    }
}
