//! Assembly of shuffled mini-batches.

use gradflow_data::Dataset;
use gradflow_kernels::Real;

/// Buffers into which the samples of a mini-batch are copied, one beside the other.
pub(crate) struct MiniBatch<'a, T: Real> {
    x: Columns<'a, T>,
    y: Columns<'a, T>,
    weights: Option<Columns<'a, T>>,
    size: usize,
}

impl<'a, T: Real> MiniBatch<'a, T> {
    /// Mini-batches of up to `size` samples of a data set.
    pub(crate) fn new(data: &'a Dataset<T>, weights: Option<&'a [T]>, size: usize) -> Self {
        let size = size.min(data.len());
        let columns = |from: &'a [T], of: usize| Columns {
            from,
            of,
            buffer: vec![T::ZERO; of * size],
        };
        Self {
            x: columns(data.inputs().data(), data.inputs().size()),
            y: columns(data.targets().data(), data.targets().size()),
            weights: weights.map(|weights| columns(weights, 1)),
            size,
        }
    }

    /// The largest batch.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Copies these samples; at most `size` of them.
    pub(crate) fn gather(&mut self, samples: &[usize]) -> (&[T], &[T], Option<&[T]>) {
        (
            self.x.gather(samples),
            self.y.gather(samples),
            self.weights.as_mut().map(|weights| weights.gather(samples)),
        )
    }
}

/// The columns of a matrix and a buffer for some of them.
struct Columns<'a, T> {
    from: &'a [T],
    of: usize,
    buffer: Vec<T>,
}

impl<T: Real> Columns<'_, T> {
    fn gather(&mut self, samples: &[usize]) -> &[T] {
        let out = &mut self.buffer[..samples.len() * self.of];
        for (out, sample) in out.chunks_exact_mut(self.of).zip(samples) {
            out.copy_from_slice(&self.from[sample * self.of..][..self.of]);
        }
        out
    }
}
