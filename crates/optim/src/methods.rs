//! Numerical methods of higher order or greater stability on the gradient flow.

mod butcher;
mod chebyshev;
mod chebyshev2;
mod chebyshev_polynomial;
mod multistep;
mod multistep_table;
mod runge_kutta;
mod stages;

pub use butcher::{Butcher, ButcherError};
pub use chebyshev::Chebyshev;
pub use chebyshev2::Chebyshev2;
pub use multistep::{AdamsBashforth2, AdamsBashforth3, Past, ThreeStep, TwoStepMidpoint};
pub use runge_kutta::{RungeKutta, Tableau};
