//! Generated sources are compiled and predict what the model does.

mod compiled;
mod random;
mod refused;
