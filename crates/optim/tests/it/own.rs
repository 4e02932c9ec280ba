//! Methods of one's own: what the driver gives them that it gives those of the library.

use gradflow_optim::study::{Quadratic, Rosenbrock};
use gradflow_optim::*;
use serde::{Deserialize, Serialize};

/// Lion (Chen et al. 2023), as in the docs of [`Method`], in any precision: rate, beta1, beta2, decay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Lion(f64, f64, f64, f64);

impl Method<f64> for Lion {
    type State = Vec<f64>;
    fn init(&self, q: &[f64]) -> Vec<f64> {
        vec![0.0; q.len()]
    }
    fn step(&self, at: Step<'_, f64>, m: &mut Vec<f64>) -> Result<(), NonFinite> {
        let &Lion(rate, beta1, beta2, decay) = self;
        for ((q, j), m) in at.q.iter_mut().zip(at.j).zip(m) {
            let u = beta1 * *m + (1.0 - beta1) * j;
            let sign = f64::from(u > 0.0) - f64::from(u < 0.0);
            *q -= rate * at.factor * (sign + decay * *q);
            *m = beta2 * *m + (1.0 - beta2) * j;
        }
        Ok(())
    }
    fn rate(&self) -> f64 {
        self.0
    }
    fn check(&self, m: &Vec<f64>, len: usize) -> Result<(), OptimError> {
        let rule = "Lion";
        if m.len() == len {
            Ok(())
        } else {
            Err(OptimError::StateLength { rule, len })
        }
    }
}

const START: [f64; 4] = [1.0, -2.0, 0.5, 3.0];
const CURVATURES: [f64; 4] = [1.0, 2.5, 0.3, 4.0];

fn bowl() -> Quadratic {
    Quadratic::new(CURVATURES.to_vec())
}

fn lion() -> Descent<Lion> {
    Descent::of(Lion(0.05, 0.9, 0.99, 0.1))
        .with_schedule(Schedule::Exponential { factor: 0.95 })
        .with_trap(Trap {
            centre: Some(vec![0.5, 0.5, -1.0, 2.0]),
            ..Trap::new(0.3)
        })
        .with_clip(Clip::Value(1.5))
}

#[test]
fn a_method_of_ones_own_is_trapped_clipped_and_scheduled() {
    let (mut q, mut expected, mut m) = (START, START, [0.0; 4]);
    let mut optimiser = Optimiser::new(lion(), &q).unwrap();
    for t in 0..50 {
        assert_eq!(optimiser.rate_factor(), 0.95_f64.powf(f64::from(t)));
        optimiser.step(&mut bowl(), &mut q).unwrap();
        let rate = 0.05 * 0.95_f64.powf(f64::from(t));
        for i in 0..4 {
            let pull = 0.3 * (expected[i] - [0.5, 0.5, -1.0, 2.0][i]);
            let j = (CURVATURES[i] * expected[i] + pull).clamp(-1.5, 1.5);
            let u: f64 = 0.9 * m[i] + 0.1 * j;
            expected[i] -= rate * (u.signum() + 0.1 * expected[i]);
            m[i] = 0.99 * m[i] + 0.01 * j;
        }
        let error = (0..4).fold(0.0_f64, |e, i| e.max((q[i] - expected[i]).abs()));
        assert!(error < 1e-13, "step {t}: {error}");
    }
}

#[test]
fn a_method_of_ones_own_restores_with_the_bits_of_an_unbroken_run() {
    let mut whole = START;
    let mut optimiser = Optimiser::new(lion(), &whole).unwrap();
    for _ in 0..30 {
        optimiser.step(&mut bowl(), &mut whole).unwrap();
    }
    for broken_after in 0..30 {
        let mut q = START;
        let mut first = Optimiser::new(lion(), &q).unwrap();
        for _ in 0..broken_after {
            first.step(&mut bowl(), &mut q).unwrap();
        }
        let saved = serde_json::to_string(&(first.descent(), first.state())).unwrap();
        let (descent, state): (Descent<Lion>, _) = serde_json::from_str(&saved).unwrap();
        let mut second = Optimiser::restore(descent, state, &q).unwrap();
        for _ in broken_after..30 {
            second.step(&mut bowl(), &mut q).unwrap();
        }
        assert_eq!(q, whole);
    }
    let state = optimiser.state();
    assert_eq!(
        Optimiser::restore(lion().with_clip(Clip::Norm(1.0)), state, &START[1..]).unwrap_err(),
        OptimError::Length {
            of: "centre of the trap",
            expected: 3,
            found: 4
        }
    );
    let plain = Descent::of(Lion(0.05, 0.9, 0.99, 0.1));
    assert_eq!(
        Optimiser::restore(plain, optimiser.state(), &START[1..]).unwrap_err(),
        OptimError::StateLength {
            rule: "Lion",
            len: 3
        }
    );
}

#[test]
fn a_method_of_ones_own_minimises() {
    let lion = Descent::of(Lion(0.01, 0.9, 0.99, 0.0))
        .with_schedule(Schedule::Exponential { factor: 0.999 });
    let end = lion.minimise(&mut Rosenbrock, &[-1.2, 1.0], &Stop::after(5000));
    let end = end.unwrap();
    assert!((end.q[0] - 1.0).abs() < 0.01 && end.gradients == 5001);
    let too_fast = Descent::of(Lion(1e300, 0.9, 0.99, 0.0));
    let error = too_fast.minimise(&mut Rosenbrock, &[-1.2, 1.0], &Stop::after(1));
    assert!(matches!(error, Err(OptimError::Rate { .. })));
}

/// Heun's method, written for oneself: a further gradient, and scratch.
#[derive(Debug, Clone)]
struct Heun(f64);

impl Method<f64> for Heun {
    type State = ();
    fn init(&self, _: &[f64]) {}
    fn scratch(&self, len: usize) -> usize {
        2 * len
    }
    fn step(&self, at: Step<'_, f64>, (): &mut ()) -> Result<(), NonFinite> {
        let rate = self.0 * at.factor;
        let (point, k2) = at.scratch.split_at_mut(at.q.len());
        for i in 0..point.len() {
            point[i] = at.q[i] - rate * at.j[i];
        }
        evaluate(at.more, point, k2)?;
        for i in 0..point.len() {
            at.q[i] -= rate * (at.j[i] + k2[i]) / 2.0;
        }
        Ok(())
    }
}

#[test]
fn further_gradients_are_trapped_and_clipped_like_the_first() {
    let trap = Trap {
        mask: Some(Mask::of([true, false, true, true])),
        ..Trap::new(0.7)
    };
    for clip in [Clip::Norm(2.0), Clip::Value(0.8)] {
        let own = Descent::of(Heun(0.2))
            .with_trap(trap.clone())
            .with_clip(clip);
        let (rate, table) = (0.2, Tableau::Heun);
        let library = Descent::new(RungeKutta { rate, table })
            .with_trap(trap.clone())
            .with_clip(clip);
        let stop = Stop::after(20);
        let own = own.minimise(&mut bowl(), &START, &stop).unwrap();
        let library = library.minimise(&mut bowl(), &START, &stop).unwrap();
        for (own, library) in own.q.iter().zip(&library.q) {
            assert!((own - library).abs() < 1e-14);
        }
        assert_eq!((own.gradients, library.gradients), (41, 41));
    }
}

#[test]
fn who_drives_looks_between_the_halves_of_a_step() {
    for rule in Rule::examples() {
        let descent = Descent::new(rule)
            .with_trap(Trap::new(0.1))
            .with_clip(Clip::Norm(1.0));
        let (mut whole, mut halves) = (START, START);
        let mut by_steps = Optimiser::new(descent.clone(), &whole).unwrap();
        let mut by_halves = Optimiser::new(descent, &halves).unwrap();
        for n in 0..10 {
            let value = by_steps.step(&mut bowl(), &mut whole).unwrap();
            // Looking twice changes nothing; not looking is made up for.
            for _ in 0..n % 3 {
                assert_eq!(by_halves.look(&mut bowl(), &halves).unwrap(), value);
                let j = CURVATURES[3] * halves[3] + 0.1 * halves[3];
                assert_eq!(by_halves.gradient()[3], j, "not clipped yet");
            }
            by_halves.advance(&mut bowl(), &mut halves, 1.0).unwrap();
            assert_eq!(whole, halves);
            assert_eq!(by_halves.steps(), n + 1);
        }
    }
}

#[test]
fn a_factor_of_whoever_drives_multiplies_the_schedules() {
    let descent = Descent::new(GradientDescent { rate: 0.5 })
        .with_schedule(Schedule::Exponential { factor: 0.5 });
    let mut q = [1.0];
    let mut optimiser = Optimiser::new(descent, &q).unwrap();
    let mut bowl = Quadratic::new(vec![1.0]);
    optimiser.advance(&mut bowl, &mut q, 1.0).unwrap();
    assert_eq!(q, [0.5]);
    optimiser.advance(&mut bowl, &mut q, 0.1).unwrap();
    assert_eq!(q, [0.5 - 0.5 * 0.5 * 0.1 * 0.5]);
    assert_eq!(optimiser.rate_factor(), 0.25);
}

#[test]
fn closures_are_objectives() {
    let curvatures = CURVATURES;
    let mut evaluations = 0;
    let mut closure = Closure::new(4, |q: &[f64], j: &mut [f64]| {
        evaluations += 1;
        for i in 0..4 {
            j[i] = curvatures[i] * q[i];
        }
        q.iter().zip(j).map(|(q, j)| q * *j).sum::<f64>() / 2.0
    });
    let value = closure.value(&START);
    assert!((value - Objective::<f64>::value(&mut bowl(), &START)).abs() < 1e-14);
    let stop = Stop::after(10);
    let rule = || Nesterov {
        rate: 0.1,
        beta: 0.5,
    };
    let end = minimise(&mut closure, &START, rule(), &stop).unwrap();
    let expected = minimise(&mut bowl(), &START, rule(), &stop).unwrap();
    assert_eq!(end.q, expected.q);
    assert_eq!(evaluations, 12);
}
