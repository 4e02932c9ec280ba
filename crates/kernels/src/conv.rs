//! Strided cross-correlation (38) and its two gradients (45), (47).

use crate::{Real, Unary, Workers};

/// The sizes of a convolution; a sample is stored flat by (41): depth, vertical, horizontal.
///
/// Compatible iff `(input + 2 padding - filter)` is a multiple of `stride` in both directions;
/// whoever builds one checks that, the kernels rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// Input `[depth, vertical, horizontal]`.
    pub input: [usize; 3],
    /// Output `[depth, vertical, horizontal]`.
    pub output: [usize; 3],
    /// Filter `[vertical, horizontal]`.
    pub filter: [usize; 2],
    /// Stride `[vertical, horizontal]`.
    pub stride: [usize; 2],
    /// Zero padding on each side `[vertical, horizontal]`.
    pub padding: [usize; 2],
}

impl ConvShape {
    /// Elements of one input sample.
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    /// Elements of one output sample.
    pub fn output_len(&self) -> usize {
        self.output.iter().product()
    }

    /// Elements of the filter array `f[output depth][input depth][vertical][horizontal]`.
    pub fn filter_len(&self) -> usize {
        self.output[0] * self.input[0] * self.filter[0] * self.filter[1]
    }

    /// Floating-point operations of one pass over one sample.
    pub fn work(&self) -> usize {
        2 * self.output_len() * self.input[0] * self.filter[0] * self.filter[1]
    }

    /// Calls `f(output position, filter index, input position)` for every product in (38) whose
    /// input index lies inside the input.
    fn for_each(&self, mut f: impl FnMut(usize, usize, usize)) {
        let ([id, iv, ih], [od, ov, oh], [fv, fh], [sv, sh], [pv, ph]) = (
            self.input,
            self.output,
            self.filter,
            self.stride,
            self.padding,
        );
        for i in 0..od {
            for j in 0..ov {
                for k in 0..oh {
                    for a in 0..id {
                        for b in 0..fv {
                            for c in 0..fh {
                                let (y, x) = (b + j * sv, c + k * sh);
                                if (pv..pv + iv).contains(&y) && (ph..ph + ih).contains(&x) {
                                    f(
                                        (i * ov + j) * oh + k,
                                        ((i * id + a) * fv + b) * fh + c,
                                        (a * iv + y - pv) * ih + x - ph,
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Equation (38): `p = f(sum filter * x + bias)` for every sample of `x`, `samples x input` to `samples x output`.
pub fn conv_forward<T: Real>(
    shape: &ConvShape,
    filter: &[T],
    bias: &[T],
    x: &[T],
    p: &mut [T],
    f: Unary<T>,
    workers: &Workers,
) {
    let (n_in, n_out) = (shape.input_len(), shape.output_len());
    let plane = shape.output[1] * shape.output[2];
    let samples = p.len() / n_out;
    workers.for_each_chunk(p, n_out, samples * shape.work(), |s, p| {
        let x = &x[s * n_in..][..n_in];
        p.chunks_mut(plane)
            .zip(bias)
            .for_each(|(p, bias)| p.fill(*bias));
        shape.for_each(|o, w, i| p[o] += filter[w] * x[i]);
        f.apply(p);
    });
}

/// Equation (47): `filter_bar` and `bias_bar`, summed over the samples, from `delta = dL/dz`. Both are overwritten.
pub fn conv_backward_filter<T: Real>(
    shape: &ConvShape,
    x: &[T],
    delta: &[T],
    filter_bar: &mut [T],
    bias_bar: &mut [T],
    workers: &Workers,
) {
    let _ = workers;
    let (n_in, n_out) = (shape.input_len(), shape.output_len());
    let plane = shape.output[1] * shape.output[2];
    filter_bar.fill(T::ZERO);
    bias_bar.fill(T::ZERO);
    for (x, delta) in x.chunks(n_in).zip(delta.chunks(n_out)) {
        shape.for_each(|o, w, i| filter_bar[w] += delta[o] * x[i]);
        bias_bar
            .iter_mut()
            .zip(delta.chunks(plane))
            .for_each(|(b, d)| *b += d.iter().copied().sum());
    }
}

/// Equation (45) without the slope: `x_bar = sum filter * delta`, overwritten.
pub fn conv_backward_input<T: Real>(
    shape: &ConvShape,
    filter: &[T],
    delta: &[T],
    x_bar: &mut [T],
    workers: &Workers,
) {
    let (n_in, n_out) = (shape.input_len(), shape.output_len());
    let samples = x_bar.len() / n_in;
    workers.for_each_chunk(x_bar, n_in, samples * shape.work(), |s, x_bar| {
        let delta = &delta[s * n_out..][..n_out];
        x_bar.fill(T::ZERO);
        shape.for_each(|o, w, i| x_bar[i] += filter[w] * delta[o]);
    });
}
