//! Samples side by side, each with its share in the cost.

use gradflow_kernels::Real;

use crate::terms::Terms;

/// What each sample counts for: `share w_s`, over `n_out` where (22) says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shares<'a, T> {
    pub(crate) weights: Option<&'a [T]>,
    pub(crate) scale: f64,
}

impl<T: Real> Shares<'_, T> {
    #[inline(always)]
    pub(crate) fn of(&self, s: usize) -> f64 {
        match self.weights {
            None => self.scale,
            Some(weights) => weights[s].to_f64() * self.scale,
        }
    }

    /// The shares of the samples from the given one on.
    pub(crate) fn after(self, samples: usize) -> Self {
        Self {
            weights: self.weights.map(|weights| &weights[samples..]),
            ..self
        }
    }
}

/// Outputs, targets and gradient of samples of `n` components.
pub(crate) struct OutputColumns<'a, T> {
    pub(crate) shares: Shares<'a, T>,
    pub(crate) n: usize,
    pub(crate) p: &'a [T],
    pub(crate) y: &'a [T],
    pub(crate) p_bar: &'a mut [T],
}

impl<T: Real> OutputColumns<'_, T> {
    /// The same numbers as samples of another length, with the same share each.
    #[inline(always)]
    pub(crate) fn of_length(self, n: usize) -> Self {
        Self { n, ..self }
    }

    /// `sum_s share(s) L_s`; `column` is handed a sample's share, output, target and place for its gradient, times the
    /// share, and returns `L_s`. A sample without a share is left out.
    #[inline(always)]
    pub(crate) fn sum(self, mut column: impl FnMut(f64, &[T], &[T], &mut [T]) -> f64) -> f64 {
        let columns = (self.p.chunks_exact(self.n))
            .zip(self.y.chunks_exact(self.n))
            .zip(self.p_bar.chunks_exact_mut(self.n));
        let mut sum = 0.0;
        for (s, ((p, y), p_bar)) in columns.enumerate() {
            let share = self.shares.of(s);
            if share == 0.0 {
                p_bar.fill(T::ZERO);
            } else {
                sum += share * column(share, p, y, p_bar);
            }
        }
        sum
    }

    /// [`sum`](OutputColumns::sum) of losses whose components do not mix: `entry` is a loss `l~(p, y)` and its slope.
    #[inline(always)]
    pub(crate) fn entrywise(
        self,
        terms: impl Terms<T>,
        entry: impl Fn(T, T) -> crate::entrywise::Entry<T>,
    ) -> f64 {
        self.sum(|share, p, y, p_bar| {
            let entry = |a: usize| entry(p[a], terms.target(y[a]));
            let weight = |a: usize| terms.weight(a);
            crate::entrywise::column(entry, weight, T::from_f64(share), p_bar)
        })
    }
}
