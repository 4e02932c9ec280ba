//! ONNX: what is written, read back, computed by others, and refused.

#[path = "../counting/mod.rs"]
mod counting;
mod files;
mod hostile;
mod made;
mod networks;
mod operators;
mod peers;
mod round;
