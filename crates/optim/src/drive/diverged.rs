//! What a divergence was, and what to do about it.

/// A step met a value, a gradient or a rate that is not finite: a result, in which the parameters keep their last finite values.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("diverged in step {step}: {}", self.explanation())]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Diverged {
    /// The step, from 1, that could not be made.
    pub step: usize,
    /// The value that was found in it.
    #[cfg_attr(feature = "serde", serde(with = "crate::number"))]
    pub value: f64,
    /// The rate that led there: that of the step before, with all factors on it, or of a step that failed midway.
    #[cfg_attr(feature = "serde", serde(with = "crate::number"))]
    pub rate: f64,
    /// What was not finite.
    pub cause: Cause,
    /// It was found before the first step: nothing has changed since the start.
    pub untouched: bool,
    /// What is known about the method, if it is unsafe by nature; it is not written to files.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub caution: Option<&'static str>,
}

/// What was not finite in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Cause {
    /// The value.
    Value,
    /// The gradient.
    Gradient,
    /// The scheduled learning rate, in numbers of the parameters' type.
    Rate(#[cfg_attr(feature = "serde", serde(with = "crate::number"))] f64),
    /// State that comes with the parameters, such as the statistics that a layer takes of a mini-batch.
    State,
}

impl core::fmt::Display for Cause {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        match self {
            Self::Value => f.write_str("the cost is not finite"),
            Self::Gradient => f.write_str("the gradient is not finite"),
            Self::Rate(rate) => write!(f, "the rate is not finite in these numbers ({rate:e})"),
            Self::State => f.write_str("the statistics that a layer takes are not finite"),
        }
    }
}

impl Diverged {
    /// What was not finite, and what to do about it: the message without the number of the step.
    pub fn explanation(&self) -> impl core::fmt::Display {
        let when = match (self.untouched, self.cause) {
            (true, _) => " with the first parameters".to_owned(),
            (false, Cause::Rate(_)) => String::new(),
            (false, _) => format!(" at a rate of {}", short(self.rate)),
        };
        let found = match self.cause {
            Cause::Value => format!("the cost is {}{when}", self.value),
            cause => format!("{cause}{when}"),
        };
        let way_out = match (self.caution, self.cause) {
            (_, Cause::Value | Cause::Gradient | Cause::State) if self.untouched => {
                "scale the data, or start from others"
            }
            (Some(caution), _) => caution,
            (None, Cause::Rate(_)) => "look at the factors of its schedules",
            (None, Cause::State) => "scale the data, or lower the rate",
            (None, _) => {
                "lower the rate, scale the data, or clip the gradient (`with_clip`, in an experiment `clip`)"
            }
        };
        format!("{found}: {way_out}")
    }
}

/// A rate in few digits: 0.05, 3e-4, 1e30.
fn short(rate: f64) -> String {
    let digits = format!("{rate:.3e}");
    let rounded: f64 = digits.parse().unwrap_or(rate);
    match rounded.abs() {
        size if size == 0.0 || (1e-3..1e4).contains(&size) => rounded.to_string(),
        _ => format!("{rounded:e}"),
    }
}
