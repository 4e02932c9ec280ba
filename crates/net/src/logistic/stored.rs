//! A fitted logistic regression as a file has it, before it is believed.

use gradflow_data::FeatureMap;
use gradflow_kernels::Real;
use serde::Deserialize;

use super::LogisticModel;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored<T> {
    map: FeatureMap,
    inputs: Vec<String>,
    features: Vec<String>,
    classes: usize,
    class_names: Vec<String>,
    softmax: bool,
    coefficients: Vec<T>,
    intercepts: Vec<T>,
}

impl<T: Real> TryFrom<Stored<T>> for LogisticModel<T> {
    type Error = String;

    fn try_from(stored: Stored<T>) -> Result<Self, String> {
        let Stored {
            map,
            inputs,
            features,
            classes,
            class_names,
            softmax,
            coefficients,
            intercepts,
        } = stored;
        let counted = |what: &str, expected: usize, came: usize| match expected == came {
            true => Ok(()),
            false => Err(format!(
                "a logistic regression has {expected} {what}, not {came}"
            )),
        };
        if classes < 2 {
            return Err(format!(
                "a logistic regression has two classes or more, not {classes}"
            ));
        }
        let outputs = if classes == 2 { 1 } else { classes };
        counted("intercepts", outputs, intercepts.len())?;
        let wanted = outputs.checked_mul(features.len());
        let wanted = wanted.ok_or("a logistic regression has too many features")?;
        counted("coefficients", wanted, coefficients.len())?;
        if !class_names.is_empty() {
            counted("class names", classes, class_names.len())?;
        }
        // A map of the user's is known when it is resolved.
        if map.unresolved().is_none() {
            let made = map.size(inputs.len()).map_err(|error| error.to_string())?;
            counted("features", made, features.len())?;
        }
        if softmax && classes == 2 {
            return Err("two classes have one output, and no soft-max".to_owned());
        }
        let mut numbers = coefficients.iter().chain(&intercepts);
        if let Some(x) = numbers.find(|x| !x.is_finite()) {
            return Err(format!("coefficients are finite, not {x}"));
        }
        Ok(Self {
            map,
            inputs,
            features,
            classes,
            class_names,
            softmax,
            coefficients,
            intercepts,
            ends: Vec::new(),
        })
    }
}
