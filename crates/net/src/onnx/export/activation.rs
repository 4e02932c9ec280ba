//! Activations as operators.

use gradflow_layers::Activation;

use super::writer::{Value, Writer, float, text};
use crate::onnx::OnnxError;

/// Writes an activation behind `x`.
pub(super) fn activation(
    to: &mut Writer,
    at: &str,
    activation: &Activation,
    x: Value,
) -> Result<Value, OnnxError> {
    let plain = |to: &mut Writer, operator| to.on(at, operator, &x, &[]);
    let with = |to: &mut Writer, operator, attribute| {
        let name = to.node(at, operator, &[&x.name], vec![attribute]);
        let x = x.clone();
        Value { name, ..x }
    };
    Ok(match activation {
        Activation::Identity => x,
        Activation::Logistic | Activation::FastLogistic => plain(to, "Sigmoid"),
        Activation::Tanh | Activation::FastTanh => plain(to, "Tanh"),
        Activation::SoftSign => plain(to, "Softsign"),
        Activation::Relu => plain(to, "Relu"),
        Activation::Softplus => plain(to, "Softplus"),
        Activation::HardSwish => plain(to, "HardSwish"),
        Activation::LeakyRelu(slope) => with(to, "LeakyRelu", float("alpha", *slope)),
        Activation::Elu(a) => with(to, "Elu", float("alpha", *a)),
        Activation::Gelu => with(to, "Gelu", text("approximate", "none")),
        Activation::GeluTanh => with(to, "Gelu", text("approximate", "tanh")),
        Activation::HardLogistic => {
            let slopes = vec![float("alpha", 1.0 / 6.0), float("beta", 0.5)];
            let name = to.node(at, "HardSigmoid", &[&x.name], slopes);
            Value { name, ..x }
        }
        Activation::Silu => {
            let gate = plain(to, "Sigmoid");
            to.on(at, "Mul", &x, &[&gate.name])
        }
        Activation::HardTanh => {
            let bounds = [("low", -1.0), ("high", 1.0)];
            let [low, high] = bounds.map(|(name, bound)| to.scalar(format!("{at}.{name}"), bound));
            to.on(at, "Clip", &x, &[&low, &high])
        }
        // 1/2 + (z / (1 + |z|)) / 2
        Activation::SoftLogistic => {
            let sign = plain(to, "Softsign");
            let half = to.scalar(format!("{at}.half"), 0.5);
            let halved = to.on(at, "Mul", &sign, &[&half]);
            to.on(at, "Add", &halved, &[&half])
        }
        // z sqrt(z^2 + 1)
        Activation::SqrtSquare => {
            let square = to.on(at, "Mul", &x, &[&x.name]);
            let one = to.scalar(format!("{at}.one"), 1.0);
            let sum = to.on(at, "Add", &square, &[&one]);
            let root = to.on(at, "Sqrt", &sum, &[]);
            to.on(at, "Mul", &x, &[&root.name])
        }
        other => {
            return Err(OnnxError::Own {
                at: at.to_owned(),
                name: other.to_string(),
            });
        }
    })
}
