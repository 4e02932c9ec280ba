//! Activation functions.

use core::fmt;

use gradflow_kernels::{Real, Unary};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::{CustomActivation, LayerError};

/// An activation `sigma` (17): an element-wise function with its derivative.
///
/// It serialises as its name and constant, such as `"SoftSign"` or `{"LeakyRelu": 0.01}`; an invalid constant is refused
/// when it is read, and a pair of functions of the user's when it is written.
///
/// ```
/// use gradflow_layers::Activation;
///
/// assert_eq!(Activation::SoftSign.value(1.0), 0.5);
/// assert_eq!(Activation::SoftSign.slope(1.0), 0.25);
/// let cube = Activation::custom("cube", |z| z * z * z, |z| 3.0 * z * z);
/// assert_eq!(cube.value(2.0), 8.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[non_exhaustive]
pub enum Activation {
    /// `z`
    Identity,
    /// `1 / (1 + e^-z)`
    Logistic,
    /// `(|z| + z + 1) / (2 |z| + 2)`
    SoftLogistic,
    /// `tanh z`
    Tanh,
    /// `z / (1 + |z|)`
    SoftSign,
    /// `max(z, 0)`
    Relu,
    /// `z` for `z > 0`, else `slope * z`, with a slope in (0, 1)
    LeakyRelu(f64),
    /// `ln(1 + e^z)`
    Softplus,
    /// `z sqrt(z^2 + 1)`
    SqrtSquare,
    /// A pair of functions of the user's; see [`Activation::custom`] and [`CustomActivation`].
    #[serde(skip_deserializing, serialize_with = "refuse")]
    Custom(CustomActivation),
}

impl Activation {
    /// The library's activations that have no constants, with a leaky ReLU of slope 0.01.
    pub const ALL: [Self; 9] = [
        Self::Identity,
        Self::Logistic,
        Self::SoftLogistic,
        Self::Tanh,
        Self::SoftSign,
        Self::Relu,
        Self::LeakyRelu(0.01),
        Self::Softplus,
        Self::SqrtSquare,
    ];

    /// An activation of your own: a name for tables, the function and its derivative. [`CustomActivation`] can state
    /// the range of its values as well.
    pub fn custom(
        name: &str,
        value: impl Fn(f64) -> f64 + Send + Sync + 'static,
        slope: impl Fn(f64) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self::Custom(CustomActivation::new(name, value, slope))
    }

    /// `sigma(z)`.
    pub fn value(&self, z: f64) -> f64 {
        match self {
            Self::Custom(custom) => custom.value(z),
            _ => {
                let mut p = [z];
                self.unary::<f64>().unwrap_or(Unary::Identity).apply(&mut p);
                p[0]
            }
        }
    }

    /// `sigma'(z)`; at a kink, the derivative from the left.
    pub fn slope(&self, z: f64) -> f64 {
        match self {
            Self::Custom(custom) => custom.slope(z),
            _ => {
                let mut bar = [1.0];
                self.unary::<f64>()
                    .unwrap_or(Unary::Identity)
                    .scale_by_slope(&[self.value(z)], &mut bar);
                bar[0]
            }
        }
    }

    /// Greatest lower and least upper bound of the values.
    pub fn range(&self) -> (f64, f64) {
        match self {
            Self::Logistic | Self::SoftLogistic => (0.0, 1.0),
            Self::Tanh | Self::SoftSign => (-1.0, 1.0),
            Self::Relu | Self::Softplus => (0.0, f64::INFINITY),
            Self::Identity | Self::LeakyRelu(_) | Self::SqrtSquare => {
                (f64::NEG_INFINITY, f64::INFINITY)
            }
            Self::Custom(custom) => custom.range(),
        }
    }

    /// Whether the derivative jumps at 0.
    pub fn has_kink(&self) -> bool {
        matches!(self, Self::Relu | Self::LeakyRelu(_))
    }

    /// The kernel of a library activation; `None` for a user's.
    pub(crate) fn unary<T: Real>(&self) -> Option<Unary<T>> {
        Some(match self {
            Self::Identity => Unary::Identity,
            Self::Logistic => Unary::Logistic,
            Self::SoftLogistic => Unary::SoftLogistic,
            Self::Tanh => Unary::Tanh,
            Self::SoftSign => Unary::SoftSign,
            Self::Relu => Unary::Relu,
            Self::LeakyRelu(slope) => Unary::LeakyRelu(T::from_f64(*slope)),
            Self::Softplus => Unary::Softplus,
            Self::SqrtSquare => Unary::SignedSquare,
            Self::Custom(_) => return None,
        })
    }

    pub(crate) fn check(&self) -> Result<(), LayerError> {
        match self {
            Self::LeakyRelu(slope) if !(*slope > 0.0 && *slope < 1.0) => {
                Err(LayerError::LeakySlope { slope: *slope })
            }
            Self::Custom(custom) => custom.check(),
            _ => Ok(()),
        }
    }

    /// Elements of scratch that keep the slopes of so many outputs: a user's function hides them from its value.
    pub(crate) fn scratch(&self, outputs: usize) -> usize {
        if matches!(self, Self::Custom(_)) {
            outputs
        } else {
            0
        }
    }

    /// What a kernel applies at once; a user's function follows by [`Activation::finish`].
    pub(crate) fn fused<T: Real>(&self) -> Unary<T> {
        self.unary().unwrap_or(Unary::Identity)
    }

    /// Applies a user's function to `z`, which the kernel left in `p`, and keeps its slopes.
    pub(crate) fn finish<T: Real>(&self, p: &mut [T], slopes: &mut [T]) {
        if let Self::Custom(custom) = self {
            custom.apply(p, slopes);
        }
    }

    /// `delta = dL/dz = slope * dL/dp`, in place (27), (30).
    pub(crate) fn delta<T: Real>(&self, p: &[T], slopes: &[T], p_bar: &mut [T]) {
        match self.unary() {
            Some(unary) => unary.scale_by_slope(p, p_bar),
            None => p_bar
                .iter_mut()
                .zip(slopes)
                .for_each(|(bar, slope)| *bar *= *slope),
        }
    }
}

impl From<CustomActivation> for Activation {
    fn from(custom: CustomActivation) -> Self {
        Self::Custom(custom)
    }
}

impl Serialize for Activation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let activation = Self::deserialize(deserializer)?;
        activation.check().map_err(de::Error::custom)?;
        Ok(activation)
    }
}

fn refuse<S: Serializer>(custom: &CustomActivation, _: S) -> Result<S::Ok, S::Error> {
    Err(ser::Error::custom(format_args!(
        "activation {:?} is a pair of functions of the program's and cannot be stored",
        custom.name()
    )))
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity => write!(f, "identity"),
            Self::Logistic => write!(f, "logistic"),
            Self::SoftLogistic => write!(f, "soft logistic"),
            Self::Tanh => write!(f, "tanh"),
            Self::SoftSign => write!(f, "soft sign"),
            Self::Relu => write!(f, "relu"),
            Self::LeakyRelu(slope) => write!(f, "leaky relu {slope}"),
            Self::Softplus => write!(f, "softplus"),
            Self::SqrtSquare => write!(f, "z sqrt(z^2+1)"),
            Self::Custom(custom) => f.write_str(custom.name()),
        }
    }
}
