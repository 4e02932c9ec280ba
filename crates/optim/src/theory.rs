//! What is known about a method: order, growth, limit; curvature estimated; landscapes to study it on.

mod curvature;
pub(crate) mod roots;
mod stability;
pub mod study;

pub use curvature::{Curvature, curvature};
pub use stability::Stability;
pub(crate) use stability::limit_of;

/// What theory says of a rule. Every rule of the list must say all of it, so that every test runs over the list.
pub(crate) trait Theory {
    /// Order of accuracy of a whole run, its first steps included: at a fixed time on the flow that the rule follows as
    /// its rate falls, halving the rate divides the error by `2^order`.
    fn order(&self) -> Option<u32>;

    /// Factor by which errors grow a step, in the long run, on curvature `lambda`.
    fn growth(&self, lambda: f64) -> Option<f64>;

    /// Largest curvature up to which the growth is at most 1.
    fn limit(&self) -> Option<f64>;

    /// Gradients that a step costs; the fewest, of methods that look for the length of their step.
    fn gradients(&self) -> usize {
        1
    }
}

/// The theory of a rule that rescales gradients: it is linear on no curvature.
macro_rules! nonlinear {
    ($name:ident, |$self:ident| $order:expr $(, $gradients:literal)?) => {
        impl Theory for $name {
            fn order(&$self) -> Option<u32> {
                $order
            }

            fn growth(&self, _: f64) -> Option<f64> {
                None
            }

            fn limit(&self) -> Option<f64> {
                None
            }
            $(
            fn gradients(&self) -> usize {
                $gradients
            })?
        }
    };
}

pub(crate) use nonlinear;
