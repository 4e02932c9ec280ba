//! The tests of rules and methods, as one program: it is linked once.

mod common;
mod constants;
mod hostile;
mod l1;
mod minimise;
mod optimiser;
mod own;
mod range;
mod schedule;
mod search;
mod stability;
mod theorems;
mod transcriptions;
