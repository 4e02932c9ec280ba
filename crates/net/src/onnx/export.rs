//! A model as an ONNX file.

mod activation;
mod features;
mod layer;
mod window;
mod writer;

use std::fs;
use std::path::Path;

use gradflow_data::{FeatureMap, Scaling};
use gradflow_kernels::Real;
use gradflow_loss::{Loss, Output};
use prost::Message;

use self::layer::Numbers;
use self::writer::{Value, Writer, int};
use super::proto::tensor_shape_proto::{Dimension, dimension};
use super::proto::{
    GraphProto, ModelProto, OperatorSetIdProto, TensorShapeProto, TypeProto, ValueInfoProto,
    type_proto,
};
use super::{OPSET, OnnxError};
use crate::Model;

/// The version of the format that goes with the operators.
const IR_VERSION: i64 = 9;

impl<T: Real> Model<T> {
    /// The model as an ONNX file: operators of version 20, `f32` as `float` and `f64` as `double`, any number of samples, layers in
    /// prediction. The file predicts what [`Model::predict`] does. [`OnnxExport`] adds features and scales.
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

    /// Writes [`Model::to_onnx`] to a file, which is replaced if it is there.
    ///
    /// # Errors
    /// Those of [`Model::to_onnx`], and [`OnnxError::File`].
    pub fn export_onnx(&self, path: impl AsRef<Path>) -> Result<(), OnnxError> {
        OnnxExport::new(self).write(path)
    }
}

/// An ONNX file of a model, with what stands before and behind the network.
///
/// ```
/// use gradflow::data::{FeatureMap, Scaling};
/// use gradflow::onnx::OnnxExport;
/// use gradflow::{Activation, Cost, Model, Network};
///
/// let network = Network::<f32>::builder(2).dense(1, Activation::Identity).build()?;
/// let model = Model::new(network, Cost::regression(), 1)?;
/// let inputs = FeatureMap::Scaling(Scaling::new(vec![20.0, 1000.0], vec![5.0, 12.0])?);
/// let targets = Scaling::new(vec![100.0], vec![25.0])?;
/// let file = OnnxExport::new(&model).features(&inputs, 2).targets(&targets).to_bytes()?;
/// # assert!(!file.is_empty());
/// # Ok::<(), gradflow::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OnnxExport<'a, T: Real> {
    model: &'a Model<T>,
    features: Option<(&'a FeatureMap, usize)>,
    targets: Option<&'a Scaling>,
    map: bool,
}

impl<'a, T: Real> OnnxExport<'a, T> {
    /// The model alone.
    pub fn new(model: &'a Model<T>) -> Self {
        Self {
            model,
            features: None,
            targets: None,
            map: true,
        }
    }

    /// The file reads raw rows of so many columns and makes the network's inputs of them by this map.
    #[must_use]
    pub fn features(self, map: &'a FeatureMap, columns: usize) -> Self {
        let features = Some((map, columns));
        Self { features, ..self }
    }

    /// The file takes predictions back to the units of targets that were scaled like this: [`Scaling::invert`].
    #[must_use]
    pub fn targets(self, scaling: &'a Scaling) -> Self {
        let targets = Some(scaling);
        Self { targets, ..self }
    }

    /// The file gives the network's outputs before the output map (logits, where soft-max would follow).
    #[must_use]
    pub fn outputs(self) -> Self {
        Self { map: false, ..self }
    }

    /// The file.
    ///
    /// # Errors
    /// Those of [`Model::to_onnx`]; also if features or scale are of other numbers of columns than the model's inputs or outputs.
    pub fn to_bytes(&self) -> Result<Vec<u8>, OnnxError> {
        let file = self.file()?;
        let bytes = file.encoded_len();
        if bytes > i32::MAX as usize {
            return Err(OnnxError::TooLarge { bytes });
        }
        Ok(file.encode_to_vec())
    }

    /// Writes the file, which is replaced if it is there.
    ///
    /// # Errors
    /// Those of [`OnnxExport::to_bytes`], and [`OnnxError::File`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), OnnxError> {
        let path = path.as_ref();
        fs::write(path, self.to_bytes()?).map_err(|source| OnnxError::File {
            path: path.to_owned(),
            source,
        })
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
        })
    }

    /// What the file reads, and what the network reads of it.
    fn before(&self, to: &mut Writer, input: Value) -> Result<(Value, Value), OnnxError> {
        let shape = input.shape;
        let picture = shape.dims()[1..] != [1, 1];
        let Some((map, columns)) = self.features else {
            let input = Value { picture, ..input };
            return Ok((input.clone(), input));
        };
        let (expected, came) = (shape.len(), map.size(columns)?);
        if came != expected {
            let what = "features";
            return Err(OnnxError::Columns {
                what,
                expected,
                came,
            });
        }
        let shape_of_rows = gradflow_tensor::Shape::vector(columns)?;
        let rows = Value {
            shape: shape_of_rows,
            ..input
        };
        let x = features::features(to, "features", map, rows.clone())?;
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
        let Some(scaling) = self.targets else {
            return Ok(x);
        };
        let (expected, came) = (x.shape.len(), scaling.offset().len());
        if came != expected {
            let what = "scale of targets";
            return Err(OnnxError::Columns {
                what,
                expected,
                came,
            });
        }
        let x = to.vector("targets", x);
        Ok(features::inverse(to, "targets", scaling, x))
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
