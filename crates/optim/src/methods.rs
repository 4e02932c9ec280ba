//! Numerical methods on the gradient flow, of higher order or greater stability, and methods that look for the length of
//! their step.

mod butcher;
mod chebyshev;
mod chebyshev2;
mod chebyshev_polynomial;
mod lbfgs;
mod line_search;
mod multistep;
mod multistep_table;
mod newton_cg;
mod runge_kutta;
mod stages;
mod steihaug;
mod vectors;

pub use butcher::{Butcher, ButcherError};
pub use chebyshev::Chebyshev;
pub use chebyshev2::Chebyshev2;
pub use lbfgs::{Lbfgs, Pairs};
pub use multistep::{AdamsBashforth2, AdamsBashforth3, Past, ThreeStep, TwoStepMidpoint};
pub use newton_cg::{NewtonCg, TrustRegion};
pub use runge_kutta::{RungeKutta, Tableau};
