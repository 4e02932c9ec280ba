//! A model with the data that it is judged on.

use gradflow::data::{FeatureMap, Outputs, Schema, Targets};
use gradflow::{Dataset, Evaluation, Model, ModelError, Real, Samples};

/// A model with the data that it is judged on, and its predictions.
#[derive(Debug)]
pub(crate) struct Subject<'a, T: Real> {
    pub(crate) model: &'a Model<T>,
    pub(crate) data: &'a Dataset<T>,
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) evaluation: Evaluation,
    /// `zeta`, sample after sample.
    pub(crate) outputs: Vec<T>,
}

impl<'a, T: Real> Subject<'a, T> {
    pub(crate) fn new(model: &'a Model<T>, samples: &Samples<'a, T>) -> Result<Self, ModelError> {
        let data = samples.in_memory().ok_or(ModelError::NotInMemory)?;
        let evaluation = model.evaluate(samples.clone())?;
        let weights = samples.weights();
        Ok(Self {
            model,
            data,
            weights: weights.map(|weights| weights.iter().map(|w| w.to_f64()).collect()),
            evaluation,
            outputs: model.predict_batch(data.inputs())?,
        })
    }

    /// Outputs of a sample.
    pub(crate) fn size(&self) -> usize {
        self.model.network().output().len()
    }

    /// What the model says of a sample.
    pub(crate) fn zeta(&self, sample: usize) -> &[T] {
        &self.outputs[sample * self.size()..][..self.size()]
    }

    /// The class that was predicted.
    pub(crate) fn predicted(&self, sample: usize) -> usize {
        self.model.cost().class_of(self.zeta(sample))
    }

    /// How much a sample's outputs speak for a class: its probability, where the outputs are a distribution.
    pub(crate) fn score(&self, sample: usize, class: usize) -> f64 {
        match self.zeta(sample) {
            [p] if class == 0 => 1.0 - p.to_f64(),
            [p] => p.to_f64(),
            zeta => zeta.get(class).map_or(0.0, |p| p.to_f64()),
        }
    }

    /// Whether the outputs are a distribution over the classes.
    pub(crate) fn is_distribution(&self) -> bool {
        self.evaluation.probabilities.is_some()
    }

    /// The labels and the number of classes.
    pub(crate) fn labels(&self) -> Option<(&'a [usize], usize)> {
        match self.data.targets() {
            Targets::Classes { labels, classes } => Some((labels, classes)),
            Targets::Values(_) => None,
        }
    }

    /// The name of a class, or its number.
    pub(crate) fn class(&self, class: usize) -> String {
        let names = self.data.class_names();
        let names = names.or_else(|| self.model.schema().and_then(Schema::class_names));
        let name = names.and_then(|names| names.get(class));
        name.cloned().unwrap_or_else(|| class.to_string())
    }

    /// A target value's name with its unit, or its number.
    pub(crate) fn target(&self, target: usize) -> (String, String) {
        let learnt = self.model.schema();
        let of = |get: fn(&Schema) -> Option<&[String]>| {
            let names = get(self.data.schema()).or_else(|| learnt.and_then(get));
            names.and_then(|names| names.get(target)).cloned()
        };
        let usual = || match self.size() {
            1 => "target".to_owned(),
            _ => format!("target {target}"),
        };
        let name = of(Schema::target_names).unwrap_or_else(usual);
        (name, of(Schema::units).unwrap_or_default())
    }

    /// Whether samples are pictures that can be seen.
    pub(crate) fn is_image(&self) -> bool {
        let [depth, vertical, horizontal] = self.data.shape().dims();
        vertical > 1 && horizontal > 1 && (depth == 1 || depth == 3)
    }

    /// What a network reads of a sample.
    pub(crate) fn x(&self, sample: usize) -> &'a [T] {
        let size = self.data.shape().len();
        &self.data.inputs().data()[sample * size..][..size]
    }

    /// A sample's inputs in their own units, where they have only been shifted and scaled; else as the network reads them.
    pub(crate) fn raw(&self, sample: usize) -> Vec<f64> {
        let mut x: Vec<f64> = self.x(sample).iter().map(|x| x.to_f64()).collect();
        if let Some(scalings) = scalings(self.data.schema()) {
            for scaling in scalings.iter().rev() {
                // A schema's steps are those that were done.
                if scaling.invert(&mut x).is_err() {
                    break;
                }
            }
        }
        x
    }

    /// The names of the inputs as the network reads them.
    pub(crate) fn columns(&self) -> Vec<String> {
        let schema = self.data.schema();
        let learnt = self.model.schema().and_then(Schema::input_names);
        let numbers = || (0..schema.inputs()).map(|i| format!("input {i}")).collect();
        let names = schema.input_names().or(learnt);
        let mut names = names.map_or_else(numbers, <[String]>::to_vec);
        for step in schema.steps() {
            match step.names(&names) {
                Ok(next) => names = next,
                Err(_) => break,
            }
        }
        let size = self.data.shape().len();
        (0..size)
            .map(|i| {
                names
                    .get(i)
                    .cloned()
                    .unwrap_or_else(|| format!("input {i}"))
            })
            .collect()
    }

    /// Predictions and targets in the targets' own units, sample after sample; `None` for classes.
    pub(crate) fn values(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let Targets::Values(values) = self.data.targets() else {
            return None;
        };
        let wide = |v: &[T]| v.iter().map(|v| v.to_f64()).collect::<Vec<_>>();
        let (mut outputs, mut targets) = (wide(&self.outputs), wide(values.data()));
        if let Outputs::Values { .. } = self.data.schema().outputs() {
            for v in [&mut outputs, &mut targets] {
                // A schema's steps are those that were done.
                let _ = self.data.schema().restore(v);
            }
        }
        Some((outputs, targets))
    }
}

/// The scalings that were done to inputs; `None` if something else was done too.
pub(crate) fn scalings(schema: &Schema) -> Option<Vec<&gradflow::data::Scaling>> {
    let steps = schema.steps().iter().map(|step| match step {
        FeatureMap::Scaling(scaling) => Some(scaling),
        _ => None,
    });
    steps.collect()
}

/// Some samples, evenly among all, as the network and the cost take them.
pub(crate) fn some<T: Real>(model: &Model<T>, data: &Dataset<T>, most: usize) -> (Vec<T>, Vec<T>) {
    let (inputs, outputs) = (data.shape().len(), model.network().output().len());
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for sample in (0..data.len()).step_by(data.len().div_ceil(most).max(1)) {
        x.extend_from_slice(&data.inputs().data()[sample * inputs..][..inputs]);
        match data.targets() {
            Targets::Classes { labels, .. } => {
                let mut target = vec![T::ZERO; outputs];
                if labels[sample] < model.cost().classes(outputs) {
                    model.cost().encode(labels[sample], &mut target);
                }
                y.extend(target);
            }
            Targets::Values(values) => y.extend(values.sample(sample).unwrap_or_default()),
        }
    }
    (x, y)
}
