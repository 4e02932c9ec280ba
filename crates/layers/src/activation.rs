//! Activation functions.

use core::fmt;

use gradflow_kernels::{Gated, Real, Unary};
#[cfg(feature = "serde")]
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{CustomActivation, LayerFault, Mode, Room};

/// An activation `sigma` (17): an element-wise function with its derivative.
///
/// It serialises as its name and constant, such as `"SoftSign"` or `{"LeakyRelu": 0.01}`; an invalid constant is refused
/// when it is read. A pair of functions of the user's serialises by its name, `{"Custom": "cube"}`, and is
/// [unresolved](CustomActivation::is_resolved) when it is read, until [`Recipe::on`](crate::Recipe::on) finds it in a registry.
///
/// # Slopes
/// [`Activation::slope`] is exact as a function of `z`. The backward pass of a layer keeps no `z` and tells the slope from
/// the rounded value `p`, which costs no memory and no speed, but digits where `p` is close to its bounds. The list states
/// that error; `e` is the type's epsilon (1.2e-7 in `f32`, 2.2e-16 in `f64`). A function that falls and rises hides its slope from
/// its value: of SiLU, GELU, hard swish, and of a user's functions the slopes are kept, one number an output.
///
/// ```
/// use gradflow_layers::Activation;
///
/// assert_eq!(Activation::SoftSign.value(1.0), 0.5);
/// assert_eq!(Activation::SoftSign.slope(1.0), 0.25);
/// let cube = Activation::custom("cube", |z| z * z * z, |z| 3.0 * z * z);
/// assert_eq!(cube.value(2.0), 8.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(remote = "Self")
)]
#[non_exhaustive]
pub enum Activation {
    /// `z`; slope 1, exact.
    Identity,
    /// The sigmoid, `1 / (1 + e^-z)`; slope `p (1 - p)`, within `2 e`: 0 for `z` beyond 17 in `f32`, 37 in `f64`, where `e^-z` is meant.
    /// For negative `z` the relative error is a few `e`.
    Logistic,
    /// `(|z| + z + 1) / (2 |z| + 2)`; slope `2 t^2` with `t = min(p, 1 - p)`, for positive `z` within `4 (1 + z) e` of itself:
    /// 0 beyond `1/e`. For negative `z` the relative error is a few `e`.
    SoftLogistic,
    /// `tanh z`; slope `(1 - p)(1 + p)`, within `2 e`: 0 for `|z|` beyond 9.1 in `f32`, 19.1 in `f64`.
    Tanh,
    /// `z / (1 + |z|)`; slope `(1 - |p|)^2`, within `4 (1 + |z|) e` of itself: 0 for `|z|` beyond `2/e`.
    SoftSign,
    /// `max(z, 0)`; slope 0 or 1, exact.
    Relu,
    /// `z` for `z > 0`, else `slope * z`, with a slope in (0, 1); exact.
    LeakyRelu(f64),
    /// `ln(1 + e^z)`; slope `1 - e^-p`, within a few `e` of itself.
    Softplus,
    /// `z sqrt(z^2 + 1)`; slope `2 h / sqrt(h + 1/2)` with `h = sqrt(p^2 + 1/4)`, within a few `e` of itself, and not finite
    /// where `p` overflows: for `|z|` beyond 1.8e19 in `f32`, 1.3e154 in `f64`.
    SqrtSquare,
    /// `z` for `z > 0`, else `a (e^z - 1)`, with a positive `a`, 1 as a rule (Clevert et al. 2015); slope `p + a` for negative `z`,
    /// within `2 a e`.
    Elu(f64),
    /// `z / (1 + e^-z)`, also called swish; slopes kept.
    Silu,
    /// `z Phi(z)`, where `Phi` is the distribution function of the normal distribution (Hendrycks, Gimpel 2016); slopes kept.
    Gelu,
    /// An approximation of GELU, `z/2 (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3)))`; slopes kept.
    GeluTanh,
    /// `clip(z/6 + 1/2, 0, 1)`; slope 1/6 or 0, exact but where the value rounds to a bound. ONNX has a slope of 0.2.
    HardLogistic,
    /// `z clip(z/6 + 1/2, 0, 1)`; slopes kept.
    HardSwish,
    /// `clip(z, -1, 1)`; slope 1 or 0, exact.
    HardTanh,
    /// [`Tanh`](Self::Tanh) of half the operations in `f32`, within 6 units in the last place; that itself in `f64`. Slope as
    /// there, within `8 e`.
    FastTanh,
    /// [`Logistic`](Self::Logistic) of half the operations, within 4 units in the last place, and never below 1.2e-38 in `f32`, 2.2e-308 in
    /// `f64`. Slope as there, within `4 e`.
    FastLogistic,
    /// A pair of functions of the user's; see [`Activation::custom`] and [`CustomActivation`].
    Custom(CustomActivation),
}

impl Activation {
    /// The library's activations that have no constants, with a leaky ReLU of slope 0.01 and an ELU of scale 1.
    pub const ALL: [Self; 18] = [
        Self::Identity,
        Self::Logistic,
        Self::SoftLogistic,
        Self::Tanh,
        Self::SoftSign,
        Self::Relu,
        Self::LeakyRelu(0.01),
        Self::Softplus,
        Self::SqrtSquare,
        Self::Elu(1.0),
        Self::Silu,
        Self::Gelu,
        Self::GeluTanh,
        Self::HardLogistic,
        Self::HardSwish,
        Self::HardTanh,
        Self::FastTanh,
        Self::FastLogistic,
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
        let mut p = [z];
        self.fused().apply(&mut p);
        self.finish(&mut p, &mut [], Mode::Predict);
        p[0]
    }

    /// `sigma'(z)`, within a few roundings of itself for every `z`, or of 1 close to where it changes sign; at a kink, the derivative from
    /// the left, but 0 for the hard logistic and the hard tanh, and that from between the kinks for the hard swish.
    pub fn slope(&self, z: f64) -> f64 {
        if z.is_nan() {
            return z;
        }
        let a = z.abs();
        match self {
            Self::Identity => 1.0,
            // e^-|z| / (1 + e^-|z|)^2: even in z, and nothing cancels.
            Self::Logistic | Self::FastLogistic => (-a).exp() / (1.0 + (-a).exp()).powi(2),
            Self::SoftLogistic => 2.0 * (0.5 / (1.0 + a)).powi(2),
            // 1/cosh^2 by e^-2|z|, which does not overflow.
            Self::Tanh | Self::FastTanh => {
                4.0 * (-2.0 * a).exp() / (1.0 + (-2.0 * a).exp()).powi(2)
            }
            Self::SoftSign => (1.0 / (1.0 + a)).powi(2),
            Self::Relu => f64::from(z > 0.0),
            Self::LeakyRelu(slope) => {
                if z > 0.0 {
                    1.0
                } else {
                    *slope
                }
            }
            Self::Softplus => {
                let part = 1.0 / (1.0 + (-a).exp());
                if z < 0.0 { (-a).exp() * part } else { part }
            }
            // (2 z^2 + 1)/sqrt(z^2 + 1), divided by |z| above and below where z^2 might overflow.
            Self::SqrtSquare if a < 1.0 => (2.0 * a * a + 1.0) / (a * a + 1.0).sqrt(),
            Self::SqrtSquare => (2.0 * a + 1.0 / a) / (1.0 + 1.0 / a / a).sqrt(),
            Self::Elu(a) => {
                if z > 0.0 {
                    1.0
                } else {
                    a * z.exp()
                }
            }
            Self::Silu | Self::Gelu | Self::GeluTanh | Self::HardSwish => self
                .gated()
                .map_or(f64::NAN, |gated| gated.value_and_slope(z)[1]),
            Self::HardLogistic => {
                if a < 3.0 {
                    1.0 / 6.0
                } else {
                    0.0
                }
            }
            Self::HardTanh => f64::from(a < 1.0),
            Self::Custom(custom) => custom.slope(z),
        }
    }

    /// Greatest lower and least upper bound of the values; of SiLU and GELU the lower one with six digits, rounded down.
    pub fn range(&self) -> (f64, f64) {
        match self {
            Self::Logistic | Self::FastLogistic | Self::SoftLogistic | Self::HardLogistic => {
                (0.0, 1.0)
            }
            Self::Tanh | Self::FastTanh | Self::SoftSign | Self::HardTanh => (-1.0, 1.0),
            Self::Relu | Self::Softplus => (0.0, f64::INFINITY),
            Self::Elu(a) => (-a, f64::INFINITY),
            Self::Silu => (-0.278_465, f64::INFINITY),
            Self::Gelu => (-0.169_972, f64::INFINITY),
            Self::GeluTanh => (-0.170_041, f64::INFINITY),
            Self::HardSwish => (-0.375, f64::INFINITY),
            Self::Identity | Self::LeakyRelu(_) | Self::SqrtSquare => {
                (f64::NEG_INFINITY, f64::INFINITY)
            }
            Self::Custom(custom) => custom.range(),
        }
    }

    /// Whether the derivative jumps: at 0, or of the hard ones at their bounds.
    pub fn has_kink(&self) -> bool {
        match self {
            Self::Relu | Self::LeakyRelu(_) => true,
            Self::HardLogistic | Self::HardSwish | Self::HardTanh => true,
            Self::Elu(a) => *a != 1.0,
            _ => false,
        }
    }

    /// The kernel of a function whose value tells its slope; `None` for others.
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
            Self::Elu(a) => Unary::Elu(T::from_f64(*a)),
            Self::HardLogistic => Unary::HardLogistic,
            Self::HardTanh => Unary::HardTanh,
            Self::FastTanh => Unary::FastTanh,
            Self::FastLogistic => Unary::FastLogistic,
            Self::Silu | Self::Gelu | Self::GeluTanh | Self::HardSwish | Self::Custom(_) => {
                return None;
            }
        })
    }

    /// The kernel of a library function whose value does not tell its slope.
    fn gated(&self) -> Option<Gated> {
        Some(match self {
            Self::Silu => Gated::Silu,
            Self::Gelu => Gated::Gelu,
            Self::GeluTanh => Gated::GeluTanh,
            Self::HardSwish => Gated::HardSwish,
            _ => return None,
        })
    }

    /// Whether a training pass keeps the slopes, since the values do not tell them.
    fn keeps_slopes(&self) -> bool {
        self.unary::<f64>().is_none()
    }

    pub(crate) fn check(&self) -> Result<(), LayerFault> {
        match self {
            Self::LeakyRelu(slope) if !(*slope > 0.0 && *slope < 1.0) => {
                Err(LayerFault::LeakySlope { slope: *slope })
            }
            // Neither 0 nor infinite in any precision.
            Self::Elu(a) if !(a.is_sign_positive() && (*a as f32).is_normal()) => {
                Err(LayerFault::EluScale { scale: *a })
            }
            Self::Custom(custom) => custom.check(),
            _ => Ok(()),
        }
    }

    /// Scratch that keeps the slopes of so many outputs a sample in training, where values do not tell them.
    pub(crate) fn room(&self, outputs: usize) -> Room {
        let each = if self.keeps_slopes() { outputs } else { 0 };
        Room { fixed: 0, each }
    }

    /// What a kernel applies at once; a function whose slopes are kept follows by [`Activation::finish`].
    pub(crate) fn fused<T: Real>(&self) -> Unary<T> {
        self.unary().unwrap_or(Unary::Identity)
    }

    /// Applies a function whose slopes are kept to `z`, which the kernel left in `p`, and keeps them in training.
    pub(crate) fn finish<T: Real>(&self, p: &mut [T], slopes: &mut [T], mode: Mode) {
        let predict = mode == Mode::Predict;
        match (self, self.gated()) {
            (Self::Custom(custom), _) if predict => custom.apply(p),
            (Self::Custom(custom), _) => custom.apply_and_keep(p, slopes),
            (_, Some(gated)) if predict => gated.apply(p),
            (_, Some(gated)) => gated.apply_and_keep(p, slopes),
            (_, None) => {}
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

#[cfg(feature = "serde")]
impl Serialize for Activation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Activation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let activation = Self::deserialize(deserializer)?;
        match activation.check() {
            // To be looked up by whoever builds the layer.
            Ok(()) | Err(LayerFault::Unresolved { .. }) => Ok(activation),
            Err(fault) => Err(de::Error::custom(fault)),
        }
    }
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
            Self::Elu(a) => write!(f, "elu {a}"),
            Self::Silu => write!(f, "silu"),
            Self::Gelu => write!(f, "gelu"),
            Self::GeluTanh => write!(f, "gelu by tanh"),
            Self::HardLogistic => write!(f, "hard logistic"),
            Self::HardSwish => write!(f, "hard swish"),
            Self::HardTanh => write!(f, "hard tanh"),
            Self::FastTanh => write!(f, "fast tanh"),
            Self::FastLogistic => write!(f, "fast logistic"),
            Self::Custom(custom) => f.write_str(custom.name()),
        }
    }
}
