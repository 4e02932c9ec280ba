//! A model as an ONNX file.

mod activation;
mod features;
mod layer;
mod window;
mod writer;

use std::path::Path;

use gradflow_data::{Outputs, Schema};
use gradflow_kernels::Real;
use gradflow_loss::{Loss, Output};
use gradflow_tensor::Shape;
use prost::Message;

use self::layer::Numbers;
use self::writer::{Value, Writer, int};
use super::proto::tensor_shape_proto::{Dimension, dimension};
use super::proto::{
    GraphProto, ModelProto, OperatorSetIdProto, TensorShapeProto, TypeProto, ValueInfoProto,
    type_proto,
};
use super::{OPSET, OnnxError, names};
use crate::Model;
use crate::file::replace_file;

/// The version of the format that goes with the operators.
const IR_VERSION: i64 = 9;

impl<T: Real> Model<T> {
    /// The model as an ONNX file: operators of version 20, `f32` as `float` and `f64` as `double`, any number of samples, layers in
    /// prediction. With a [schema](Model::schema) the file reads raw rows, and predicts what [`Model::predict_rows`] does, else what
    /// [`Model::predict`] does; [`OnnxExport`] leaves the choice.
    ///
    /// ```
    /// use gradflow::{Activation, Cost, Model, Network};
    ///
    /// let network = Network::<f32>::builder(4).dense(3, Activation::Identity).build()?;
    /// let model = Model::new(network, Cost::classification(), 1)?;
    /// let read = Model::<f32>::from_onnx(model.to_onnx()?)?;
    /// let x = [0.1, 0.2, 0.3, 0.4];
    /// assert_eq!(read.predict(&x)?, model.predict(&x)?);
    /// # Ok::<(), gradflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`OnnxError`] if there is no operator for a layer or an activation (those of the user's), or the file would have more than 2 GiB.
    pub fn to_onnx(&self) -> Result<Vec<u8>, OnnxError> {
        OnnxExport::new(self).to_bytes()
    }

    /// Writes [`Model::to_onnx`] to a file, which takes the place of what is there when it is whole, as [`Model::save`] does.
    ///
    /// # Errors
    /// Those of [`Model::to_onnx`], and [`OnnxError::File`].
    pub fn export_onnx(&self, path: impl AsRef<Path>) -> Result<(), OnnxError> {
        OnnxExport::new(self).write(path)
    }
}

/// How a model becomes an ONNX file.
///
/// ```
/// use gradflow::data::{Dataset, Scaling};
/// use gradflow::onnx::OnnxExport;
/// use gradflow::{Activation, Cost, Model, Network};
///
/// let mut data = Dataset::<f64>::regression(1, vec![10.0, 20.0, 40.0], 1, vec![1.0, 3.0, 4.0])?;
/// let scaling = Scaling::standardise(data.inputs())?;
/// data.scale_inputs(&scaling)?;
/// let network = Network::builder(1).dense(1, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::regression(), 1)?;
/// model.set_schema(Some(data.schema().clone()))?; // as training does
///
/// let file = Model::<f64>::from_onnx(model.to_onnx()?)?; // it reads raw rows
/// let scaled = model.predict(&[(10.0 - scaling.offset()[0]) / scaling.scale()[0]])?;
/// assert!((file.predict(&[10.0])?[0] - scaled[0]).abs() < 1e-12);
/// let file = Model::<f64>::from_onnx(OnnxExport::new(&model).network_alone().to_bytes()?)?;
/// assert_eq!(file.predict(&[0.5])?, model.predict(&[0.5])?);
/// # Ok::<(), gradflow::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OnnxExport<'a, T: Real> {
    model: &'a Model<T>,
    rows: bool,
    map: bool,
}

impl<'a, T: Real> OnnxExport<'a, T> {
    /// The whole model: with a [schema](Model::schema), the file reads raw rows, as [`Model::predict_rows`] does, and gives targets in
    /// their own units.
    pub fn new(model: &'a Model<T>) -> Self {
        let (rows, map) = (true, true);
        Self { model, rows, map }
    }

    /// The file does what [`Model::predict`] does: it reads the network's inputs, and gives targets as they were trained on.
    #[must_use]
    pub fn network_alone(self) -> Self {
        Self {
            rows: false,
            ..self
        }
    }

    /// The file gives the network's outputs before the output map (logits, where soft-max would follow), and targets as they were trained on.
    #[must_use]
    pub fn outputs(self) -> Self {
        Self { map: false, ..self }
    }

    /// The file.
    ///
    /// # Errors
    /// Those of [`Model::to_onnx`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, OnnxError> {
        let file = self.file()?;
        let bytes = file.encoded_len();
        if bytes > i32::MAX as usize {
            return Err(OnnxError::TooLarge { bytes });
        }
        Ok(file.encode_to_vec())
    }

    /// Writes the file, which takes the place of what is there when it is whole, as [`Model::save`] does.
    ///
    /// # Errors
    /// Those of [`OnnxExport::to_bytes`], and [`OnnxError::File`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), OnnxError> {
        let path = path.as_ref();
        Ok(replace_file(path, &self.to_bytes()?)?)
    }

    fn file(&self) -> Result<ModelProto, OnnxError> {
        let mut to = Writer::new::<T>();
        let input = Value {
            name: "input".to_owned(),
            shape: self.model.network().input(),
            picture: false,
        };
        let (input, x) = self.before(&mut to, input)?;
        let x = self.network(&mut to, x)?;
        let x = self.behind(&mut to, x)?;
        let output = named_output(&mut to, x);
        let described = |value: &Value| vec![describe(value, to.number)];
        let graph = GraphProto {
            name: "network".to_owned(),
            input: described(&input),
            output: described(&output),
            node: to.nodes,
            initializer: to.constants,
        };
        Ok(ModelProto {
            ir_version: IR_VERSION,
            opset_import: vec![OperatorSetIdProto {
                domain: String::new(),
                version: OPSET,
            }],
            producer_name: "gradflow".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(graph),
            metadata_props: names::entries(self.model, self.rows, self.map),
        })
    }

    /// The model's schema, if the file reads raw rows.
    fn schema(&self) -> Option<&'a Schema> {
        self.model.schema().filter(|_| self.rows)
    }

    /// What the file reads, and what the network reads of it.
    fn before(&self, to: &mut Writer, input: Value) -> Result<(Value, Value), OnnxError> {
        let shape = input.shape;
        let picture = shape.dims()[1..] != [1, 1];
        let schema = self.schema().filter(|schema| !schema.steps().is_empty());
        let Some(schema) = schema else {
            let input = Value { picture, ..input };
            return Ok((input.clone(), input));
        };
        let rows = Value {
            shape: Shape::vector(schema.inputs())?,
            ..input
        };
        let mut x = rows.clone();
        for (index, step) in schema.steps().iter().enumerate() {
            // Sizes of features are computed, before any are written.
            step.size(x.shape.len())?;
            x = features::features(to, &format!("features.{index}"), step, x)?;
        }
        // A schema is one for the network's input.
        let x = Value { shape, ..x };
        Ok((
            rows,
            if picture {
                to.picture("features", x)
            } else {
                x
            },
        ))
    }

    fn network(&self, to: &mut Writer, x: Value) -> Result<Value, OnnxError> {
        let network = self.model.network();
        let mut numbers = Numbers {
            theta: self.model.theta(),
            state: self.model.state(),
        };
        let mut x = x;
        for (index, layer) in network.layers().enumerate() {
            let at = format!("layers.{index}");
            let Some(recipe) = layer.recipe() else {
                let name = layer.spec().name.clone();
                return Err(OnnxError::Own { at, name });
            };
            x = layer::layer(to, &at, &recipe, x, &mut numbers)?;
        }
        Ok(x)
    }

    /// The output map, and the units of the targets.
    fn behind(&self, to: &mut Writer, x: Value) -> Result<Value, OnnxError> {
        let cost = self.model.cost();
        let x = match (cost.loss(), cost.output()) {
            _ if !self.map => x,
            (Loss::Criterion(criterion), _) => {
                let name = criterion.name().to_owned();
                return Err(OnnxError::Criterion { name });
            }
            (_, Output::Identity) => x,
            (_, Output::Logistic) => to.on("output", "Sigmoid", &x, &[]),
            (_, Output::Softmax) => {
                let x = to.vector("output", x);
                let name = to.node("output", "Softmax", &[&x.name], vec![int("axis", 1)]);
                Value { name, ..x }
            }
        };
        let outputs = self.schema().filter(|_| self.map).map(Schema::outputs);
        let Some(Outputs::Values { steps, .. }) = outputs else {
            return Ok(x);
        };
        let restore = |x, (index, scaling): (usize, _)| {
            let x = to.vector("targets", x);
            features::inverse(to, &format!("targets.{index}"), scaling, x)
        };
        Ok(steps.iter().enumerate().rev().fold(x, restore))
    }
}

/// Calls the last value "output"; where the network is nothing at all, it is a copy of the input.
fn named_output(to: &mut Writer, x: Value) -> Value {
    let made = |to: &Writer| to.nodes.iter().any(|node| node.output.contains(&x.name));
    let name = match made(to) {
        true => x.name.clone(),
        false => to.node("output", "Identity", &[&x.name], Vec::new()),
    };
    let output = "output".to_owned();
    for node in &mut to.nodes {
        let names = node.input.iter_mut().chain(&mut node.output);
        names
            .filter(|own| **own == name)
            .for_each(|own| own.clone_from(&output));
    }
    Value { name: output, ..x }
}

/// Name, type and dimensions of a value, of any number of samples.
fn describe(value: &Value, elem_type: i32) -> ValueInfoProto {
    let samples = dimension::Value::DimParam("N".to_owned());
    let sizes = match value.picture {
        true => value.shape.dims().to_vec(),
        false => vec![value.shape.len()],
    };
    let sizes = sizes
        .into_iter()
        .map(|size| dimension::Value::DimValue(size as i64));
    let dim = std::iter::once(samples).chain(sizes);
    let shape = TensorShapeProto {
        dim: dim.map(|value| Dimension { value: Some(value) }).collect(),
    };
    let tensor = type_proto::Tensor {
        elem_type,
        shape: Some(shape),
    };
    ValueInfoProto {
        name: value.name.clone(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
        }),
    }
}
