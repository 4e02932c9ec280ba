//! Theorems about rules: symmetries, relations between forms, orders, convergence.

use crate::common::*;
use gradflow_kernels::Workers;
use gradflow_optim::study::Quadratic;
use gradflow_optim::*;
use proptest::prelude::*;

/// Rules that commute with rotations.
fn rotates(rule: &Rule) -> bool {
    if matches!(rule, Rule::FullMatrixAdaGrad(_)) {
        return true;
    }
    rule.growth(0.0).is_some() || searches(rule)
}

/// Methods that look for the length of their step by sums over all parameters.
fn searches(rule: &Rule) -> bool {
    matches!(rule, Rule::Lbfgs(_) | Rule::NewtonCg(_))
}

const START: [f64; 4] = [0.7, -1.1, 1.9, 0.4];

fn bowl() -> Quadratic {
    Quadratic::new(vec![0.3, 1.0, 2.2, 4.0])
}

/// So many steps that rounding errors stay small: (14) makes them 2.69 times as large in each.
fn steps(rule: &Rule) -> usize {
    if matches!(rule, Rule::ThreeStep(_)) {
        7
    } else {
        15
    }
}

/// Step `n` of a method with one gradient.
fn step<M: Method<f64>>(method: &M, state: &mut M::State, n: usize, q: &mut [f64], j: &[f64]) {
    let at = Step {
        n,
        factor: 1.0,
        value: 0.0,
        q,
        j,
        scratch: &mut [],
        workers: &Workers::inline(),
        more: &mut bowl(),
    };
    method.step(at, state).unwrap();
}

proptest! {
    #[test]
    fn linear_rules_commute_with_rotations_and_translations(
        angle in -3.0..3.0_f64,
        shift in prop::collection::vec(-2.0..2.0_f64, 4),
    ) {
        for rule in Rule::examples().into_iter().filter(rotates) {
            let map = rotation(4, angle);
            let moved: Vec<f64> = transposed(&map, &START).iter().zip(&shift).map(|(q, s)| q + s).collect();
            let mut mapped = Mapped { objective: bowl(), map: map.clone(), shift: shift.clone(), factor: 1.0 };
            let there = run(&rule, &mut mapped, &moved, steps(&rule)).pop().unwrap();
            let here = run(&rule, &mut bowl(), &START, steps(&rule)).pop().unwrap();
            let back: Vec<f64> = there.iter().zip(&shift).map(|(q, s)| q - s).collect();
            // The exact matrix is singular at first, where the root of a rounding error counts.
            let tolerance = if rule.growth(0.0).is_some() || searches(&rule) { 1e-10 } else { 1e-6 };
            prop_assert!(difference(&apply(&map, &back), &here) <= tolerance, "{}", rule);
        }
    }

    #[test]
    fn rules_commute_with_permutations(shuffled in Just(vec![0, 1, 2, 3]).prop_shuffle()) {
        let curvatures = bowl().curvatures().to_vec();
        for rule in Rule::examples() {
            let here = run(&rule, &mut bowl(), &START, steps(&rule)).pop().unwrap();
            let mut bowl = Quadratic::new(shuffled.iter().map(|i| curvatures[*i]).collect());
            let start: Vec<f64> = shuffled.iter().map(|i| START[*i]).collect();
            let there = run(&rule, &mut bowl, &start, steps(&rule)).pop().unwrap();
            let expected: Vec<f64> = shuffled.iter().map(|i| here[*i]).collect();
            // Others than these do not sum over parameters.
            let tolerance = match rule.name() {
                "FullMatrixAdaGrad" => 1e-6,
                _ if searches(&rule) => 1e-10,
                _ => 0.0,
            };
            prop_assert!(difference(&there, &expected) <= tolerance, "{}", rule);
        }
    }

    #[test]
    fn adaptive_rules_ignore_the_scale_of_v(exponent in -12.0..12.0_f64) {
        let rules: [Rule; 7] = [
            AdaGradMean { rate: 0.02, epsilon: 0.0 }.into(),
            AdaGradSum { rate: 0.1, epsilon: 0.0 }.into(),
            RmsProp { rate: 0.01, beta: 0.9, epsilon: 0.0 }.into(),
            RmsPropUnbiased { rate: 0.01, beta: 0.9, epsilon: 0.0 }.into(),
            Adam { epsilon: 0.0, ..Adam::new(0.02) }.into(),
            AdamW { epsilon: 0.0, ..AdamW::new(0.02, 0.1) }.into(),
            AmsGrad { epsilon: 0.0, ..AmsGrad::new(0.02) }.into(),
        ];
        let factor = 10_f64.powf(exponent);
        for rule in rules {
            let (map, shift) = (identity(4), vec![0.0; 4]);
            let mut scaled = Mapped { objective: bowl(), map, shift, factor };
            let there = run(&rule, &mut scaled, &START, 20);
            let here = run(&rule, &mut bowl(), &START, 20);
            prop_assert!(difference(&there[20], &here[20]) <= 1e-11, "{}", rule);
        }
    }

    #[test]
    fn all_forms_of_momentum_are_one(alpha in 0.01..0.5_f64, gamma in 0.1..1.9_f64) {
        let beta = 1.0 - gamma * alpha;
        let physical = run(&MomentumPhysical { alpha, gamma }.into(), &mut bowl(), &START, 30);
        let averaged = MomentumAveraged { rate: alpha / gamma, beta };
        let summed = MomentumSummed { rate: alpha * alpha, beta };
        for rule in [averaged.into(), summed.into()] {
            let other = run(&rule, &mut bowl(), &START, 30);
            prop_assert!(difference(&other[30], &physical[30]) <= 1e-11, "{}", rule);
        }
    }

    #[test]
    fn adagrad_mean_is_adagrad_sum_with_growing_constants(rate in 0.001..0.1_f64, epsilon in 0.0..0.1_f64) {
        let mean = AdaGradMean { rate, epsilon };
        let (mut p, mut q) = (START, START);
        let mut mean_state = mean.init(&p);
        let mut sum_state = AdaGradSum { rate, epsilon }.init(&q);
        for n in 1..=25_usize {
            let root = (n as f64).sqrt();
            let sum = AdaGradSum { rate: rate * root, epsilon: epsilon * root };
            let (j, k) = (gradient(&mut bowl(), &p), gradient(&mut bowl(), &q));
            step(&mean, &mut mean_state, n, &mut p, &j);
            step(&sum, &mut sum_state, n, &mut q, &k);
            prop_assert!(difference(&p, &q) <= 1e-11);
        }
    }
}

#[test]
fn low_rank_adagrad_is_the_exact_one_while_all_gradients_are_kept() {
    for statistic in [Statistic::Sum, Statistic::Mean] {
        let exact = FullMatrixAdaGrad {
            rate: 0.1,
            epsilon: 0.01,
            statistic,
            memory: Memory::Exact,
        };
        let memory = Memory::LowRank { gradients: 8 };
        let low = run(
            &FullMatrixAdaGrad { memory, ..exact }.into(),
            &mut bowl(),
            &START,
            8,
        );
        let exact = run(&exact.into(), &mut bowl(), &START, 8);
        for (low, exact) in low.iter().zip(&exact) {
            assert!(difference(low, exact) <= 1e-6);
        }
    }
}

/// A nonlinear, coupled objective on which no component of the gradient changes its sign on the way.
fn slope() -> impl Objective<f64> {
    Closure::new(2, |q: &[f64], j: &mut [f64]| {
        let [x, y] = [q[0], q[1]];
        j[0] = 0.5 * x + 0.03 * x.powi(3) - 0.1 * y;
        j[1] = 0.3 * y + 0.02 * y.powi(3) - 0.1 * x;
        0.25 * x * x + 0.0075 * x.powi(4) + 0.15 * y * y + 0.005 * y.powi(4) - 0.1 * x * y
    })
}

/// Where `n` steps lead; at their end the rate has added up to 1.
fn after(rule: &Rule, n: usize) -> Vec<f64> {
    let rule = rule.clone().with_rate(1.0 / n as f64);
    let end = minimise(&mut slope(), &[3.0, -2.0], rule, &Stop::after(n)).unwrap();
    assert_eq!(end.reason, Reason::Iterations);
    end.q
}

/// The flow (1) at time `t`.
fn flow(t: f64) -> Vec<f64> {
    let (steps, table) = (2000, Tableau::Rk4);
    let rate = t / steps as f64;
    let stop = Stop::after(steps);
    let end = minimise(
        &mut slope(),
        &[3.0, -2.0],
        RungeKutta { rate, table },
        &stop,
    )
    .unwrap();
    end.q
}

/// Time on the flow (1) that the rates of a rule add up to when they add up to 1: observed on a lasting unit gradient.
fn pace(rule: &Rule) -> f64 {
    let mut unit = Closure::new(1, |_: &[f64], j: &mut [f64]| {
        j[0] = 1.0;
        0.0
    });
    let mut end = |steps| run(rule, &mut unit, &[0.0], steps).pop().unwrap()[0];
    (end(399) - end(400)) / rule.rate()
}

#[test]
fn rules_have_their_orders() {
    let mut rules = Rule::examples();
    rules.extend(Tableau::NAMED.map(|table| RungeKutta { rate: 1.0, table }.into()));
    let (rate, damping) = (1.0, 0.05);
    rules.extend([1, 2, 4, 9].map(|stages| {
        Chebyshev {
            rate,
            stages,
            damping,
        }
        .into()
    }));
    rules.extend([2, 4, 9].map(|stages| Chebyshev2 { rate, stages }.into()));
    let mut orders = Vec::new();
    for rule in rules {
        let Some(order) = rule.order() else {
            let diverges = rule.caution().is_some();
            assert!(
                diverges || rule.growth(0.0).is_none(),
                "{rule} has an order"
            );
            continue;
        };
        // Adam remembers a thousand steps, which must be short against the whole.
        let n = if order == 1 { 20_000 } else { 32 };
        // Rules with squares, and the particle with friction, follow flows of their own.
        let follows_1 = rule.growth(0.0).is_some() && rule.name() != "MomentumPhysical";
        let exact = if follows_1 {
            flow(pace(&rule))
        } else {
            after(&rule, 32 * n)
        };
        let error = |n| difference(&after(&rule, n), &exact);
        let observed = (error(n) / error(2 * n)).log2();
        assert!(
            (observed - f64::from(order)).abs() < 0.25,
            "{rule}: {observed}"
        );
        orders.push(order);
    }
    assert!([1, 2, 3, 4].iter().all(|order| orders.contains(order)));
}

/// Gradients until `|q| / |q_0| <= 1e-6` on 50 curvatures log-spaced in [1, 1000].
fn gradients_needed(rule: impl Into<Rule>) -> usize {
    let rule = rule.into();
    let mut bowl = Quadratic::log_spaced(50, 1.0, 1000.0);
    let goal = 1e-6 * 50_f64.sqrt();
    let end = Descent::new(rule.clone())
        .minimise_observed(&mut bowl, &[1.0; 50], &Stop::after(100_000), |at| {
            let norm = at.q.iter().map(|q| q * q).sum::<f64>().sqrt();
            if norm <= goal {
                core::ops::ControlFlow::Break(())
            } else {
                core::ops::ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(end.reason, Reason::Observer, "{rule}");
    end.iterations * rule.gradients_per_step()
}

#[test]
fn stabilised_steps_need_few_gradients() {
    let needed = gradients_needed(Chebyshev::below(1000.0).unwrap());
    assert!(needed <= 1300, "L only: {needed}");
    let needed = gradients_needed(Chebyshev::between(1.0, 1000.0).unwrap());
    assert!(needed <= 400, "mu and L: {needed}");
    // L from an estimate, whose gradients count.
    let mut bowl = Quadratic::log_spaced(50, 1.0, 1000.0);
    let estimate = curvature(&mut bowl, &[1.0; 50], 100).unwrap();
    let needed = gradients_needed(Chebyshev::below(estimate.bound).unwrap()) + estimate.gradients;
    assert!(needed <= 1600, "L estimated: {needed}");

    // The others, as the page on mathematics states them.
    assert_eq!(
        gradients_needed(GradientDescent { rate: 2.0 / 1001.0 }),
        6107
    );
    let root: f64 = 1000_f64.sqrt();
    let optimum = MomentumSummed {
        rate: 4.0 / (root + 1.0).powi(2),
        beta: ((root - 1.0) / (root + 1.0)).powi(2),
    };
    let needed = gradients_needed(optimum);
    assert!((needed as i64 - 288).abs() <= 3, "momentum: {needed}");
}

#[test]
fn chebyshev_between_bounds_contracts_as_promised() {
    let rule = Chebyshev::between(1.0, 1000.0).unwrap();
    assert_eq!(rule.stages, 25);
    let w0 = 1.0 + rule.damping / 625.0;
    let contraction = 1.0 / (25.0 * w0.acosh()).cosh();
    let mut largest: f64 = 0.0;
    for i in 0..=1000 {
        let lambda = 1000_f64.powf(f64::from(i) / 1000.0);
        largest = largest.max(Rule::from(rule).growth(lambda).unwrap());
    }
    assert!((largest - contraction).abs() <= 1e-9);
}

#[test]
fn zero_gradients_leave_no_denormal_state_in_any_rule() {
    struct Fading(u32);
    impl Objective<f32> for Fading {
        fn dimension(&self) -> usize {
            3
        }
        fn value(&mut self, _: &[f32]) -> f64 {
            0.0
        }
        fn value_and_gradient(&mut self, _: &[f32], j: &mut [f32]) -> f64 {
            self.0 += 1;
            j.fill(if self.0 <= 6 { 0.01 } else { 0.0 });
            0.0
        }
    }
    fn numbers(value: &serde_json::Value, found: &mut Vec<f64>) {
        match value {
            serde_json::Value::Number(x) => found.extend(x.as_f64()),
            serde_json::Value::Array(x) => x.iter().for_each(|x| numbers(x, found)),
            serde_json::Value::Object(x) => x.values().for_each(|x| numbers(x, found)),
            _ => {}
        }
    }
    for rule in Rule::examples() {
        // Exact decomposition ten thousand times over says nothing about decay: it has none.
        if rule.name() == "FullMatrixAdaGrad" || rule.name() == "ThreeStep" {
            continue;
        }
        let mut q = [1.0_f32; 3];
        let mut optimiser = Optimiser::new(Descent::new(rule.clone()), &q).unwrap();
        let mut fading = Fading(0);
        for _ in 0..10_000 {
            optimiser.step(&mut fading, &mut q).unwrap();
        }
        let mut found = Vec::new();
        numbers(
            &serde_json::to_value(optimiser.state()).unwrap(),
            &mut found,
        );
        let denormal = |x: &f64| *x != 0.0 && x.abs() < f64::from(f32::MIN_POSITIVE);
        assert!(
            !found.is_empty() && !found.iter().any(denormal),
            "{rule}: {found:?}"
        );
    }
}
