//! AdaGrad with the full matrix of gradient products.

use crate::error::{check, check_array, check_rate, check_weight};
use crate::theory::{Theory, nonlinear};
use crate::{Method, NonFinite, OptimError, Step};
use gradflow_kernels::Real;
use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// AdaGrad with the full matrix of gradient products, not its diagonal alone.
///
/// ```text
/// Gₙ = Σₖ Jₖ Jₖᵀ (or their mean) ;  qₙ = qₙ₋₁ − rate f(Gₙ) Jₙ ,  f(x) = 1 / (√x + ε)
/// ```
///
/// It is equivariant under rotations, which the diagonal forms ([`AdaGradSum`](crate::AdaGradSum),
/// [`AdaGradMean`](crate::AdaGradMean)) are not: it finds the valleys of a landscape in whatever direction they lie.
///
/// * [`Memory::Exact`] keeps `G_n` and decomposes it in every step: `O(d^2)` numbers and `O(d^3)` operations for `d`
///   parameters, so `d` up to a few hundred.
/// * [`Memory::LowRank`] keeps the last gradients, `A = [J_1 … J_n]`, and moves by `rate A f(A^T A) e_n`, the same step as
///   long as all gradients are kept: `O(d n)` numbers and `O(d n + n^3)` operations.
///
/// It computes in double precision. A step allocates; if `G_n` overflows, it has diverged.
///
/// ```
/// use gradflow_optim::{FullMatrixAdaGrad, Memory, Statistic, study::follow};
///
/// let (statistic, memory) = (Statistic::Sum, Memory::Exact);
/// let rule = FullMatrixAdaGrad { rate: 0.5, epsilon: 0.0, statistic, memory };
/// // The first step has length rate, along the gradient.
/// let q = follow(rule, [1.0, 1.0], &[[3.0, 4.0]])?;
/// assert!((q[0] - 0.7_f64).abs() < 1e-12 && (q[1] - 0.6).abs() < 1e-12);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct FullMatrixAdaGrad {
    /// Learning rate.
    pub rate: f64,
    /// Added to the root; usually 1e-8.
    #[cfg_attr(feature = "serde", serde(default = "super::usual::epsilon"))]
    pub epsilon: f64,
    /// Sum or mean.
    pub statistic: Statistic,
    /// What is kept.
    pub memory: Memory,
}

/// Whether gradient products are summed, as in the literature, or averaged, as in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Statistic {
    /// `G_n = sum_k J_k J_k^T`
    Sum,
    /// `G_n = (1/n) sum_k J_k J_k^T`
    Mean,
}

/// What [`FullMatrixAdaGrad`] keeps of the gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Memory {
    /// The matrix of their products.
    Exact,
    /// The last of them.
    LowRank {
        /// How many.
        gradients: usize,
    },
}

/// State of [`FullMatrixAdaGrad`], in double precision.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GradientProducts {
    /// Exact: the sum of products, `d x d`. Low rank: nothing.
    products: Vec<f64>,
    /// Low rank: the gradients, the oldest first. Exact: none.
    gradients: Vec<Vec<f64>>,
}

const NAME: &str = "FullMatrixAdaGrad";

impl<T: Real> Method<T> for FullMatrixAdaGrad {
    type State = GradientProducts;

    fn init(&self, q: &[T]) -> GradientProducts {
        GradientProducts {
            products: vec![0.0; self.products(q.len())],
            gradients: vec![],
        }
    }

    fn step(&self, at: Step<'_, T>, state: &mut GradientProducts) -> Result<(), NonFinite> {
        assert_eq!(
            at.q.len(),
            at.j.len(),
            "parameters and gradient differ in length"
        );
        let j: Vec<f64> = at.j.iter().map(|j| j.to_f64()).collect();
        let step = match self.memory {
            Memory::Exact => self.exact(state, j, at.n),
            Memory::LowRank { gradients } => self.low_rank(state, j, gradients),
        };
        let finite = |step: &Vec<f64>| step.iter().all(|x| x.is_finite());
        let value = at.value;
        let step = step.filter(finite).ok_or(NonFinite { value })?;
        let (rate, largest) = (self.rate * at.factor, T::MAX.to_f64());
        for (q, step) in at.q.iter_mut().zip(step) {
            let next = q.to_f64() - rate * step;
            *q = T::from_f64(next.clamp(-largest, largest));
        }
        Ok(())
    }

    fn rate(&self) -> f64 {
        self.rate
    }

    fn memory(&self, len: usize) -> usize {
        // Its numbers are double, whatever T is.
        let share = size_of::<f64>() / size_of::<T>();
        self.products(len).saturating_mul(share)
    }

    fn check(&self, state: &GradientProducts, len: usize) -> Result<(), OptimError> {
        let keep = match self.memory {
            Memory::Exact => 0,
            Memory::LowRank { gradients } => gradients,
        };
        let products = &state.products;
        if products.len() != self.products(len) || state.gradients.len() > keep {
            return Err(OptimError::StateLength { rule: NAME, len });
        }
        check_array(NAME, "products", products, products.len())?;
        let mut gradients = state.gradients.iter();
        gradients.try_for_each(|j| check_array(NAME, "gradients", j, len))
    }

    fn validate(&self) -> Result<(), OptimError> {
        check_rate(NAME, "rate", self.rate)?;
        check_weight(NAME, "epsilon", self.epsilon)?;
        match self.memory {
            Memory::Exact => Ok(()),
            Memory::LowRank { gradients } => {
                let (holds, count) = (gradients > 0, gradients as f64);
                check(holds, NAME, "gradients", "at least 1", count)
            }
        }
    }
}

// Steps of the sum shrink with their number; the mean is singular at first, and its runs show no whole order.
nonlinear!(FullMatrixAdaGrad, |self| None);

impl FullMatrixAdaGrad {
    /// Numbers of the matrix.
    fn products(&self, len: usize) -> usize {
        match self.memory {
            Memory::Exact => len.saturating_mul(len),
            Memory::LowRank { .. } => 0,
        }
    }

    /// `f(G_n) J_n`
    fn exact(&self, state: &mut GradientProducts, j: Vec<f64>, n: usize) -> Option<Vec<f64>> {
        let d = j.len();
        for (row, a) in state.products.chunks_exact_mut(d).zip(&j) {
            row.iter_mut().zip(&j).for_each(|(g, b)| *g += a * b);
        }
        let g = DMatrix::from_row_slice(d, d, &state.products) * self.weight(n);
        let step = self.apply(g, DVector::from_vec(j))?;
        Some(step.data.into())
    }

    /// `A f(A^T A) e_n`
    fn low_rank(&self, state: &mut GradientProducts, j: Vec<f64>, keep: usize) -> Option<Vec<f64>> {
        let excess = (state.gradients.len() + 1).saturating_sub(keep);
        state.gradients.drain(..excess.min(state.gradients.len()));
        state.gradients.push(j);
        let a = &state.gradients;
        let dot = |i: usize, k: usize| a[i].iter().zip(&a[k]).map(|(x, y)| x * y).sum::<f64>();
        // Where gradients have been dropped, the mean is that of those kept.
        let weight = self.weight(a.len());
        let k = DMatrix::from_fn(a.len(), a.len(), |i, k| weight * dot(i.min(k), i.max(k)));
        let mut last = DVector::zeros(a.len());
        last[a.len() - 1] = 1.0;
        let coefficients = self.apply(k, last)?;
        let mut step = vec![0.0; a[0].len()];
        for (c, j) in coefficients.iter().zip(a) {
            step.iter_mut().zip(j).for_each(|(step, j)| *step += c * j);
        }
        Some(step)
    }

    fn weight(&self, steps: usize) -> f64 {
        match self.statistic {
            Statistic::Sum => 1.0,
            Statistic::Mean => 1.0 / steps as f64,
        }
    }

    /// `f(G) x` for an `x` whose part in the null space of `G` does not count.
    fn apply(&self, g: DMatrix<f64>, x: DVector<f64>) -> Option<DVector<f64>> {
        if !g.iter().all(|g| g.is_finite()) {
            return None;
        }
        let n = g.nrows();
        let SymmetricEigen {
            eigenvectors,
            eigenvalues,
        } = SymmetricEigen::try_new(g, f64::EPSILON, 1000 * n)?;
        // `x` lies in the range of `G`, or is multiplied by an `A` that has the same null space: what rounding
        // leaves there must not be divided by epsilon.
        let noise = eigenvalues.max() * n as f64 * f64::EPSILON;
        let mut y = eigenvectors.tr_mul(&x);
        for (y, l) in y.iter_mut().zip(&eigenvalues) {
            *y = if *l > noise {
                *y / (l.sqrt() + self.epsilon)
            } else {
                0.0
            };
        }
        Some(eigenvectors * y)
    }
}
