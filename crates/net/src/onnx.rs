//! Networks as ONNX files, and back (feature `onnx`).
//!
//! ```
//! use gradflow::{Activation, Cost, Model, Network};
//!
//! let network = Network::<f32>::builder([1, 8, 8])
//!     .conv(4, [3, 3], Activation::Relu)
//!     .dense(10, Activation::Identity)
//!     .build()?;
//! let model = Model::new(network, Cost::classification(), 1)?;
//! let file = model.to_onnx()?; // or `model.export_onnx(path)`
//! let read = Model::<f32>::from_onnx(file)?; // or `Model::import_onnx(path)`
//! assert_eq!(read.network().recipes(), model.network().recipes());
//! # Ok::<(), gradflow::Error>(())
//! ```
//!
//! # What is written
//!
//! Operators of version 20 of ONNX (format 9), layers in prediction, any number of samples `N`. The input is called `input`, `[N, n]` or
//! `[N, depth, vertical, horizontal]`; the output `output`; parameters as in PyTorch, `layers.0.weight`. `f32` becomes `float` and `f64`
//! `double`, which ONNX allows for all of these operators; a program that reads the file need not have them all (onnxruntime has no
//! convolution of `double`). Constants of operators (`alpha`, `epsilon`) are `float` always, by the format.
//!
//! | layer | operators |
//! |---|---|
//! | dense | Flatten of pictures, Gemm |
//! | convolution of every kind, depthwise | Conv; all padding in numbers |
//! | max-pool | MaxPool; before it Pad with `-inf` where there is as much padding as window |
//! | average pool | AveragePool; with as much padding as window, or windows beyond padding that counts, Conv with ones and Div by the numbers of elements |
//! | global pools | GlobalMaxPool, GlobalAveragePool |
//! | upsampling | Resize, nearest |
//! | batch, layer normalisation | BatchNormalization, LayerNormalization |
//! | dropout | nothing |
//! | rescale, scales of features | Sub, Mul |
//! | chain | its layers |
//! | branches, residual | Sum, Concat |
//! | identity, logistic, tanh, ReLU, leaky ReLU, ELU, softplus, softsign, hard swish | nothing, Sigmoid, Tanh, Relu, LeakyRelu, Elu, Softplus, Softsign, HardSwish |
//! | GELU and its tanh form | Gelu |
//! | hard logistic | HardSigmoid with a slope of 1/6 |
//! | SiLU, hard tanh, soft logistic, `z sqrt(z^2 + 1)` | Sigmoid and Mul; Clip; Softsign, Mul and Add; Mul, Add, Sqrt and Mul |
//! | output map of the cost | nothing, Sigmoid, Softmax |
//! | monomials, interactions, trigonometric features, one-hot columns | Gather, Mul, Sin, Cos, Equal, Cast, Concat |
//! | scale of targets | Mul, Add |
//!
//! Layers, activations and features of the user's are refused by name. A model with a [schema](crate::Model::schema) becomes a file that reads
//! raw rows and predicts in the units of the targets; [`OnnxExport`] writes the network alone, or its outputs before the output map.
//! Names stand in the file's metadata (`metadata_props`), counted from 0: `column.0` of what a file of raw rows reads, `class.0` of the classes
//! (but those of one output under the hinge loss), `target.0` and `unit.0` of the targets; so do the other columns of the table that was learnt
//! from, by number and name: `answer.0` of the targets (`4 species`), and `left_out.0`.
//!
//! # What is read
//!
//! Versions 7 to 28 of the operators, and 1 to 5 of `ai.onnx.ml`, as PyTorch (both exporters), Keras (tf2onnx) and scikit-learn (skl2onnx)
//! write them. The graph has one input, whose sizes but that of the samples are numbers, and one output of numbers beside labels.
//!
//! | operators | what they become |
//! |---|---|
//! | Gemm, MatMul (and Add), LinearRegressor | dense |
//! | Conv (and Add), in one or two dimensions; Pad before it | convolution; depthwise |
//! | MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool, ReduceMean and ReduceMax of pictures; Pad before them | pools |
//! | Resize, Upsample: nearest, by whole factors | upsampling |
//! | BatchNormalization, LayerNormalization of whole samples (each as one operator), Dropout | the same |
//! | Add, Sub, Mul, Div by constants, Neg, Scaler | biases, rescale |
//! | Add, Sum, Concat along channels | branches |
//! | Relu, Sigmoid, Tanh, Softsign, Softplus, Elu, LeakyRelu, PRelu of one slope, Selu, Celu, HardSigmoid, HardSwish, Swish, Gelu, Clip | activations, with a rescale before and behind where there is no such one |
//! | Mul of a value and a function of it by Sigmoid, HardSigmoid, Clip, Erf or Sqrt; Abs, Add and Div; Greater and Where | SiLU, hard swish, GELU, `z sqrt(z^2 + 1)`; softsign; softplus |
//! | Softmax, LogSoftmax, Sigmoid at the end; LinearClassifier and Normalizer; `1 - p` beside `p` | output map and cost |
//! | Flatten, Reshape, Squeeze, Unsqueeze, Transpose, Identity, Cast, ZipMap | nothing: weights behind them are brought into this library's order |
//! | ArgMax and what follows it | left out: it is a label |
//! | Constant, ConstantOfShape, Shape, Gather, Slice, Concat, Cast, Reshape, Transpose, Squeeze, Unsqueeze, Add, Sub, Mul, Div of constants | computed |
//!
//! An operator that is not listed, or not in this form, is an error that names its node. No layer makes pictures of vectors in the midst of
//! a network, and none is shared by branches that do not come together. Names are those of
//! the metadata, as they are written here, and become the model's [schema](crate::Model::schema).
//!
//! A damaged file, or one that means harm, is a typed error: constants outside the file are not opened, memory is at most 16 times
//! the file and 32 MiB, time is linear in the file.

mod error;
mod export;
mod import;
mod names;
mod proto;

pub use error::OnnxError;
pub use export::OnnxExport;

/// The version of the operators that are written.
const OPSET: i64 = 20;
