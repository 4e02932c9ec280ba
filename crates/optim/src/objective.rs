//! What is minimised.

use gradflow_kernels::{Real, slices};

/// A differentiable function `V(q)` (1), with its gradient `J = grad V`.
///
/// Values are `f64`: a cost is a sum over many samples, and stopping rules compare small differences of it.
/// [`Closure`] makes one of a closure.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an objective",
    label = "no `Objective`",
    note = "implement `Objective<T>`, `T` being `f32` or `f64`; or wrap a closure: \
            `Closure::new(n, |q: &[f64], j: &mut [f64]| ...)` writes the gradient into j and returns the value"
)]
pub trait Objective<T: Real> {
    /// Number of parameters.
    fn dimension(&self) -> usize;

    /// `V(q)`.
    fn value(&mut self, q: &[T]) -> f64;

    /// `V(q)`, and `J(q)` into `j`, which is overwritten.
    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64;

    /// `H v` into `hv`, with the second derivative `H` at `q`, and whether the objective has it: if not, `hv` is left alone, and
    /// methods that want it take differences of gradients.
    fn curvature(&mut self, q: &[T], v: &[T], hv: &mut [T]) -> bool {
        let _ = (q, v, hv);
        false
    }

    /// Whether the gradient that [`Objective::value_and_gradient`] gave last is finite; `j` is that gradient, or one that is
    /// finite exactly where it is. A look at every element, unless the objective knows better.
    ///
    /// An objective that adds something to the gradient of another one must not hand this question on.
    fn gradient_is_finite(&self, j: &[T]) -> bool {
        slices::all_finite(j)
    }
}

/// An [`Objective`] from a closure that writes the gradient at `q` into `j` and returns the value.
///
/// ```
/// use gradflow_optim::{Adam, Closure, Stop, minimise};
///
/// // V(q) = (q_0 - 1)^2 + 10 (q_1 + 2)^2
/// let mut bowl = Closure::new(2, |q: &[f64], j: &mut [f64]| {
///     j.copy_from_slice(&[2.0 * (q[0] - 1.0), 20.0 * (q[1] + 2.0)]);
///     (q[0] - 1.0).powi(2) + 10.0 * (q[1] + 2.0).powi(2)
/// });
/// let end = minimise(&mut bowl, &[0.0, 0.0], Adam::new(0.05), &Stop::gradient_norm(1e-6))?;
/// assert!((end.q[0] - 1.0).abs() < 1e-5 && (end.q[1] + 2.0).abs() < 1e-5);
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
#[derive(Clone)]
pub struct Closure<T, F> {
    dimension: usize,
    closure: F,
    /// Where the gradient goes when the value alone is wanted.
    spare: Vec<T>,
}

impl<T: Real, F: FnMut(&[T], &mut [T]) -> f64> Closure<T, F> {
    /// The objective over `dimension` parameters.
    pub const fn new(dimension: usize, closure: F) -> Self {
        Self {
            dimension,
            closure,
            spare: Vec::new(),
        }
    }
}

impl<T: Real, F: FnMut(&[T], &mut [T]) -> f64> Objective<T> for Closure<T, F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&mut self, q: &[T]) -> f64 {
        self.spare.resize(q.len(), T::ZERO);
        (self.closure)(q, &mut self.spare)
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        (self.closure)(q, j)
    }
}

impl<T, F> core::fmt::Debug for Closure<T, F> {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        let mut closure = f.debug_struct("Closure");
        closure.field("dimension", &self.dimension);
        closure.finish_non_exhaustive()
    }
}
