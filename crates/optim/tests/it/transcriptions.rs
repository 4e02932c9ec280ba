//! Every rule of the list against an independent transcription of its formula, to 1e-12 on three objectives.

use crate::common::transcription::transcription;
use crate::common::{difference, objectives, run};
use gradflow_optim::*;

fn variants() -> Vec<Rule> {
    // What a search finds is no formula: `search.rs` has the theorems about these two.
    let searches = |rule: &Rule| matches!(rule, Rule::Lbfgs(_) | Rule::NewtonCg(_));
    let mut rules = Rule::examples();
    rules.retain(|rule| !searches(rule));
    rules.push(
        ThreeStep {
            rate: 0.01,
            second_by_midpoint: true,
        }
        .into(),
    );
    rules.push(
        RungeKutta {
            rate: 0.1,
            table: Tableau::Heun,
        }
        .into(),
    );
    rules.push(
        RungeKutta {
            rate: 0.1,
            table: Tableau::Kutta3,
        }
        .into(),
    );
    rules.push(
        Chebyshev {
            rate: 1.0,
            stages: 8,
            damping: 1.17,
        }
        .into(),
    );
    rules.push(
        Chebyshev {
            rate: 0.2,
            stages: 1,
            damping: 0.05,
        }
        .into(),
    );
    for statistic in [Statistic::Sum, Statistic::Mean] {
        for memory in [Memory::Exact, Memory::LowRank { gradients: 100 }] {
            rules.push(
                FullMatrixAdaGrad {
                    rate: 0.1,
                    epsilon: 1e-2,
                    statistic,
                    memory,
                }
                .into(),
            );
        }
    }
    rules
}

#[test]
fn rules_follow_their_transcriptions() {
    for rule in variants() {
        for (name, mut objective, q0) in objectives() {
            let steps = match rule {
                // It multiplies rounding errors by 2.69 a step.
                Rule::ThreeStep(_) => 8,
                // G is nearly singular at first: roots of tiny eigenvalues lose half of the digits for good.
                Rule::FullMatrixAdaGrad(_) => 3,
                _ => 25,
            };
            let expected = transcription(&rule, objective.as_mut(), &q0, steps);
            let found = run(&rule, objective.as_mut(), &q0, steps);
            assert_eq!(found.len(), expected.len());
            let tolerance = match rule {
                Rule::FullMatrixAdaGrad(_) => 1e-9,
                _ => 1e-12,
            };
            for (n, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let error = difference(found, expected);
                assert!(error <= tolerance, "{rule} on {name}, step {n}: {error:e}");
            }
        }
    }
}

#[test]
fn closed_forms_on_a_quadratic() {
    // One curvature, lambda = 2: descent multiplies by 1 - 2 rate, and so on.
    let bowl = || study::Quadratic::new(vec![2.0]);
    let end = |rule: Rule, steps| run(&rule, &mut bowl(), &[1.0], steps).pop().unwrap()[0];
    let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-13, "{a} {b}");
    near(
        end(GradientDescent { rate: 0.1 }.into(), 20),
        0.8_f64.powi(20),
    );
    let z: f64 = 0.2;
    let heun = 1.0 - z + z * z / 2.0;
    near(
        end(
            RungeKutta {
                rate: 0.1,
                table: Tableau::Heun,
            }
            .into(),
            20,
        ),
        heun.powi(20),
    );
    let rk4 = heun - z.powi(3) / 6.0 + z.powi(4) / 24.0;
    for table in [Tableau::Rk4, Tableau::ThreeEighths] {
        near(
            end(RungeKutta { rate: 0.1, table }.into(), 20),
            rk4.powi(20),
        );
    }
    // Two roots and two first values fix the path of the midpoint formula.
    let root = (1.0 + z * z).sqrt();
    let (a, b) = (root - z, -root - z);
    let c = ((1.0 - z) - b) / (a - b);
    let expected = c * a.powi(15) + (1.0 - c) * b.powi(15);
    near(end(TwoStepMidpoint { rate: 0.1 }.into(), 15), expected);
    // Adam, AdaGrad, unbiased RMSProp: the first step has length rate.
    for rule in [
        Rule::from(Adam {
            epsilon: 0.0,
            ..Adam::new(0.01)
        }),
        AdaGradMean {
            rate: 0.01,
            epsilon: 0.0,
        }
        .into(),
        AdaGradSum {
            rate: 0.01,
            epsilon: 0.0,
        }
        .into(),
        RmsPropUnbiased {
            rate: 0.01,
            beta: 0.9,
            epsilon: 0.0,
        }
        .into(),
    ] {
        near(end(rule, 1), 0.99);
    }
    near(
        end(
            RmsProp {
                rate: 0.01,
                beta: 0.99,
                epsilon: 0.0,
            }
            .into(),
            1,
        ),
        0.9,
    );
}
