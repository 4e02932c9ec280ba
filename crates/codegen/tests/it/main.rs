//! Generated sources are compiled and predict what the model does.

mod accuracy;
mod compiled;
mod fixed;
mod random;
mod refused;
