//! Generated sources are compiled and predict what the model does.

mod accuracy;
mod columns;
mod compiled;
mod fixed;
mod random;
mod refused;
