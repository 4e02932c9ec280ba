//! A layer of one's own: radial functions, `p_k = exp(-|x - c_k|^2)`, whose centres `c_k` are learnt.
//!
//! `cargo run --release --example 05_own_layer`
//!
//! Whether the derivative by hand is right, differences of the cost tell.

use gradflow::layers::{Cx, Describe, Own, Pass, Spec};
use gradflow::optim::Adam;
use gradflow::tensor::BatchMut;
use gradflow::{
    Activation, Batch, Cost, Dataset, Error, Init, Layer, LayerError, Model, Network, Protocol,
    Real, Shape,
};

#[derive(Debug)]
struct Radial(Spec);

impl Radial {
    /// The centres are a matrix with a row for each output, drawn from [-1, 1].
    fn new(input: Shape<3>, centres: usize) -> Result<Self, LayerError> {
        let spec = Spec::new("radial", input, Shape::vector(centres)?);
        let init = Init::Uniform(1.0);
        Ok(Self(spec.block("centres", [centres, input.len()], init)))
    }
}

impl Describe for Radial {
    fn spec(&self) -> &Spec {
        &self.0
    }
}

impl<T: Real> Layer<T> for Radial {
    fn forward(&self, own: Own<T>, x: Batch<T>, mut p: BatchMut<T>, _: &mut [T], _: Cx) {
        for (x, p) in x.iter().zip(p.iter_mut()) {
            for (c, p) in own.theta.chunks(x.len()).zip(p) {
                let apart = x.iter().zip(c).map(|(x, c)| *x - *c);
                let square = apart.fold(T::ZERO, |sum, d| sum + d * d);
                *p = (-square).exp();
            }
        }
    }

    /// `dp_k/dc_ki = 2 (x_i - c_ki) p_k`, and `dp_k/dx_i` is the same with the other sign. What ends in `_bar` is the gradient of the
    /// cost: that of the output comes in, those of the centres and of the input go out.
    fn backward(&self, own: Own<T>, mut pass: Pass<T>, theta_bar: &mut [T], _: Cx) {
        theta_bar.fill(T::ZERO);
        if let Some(x_bar) = &mut pass.x_bar {
            x_bar.data().fill(T::ZERO);
        }
        let n = pass.x.size();
        let p_bar = pass.p_bar.as_batch();
        for (s, ((x, p), p_bar)) in pass
            .x
            .iter()
            .zip(pass.p.iter())
            .zip(p_bar.iter())
            .enumerate()
        {
            for (k, c) in own.theta.chunks(n).enumerate() {
                for i in 0..n {
                    let along = T::from_f64(2.0) * (x[i] - c[i]) * p[k] * p_bar[k];
                    theta_bar[k * n + i] += along;
                    if let Some(x_bar) = &mut pass.x_bar {
                        x_bar.data()[s * n + i] -= along;
                    }
                }
            }
        }
    }
}

/// Compares the gradient of the cost of one sample with differences of that cost.
fn check(model: &Model<f64>) -> Result<(), Error> {
    let (x, y) = ([0.3, -0.4], [0.0, 1.0]);
    let cost = |theta: &[f64]| {
        let mut moved = model.clone();
        let cost = moved
            .set_theta(theta.to_vec())
            .and_then(|()| moved.gradient(&x, &y));
        cost.map_or(f64::NAN, |gradient| gradient.cost())
    };
    let gradient = model.gradient(&x, &y)?;
    gradflow::gradcheck::check(cost, model.theta(), gradient.values())?;
    Ok(())
}

fn main() -> Result<(), Error> {
    // A disc, told from what lies around it.
    let points = (0..400).flat_map(|i| [i % 20, i / 20].map(|k| f64::from(k) / 9.5 - 1.0));
    let inputs: Vec<f64> = points.collect();
    let inside = |x: &[f64]| usize::from(x[0].hypot(x[1]) < 0.6);
    let labels: Vec<usize> = inputs.chunks(2).map(inside).collect();
    let data = Dataset::classification(2, inputs, labels, 2)?;

    let network = Network::builder(2)
        .layer(|input| Radial::new(input, 6))
        .dense(2, Activation::Identity)
        .build()?;
    println!("{}", network.summary());
    let mut model = Model::new(network, Cost::classification(), 1)?;
    check(&model)?;

    let protocol = Protocol::new(Adam::new(0.02)).epochs(200).batch(20);
    println!("{}", protocol.train(&mut model, &data)?.end);
    let accuracy = model.evaluate(&data)?.accuracy();
    println!("accuracy {:.3}", accuracy.unwrap_or(f64::NAN));
    Ok(())
}
