//! The dense layer that a convolution is.

use gradflow_kernels::Real;

use super::{Conv, refuse};
use crate::{Dense, Describe, LayerError, LayerFault};

impl Conv {
    /// The dense layer of (36), (37) with its parameters, from those of this layer: for the same flat inputs it has the same flat
    /// outputs, for any stride, dilation, padding and groups.
    ///
    /// ```text
    /// (37)  w_{ijk, ABC} = f_iabc  where A = a + (block of i) i_d / G, B = b r_v + j s_v − pad_v,
    ///                              C = c r_h + k s_h − pad_h; else 0
    /// ```
    ///
    /// Its biases are `b_i` for all `jk`. It has `outputs * inputs` weights: that is for tests and to see the structure.
    ///
    /// ```
    /// use gradflow_layers::{Activation, Conv, Describe};
    /// use gradflow_tensor::Shape;
    ///
    /// let conv = Conv::new(Shape::new([1, 1, 4])?, 1, [1, 2], Activation::Identity)?;
    /// let (dense, theta) = conv.as_dense(&[2.0, 3.0, 0.5])?;
    /// assert_eq!(theta, [
    ///     2.0, 3.0, 0.0, 0.0,
    ///     0.0, 2.0, 3.0, 0.0,
    ///     0.0, 0.0, 2.0, 3.0,
    ///     0.5, 0.5, 0.5,
    /// ]);
    /// assert_eq!(dense.spec().parameters(), theta.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LayerError`] if `theta` is not as long as the layer has parameters, or the dense layer does not fit into memory.
    pub fn as_dense<T: Real>(&self, theta: &[T]) -> Result<(Dense, Vec<T>), LayerError> {
        let (input, output) = (self.spec.input, self.spec.output);
        let dense = Dense::new(input, output.len(), self.activation.clone())?;
        if theta.len() != self.spec.parameters() {
            let (parameters, came) = (self.spec.parameters(), theta.len());
            let reason = format!("it has {parameters} parameters, but {came} came");
            return Err(LayerError::refused(self.spec.name.clone(), reason));
        }
        let (filter, bias) = theta.split_at(self.filter_len());
        let mut image: Vec<T> = Vec::new();
        let len = dense.spec().parameters();
        let reserved = image.try_reserve_exact(len);
        reserved.map_err(|_| refuse(LayerFault::TooManyParameters))?;
        image.resize(len, T::ZERO);
        let (weight, biases) = image.split_at_mut(input.len() * output.len());
        let plane = output.dims()[1] * output.dims()[2];
        for (biases, bias) in biases.chunks_exact_mut(plane).zip(bias) {
            biases.fill(*bias);
        }
        let rows = weight.chunks_exact_mut(input.len());
        for (row, [i, j, k]) in rows.zip(output.indices()) {
            self.fill_row(row, filter, [i, j, k]);
        }
        Ok((dense, image))
    }

    /// The weights of one output.
    fn fill_row<T: Real>(&self, row: &mut [T], filter: &[T], [i, j, k]: [usize; 3]) {
        let shape = &self.shape;
        let [depth, vertical, horizontal] = shape.input;
        let [fv, fh] = shape.filter;
        let block = depth / shape.groups;
        let first = i / (shape.output[0] / shape.groups) * block;
        // Where row or column `b` of the filter lies in the input.
        let place = |d: usize, b: usize, j: usize| {
            let place = b * shape.dilation[d] + j * shape.stride[d];
            place
                .checked_sub(shape.padding[d][0])
                .filter(|place| *place < shape.input[d + 1])
        };
        for a in 0..block {
            for b in 0..fv {
                for c in 0..fh {
                    if let (Some(y), Some(x)) = (place(0, b, j), place(1, c, k)) {
                        row[((first + a) * vertical + y) * horizontal + x] =
                            filter[((i * block + a) * fv + b) * fh + c];
                    }
                }
            }
        }
    }
}
