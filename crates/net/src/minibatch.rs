//! Assembly of shuffled mini-batches.

use gradflow_data::Dataset;
use gradflow_kernels::{Real, Workers, gather_rows};

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
    pub(crate) fn gather(
        &mut self,
        samples: &[usize],
        workers: &Workers,
    ) -> (&[T], &[T], Option<&[T]>) {
        let weights = self.weights.as_mut();
        (
            self.x.gather(samples, workers),
            self.y.gather(samples, workers),
            weights.map(|weights| weights.gather(samples, workers)),
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
    fn gather(&mut self, samples: &[usize], workers: &Workers) -> &[T] {
        let out = &mut self.buffer[..samples.len() * self.of];
        gather_rows(self.from, self.of, samples, out, workers);
        out
    }
}
