//! The network e as somebody would write it by hand, without a library: the yardstick of small predictions.

use gradflow::Model;

/// Dense 5-32-16-8-4-2, tanh, in arrays of fixed sizes; safe code, plain loops, the standard library's `tanh`.
#[derive(Debug, Clone)]
pub struct ByHand {
    first: Dense<5, 32>,
    second: Dense<32, 16>,
    third: Dense<16, 8>,
    fourth: Dense<8, 4>,
    last: Dense<4, 2>,
}

#[derive(Debug, Clone)]
struct Dense<const I: usize, const O: usize> {
    weight: [[f32; I]; O],
    bias: [f32; O],
}

impl<const I: usize, const O: usize> Dense<I, O> {
    /// Takes a layer's weights and biases from the front of `theta`.
    fn take(theta: &mut &[f32]) -> Self {
        let mut next = || {
            let (first, rest) = theta.split_first().unwrap_or((&0.0, &[]));
            *theta = rest;
            *first
        };
        Self {
            weight: core::array::from_fn(|_| core::array::from_fn(|_| next())),
            bias: core::array::from_fn(|_| next()),
        }
    }

    fn linear(&self, x: &[f32; I]) -> [f32; O] {
        let mut z = self.bias;
        for (z, w) in z.iter_mut().zip(&self.weight) {
            for (w, x) in w.iter().zip(x) {
                *z += w * x;
            }
        }
        z
    }

    fn tanh(&self, x: &[f32; I]) -> [f32; O] {
        self.linear(x).map(f32::tanh)
    }
}

impl ByHand {
    /// The parameters of a model of the network e.
    pub fn new(model: &Model<f32>) -> Self {
        let theta = &mut model.theta();
        Self {
            first: Dense::take(theta),
            second: Dense::take(theta),
            third: Dense::take(theta),
            fourth: Dense::take(theta),
            last: Dense::take(theta),
        }
    }

    /// The outputs for one sample.
    pub fn predict(&self, x: &[f32; 5]) -> [f32; 2] {
        let p = self.second.tanh(&self.first.tanh(x));
        self.last.linear(&self.fourth.tanh(&self.third.tanh(&p)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Net;

    #[test]
    fn it_is_the_network_e() {
        let model = Net::E.model::<f32>(1).expect("a model");
        let x = [0.1, 0.7, 0.2, 0.9, 0.4];
        let ours = model.predict(&x).expect("a prediction");
        for (a, b) in ours.iter().zip(ByHand::new(&model).predict(&x)) {
            // Some hundred roundings of numbers below 1 in each of five layers.
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
}
