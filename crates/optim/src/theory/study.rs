//! Objectives for the study of rules.

mod follow;
mod landscapes;
mod logistic;
mod quadratic;

pub use follow::follow;
pub use landscapes::{Beale, Himmelblau, Rosenbrock, Saddle};
pub use logistic::{LogisticError, LogisticRegression, monomials};
pub use quadratic::Quadratic;
