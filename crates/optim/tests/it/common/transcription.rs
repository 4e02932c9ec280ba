//! Every rule, written down from its formula without any code of the crate.

use super::gradient;
use gradflow_optim::*;

/// The path of a rule, written down from its formula component by component, without any code of the crate.
pub fn transcription(
    rule: &Rule,
    objective: &mut dyn Objective<f64>,
    q0: &[f64],
    steps: usize,
) -> Vec<Vec<f64>> {
    let mut grad = |q: &[f64]| gradient(objective, q);
    let d = q0.len();
    let mut path = vec![q0.to_vec()];
    let mut past: Vec<Vec<f64>> = Vec::new(); // all gradients
    let (mut m, mut v, mut u) = (vec![0.0; d], vec![0.0; d], vec![0.0_f64; d]);
    for n in 1..=steps {
        let before = path[n - 1].clone();
        let j = grad(&before);
        past.push(j.clone());
        let mut q = before.clone();
        let steps_back = |k: usize| &path[n - k];
        for i in 0..d {
            match rule {
                Rule::GradientDescent(r) => q[i] -= r.rate * j[i],
                Rule::MomentumPhysical(r) => {
                    m[i] = (1.0 - r.gamma * r.alpha) * m[i] - r.alpha * j[i];
                    q[i] += r.alpha * m[i];
                }
                Rule::MomentumAveraged(r) => {
                    m[i] = r.beta * m[i] + (1.0 - r.beta) * j[i];
                    q[i] -= r.rate * m[i];
                }
                Rule::MomentumSummed(r) => {
                    m[i] = r.beta * m[i] + j[i];
                    q[i] -= r.rate * m[i];
                }
                Rule::Nesterov(r) => {
                    m[i] = r.beta * m[i] + j[i];
                    q[i] -= r.rate * (j[i] + r.beta * m[i]);
                }
                Rule::AdaGradMean(r) => {
                    v[i] += (j[i] * j[i] - v[i]) / n as f64;
                    q[i] -= r.rate * j[i] / (v[i].sqrt() + r.epsilon);
                }
                Rule::AdaGradSum(r) => {
                    v[i] += j[i] * j[i];
                    q[i] -= r.rate * j[i] / (v[i].sqrt() + r.epsilon);
                }
                Rule::RmsProp(r) => {
                    v[i] = r.beta * v[i] + (1.0 - r.beta) * j[i] * j[i];
                    q[i] -= r.rate * j[i] / (v[i].sqrt() + r.epsilon);
                }
                Rule::RmsPropUnbiased(r) => {
                    v[i] = r.beta * v[i] + (1.0 - r.beta) * j[i] * j[i];
                    let corrected = v[i] / (1.0 - r.beta.powi(n as i32));
                    q[i] -= r.rate * j[i] / (corrected.sqrt() + r.epsilon);
                }
                Rule::Adam(Adam {
                    rate,
                    beta1,
                    beta2,
                    epsilon,
                })
                | Rule::AdamW(AdamW {
                    rate,
                    beta1,
                    beta2,
                    epsilon,
                    ..
                })
                | Rule::AmsGrad(AmsGrad {
                    rate,
                    beta1,
                    beta2,
                    epsilon,
                }) => {
                    m[i] = beta1 * m[i] + (1.0 - beta1) * j[i];
                    v[i] = beta2 * v[i] + (1.0 - beta2) * j[i] * j[i];
                    let mean = m[i] / (1.0 - beta1.powi(n as i32));
                    let mut square = v[i] / (1.0 - beta2.powi(n as i32));
                    if let Rule::AmsGrad(_) = rule {
                        u[i] = u[i].max(square);
                        square = u[i];
                    }
                    if let Rule::AdamW(r) = rule {
                        q[i] -= rate * r.decay * before[i];
                    }
                    q[i] -= rate * mean / (square.sqrt() + epsilon);
                }
                Rule::TwoStepMidpoint(r) => {
                    q[i] = if n == 1 {
                        q[i] - r.rate * j[i]
                    } else {
                        steps_back(2)[i] - 2.0 * r.rate * j[i]
                    };
                }
                Rule::ThreeStep(r) => {
                    q[i] = match n {
                        1 => q[i] - r.rate * j[i],
                        2 if r.second_by_midpoint => steps_back(2)[i] - 2.0 * r.rate * j[i],
                        2 => q[i] - r.rate * j[i],
                        _ => {
                            -1.5 * q[i] + 3.0 * steps_back(2)[i]
                                - 0.5 * steps_back(3)[i]
                                - 3.0 * r.rate * j[i]
                        }
                    };
                }
                Rule::AdamsBashforth2(r) => {
                    q[i] -= match n {
                        1 => r.rate * j[i],
                        _ => r.rate * (3.0 * j[i] - past[n - 2][i]) / 2.0,
                    };
                }
                Rule::AdamsBashforth3(r) => {
                    q[i] -= match n {
                        1 => r.rate * j[i],
                        2 => r.rate * (3.0 * j[i] - past[0][i]) / 2.0,
                        _ => {
                            let sum = 23.0 * j[i] - 16.0 * past[n - 2][i] + 5.0 * past[n - 3][i];
                            r.rate * sum / 12.0
                        }
                    };
                }
                _ => {}
            }
        }
        match rule {
            Rule::RungeKutta(RungeKutta {
                rate,
                table: Tableau::Heun,
            }) => {
                let k2 = grad(&along(&before, &[(-rate, &j)]));
                q = along(&before, &[(-rate / 2.0, &j), (-rate / 2.0, &k2)]);
            }
            Rule::RungeKutta(RungeKutta {
                rate,
                table: Tableau::Rk4,
            }) => {
                let k2 = grad(&along(&before, &[(-rate / 2.0, &j)]));
                let k3 = grad(&along(&before, &[(-rate / 2.0, &k2)]));
                let k4 = grad(&along(&before, &[(-rate, &k3)]));
                let h = -rate / 6.0;
                q = along(
                    &before,
                    &[(h, &j), (2.0 * h, &k2), (2.0 * h, &k3), (h, &k4)],
                );
            }
            Rule::RungeKutta(RungeKutta {
                rate,
                table: Tableau::Kutta3,
            }) => {
                let k2 = grad(&along(&before, &[(-rate / 2.0, &j)]));
                let k3 = grad(&along(&before, &[(*rate, &j), (-2.0 * rate, &k2)]));
                let h = -rate / 6.0;
                q = along(&before, &[(h, &j), (4.0 * h, &k2), (h, &k3)]);
            }
            Rule::Chebyshev(r) => {
                // By the closed forms T_j(w) = cosh(j acosh w), T_j' = j sinh(j acosh w) / sinh(acosh w).
                let s = r.stages as f64;
                let w0 = 1.0 + r.damping / (s * s);
                let t = |j: usize| (j as f64 * w0.acosh()).cosh();
                let slope = s * (s * w0.acosh()).sinh() / w0.acosh().sinh();
                let w1 = t(r.stages) / slope;
                let mut x = vec![before.clone(), along(&before, &[(-r.rate * w1 / w0, &j)])];
                for k in 2..=r.stages {
                    let g = grad(&x[k - 1]);
                    let mu = 2.0 * w1 * t(k - 1) / t(k);
                    let nu = 2.0 * w0 * t(k - 1) / t(k);
                    let kappa = t(k - 2) / t(k);
                    let [two, one] = [&x[k - 2], &x[k - 1]];
                    let zero = vec![0.0; d];
                    x.push(along(
                        &zero,
                        &[(-mu * r.rate, &g), (nu, one), (-kappa, two)],
                    ));
                }
                q = x.pop().unwrap();
            }
            Rule::Chebyshev2(Chebyshev2 { rate, stages: 3 }) => {
                // T_2 = 2 x^2 - 1, T_3 = 4 x^3 - 3 x.
                let x: f64 = 1.0 + 2.0 / 13.0 / 9.0;
                let t = [1.0, x, 2.0 * x * x - 1.0, 4.0 * x.powi(3) - 3.0 * x];
                let w1 = (12.0 * x * x - 3.0) / (24.0 * x);
                let b2 = 4.0 / (4.0 * x).powi(2);
                let b = [b2, b2, b2, 24.0 * x / (12.0 * x * x - 3.0).powi(2)];
                let a = |j: usize| 1.0 - b[j] * t[j];
                let mut y = vec![before.clone(), along(&before, &[(-b[1] * w1 * rate, &j)])];
                for k in 2..=3 {
                    let g = grad(&y[k - 1]);
                    let (mu, nu) = (2.0 * b[k] * x / b[k - 1], -b[k] / b[k - 2]);
                    let mt = 2.0 * b[k] * w1 / b[k - 1];
                    let gt = -a(k - 1) * mt;
                    let zero = vec![0.0; d];
                    let terms = [
                        (1.0 - mu - nu, &before),
                        (mu, &y[k - 1]),
                        (nu, &y[k - 2]),
                        (-mt * rate, &g),
                        (-gt * rate, &j),
                    ];
                    let next = along(&zero, &terms.map(|(c, x)| (c, x.as_slice())));
                    y.push(next);
                }
                q = y.pop().unwrap();
            }
            Rule::FullMatrixAdaGrad(r) => {
                q = along(&before, &[(-r.rate, &super::full_matrix::step(r, &past))])
            }
            _ => {}
        }
        assert_ne!(q, before, "{rule} has no transcription");
        path.push(q);
    }
    path
}

/// `q + sum_k c_k x_k`
fn along(q: &[f64], terms: &[(f64, &(impl AsRef<[f64]> + ?Sized))]) -> Vec<f64> {
    let mut q = q.to_vec();
    for (c, x) in terms {
        q.iter_mut().zip(x.as_ref()).for_each(|(q, x)| *q += c * x);
    }
    q
}
