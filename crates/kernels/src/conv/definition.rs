//! The equations as they stand, in double precision: what the kernels are tested against.

use super::shape::ConvShape;
use crate::Real;

/// Calls `f(output position, filter index, input position)` for every product in (38) whose input index lies inside
/// the input.
fn for_each(shape: &ConvShape, mut f: impl FnMut(usize, usize, usize)) {
    let ([id, iv, ih], [od, ov, oh], [fv, fh], [sv, sh]) =
        (shape.input, shape.output, shape.filter, shape.stride);
    let ([pv, ph], [dv, dh]) = (shape.padding.map(|[front, _]| front), shape.dilation);
    let (id, od) = (id / shape.groups, od / shape.groups);
    for i in 0..od * shape.groups {
        let block = i / od * id;
        for j in 0..ov {
            for k in 0..oh {
                for a in 0..id {
                    for b in 0..fv {
                        for c in 0..fh {
                            let (y, x) = (b * dv + j * sv, c * dh + k * sh);
                            if (pv..pv + iv).contains(&y) && (ph..ph + ih).contains(&x) {
                                f(
                                    (i * ov + j) * oh + k,
                                    ((i * id + a) * fv + b) * fh + c,
                                    ((block + a) * iv + y - pv) * ih + x - ph,
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A sum, the sum of the magnitudes of its terms, and their number.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    value: f64,
    magnitude: f64,
    terms: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        self.value += term;
        self.magnitude += term.abs();
        self.terms += 1.0;
    }

    /// Whether `x` is this sum, computed with rounding in any order: each of the terms' products and each of the
    /// additions (one more for the shards and one for the number that a sum starts from) rounds a number that is no
    /// larger than the magnitude.
    pub(super) fn is(&self, x: f64, epsilon: f64) -> bool {
        (x - self.value).abs() <= (self.terms + 2.0) * epsilon * self.magnitude
    }
}

/// A shape with a batch.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) shape: ConvShape,
    pub(super) samples: usize,
    pub(super) seed: u64,
}

impl Case {
    /// Numbers in (-1, 1) with few enough digits for single precision.
    fn values<T: Real>(&self, stream: u64, len: usize) -> Vec<T> {
        let mut state = self.seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = || {
            state = (state.wrapping_mul(6_364_136_223_846_793_005)).wrapping_add(stream + 1);
            T::from_f64((state >> 41) as f64 / (1u64 << 22) as f64 - 1.0)
        };
        (0..len).map(|_| next()).collect()
    }

    pub(super) fn x<T: Real>(&self) -> Vec<T> {
        self.values(1, self.samples * self.shape.input_len())
    }

    pub(super) fn delta<T: Real>(&self) -> Vec<T> {
        self.values(2, self.samples * self.shape.output_len())
    }

    pub(super) fn filter<T: Real>(&self) -> Vec<T> {
        self.values(3, self.shape.filter_len())
    }

    pub(super) fn bias<T: Real>(&self) -> Vec<T> {
        self.values(4, self.shape.output[0])
    }

    /// (38) without the function.
    pub(super) fn z(&self) -> Vec<Sum> {
        let (filter, bias, x) = (self.filter::<f64>(), self.bias::<f64>(), self.x::<f64>());
        let (n_in, n_out) = (self.shape.input_len(), self.shape.output_len());
        let plane = self.shape.output[1] * self.shape.output[2];
        let mut z = vec![Sum::default(); self.samples * n_out];
        for (o, z) in z.iter_mut().enumerate() {
            z.add(bias[o % n_out / plane]);
        }
        for s in 0..self.samples {
            for_each(&self.shape, |o, w, i| {
                z[s * n_out + o].add(filter[w] * x[s * n_in + i]);
            });
        }
        z
    }

    /// (47): filter, then bias.
    pub(super) fn filter_bar(&self) -> Vec<Sum> {
        let (delta, x) = (self.delta::<f64>(), self.x::<f64>());
        let (n_in, n_out) = (self.shape.input_len(), self.shape.output_len());
        let (n_filter, plane) = (
            self.shape.filter_len(),
            self.shape.output[1] * self.shape.output[2],
        );
        let mut bar = vec![Sum::default(); n_filter + self.shape.output[0]];
        for s in 0..self.samples {
            for_each(&self.shape, |o, w, i| {
                bar[w].add(delta[s * n_out + o] * x[s * n_in + i])
            });
        }
        for (o, delta) in delta.iter().enumerate() {
            bar[n_filter + o % n_out / plane].add(*delta);
        }
        bar
    }

    /// (45) without the slope.
    pub(super) fn x_bar(&self) -> Vec<Sum> {
        let (delta, filter) = (self.delta::<f64>(), self.filter::<f64>());
        let (n_in, n_out) = (self.shape.input_len(), self.shape.output_len());
        let mut bar = vec![Sum::default(); self.samples * n_in];
        for s in 0..self.samples {
            for_each(&self.shape, |o, w, i| {
                bar[s * n_in + i].add(filter[w] * delta[s * n_out + o]);
            });
        }
        bar
    }
}
