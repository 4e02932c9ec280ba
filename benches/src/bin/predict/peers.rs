//! Another crate's predictions.

use std::hint::black_box;

use gradflow_benches::{Net, cpu_times};
use nexus_inference::{Activation, Mlp};

use crate::row::{Failure, row};

/// nexus-inference on the nets that are dense alone, with the same parameters. It puts out logits: no soft-max.
pub(crate) fn rows(net: Net) -> Result<(), Failure> {
    let (sizes, activation) = match net {
        Net::A => (vec![784, 128, 10], Activation::Relu),
        Net::B => (vec![784, 512, 512, 10], Activation::Relu),
        Net::E => (vec![5, 32, 16, 8, 4, 2], Activation::Tanh),
        Net::C | Net::D => {
            println!("skipped: nexus-inference has no convolutions");
            return Ok(());
        }
    };
    let model = net.model::<f32>(1)?;
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for parameter in model.parameters() {
        let values = parameter.values().iter().copied();
        if parameter.dims().len() == 1 {
            biases.extend(values);
        } else {
            weights.extend(values);
        }
    }
    let peer = Mlp::from_parts(&sizes, &weights, &biases, activation)?;
    let x = net.samples(1, 5).x;
    let mut out = vec![0.0; net.sizes().1];
    let times = cpu_times(|| peer.predict_into(black_box(&x), black_box(&mut out)));
    if net == Net::E {
        let expected = model.predict(&x)?;
        let apart = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-4;
        if expected.iter().zip(&out).any(apart) {
            return Err(format!("nexus-inference predicts {out:?}, not {expected:?}").into());
        }
    }
    row("nexus-inference", net, 1, times);
    Ok(())
}
