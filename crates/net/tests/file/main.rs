//! Models in files: what is saved comes back, and whatever else is in a file is an error.

#[path = "../counting/mod.rs"]
mod counting;
mod described;
mod golden;
mod hostile;
mod interop;
mod killed;
mod models;
mod python;
mod round_trip;
mod texts;
