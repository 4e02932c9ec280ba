//! What an ONNX file consists of, as protobuf.
//!
//! `proto/onnx.proto` is the part of ONNX's own description that is used here (Apache-2.0). `proto/onnx.rs` is made of it by `prost-build`
//! 0.14 with `protox` in the place of `protoc`:
//!
//! ```text
//! let files = protox::compile(["onnx.proto"], ["."])?;
//! prost_build::Config::new().bytes([".onnx.TensorProto.raw_data"]).out_dir(".").compile_fds(files)?;
//! ```
#![allow(missing_docs, unreachable_pub)]

include!("proto/onnx.rs");

/// Types of elements, `TensorProto.DataType`.
pub(super) mod data_type {
    pub(crate) const FLOAT: i32 = 1;
    pub(crate) const UINT8: i32 = 2;
    pub(crate) const INT8: i32 = 3;
    pub(crate) const INT32: i32 = 6;
    pub(crate) const INT64: i32 = 7;
    pub(crate) const BOOL: i32 = 9;
    pub(crate) const FLOAT16: i32 = 10;
    pub(crate) const DOUBLE: i32 = 11;
    pub(crate) const BFLOAT16: i32 = 16;
}

/// Types of attributes, `AttributeProto.AttributeType`.
pub(super) mod attribute_type {
    pub(crate) const FLOAT: i32 = 1;
    pub(crate) const INT: i32 = 2;
    pub(crate) const STRING: i32 = 3;
    pub(crate) const INTS: i32 = 7;
}
