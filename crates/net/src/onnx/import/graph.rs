//! The graph of a file: what is known of it before anything is computed.

use std::collections::{HashMap, HashSet};

use super::tensor::Tensor;
use crate::onnx::OnnxError;
use crate::onnx::proto::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TypeProto, ValueInfoProto,
    tensor_shape_proto::dimension, type_proto,
};
use crate::text::excerpt;

/// Versions of operators that are known.
const VERSIONS: [(&[&str], core::ops::RangeInclusive<i64>, &str); 2] = [
    (&["", "ai.onnx"], 7..=28, "versions 7 to 28"),
    (&["ai.onnx.ml"], 1..=5, "versions 1 to 5"),
];

/// Nodes in order, constants by name, and what goes in and out.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) constants: HashMap<&'a str, Tensor<'a>>,
    pub(super) input: &'a str,
    /// The sizes behind that of the samples.
    pub(super) sizes: Vec<usize>,
    pub(super) outputs: Vec<&'a str>,
    /// How many nodes and outputs read a value.
    pub(super) readers: HashMap<&'a str, usize>,
    /// The version of the operators.
    pub(super) version: i64,
}

/// A node, with what it is called in errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) proto: &'a NodeProto,
    /// Whether an output of the graph depends on it.
    pub(super) live: bool,
}

impl<'a> Graph<'a> {
    pub(super) fn new(model: &'a ModelProto) -> Result<Self, OnnxError> {
        let version = check_versions(model)?;
        let no_graph = || OnnxError::NotOnnx {
            reason: "there is no graph in it".into(),
        };
        let graph = model.graph.as_ref().ok_or_else(no_graph)?;
        let mut constants = HashMap::new();
        for tensor in &graph.initializer {
            if constants
                .insert(&*tensor.name, Tensor::new(tensor)?)
                .is_some()
            {
                return Err(twice(&tensor.name));
            }
        }
        let (input, sizes) = input(graph, &constants)?;
        let outputs: Vec<&str> = graph.output.iter().map(|output| &*output.name).collect();
        let live = live(graph, &outputs);
        let nodes: Vec<Node> = graph.node.iter().zip(live).map(Node::of).collect();
        check_order(&nodes, &constants, input)?;
        let mut readers = HashMap::new();
        let read = nodes.iter().filter(|node| node.live);
        let read = read.flat_map(|node| node.proto.input.iter().map(|name| &**name));
        for name in read.chain(outputs.iter().copied()) {
            *readers.entry(name).or_insert(0) += 1;
        }
        Ok(Self {
            nodes,
            constants,
            input,
            sizes,
            outputs,
            readers,
            version,
        })
    }
}

fn twice(name: &str) -> OnnxError {
    OnnxError::Value {
        value: excerpt(name),
        expected: "a name that is given once".to_owned(),
        came: "it is given twice".to_owned(),
    }
}

/// The version of the plain operators, if all that are imported are known.
fn check_versions(model: &ModelProto) -> Result<i64, OnnxError> {
    let mut version = None;
    for import in &model.opset_import {
        let known = VERSIONS
            .iter()
            .find(|(names, ..)| names.contains(&&*import.domain));
        // Nodes of other makers are refused where they are used.
        let Some((names, versions, allowed)) = known else {
            continue;
        };
        if !versions.contains(&import.version) {
            return Err(OnnxError::Version {
                domain: import.domain.clone(),
                version: import.version,
                allowed,
            });
        }
        if names.contains(&"") {
            version = Some(import.version);
        }
    }
    // A file of operators of `ai.onnx.ml` alone need not name the others.
    let ml = !model.opset_import.is_empty();
    version
        .or(ml.then_some(20))
        .ok_or_else(|| OnnxError::NotOnnx {
            reason: "it does not say which version of the operators it uses".into(),
        })
}

/// The one input that is no constant, and its sizes behind that of the samples.
fn input<'a>(
    graph: &'a GraphProto,
    constants: &HashMap<&str, Tensor>,
) -> Result<(&'a str, Vec<usize>), OnnxError> {
    let mut inputs = graph
        .input
        .iter()
        .filter(|input| !constants.contains_key(&*input.name));
    let (Some(input), rest) = (inputs.next(), inputs.next()) else {
        return Err(OnnxError::NotOnnx {
            reason: "its graph has no input".into(),
        });
    };
    let refuse = |expected: &str, came: String| OnnxError::Value {
        value: excerpt(&input.name),
        expected: expected.to_owned(),
        came,
    };
    if let Some(second) = rest {
        let came = format!("a second one, {:?}", excerpt(&second.name));
        return Err(refuse("to be the only input", came));
    }
    let sizes = sizes(input).ok_or_else(|| {
        let expected = "an input of dimensions [samples, ...], 2 to 4 of them, all but the first given as numbers";
        let came = "other dimensions, or none; export the network for inputs of one size";
        refuse(expected, came.to_owned())
    })?;
    Ok((&input.name, sizes))
}

fn sizes(input: &ValueInfoProto) -> Option<Vec<usize>> {
    let TypeProto {
        value: Some(type_proto::Value::TensorType(tensor)),
    } = input.r#type.as_ref()?
    else {
        return None;
    };
    let dims = &tensor.shape.as_ref()?.dim;
    let (_, sizes) = dims.split_first()?;
    let number = |dim: &crate::onnx::proto::tensor_shape_proto::Dimension| match dim.value {
        Some(dimension::Value::DimValue(size)) => usize::try_from(size).ok().filter(|n| *n > 0),
        _ => None,
    };
    let fits = (1..=3).contains(&sizes.len());
    fits.then(|| sizes.iter().map(number).collect())?
}

/// Which nodes the outputs depend on.
fn live(graph: &GraphProto, outputs: &[&str]) -> Vec<bool> {
    let mut wanted: HashSet<&str> = outputs.iter().copied().collect();
    let mut live = vec![false; graph.node.len()];
    for (node, live) in graph.node.iter().zip(&mut live).rev() {
        if node.output.iter().any(|name| wanted.contains(&**name)) {
            *live = true;
            wanted.extend(node.input.iter().map(|name| &**name));
        }
    }
    live
}

/// Whether each node reads what was made before it, and no name is given twice.
fn check_order(
    nodes: &[Node],
    constants: &HashMap<&str, Tensor>,
    input: &str,
) -> Result<(), OnnxError> {
    let mut made: HashSet<&str> = constants.keys().copied().collect();
    made.insert(input);
    for node in nodes {
        for name in &node.proto.input {
            if !name.is_empty() && !made.contains(&**name) {
                let came = format!(
                    "{:?}, which nothing before it makes (nodes stand in order)",
                    excerpt(name)
                );
                return Err(node.refuse("inputs that are known", came));
            }
        }
        for name in node.proto.output.iter().filter(|name| !name.is_empty()) {
            if !made.insert(name) {
                return Err(twice(name));
            }
        }
    }
    Ok(())
}

impl<'a> Node<'a> {
    fn of((proto, live): (&'a NodeProto, bool)) -> Self {
        Self { proto, live }
    }

    /// What it is called in errors.
    pub(super) fn name(&self) -> String {
        let named = std::iter::once(&self.proto.name).chain(&self.proto.output);
        let mut named = named.filter(|name| !name.is_empty());
        excerpt(named.next().map_or("", |name| name))
    }

    /// The operator, with the maker in front of it if it is not a plain one.
    pub(super) fn operator(&self) -> String {
        match &*self.proto.domain {
            "" | "ai.onnx" => excerpt(&self.proto.op_type),
            domain => format!("{}.{}", excerpt(domain), excerpt(&self.proto.op_type)),
        }
    }

    pub(super) fn refuse(&self, expected: &str, came: impl Into<String>) -> OnnxError {
        OnnxError::Node {
            node: self.name(),
            operator: self.operator(),
            expected: expected.to_owned(),
            came: came.into(),
        }
    }

    pub(super) fn unknown(&self) -> OnnxError {
        OnnxError::Operator {
            node: self.name(),
            operator: self.operator(),
        }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&'a AttributeProto> {
        self.proto.attribute.iter().find(|own| own.name == name)
    }

    pub(super) fn int(&self, name: &str, usual: i64) -> i64 {
        self.attribute(name).and_then(|own| own.i).unwrap_or(usual)
    }

    pub(super) fn float(&self, name: &str, usual: f64) -> f64 {
        let own = self.attribute(name).and_then(|own| own.f);
        own.map_or(usual, f64::from)
    }

    pub(super) fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.attribute(name).map(|own| &*own.ints)
    }

    /// A text; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &'a str {
        let own = self.attribute(name).and_then(|own| own.s.as_deref());
        own.and_then(|text| std::str::from_utf8(text).ok())
            .unwrap_or("")
    }
}
