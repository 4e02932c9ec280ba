//! The driver: composition, divergence, checkpoints, errors at the door.

use gradflow_kernels::Workers;
use gradflow_optim::study::Quadratic;
use gradflow_optim::*;

/// A bowl whose gradient turns bad at a given evaluation, and stays so: methods that search step over a single one.
struct Broken {
    bowl: Quadratic,
    evaluations: usize,
    bad_at: usize,
    bad: f64,
}

impl Objective<f64> for Broken {
    fn dimension(&self) -> usize {
        Objective::<f64>::dimension(&self.bowl)
    }

    fn value(&mut self, q: &[f64]) -> f64 {
        self.bowl.value(q)
    }

    fn value_and_gradient(&mut self, q: &[f64], j: &mut [f64]) -> f64 {
        self.evaluations += 1;
        let value = self.bowl.value_and_gradient(q, j);
        if self.evaluations >= self.bad_at {
            j[1] = self.bad;
        }
        value
    }
}

fn bowl() -> Quadratic {
    Quadratic::new(vec![1.0, 2.5, 0.3, 4.0])
}

const START: [f64; 4] = [1.0, -2.0, 0.5, 3.0];

#[test]
fn bad_gradient_leaves_the_last_finite_parameters() {
    for rule in Rule::examples() {
        for bad in [f64::NAN, f64::INFINITY] {
            for clip in [None, Some(Clip::Value(1.0)), Some(Clip::Norm(1.0))] {
                let descent = Descent {
                    clip,
                    ..Descent::new(rule.clone())
                };
                let mut q = START;
                let mut optimiser = Optimiser::new(descent, &q).unwrap();
                let bowl = bowl();
                let mut broken = Broken {
                    bowl,
                    evaluations: 0,
                    bad_at: 8,
                    bad,
                };
                let mut before = q;
                let diverged = loop {
                    before.copy_from_slice(&q);
                    match optimiser.step(&mut broken, &mut q) {
                        Ok(_) => assert!(q != before, "{rule} stands still"),
                        Err(diverged) => break diverged,
                    }
                };
                assert_eq!(q, before, "{rule}");
                assert_eq!(diverged.step, optimiser.steps() + 1);
                assert!(diverged.value.is_finite());
            }
        }
    }
}

#[test]
fn restored_run_has_the_bits_of_an_unbroken_one() {
    for rule in Rule::examples() {
        let descent = Descent::new(rule)
            .with_schedule(Schedule::Cosine {
                steps: 40,
                floor: 0.1,
            })
            .with_trap(Trap {
                centre: Some(START.to_vec()),
                ..Trap::new(0.1)
            })
            .with_clip(Clip::Norm(2.0));
        let mut whole = START;
        let mut optimiser = Optimiser::new(descent.clone(), &whole).unwrap();
        for _ in 0..20 {
            optimiser.step(&mut bowl(), &mut whole).unwrap();
        }

        let mut broken = START;
        let mut first = Optimiser::new(descent.clone(), &broken).unwrap();
        for _ in 0..7 {
            first.step(&mut bowl(), &mut broken).unwrap();
        }
        let saved = serde_json::to_string(&(first.descent(), first.state())).unwrap();
        let (descent, state) = serde_json::from_str(&saved).unwrap();
        let mut second: Optimiser<f64> = Optimiser::restore(descent, state, &broken).unwrap();
        for _ in 7..20 {
            second.step(&mut bowl(), &mut broken).unwrap();
        }
        assert_eq!(whole, broken, "{}", optimiser.descent().rule);
    }
}

#[test]
fn state_of_another_rule_or_length_is_refused() {
    let momentum = Optimiser::new(
        Descent::new(MomentumSummed {
            rate: 0.1,
            beta: 0.9,
        }),
        &START,
    )
    .unwrap()
    .state();
    let adam = Descent::new(Adam::new(0.1));
    assert_eq!(
        Optimiser::restore(adam, momentum.clone(), &START).unwrap_err(),
        OptimError::State {
            expected: "Adam",
            found: "MomentumSummed"
        }
    );
    let shorter = Descent::new(MomentumSummed {
        rate: 0.1,
        beta: 0.9,
    });
    assert_eq!(
        Optimiser::restore(shorter, momentum, &START[1..]).unwrap_err(),
        OptimError::StateLength {
            rule: "MomentumSummed",
            len: 3
        }
    );
}

#[test]
fn doors_refuse_nothing_and_nonsense() {
    let descent = Descent::new(Adam::new(0.1));
    assert_eq!(
        Optimiser::<f64>::new(descent.clone(), &[]).unwrap_err(),
        OptimError::NoParameters
    );
    assert!(matches!(
        Optimiser::new(descent.clone(), &[1.0, f64::NAN]).unwrap_err(),
        OptimError::Start { index: 1, .. }
    ));
    let trapped = descent.clone().with_trap(Trap {
        centre: Some(vec![0.0; 3]),
        ..Trap::new(1.0)
    });
    assert!(matches!(
        Optimiser::new(trapped, &START).unwrap_err(),
        OptimError::Length {
            expected: 4,
            found: 3,
            ..
        }
    ));
    let mask = Some(Mask::new(vec![0..2, 3..5]).unwrap());
    let masked = descent.with_trap(Trap {
        mask,
        ..Trap::new(1.0)
    });
    assert!(matches!(
        Optimiser::new(masked, &START).unwrap_err(),
        OptimError::Mask {
            start: 3,
            end: 5,
            len: 4,
            ..
        }
    ));
}

#[test]
fn descent_in_the_trap_is_equation_4() {
    let (lambda, rate) = (0.7, 0.1);
    let centre = vec![0.5, -0.5, 2.0, 1.0];
    let mask = Some(Mask::of([true, true, false, true]));
    let trap = Trap {
        strength: lambda,
        centre: Some(centre.clone()),
        mask,
    };
    let descent = Descent::new(GradientDescent { rate }).with_trap(trap);
    let (mut q, mut expected) = (START, START);
    let mut optimiser = Optimiser::new(descent, &q).unwrap();
    for _ in 0..30 {
        let mut value = 0.0;
        for (i, q) in expected.iter_mut().enumerate() {
            let curvature = bowl().curvatures()[i];
            let bound = if i == 2 { 0.0 } else { lambda };
            let pull = bound * (*q - centre[i]);
            value += curvature * *q * *q / 2.0 + pull * (*q - centre[i]) / 2.0;
            *q -= rate * (curvature * *q + pull);
        }
        let found = optimiser.step(&mut bowl(), &mut q).unwrap();
        assert!((found - value).abs() <= 1e-13 * value);
    }
    for (q, expected) in q.iter().zip(expected) {
        assert!((q - expected).abs() <= 1e-14);
    }
}

#[test]
fn a_trap_of_many_parameters_is_the_sum_over_all_of_them() {
    // More than a block of converted centres; ranges that begin and end anywhere.
    let n = 1000;
    let q: Vec<f32> = (0..n).map(|i| (i as f32 * 0.7).sin()).collect();
    let centre: Vec<f64> = (0..n).map(|i| (i as f64 * 0.3).cos()).collect();
    let masks = [
        None,
        Some(vec![0..1, 3..259, 260..900, 999..1000]),
        Some(vec![1..500, 500..999]),
    ];
    for mask in masks.map(|ranges| ranges.map(|ranges| Mask::new(ranges).unwrap())) {
        for centre in [None, Some(centre.clone())] {
            let (strength, mask) = (0.75, mask.clone());
            let trap = Trap {
                strength,
                centre,
                mask,
            };
            let bound = |i: usize| match &trap.mask {
                None => true,
                Some(mask) => mask.ranges().iter().any(|range| range.contains(&i)),
            };
            let mut j = vec![0.5_f32; n];
            let value = trap.add(&q, &mut j);
            assert_eq!(value, trap.value(&q));
            let mut expected = 0.0;
            for i in 0..n {
                let centre = trap.centre.as_ref().map_or(0.0, |centre| centre[i] as f32);
                let d = if bound(i) { q[i] - centre } else { 0.0 };
                expected += 0.375 * f64::from(d) * f64::from(d);
                assert_eq!(j[i], 0.5 + 0.75 * d);
            }
            assert!((value - expected).abs() < 1e-12 * expected);
        }
    }
}

#[test]
fn threads_do_not_change_the_bits() {
    let start: Vec<f32> = (0..100_003).map(|i| (i as f32 * 0.37).sin()).collect();
    let curvatures = (0..start.len())
        .map(|i| 1.0 + (i % 7) as f64)
        .collect::<Vec<_>>();
    // The matrix of all gradient products would have 10^10 entries.
    let rules = Rule::examples()
        .into_iter()
        .filter(|rule| rule.name() != "FullMatrixAdaGrad");
    for rule in rules {
        let run = |threads| {
            let mut q = start.clone();
            let mut optimiser = Optimiser::new(Descent::new(rule.clone()), &q)
                .unwrap()
                .with_workers(Workers::new(threads));
            for _ in 0..4 {
                optimiser
                    .step(&mut Quadratic::new(curvatures.clone()), &mut q)
                    .unwrap();
            }
            q
        };
        let one = run(1);
        assert_ne!(one, start);
        assert!(one == run(2) && one == run(3), "{rule}");
    }
}
