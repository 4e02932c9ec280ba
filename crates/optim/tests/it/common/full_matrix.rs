//! The step of AdaGrad with the full matrix, transcribed without nalgebra.

use gradflow_optim::*;

/// `f(G) J` in an orthonormal basis of the gradients, in which `G` is regular, by Jacobi's rotations.
pub fn step(rule: &FullMatrixAdaGrad, past: &[Vec<f64>]) -> Vec<f64> {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    // Orthonormal basis of the span (Gram-Schmidt, twice), in which G is regular.
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for j in past {
        let mut e = j.clone();
        for _ in 0..2 {
            for b in &basis {
                let c = dot(b, &e);
                e.iter_mut().zip(b).for_each(|(e, b)| *e -= c * b);
            }
        }
        let norm = dot(&e, &e).sqrt();
        if norm > 1e-9 * dot(j, j).sqrt() {
            basis.push(e.iter().map(|e| e / norm).collect());
        }
    }
    let r = basis.len();
    let inner: Vec<Vec<f64>> = past
        .iter()
        .map(|j| basis.iter().map(|b| dot(b, j)).collect())
        .collect();
    let weight = match rule.statistic {
        Statistic::Sum => 1.0,
        Statistic::Mean => 1.0 / past.len() as f64,
    };
    let mut g = vec![vec![0.0; r]; r];
    for c in &inner {
        for i in 0..r {
            for k in 0..r {
                g[i][k] += weight * c[i] * c[k];
            }
        }
    }
    // Jacobi's rotations until G is diagonal; columns of `v` are its eigenvectors.
    let mut v = super::identity(r);
    for _ in 0..60 {
        for a in 0..r {
            for b in a + 1..r {
                if g[a][b].abs() < 1e-300 {
                    continue;
                }
                let theta = 0.5 * (2.0 * g[a][b]).atan2(g[a][a] - g[b][b]);
                let (s, c) = theta.sin_cos();
                for m in [&mut g, &mut v] {
                    for row in m.iter_mut() {
                        let (x, y) = (row[a], row[b]);
                        row[a] = c * x + s * y;
                        row[b] = c * y - s * x;
                    }
                }
                for k in 0..r {
                    let (x, y) = (g[a][k], g[b][k]);
                    g[a][k] = c * x + s * y;
                    g[b][k] = c * y - s * x;
                }
            }
        }
    }
    let last = &inner[inner.len() - 1];
    let mut step = vec![0.0; past[0].len()];
    for l in 0..r {
        let along: f64 = (0..r).map(|i| v[i][l] * last[i]).sum();
        let scaled = along / (g[l][l].max(0.0).sqrt() + rule.epsilon);
        for i in 0..r {
            step.iter_mut()
                .zip(&basis[i])
                .for_each(|(s, b)| *s += scaled * v[i][l] * b);
        }
    }
    step
}
