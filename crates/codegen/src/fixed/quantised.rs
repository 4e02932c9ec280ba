//! A model in fixed point: what users hold.

use gradflow::Model;
use gradflow::data::Dataset;

use super::lower::lower;
use super::number::{Fixed, Range};
use super::plan::Pieces;
use super::report::Quantisation;
use super::{print, report, run};
use crate::CodegenError;
use crate::plan::Plan;
use crate::planner::{Parts, names, parts};
use crate::run::run as run_float;
use crate::source::prefix;
use crate::writer::Language;

/// A model in fixed point: what it predicts, and its source files.
///
/// Every value is a whole number `q` that stands for `scale (q - zero)`, with scale and zero of its layer, by the least and largest value
/// that a data set brings there. A layer sums products of such numbers exactly and multiplies the sum by a whole number over a power of
/// two; activations of straight pieces are part of that, others are tables. So the network's outputs are whole numbers that are
/// the same on every machine; here they are computed as the sources compute them.
///
/// Between floating point and the whole numbers of the inputs and outputs stands one multiplication; soft-max and the logistic function of the
/// output are computed in floating point.
///
/// ```
/// use gradflow::data::Dataset;
/// use gradflow::{Activation, Cost, Model, Network};
/// use gradflow_codegen::{Fixed, Quantised};
///
/// let network = Network::builder(2)
///     .dense(8, Activation::Relu)
///     .dense(2, Activation::Identity)
///     .build()?;
/// let model = Model::new(network, Cost::classification(), 1)?;
/// let data = Dataset::classification(2, vec![0.0, 1.0, 1.0, -1.0], [0, 1], 2)?;
///
/// let quantised = Quantised::new(&model, Fixed::Int8, &data)?;
/// println!("{}", quantised.report()); // accuracy before and after, errors, sizes
/// let x = [0.5, 0.25];
/// assert!((quantised.predict(&x)?[0] - model.predict(&x)?[0]).abs() < 0.05);
/// let source = quantised.rust();
/// assert!(source.contains("pub fn predict_fixed(x: &[i8; 2]) -> [i16; 2] {"));
/// assert!(source.contains("pub fn predict(x: &[f32; 2]) -> [f32; 2] {"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Quantised {
    pieces: Pieces,
    model: Model<f32>,
    report: Quantisation,
}

impl Quantised {
    /// The model in fixed point; the samples, prepared as those of the training were, show how large values become. A hundred or more samples
    /// like those that will be predicted are enough.
    ///
    /// # Errors
    /// [`CodegenError::Fixed`] for a layer that has no form in fixed point, or whose values are not finite;
    /// [`CodegenError`] as of [`rust`](crate::rust); [`ModelError`](gradflow::ModelError) if the data are not for this model.
    pub fn new(
        model: &Model<f32>,
        fixed: Fixed,
        data: &Dataset<f32>,
    ) -> Result<Self, CodegenError> {
        // Data of other columns or scales are refused before anything is made of them.
        model.evaluate(data)?;
        let Parts {
            before,
            network,
            after,
        } = parts(model)?;
        let (input, steps) = ranges(&network, data)?;
        let pieces = Pieces {
            network: lower(&network, fixed, (input, &steps))?,
            before,
            after,
            names: names(model),
        };
        Ok(Self {
            report: report::compare(&pieces, model, data)?,
            pieces,
            model: model.clone(),
        })
    }

    /// What was measured on the samples that the model was quantised with.
    pub fn report(&self) -> &Quantisation {
        &self.report
    }

    /// What is measured on other samples, prepared as those of the training were.
    ///
    /// # Errors
    /// [`ModelError`](gradflow::ModelError) if the data are not for this model.
    pub fn compare(&self, data: &Dataset<f32>) -> Result<Quantisation, CodegenError> {
        report::compare(&self.pieces, &self.model, data)
    }

    /// The whole numbers that raw inputs become.
    ///
    /// # Errors
    /// [`CodegenError::Input`] for another number of inputs.
    pub fn quantise(&self, x: &[f32]) -> Result<Vec<i32>, CodegenError> {
        let before = &self.pieces.before;
        check(before.inputs, x.len())?;
        let ready = run_float(before, x, |_, _| ());
        Ok(run::quantise(self.pieces.network.input, &ready))
    }

    /// The network's outputs in whole numbers, of inputs in whole numbers; those out of the range of the inputs' type become the nearest.
    ///
    /// # Errors
    /// [`CodegenError::Input`] for another number of inputs.
    pub fn predict_fixed(&self, q: &[i32]) -> Result<Vec<i32>, CodegenError> {
        let network = &self.pieces.network;
        check(network.plan.inputs, q.len())?;
        let input = network.input;
        let clamped: Vec<i32> = q
            .iter()
            .map(|q| (*q).clamp(input.low, input.high))
            .collect();
        Ok(run::run(network, &clamped))
    }

    /// The prediction for one sample of raw inputs, as those of the source.
    ///
    /// # Errors
    /// [`CodegenError::Input`] for another number of inputs.
    pub fn predict(&self, x: &[f32]) -> Result<Vec<f32>, CodegenError> {
        let q = self.predict_fixed(&self.quantise(x)?)?;
        Ok(run::dequantise(&self.pieces, &q))
    }

    /// The model as a file of Rust, without `std`: `predict` as of [`rust`](crate::rust), and the three parts that it has:
    /// `quantise`, `predict_fixed` in whole numbers, `dequantise`.
    pub fn rust(&self) -> String {
        print::file(&self.pieces, &self.report, Language::Rust, "")
    }

    /// The model as a header of C99, likewise: `NAME_predict`, `NAME_quantise`, `NAME_predict_fixed`, `NAME_dequantise`.
    ///
    /// # Errors
    /// [`CodegenError::Name`] if the name is no identifier.
    pub fn c(&self, name: &str) -> Result<String, CodegenError> {
        let prefix = prefix(name)?;
        Ok(print::file(
            &self.pieces,
            &self.report,
            Language::C,
            &prefix,
        ))
    }
}

fn check(expected: usize, came: usize) -> Result<(), CodegenError> {
    match expected == came {
        true => Ok(()),
        false => Err(CodegenError::Input { expected, came }),
    }
}

/// The least and largest values of the inputs, and of what each step leaves.
fn ranges(network: &Plan, data: &Dataset<f32>) -> Result<(Range, Vec<Range>), CodegenError> {
    let none = [f64::INFINITY, f64::NEG_INFINITY];
    let (mut input, mut ranges) = (none, vec![none; network.steps.len()]);
    let widen = |range: &mut Range, values: &[f32]| {
        for x in values.iter().map(|x| f64::from(*x)) {
            // What is not finite is kept.
            *range = [
                if x >= range[0] { range[0] } else { x },
                if x <= range[1] { range[1] } else { x },
            ];
        }
    };
    for x in data.inputs().iter() {
        widen(&mut input, x);
        run_float(network, x, |step, values| widen(&mut ranges[step], values));
    }
    let bad = ranges
        .iter()
        .position(|range| !range.iter().all(|end| end.is_finite()));
    match bad {
        None => Ok((input, ranges)),
        Some(step) => Err(CodegenError::Fixed {
            layer: network.steps[step].what.clone(),
            reason: "its values are not finite on the samples",
        }),
    }
}
