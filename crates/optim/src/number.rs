//! Numbers in files that may be infinite or NaN: JSON has neither, so those are written as text. For fields with
//! `#[serde(with = "gradflow_optim::number")]`. Feature `serde`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Text(String),
}

/// Writes a number, or the text `"inf"`, `"-inf"` or `"NaN"`.
///
/// # Errors
/// Those of the serialiser.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    let written = if value.is_finite() {
        Written::Number(*value)
    } else {
        Written::Text(value.to_string())
    };
    written.serialize(serializer)
}

/// Reads what [`serialize`] writes.
///
/// # Errors
/// Those of the deserialiser, and for any other text.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    match Written::deserialize(deserializer)? {
        Written::Number(value) => Ok(value),
        Written::Text(text) => match text.as_str() {
            "inf" => Ok(f64::INFINITY),
            "-inf" => Ok(f64::NEG_INFINITY),
            "NaN" => Ok(f64::NAN),
            _ => Err(D::Error::custom(format_args!("{text:?} is no number"))),
        },
    }
}
