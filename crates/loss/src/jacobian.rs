//! The derivative of soft-max.

use gradflow_kernels::Real;

use crate::Output;

/// The Jacobian of soft-max at a point: diagonal minus rank one, symmetric, of rank `n - 1`.
///
/// ```text
/// ∂ζ_a/∂p_b = ζ_a (δ_ab − ζ_b)                                                     Equation (31)
/// J u = ζ * (u − <u, ζ>)                                                           Equation (33)
/// ```
/// The costs of this crate use fused forms of (33) and never build the matrix.
///
/// ```
/// use gradflow_loss::SoftmaxJacobian;
///
/// let jacobian = SoftmaxJacobian::at(&[0.0, 0.0]);
/// assert_eq!(jacobian.matrix(), [0.25, -0.25, -0.25, 0.25]);
/// let mut u = [1.0, 0.0];
/// jacobian.multiply(&mut u);
/// assert_eq!(u, [0.25, -0.25]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SoftmaxJacobian<T> {
    zeta: Vec<T>,
}

impl<T: Real> SoftmaxJacobian<T> {
    /// The Jacobian at the logits `p`.
    pub fn at(p: &[T]) -> Self {
        Self {
            zeta: Output::Softmax.of(p),
        }
    }

    /// The soft-max itself.
    pub fn zeta(&self) -> &[T] {
        &self.zeta
    }

    /// The `n x n` matrix (31), row-major: row `a`, column `b` is `dzeta_a/dp_b`.
    pub fn matrix(&self) -> Vec<T> {
        let mut matrix = Vec::with_capacity(self.zeta.len() * self.zeta.len());
        for (a, zeta_a) in self.zeta.iter().enumerate() {
            matrix.extend(self.zeta.iter().enumerate().map(|(b, zeta_b)| {
                let delta = if a == b { T::ONE } else { T::ZERO };
                *zeta_a * (delta - *zeta_b)
            }));
        }
        matrix
    }

    /// Replaces `u` by the Jacobian times `u`, which is also its transpose times `u`, in `O(n)`. Equation (33).
    ///
    /// # Panics
    /// If `u` is not of length `n`.
    pub fn multiply(&self, u: &mut [T]) {
        assert_eq!(u.len(), self.zeta.len(), "length of u");
        // In double precision: there may be many terms.
        let terms = u.iter().zip(&self.zeta);
        let mean: f64 = terms.map(|(u, zeta)| (*u * *zeta).to_f64()).sum();
        let mean = T::from_f64(mean);
        for (u, zeta) in u.iter_mut().zip(&self.zeta) {
            *u = *zeta * (*u - mean);
        }
    }
}
