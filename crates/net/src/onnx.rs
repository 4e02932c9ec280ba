//! ONNX (feature `onnx`).
mod error;
mod export;
mod import;
mod proto;

pub use error::OnnxError;
pub use export::OnnxExport;

/// The version of the operators that are written.
const OPSET: i64 = 20;
