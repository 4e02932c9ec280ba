//! ONNX files by hand, for what no exporter writes.

/// A number of seven bits a byte.
fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 127 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A field of bytes: text, numbers, or a message.
pub(crate) fn field(number: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let mut bytes = varint(number << 3 | 2);
    bytes.extend(varint(content.len() as u64));
    bytes.extend(content);
    bytes
}

/// A field of one whole number.
pub(crate) fn number(number: u64, value: i64) -> Vec<u8> {
    [varint(number << 3), varint(value as u64)].concat()
}

/// A tensor of single precision.
pub(crate) fn tensor(name: &str, dims: &[i64], values: &[f32]) -> Vec<u8> {
    let dims = dims.iter().flat_map(|dim| number(1, *dim)).collect();
    let raw: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    [dims, number(2, 1), field(8, name), field(9, raw)].concat()
}

/// A list of whole numbers.
pub(crate) fn list(name: &str, values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    let dims = number(1, values.len() as i64);
    [dims, number(2, 7), field(8, name), field(9, raw)].concat()
}

pub(crate) fn node(operator: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let inputs = inputs.iter().flat_map(|name| field(1, name)).collect();
    [
        inputs,
        field(2, output),
        field(3, format!("node of {output}")),
        field(4, operator),
    ]
    .concat()
}

/// A graph from "x" of these sizes a sample to "y".
pub(crate) fn graph(sizes: &[i64], nodes: &[Vec<u8>], tensors: &[Vec<u8>]) -> Vec<u8> {
    let dims = std::iter::once(field(1, field(2, "N")));
    let dims: Vec<u8> = dims
        .chain(sizes.iter().map(|size| field(1, number(1, *size))))
        .flatten()
        .collect();
    let described = field(2, field(1, [number(1, 1), field(2, dims)].concat()));
    let nodes = nodes.iter().flat_map(|node| field(1, node)).collect();
    let tensors = tensors.iter().flat_map(|tensor| field(5, tensor)).collect();
    let input = field(11, [field(1, "x"), described].concat());
    [nodes, tensors, input, field(12, field(1, "y"))].concat()
}

pub(crate) fn file(graph: &[u8], version: i64) -> Vec<u8> {
    [number(1, 9), field(8, number(2, version)), field(7, graph)].concat()
}

/// A file of this graph, of version 20.
pub(crate) fn of(sizes: &[i64], nodes: &[Vec<u8>], tensors: &[Vec<u8>]) -> Vec<u8> {
    file(&graph(sizes, nodes, tensors), 20)
}
