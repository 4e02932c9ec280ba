//! The output map zeta.

use gradflow_kernels::{Real, Unary, slices};
use gradflow_tensor::BatchMut;

use crate::sums::{below, sum};

/// The output map `zeta` from the last layer's output `p` (the logits) to the prediction: a sigmoid or soft-max that is part of the cost,
/// as with `from_logits=True` in Keras.
///
/// ```text
/// identity   ζ_a = p_a
/// logistic   ζ_a = 1 / (1 + e^-p_a)
/// soft-max   ζ_a = e^p_a / Σ_b e^p_b                                               Equation (20)
/// ```
///
/// ```
/// use gradflow_loss::Output;
///
/// // Logits of any size: the largest is subtracted first.
/// assert_eq!(Output::Softmax.of(&[1000.0, 1000.0, -1000.0]), [0.5, 0.5, 0.0]);
/// assert_eq!(Output::Logistic.of(&[0.0_f32]), [0.5]);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Output {
    /// The prediction is the last layer's output: regression.
    #[default]
    Identity,
    /// The sigmoid. Each output is a probability of its own: two classes on one output, or several answers that do not exclude one another.
    Logistic,
    /// The outputs are a distribution over classes of which exactly one holds.
    Softmax,
}

impl Output {
    /// Replaces every sample `p` by `zeta(p)`. NaN gives NaN.
    ///
    /// ```
    /// use gradflow_loss::Output;
    /// use gradflow_tensor::BatchMut;
    ///
    /// let mut p = [0.0_f32, 0.0, 3.0_f32.ln(), 0.0]; // two samples of two outputs
    /// Output::Softmax.apply(BatchMut::new(&mut p, 2)?);
    /// assert!(p.iter().zip([0.5, 0.5, 0.75, 0.25]).all(|(p, zeta)| (p - zeta).abs() < 1e-6));
    /// # Ok::<(), gradflow_tensor::BatchError>(())
    /// ```
    pub fn apply<T: Real>(self, mut p: BatchMut<'_, T>) {
        match self {
            Self::Identity => {}
            Self::Logistic => Unary::Logistic.apply(p.data()),
            Self::Softmax => {
                for z in p.iter_mut() {
                    let largest = z[argmax(z)];
                    for z in z.iter_mut() {
                        *z = -below(largest, *z);
                    }
                }
                slices::exp(p.data());
                for e in p.iter_mut() {
                    let scale = T::ONE / sum(e);
                    e.iter_mut().for_each(|e| *e *= scale);
                }
            }
        }
    }

    /// `zeta(p)` of one sample.
    pub fn of<T: Real>(self, p: &[T]) -> Vec<T> {
        let mut zeta = p.to_vec();
        let size = zeta.len();
        // Only an empty sample is not a batch, and it maps to itself.
        if let Ok(batch) = BatchMut::new(&mut zeta, size) {
            self.apply(batch);
        }
        zeta
    }
}

impl core::fmt::Display for Output {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity",
            Self::Logistic => "logistic",
            Self::Softmax => "soft-max",
        })
    }
}

/// The position of the largest element, the first of several. A NaN in front stays the largest, so that
/// subtracting "the largest" spreads it; a NaN further back reaches the sums by itself.
#[inline]
pub(crate) fn argmax<T: Real>(z: &[T]) -> usize {
    let mut top = 0;
    let mut largest = z[0];
    for (a, z) in z.iter().enumerate().skip(1) {
        if *z > largest {
            (top, largest) = (a, *z);
        }
    }
    top
}
