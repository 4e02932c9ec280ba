//! The state of reading: what the values are so far.

use std::collections::HashMap;

use gradflow_kernels::Real;
use gradflow_tensor::Shape;

use super::flow::{Flow, Kind};
use super::graph::{Graph, Node};
use super::tensor::Tensor;
use super::view::View;
use crate::onnx::OnnxError;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Constant(Tensor<'a>),
    /// Numbers of a sample: the step that puts them out, and how they stand in the file's tensor.
    Flow(usize, View),
    /// A class, or what is computed of one; a model tells it from its outputs.
    Label,
}

/// Numbers of a sample.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) step: usize,
    pub(super) view: View,
    pub(super) shape: Shape<3>,
}

#[derive(Debug)]
pub(super) struct Reader<'a, T> {
    pub(super) graph: &'a Graph<'a>,
    pub(super) values: HashMap<&'a str, Value<'a>>,
    pub(super) flow: Flow<T>,
    /// Numbers that may still be made of the file.
    left: usize,
    bytes: usize,
}

impl<'a, T: Real> Reader<'a, T> {
    pub(super) fn new(graph: &'a Graph<'a>, input: (Shape<3>, View), bytes: usize) -> Self {
        let constants = graph.constants.iter();
        let constants = constants.map(|(name, tensor)| (*name, Value::Constant(tensor.clone())));
        let mut values: HashMap<_, _> = constants.collect();
        let (shape, view) = input;
        values.insert(graph.input, Value::Flow(0, view));
        Self {
            graph,
            values,
            flow: Flow::new(shape),
            // A number takes up two bytes of a file at least, and some are made of nothing.
            left: (bytes / 4).saturating_mul(3).saturating_add(1 << 18),
            bytes,
        }
    }

    /// Asks for so many numbers, before they are made.
    pub(super) fn reserve(&mut self, numbers: usize) -> Result<(), OnnxError> {
        match self.left.checked_sub(numbers) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(OnnxError::Memory {
                what: "its layers would have more than 3 numbers for 4 bytes and 2^18".to_owned(),
                bytes: self.bytes,
            }),
        }
    }

    fn get(&self, node: &Node<'a>, input: usize) -> Option<&Value<'a>> {
        let name = node.proto.input.get(input)?;
        self.values.get(&**name)
    }

    /// An input that depends on the sample.
    pub(super) fn sample(&self, node: &Node<'a>, input: usize) -> Result<Sample, OnnxError> {
        match self.get(node, input) {
            Some(Value::Flow(step, view)) => Ok(Sample {
                step: *step,
                view: view.clone(),
                shape: self.flow.steps[*step].shape,
            }),
            Some(_) => Err(node.refuse(
                "values of the sample",
                format!("a constant as input {input}"),
            )),
            None => Err(node.refuse("values of the sample", format!("no input {input}"))),
        }
    }

    /// What the node's first output is so far.
    pub(super) fn output(&self, node: &Node<'a>) -> Result<Sample, OnnxError> {
        let name = node.proto.output.first().map_or("", |name| name);
        match self.values.get(name) {
            Some(Value::Flow(step, view)) => Ok(Sample {
                step: *step,
                view: view.clone(),
                shape: self.flow.steps[*step].shape,
            }),
            _ => Err(node.refuse("an output", "none")),
        }
    }

    /// A constant input; `None` if there is none.
    pub(super) fn optional(
        &self,
        node: &Node<'a>,
        input: usize,
    ) -> Result<Option<Tensor<'a>>, OnnxError> {
        match self.get(node, input) {
            None => Ok(None),
            Some(Value::Constant(tensor)) => Ok(Some(tensor.clone())),
            Some(_) => {
                let came = format!("values of the sample as input {input}");
                Err(node.refuse("a constant", came))
            }
        }
    }

    /// A constant input.
    pub(super) fn constant(&self, node: &Node<'a>, input: usize) -> Result<Tensor<'a>, OnnxError> {
        let missing = || node.refuse("a constant", format!("no input {input}"));
        self.optional(node, input)?.ok_or_else(missing)
    }

    /// Whole numbers from an input, or from the attribute that older versions have in its place.
    pub(super) fn integers(
        &self,
        node: &Node<'a>,
        input: usize,
        attribute: &str,
    ) -> Result<Option<Vec<i64>>, OnnxError> {
        match self.optional(node, input)? {
            Some(tensor) if tensor.is_integer() => {
                // Axes, sizes and paddings are few.
                if tensor.len() > 64 {
                    let came = format!("{} of them", tensor.len());
                    return Err(node.refuse("at most 64 whole numbers", came));
                }
                Ok(Some(
                    (0..tensor.len()).map(|i| tensor.integer_at(i)).collect(),
                ))
            }
            Some(_) => Err(node.refuse("whole numbers", format!("others as input {input}"))),
            None => Ok(node.ints(attribute).map(<[i64]>::to_vec)),
        }
    }

    /// Whether all inputs are constants.
    pub(super) fn is_constant(&self, node: &Node<'a>) -> bool {
        let mut inputs = (0..node.proto.input.len()).filter_map(|input| self.get(node, input));
        inputs.all(|value| matches!(value, Value::Constant(_)))
    }

    /// Whether an input is a label.
    pub(super) fn is_label(&self, node: &Node<'a>) -> bool {
        let mut inputs = (0..node.proto.input.len()).filter_map(|input| self.get(node, input));
        inputs.any(|value| matches!(value, Value::Label))
    }

    /// Whether a node reads only constants and values in this form.
    pub(super) fn is_flow(&self, node: &Node<'a>, input: usize) -> bool {
        matches!(self.get(node, input), Some(Value::Flow(..)))
    }

    /// Says what an output of a node is.
    pub(super) fn set(&mut self, node: &Node<'a>, output: usize, value: Value<'a>) {
        if let Some(name) = node.proto.output.get(output) {
            self.values.insert(name, value);
        }
    }

    /// Makes the same numbers under another view the node's output.
    pub(super) fn look(&mut self, at: usize, x: &Sample, view: View) {
        let node = self.graph.nodes[at];
        self.set(&node, 0, Value::Flow(x.step, view));
    }

    /// Adds a step behind a sample that keeps shape and view, and makes it the node's output.
    pub(super) fn keep(&mut self, at: usize, x: Sample, kind: Kind<T>) {
        let Sample { step, view, shape } = x;
        self.put(at, vec![step], kind, shape, view);
    }

    /// Adds a step, and makes it the node's output.
    pub(super) fn put(
        &mut self,
        at: usize,
        from: Vec<usize>,
        kind: Kind<T>,
        shape: Shape<3>,
        view: View,
    ) {
        let step = self.flow.push(at, from, kind, shape);
        let node = self.graph.nodes[at];
        self.set(&node, 0, Value::Flow(step, view));
    }

    /// One number for each of these: one in all, one for each channel, or one for each element in the order of this library.
    pub(super) fn spread(
        &mut self,
        node: &Node<'a>,
        tensor: &Tensor<'a>,
        x: &Sample,
    ) -> Result<Vec<f64>, OnnxError> {
        if let Some(one) = tensor.scalar() {
            return Ok(vec![one]);
        }
        let misfit = || {
            let sizes = &x.view.dims;
            let expected = format!(
                "a constant of one number, or of dimensions that go with [N, ..] of {sizes:?}"
            );
            node.refuse(
                &expected,
                format!("dimensions {:?}", &tensor.dims[..tensor.dims.len().min(8)]),
            )
        };
        let rank = x.view.dims.len();
        // The dimension of the samples may stand in front, as 1.
        let dims = match tensor.dims.len() {
            n if n == rank + 1 && tensor.dims[0] == 1 => &tensor.dims[1..],
            n if n <= rank => &tensor.dims[..],
            _ => return Err(misfit()),
        };
        let missing = rank - dims.len();
        let size = |axis: usize| axis.checked_sub(missing).map_or(1, |axis| dims[axis]);
        if (0..rank).any(|axis| size(axis) != 1 && size(axis) != x.view.dims[axis]) {
            return Err(misfit());
        }
        let along = (0..rank).filter(|axis| size(*axis) > 1).collect::<Vec<_>>();
        if let [axis] = along[..]
            && x.view.depth_axis(x.shape) == Some(axis)
        {
            self.reserve(tensor.len())?;
            return Ok(tensor.values().collect());
        }
        self.reserve(x.shape.len())?;
        let mut spread = vec![0.0; x.shape.len()];
        let mut index = vec![0; rank];
        for place in x.view.places(x.shape) {
            let from = (0..rank).fold(0, |from, axis| match size(axis) {
                1 => from,
                size => from * size + index[axis],
            });
            spread[place] = tensor.at(from);
            for axis in (0..rank).rev() {
                index[axis] += 1;
                if index[axis] < x.view.dims[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        Ok(spread)
    }
}
