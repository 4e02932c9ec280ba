//! Networks by their formulas, one number after the other.

use std::vec::IntoIter;

use super::number::{Number, logistic, mean, softplus, sum};
use gradflow::kernels::dropout_number;
use gradflow::layers::{Cx, Draw, Join, Window};
use gradflow::{Activation, Recipe, Workers};

/// Closer to a kink than this, a point is none to compare gradients at.
const MARGIN: f64 = 1e-3;

/// Nor is one where the library's slope of an activation, which it tells from the rounded value, may be off by a larger share of itself:
/// half of what gradients may differ by.
const LOST: f64 = 5e-13;

/// Samples of one shape, each flattened by (41).
#[derive(Debug, Clone)]
pub(crate) struct Samples<D> {
    pub(crate) shape: [usize; 3],
    pub(crate) rows: Vec<Vec<D>>,
}

impl<D> Samples<D> {
    /// `f` of each sample.
    pub(crate) fn map(self, shape: [usize; 3], f: impl FnMut(&[D]) -> Vec<D>) -> Self {
        let rows: Vec<_> = self.rows.iter().map(Vec::as_slice).map(f).collect();
        let len: usize = shape.iter().product();
        assert!(rows.iter().all(|row| row.len() == len));
        Self { shape, rows }
    }
}

/// A walk over recipes in order, in a training pass.
pub(crate) struct Oracle<D> {
    /// Parameters that no layer has taken yet.
    theta: IntoIter<D>,
    /// Layers and containers before this one.
    site: usize,
    /// Whether the point is one to compare gradients at.
    fit: bool,
}

impl<D: Number> Oracle<D> {
    pub(crate) fn new(theta: Vec<D>) -> Self {
        Self {
            theta: theta.into_iter(),
            site: 0,
            fit: true,
        }
    }

    /// The next parameters of a layer.
    pub(crate) fn take(&mut self, count: usize) -> Vec<D> {
        let taken: Vec<D> = self.theta.by_ref().take(count).collect();
        assert_eq!(taken.len(), count, "theta is too short");
        taken
    }

    /// After the last layer, when no parameters are left: whether the point was one to compare gradients at.
    pub(crate) fn finish(self) -> bool {
        assert_eq!(self.theta.len(), 0, "theta is too long");
        self.fit
    }

    /// A derivative jumps where this is 0. What stays 0 whatever the parameters do is no kink: a tie of copies, or a unit
    /// behind one that is dead.
    pub(crate) fn kink(&mut self, distance: D) {
        self.fit &= distance.value().abs() >= MARGIN || !distance.moves();
    }

    /// What a layer puts out.
    pub(crate) fn layer(&mut self, recipe: &Recipe, x: Samples<D>) -> Samples<D> {
        let site = self.site;
        self.site += 1;
        let [depth, vertical, horizontal] = x.shape;
        match recipe {
            Recipe::Dense {
                outputs,
                activation,
                ..
            } => {
                let z = self.dense(x, *outputs);
                self.activate(activation, z)
            }
            Recipe::Conv {
                filters,
                groups,
                window,
                activation,
                ..
            } => {
                let z = self.conv(x, *filters, *groups, window);
                self.activate(activation, z)
            }
            Recipe::Depthwise {
                multiplier,
                window,
                activation,
                ..
            } => {
                let z = self.conv(x, depth * multiplier, depth, window);
                self.activate(activation, z)
            }
            Recipe::MaxPool { window } => self.max_pool(x, window),
            Recipe::AvgPool {
                window,
                count_padding,
            } => self.avg_pool(x, window, *count_padding),
            Recipe::GlobalMaxPool => self.max_pool(x, &Window::from([vertical, horizontal])),
            Recipe::GlobalAvgPool => self.avg_pool(x, &Window::from([vertical, horizontal]), false),
            Recipe::Upsample { factor } => upsample(x, *factor),
            Recipe::Activation(activation) => self.activate(activation, x),
            Recipe::BatchNorm { epsilon, .. } => self.batch_norm(x, *epsilon),
            Recipe::LayerNorm { epsilon } => self.layer_norm(x, *epsilon),
            Recipe::Dropout { rate } => dropout(x, *rate, site),
            Recipe::Rescale { offset, scale } => rescale(x, offset, scale),
            Recipe::Chain(layers) => (layers.iter()).fold(x, |x, layer| self.layer(layer, x)),
            Recipe::Branches { join, branches } => {
                let outputs = (branches.iter()).map(|branch| self.layer(branch, x.clone()));
                joined(*join, outputs.collect())
            }
            other => unreachable!("{other:?} is generated nowhere"),
        }
    }

    /// (17), (18): `z_a = sum_c w_ac x_c + b_a`.
    fn dense(&mut self, x: Samples<D>, outputs: usize) -> Samples<D> {
        let inputs: usize = x.shape.iter().product();
        let weights = self.take(outputs * inputs);
        let bias = self.take(outputs);
        x.map([outputs, 1, 1], |x| {
            let rows = weights.chunks(inputs).zip(&bias);
            rows.map(|(w, b)| sum(w.iter().zip(x).map(|(w, x)| *w * *x)) + *b)
                .collect()
        })
    }

    fn activate(&mut self, activation: &Activation, z: Samples<D>) -> Samples<D> {
        let shape = z.shape;
        z.map(shape, |z| {
            z.iter().map(|z| self.sigma(activation, *z)).collect()
        })
    }

    /// What the documentation of [`Activation`] says of slopes that are told from values: by how much they may be off, and what
    /// they are.
    fn saturation(&mut self, activation: &Activation, z: f64) {
        let [error, slope] = match activation {
            Activation::Logistic | Activation::FastLogistic if z > 0.0 => {
                [2.0, (-z).exp() / (1.0 + (-z).exp()).powi(2)]
            }
            Activation::Tanh | Activation::FastTanh => [2.0, 1.0 / z.cosh().powi(2)],
            Activation::Elu(_) if z < 0.0 => [2.0, z.exp()],
            Activation::SoftLogistic | Activation::SoftSign => [4.0 * (1.0 + z.abs()), 1.0],
            _ => return,
        };
        self.fit &= error * f64::EPSILON <= LOST * slope;
    }

    fn sigma(&mut self, activation: &Activation, z: D) -> D {
        self.saturation(activation, z.value());
        let constant = D::from;
        let one = constant(1.0);
        match activation {
            Activation::Identity => z,
            Activation::Logistic | Activation::FastLogistic => logistic(z),
            Activation::SoftLogistic => {
                let t = constant(0.5) / (one + z.abs());
                if z.value() >= 0.0 { one - t } else { t }
            }
            Activation::Tanh | Activation::FastTanh => z.tanh(),
            Activation::SoftSign => z / (one + z.abs()),
            Activation::Relu => self.either(z, constant(0.0), z),
            Activation::LeakyRelu(slope) => self.either(z, constant(*slope) * z, z),
            Activation::Softplus => softplus(z),
            Activation::SqrtSquare => z * (z.square() + one).sqrt(),
            Activation::Elu(a) if *a != 1.0 => self.either(z, constant(*a) * z.exp_m1(), z),
            Activation::Elu(_) if z.value() > 0.0 => z,
            Activation::Elu(_) => z.exp_m1(),
            Activation::Silu => z * logistic(z),
            Activation::Gelu => z * z.normal(),
            Activation::GeluTanh => {
                let root = constant((2.0 / std::f64::consts::PI).sqrt());
                let inner = root * (z + constant(0.044715) * z * z * z);
                constant(0.5) * z * (one + inner.tanh())
            }
            Activation::HardLogistic => {
                let line = z / constant(6.0) + constant(0.5);
                self.clip(line, 0.0, 1.0)
            }
            Activation::HardSwish => {
                let line = z / constant(6.0) + constant(0.5);
                z * self.clip(line, 0.0, 1.0)
            }
            Activation::HardTanh => self.clip(z, -1.0, 1.0),
            Activation::Custom(own) => {
                assert!(own.name().starts_with("z + sin"), "{}", own.name());
                z + z.sin() / constant(2.0)
            }
            other => unreachable!("{other} is not known"),
        }
    }

    /// `below` for negative distances, `above` for positive ones.
    fn either(&mut self, distance: D, below: D, above: D) -> D {
        self.kink(distance);
        if distance.value() > 0.0 { above } else { below }
    }

    fn clip(&mut self, x: D, low: f64, high: f64) -> D {
        let (low, high) = (D::from(low), D::from(high));
        let x = self.either(x - low, low, x);
        self.either(x - high, x, high)
    }

    /// `u = (x - mu)/sqrt(v + eps)` of each channel over samples and positions, then `g u + c`.
    fn batch_norm(&mut self, mut x: Samples<D>, epsilon: f64) -> Samples<D> {
        let [channels, vertical, horizontal] = x.shape;
        let positions = vertical * horizontal;
        let (gain, shift) = (self.take(channels), self.take(channels));
        for channel in 0..channels {
            let places = channel * positions..(channel + 1) * positions;
            let all: Vec<D> = (x.rows.iter())
                .flat_map(|row| row[places.clone()].to_vec())
                .collect();
            let mut normal = normalised(&all, epsilon).into_iter();
            for row in &mut x.rows {
                for (x, u) in row[places.clone()].iter_mut().zip(&mut normal) {
                    *x = gain[channel] * u + shift[channel];
                }
            }
        }
        x
    }

    /// The same over the elements of each sample, with a gain and a shift of each element.
    fn layer_norm(&mut self, x: Samples<D>, epsilon: f64) -> Samples<D> {
        let shape = x.shape;
        let len: usize = shape.iter().product();
        let (gain, shift) = (self.take(len), self.take(len));
        x.map(shape, |x| {
            let normal = normalised(x, epsilon).into_iter();
            let affine = gain.iter().zip(&shift);
            (normal.zip(affine))
                .map(|(u, (g, c))| *g * u + *c)
                .collect()
        })
    }
}

/// `(x - mu)/sqrt(v + eps)` with the mean and the biased variance of all.
fn normalised<D: Number>(x: &[D], epsilon: f64) -> Vec<D> {
    let mu = mean(x);
    let squares: Vec<D> = x.iter().map(|x| (*x - mu).square()).collect();
    let root = (mean(&squares) + D::from(epsilon)).sqrt();
    x.iter().map(|x| (*x - mu) / root).collect()
}

/// `(x - offset)/scale`, each one number, or one for each channel or element.
fn rescale<D: Number>(x: Samples<D>, offset: &[f64], scale: &[f64]) -> Samples<D> {
    let shape = x.shape;
    let [depth, vertical, horizontal] = shape;
    let at = |given: &[f64], i: usize| match given.len() {
        1 => D::from(given[0]),
        n if n == depth => D::from(given[i / (vertical * horizontal)]),
        _ => D::from(given[i]),
    };
    x.map(shape, |x| {
        let elements = x.iter().enumerate();
        elements
            .map(|(i, x)| (*x - at(offset, i)) / at(scale, i))
            .collect()
    })
}

/// `p_ijk = x_{i, j / f_v, k / f_h}`
fn upsample<D: Number>(x: Samples<D>, [f_v, f_h]: [usize; 2]) -> Samples<D> {
    let [depth, vertical, horizontal] = x.shape;
    let [o_v, o_h] = [vertical * f_v, horizontal * f_h];
    x.map([depth, o_v, o_h], |x| {
        let mut p = Vec::new();
        for i in 0..depth {
            for j in 0..o_v {
                for k in 0..o_h {
                    p.push(x[(i * vertical + j / f_v) * horizontal + k / f_h]);
                }
            }
        }
        p
    })
}

/// Element `i` of a sample is left out where `dropout_number` of the sample's key and `i` lies below `rate 2^32`; a pass
/// that belongs to no run draws as a run with seed 0 in step 0.
fn dropout<D: Number>(x: Samples<D>, rate: f64, site: usize) -> Samples<D> {
    let (shape, workers) = (x.shape, Workers::inline());
    let cx = Cx::train(&workers, Draw::new(0, 0)).at(site);
    let draw = cx.draw().expect("a training pass draws");
    let least = (rate * 2.0_f64.powi(32)) as u32;
    let mut sample = 0;
    x.map(shape, |x| {
        let key = draw.row(sample);
        sample += 1;
        let factor = |i: usize| match dropout_number(key, i as u32) < least {
            true => 0.0,
            false => 1.0 / (1.0 - rate),
        };
        let elements = x.iter().enumerate();
        elements.map(|(i, x)| *x * D::from(factor(i))).collect()
    })
}

fn joined<D: Number>(join: Join, branches: Vec<Samples<D>>) -> Samples<D> {
    let mut branches = branches.into_iter();
    let mut all = branches.next().expect("a branch");
    for branch in branches {
        assert_eq!(all.shape[1..], branch.shape[1..]);
        let rows = all.rows.iter_mut().zip(branch.rows);
        match join {
            Join::Sum => {
                assert_eq!(all.shape[0], branch.shape[0]);
                rows.for_each(|(a, b)| a.iter_mut().zip(b).for_each(|(a, b)| *a = *a + b));
            }
            Join::Concat => {
                all.shape[0] += branch.shape[0];
                rows.for_each(|(a, b)| a.extend(b));
            }
        }
    }
    all
}
