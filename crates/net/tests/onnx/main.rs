//! ONNX: what is written, read back, computed by others, and refused.

mod files;
mod networks;
mod peers;
mod round;
