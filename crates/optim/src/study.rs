//! Objectives for the study of rules.

mod landscapes;
mod logistic;
mod quadratic;

pub use landscapes::{Beale, Himmelblau, Rosenbrock, Saddle};
pub use logistic::{LogisticError, LogisticRegression, monomials};
pub use quadratic::Quadratic;
