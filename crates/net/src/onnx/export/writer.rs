//! The graph that is written: nodes, constants, and their names.

use std::collections::HashMap;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;

use crate::onnx::proto::{AttributeProto, NodeProto, TensorProto, attribute_type, data_type};

/// A value in the graph: its name, the shape of a sample, and whether it is written as `[N, depth, vertical, horizontal]` or as `[N, n]`.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) shape: Shape<3>,
    pub(super) picture: bool,
}

/// Nodes and constants so far.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) nodes: Vec<NodeProto>,
    pub(super) constants: Vec<TensorProto>,
    /// How often a name was asked for.
    names: HashMap<String, usize>,
    /// The type of all floating-point numbers.
    pub(super) number: i32,
}

impl Writer {
    pub(super) fn new<T: Real>() -> Self {
        let number = match size_of::<T>() {
            4 => data_type::FLOAT,
            _ => data_type::DOUBLE,
        };
        Self {
            nodes: Vec::new(),
            constants: Vec::new(),
            names: HashMap::new(),
            number,
        }
    }

    /// The name, or with a number behind it if there is one like it.
    fn unique(&mut self, name: String) -> String {
        let times = self.names.entry(name.clone()).or_default();
        *times += 1;
        match times {
            1 => name,
            times => {
                let name = format!("{name}_{times}");
                // Whoever asks for this name gets another one.
                self.names.entry(name.clone()).or_insert(1);
                name
            }
        }
    }

    /// Adds a node of the place `at`, and returns the name of its output.
    pub(super) fn node(
        &mut self,
        at: &str,
        operator: &str,
        input: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> String {
        let name = self.unique(format!("{at}/{operator}"));
        self.nodes.push(NodeProto {
            input: input.iter().map(|name| (*name).to_owned()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: operator.to_owned(),
            domain: String::new(),
            attribute,
        });
        name
    }

    /// Adds a node that keeps shape and rank.
    pub(super) fn on(&mut self, at: &str, operator: &str, x: &Value, others: &[&str]) -> Value {
        let input = [&[&*x.name], others].concat();
        let name = self.node(at, operator, &input, Vec::new());
        Value { name, ..x.clone() }
    }

    /// Adds a constant of floating-point numbers, and returns its name.
    pub(super) fn constant<T: Real>(
        &mut self,
        name: String,
        dims: &[usize],
        values: impl IntoIterator<Item = T>,
    ) -> String {
        let values = values.into_iter();
        let raw: Vec<u8> = match self.number {
            data_type::FLOAT => values
                .flat_map(|x| (x.to_f64() as f32).to_le_bytes())
                .collect(),
            _ => values.flat_map(|x| x.to_f64().to_le_bytes()).collect(),
        };
        self.tensor(name, dims, self.number, raw)
    }

    /// Adds a constant of whole numbers, and returns its name.
    pub(super) fn integers(
        &mut self,
        name: String,
        dims: &[usize],
        values: impl IntoIterator<Item = usize>,
    ) -> String {
        let raw = values.into_iter().flat_map(|x| (x as i64).to_le_bytes());
        self.tensor(name, dims, data_type::INT64, raw.collect())
    }

    fn tensor(&mut self, name: String, dims: &[usize], data_type: i32, raw: Vec<u8>) -> String {
        let name = self.unique(name);
        self.constants.push(TensorProto {
            dims: dims.iter().map(|dim| *dim as i64).collect(),
            data_type,
            name: name.clone(),
            raw_data: Some(raw.into()),
            ..TensorProto::default()
        });
        name
    }

    /// One number that stands for all elements.
    pub(super) fn scalar(&mut self, name: String, value: f64) -> String {
        self.constant(name, &[], [value])
    }

    /// The same value as `[N, n]`.
    pub(super) fn vector(&mut self, at: &str, x: Value) -> Value {
        if !x.picture {
            return x;
        }
        let name = self.node(at, "Flatten", &[&x.name], vec![int("axis", 1)]);
        Value {
            name,
            picture: false,
            ..x
        }
    }

    /// The same value as `[N, depth, vertical, horizontal]`.
    pub(super) fn picture(&mut self, at: &str, x: Value) -> Value {
        if x.picture {
            return x;
        }
        // 0 stands for the dimension as it is.
        let [depth, vertical, horizontal] = x.shape.dims();
        let dims = [0, depth, vertical, horizontal];
        let dims = self.integers(format!("{at}.shape"), &[4], dims);
        let name = self.node(at, "Reshape", &[&x.name, &dims], Vec::new());
        Value {
            name,
            picture: true,
            ..x
        }
    }
}

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_type::INT,
        i: Some(value),
        ..AttributeProto::default()
    }
}

pub(super) fn ints(name: &str, values: impl IntoIterator<Item = usize>) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_type::INTS,
        ints: values.into_iter().map(|value| value as i64).collect(),
        ..AttributeProto::default()
    }
}

pub(super) fn float(name: &str, value: f64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_type::FLOAT,
        f: Some(value as f32),
        ..AttributeProto::default()
    }
}

pub(super) fn text(name: &str, value: &str) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: attribute_type::STRING,
        s: Some(value.as_bytes().to_vec()),
        ..AttributeProto::default()
    }
}
