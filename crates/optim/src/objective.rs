//! What is minimised.

use gradflow_kernels::{Real, slices};

/// A differentiable function `V(q)` (1), with its gradient `J = grad V`.
///
/// Values are `f64`: a cost is a sum over many samples, and stopping rules compare small differences of it.
pub trait Objective<T: Real> {
    /// Number of parameters.
    fn dimension(&self) -> usize;

    /// `V(q)`.
    fn value(&mut self, q: &[T]) -> f64;

    /// `V(q)`, and `J(q)` into `j`, which is overwritten.
    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64;

    /// Whether the gradient that [`Objective::value_and_gradient`] gave last is finite; `j` is that gradient, or one that is
    /// finite exactly where it is. A look at every element, unless the objective knows better.
    ///
    /// An objective that adds something to the gradient of another one must not hand this question on.
    fn gradient_is_finite(&self, j: &[T]) -> bool {
        slices::all_finite(j)
    }
}
