//! How much memory a file's fields would take, before any is taken.
//!
//! A field of two bytes can become a message of hundreds: who decodes what somebody else wrote counts first. The walk reads lengths and
//! leaves everything out that is not described.

use prost::encoding::{WireType, decode_key, decode_varint};

use crate::onnx::OnnxError;
use crate::onnx::proto::{
    AttributeProto, GraphProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    TypeProto, ValueInfoProto, tensor_shape_proto::Dimension,
};

/// Bytes of memory for each byte of a file, and for any file at all.
const FACTOR: usize = 12;
const ANY: usize = 8 << 20;
/// A list grows by doubling: old and new stand side by side for a moment.
const GROWTH: usize = 3;

/// Messages with fields of their own.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Entry,
    Value,
    Type,
    TensorType,
    Shape,
    Leaf,
}

/// What a field with a length becomes.
enum Field {
    Message(Kind, usize),
    Text,
    /// Numbers, of so many bytes of memory at most for a byte of the file.
    Numbers(usize),
    /// Skipped, or shared with the file.
    Free,
}

impl Kind {
    fn field(self, number: u32) -> Field {
        use Field::{Free, Message, Numbers, Text};
        match (self, number) {
            (Self::Model, 7) => Message(Self::Graph, size_of::<GraphProto>()),
            (Self::Model, 8) => Message(Self::Leaf, size_of::<OperatorSetIdProto>() + 64),
            (Self::Graph, 1) => Message(Self::Node, size_of::<NodeProto>()),
            (Self::Graph, 5) => Message(Self::Tensor, size_of::<TensorProto>()),
            (Self::Graph, 11 | 12) => Message(Self::Value, size_of::<ValueInfoProto>()),
            (Self::Node, 5) => Message(Self::Attribute, size_of::<AttributeProto>()),
            (Self::Attribute, 5) => Message(Self::Tensor, size_of::<TensorProto>()),
            (Self::Tensor, 13) => Message(Self::Entry, size_of::<StringStringEntryProto>()),
            (Self::Value, 2) => Message(Self::Type, size_of::<TypeProto>()),
            (Self::Type, 1) => Message(Self::TensorType, 0),
            (Self::TensorType, 2) => Message(Self::Shape, 0),
            (Self::Shape, 1) => Message(Self::Leaf, size_of::<Dimension>() + 64),
            (Self::Tensor, 9) => Free,
            (Self::Tensor, 4 | 10) | (Self::Attribute, 7) => Numbers(1),
            (Self::Tensor, 5) => Numbers(4),
            (Self::Tensor, 1 | 7 | 11) | (Self::Attribute, 8) => Numbers(8),
            (Self::Model, 2 | 3) | (Self::Graph, 2) | (Self::Node, 1..=4 | 7) => Text,
            (Self::Attribute, 1 | 4 | 9) | (Self::Tensor, 8) => Text,
            (Self::Entry, 1 | 2) | (Self::Value, 1) | (Self::Leaf, 1 | 2) => Text,
            _ => Free,
        }
    }
}

/// Whether the bytes could be a file, and one that needs no more memory than its size allows.
///
/// # Errors
/// [`OnnxError::NotOnnx`] where lengths or keys are none, [`OnnxError::Memory`] beyond 12 times the file and 8 MiB.
pub(super) fn check(file: &[u8]) -> Result<(), OnnxError> {
    let mut left = file.len().saturating_mul(FACTOR).saturating_add(ANY);
    // Messages within messages are walked from a list: a file cannot choose how deep the stack becomes.
    let mut todo = vec![(Kind::Model, file)];
    while let Some((kind, bytes)) = todo.pop() {
        walk(kind, bytes, &mut left, file.len(), &mut todo)?;
    }
    Ok(())
}

fn walk<'a>(
    kind: Kind,
    mut bytes: &'a [u8],
    left: &mut usize,
    file: usize,
    todo: &mut Vec<(Kind, &'a [u8])>,
) -> Result<(), OnnxError> {
    let mut take = |memory: usize| match left.checked_sub(memory) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => Err(OnnxError::Memory {
            what: "its fields would take more memory than 12 times the file and 8 MiB".to_owned(),
            bytes: file,
        }),
    };
    let broken = |error: prost::DecodeError| OnnxError::NotOnnx {
        reason: error.into(),
    };
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes).map_err(broken)?;
        let skip = match wire {
            WireType::Varint => {
                decode_varint(&mut bytes).map_err(broken)?;
                take(GROWTH * 8)?;
                continue;
            }
            WireType::ThirtyTwoBit => 4,
            WireType::SixtyFourBit => 8,
            WireType::LengthDelimited => decode_varint(&mut bytes).map_err(broken)?,
            WireType::StartGroup | WireType::EndGroup => {
                return Err(OnnxError::NotOnnx {
                    reason: "there are no groups in ONNX".into(),
                });
            }
        };
        let length = usize::try_from(skip)
            .ok()
            .filter(|length| *length <= bytes.len());
        let Some(length) = length else {
            return Err(OnnxError::NotOnnx {
                reason: format!(
                    "a field of {skip} bytes where there are {} more",
                    bytes.len()
                )
                .into(),
            });
        };
        let (content, rest) = bytes.split_at(length);
        bytes = rest;
        match (wire, kind.field(number)) {
            (WireType::LengthDelimited, Field::Message(kind, size)) => {
                // Its place in the list of what is to be walked counts as well.
                take(GROWTH * (size + size_of::<(Kind, &[u8])>()))?;
                todo.push((kind, content));
            }
            (WireType::LengthDelimited, Field::Text) => take(GROWTH * 24 + length)?,
            (WireType::LengthDelimited, Field::Numbers(each)) => {
                take((GROWTH * each).saturating_mul(length))?;
            }
            (WireType::LengthDelimited, Field::Free) => {}
            _ => take(GROWTH * 8)?,
        }
    }
    Ok(())
}
