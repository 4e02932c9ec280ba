//! Waiting for a cost to fall.

use gradflow_kernels::Real;

use crate::Model;

/// How long a cost has not fallen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub(crate) struct Patience {
    /// The cost from which a decrease is measured: that of the last decrease that counted.
    pub(crate) from: Option<f64>,
    /// Epochs since then.
    pub(crate) waited: usize,
}

impl Patience {
    /// Takes the next cost; epochs in a row without a decrease that counts.
    pub(crate) fn note(&mut self, cost: f64, min_decrease: f64) -> usize {
        let falls = match self.from {
            None => cost.is_finite(),
            Some(from) => cost.is_finite() && cost < from && cost <= from - min_decrease,
        };
        if falls {
            (self.from, self.waited) = (Some(cost), 0);
        } else {
            // It may come from a file.
            self.waited = self.waited.saturating_add(1);
        }
        self.waited
    }
}

/// The parameters of the lowest cost so far.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub(crate) struct Best<T> {
    pub(crate) epoch: usize,
    pub(crate) cost: f64,
    pub(crate) theta: Vec<T>,
    pub(crate) state: Vec<T>,
}

impl<T: Real> Best<T> {
    /// Remembers the model if its cost is the lowest; the first of equals stays.
    pub(crate) fn note(best: &mut Option<Self>, epoch: usize, cost: f64, model: &Model<T>) {
        if !cost.is_finite() {
            return;
        }
        match best {
            Some(best) if cost >= best.cost => {}
            Some(best) => {
                (best.epoch, best.cost) = (epoch, cost);
                best.theta.copy_from_slice(model.theta());
                best.state.copy_from_slice(model.state());
            }
            None => {
                *best = Some(Self {
                    epoch,
                    cost,
                    theta: model.theta().to_vec(),
                    state: model.state().to_vec(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Cost, Network};

    fn waited(costs: &[f64], min_decrease: f64) -> Vec<usize> {
        let mut patience = Patience::default();
        let mut note = |cost: &f64| patience.note(*cost, min_decrease);
        costs.iter().map(&mut note).collect()
    }

    #[test]
    fn a_decrease_counts_from_the_last_that_did() {
        assert_eq!(waited(&[3.0, 2.0, 2.0, 2.5, 1.0], 0.0), [0, 0, 1, 2, 0]);
        // None of these falls by 0.1 from the first, although all fall.
        assert_eq!(waited(&[0.108, 0.082, 0.062, 0.047], 0.1), [0, 1, 2, 3]);
        assert_eq!(waited(&[1.0, 0.95, 0.875, 0.75], 0.125), [0, 1, 0, 0]);
        assert_eq!(
            waited(&[f64::NAN, f64::INFINITY, 1.0, f64::NAN], 0.0),
            [1, 2, 0, 1]
        );
        // A file cannot hold where an infinite fall would be measured from.
        assert_eq!(waited(&[1.0, f64::NEG_INFINITY, 0.5], 0.0), [0, 1, 0]);
    }

    #[test]
    fn a_wait_out_of_a_file_does_not_overflow() {
        let mut patience = Patience {
            from: Some(0.0),
            waited: usize::MAX,
        };
        assert_eq!(patience.note(1.0, 0.0), usize::MAX);
    }

    #[test]
    fn the_first_of_equals_is_the_best() {
        let network = Network::<f64>::builder(1)
            .dense(1, Activation::Identity)
            .build()
            .expect("a network");
        let mut model = Model::new(network, Cost::regression(), 1).expect("a model");
        let mut best = None;
        let costs = [f64::NAN, 2.0, 2.0, f64::INFINITY, 1.0, 1.0, 3.0];
        for (cost, epoch) in costs.into_iter().zip(1..) {
            model.put(&[epoch as f64, 0.0], &[]);
            Best::note(&mut best, epoch, cost, &model);
            let expected = [0, 2, 2, 2, 5, 5, 5][epoch - 1];
            let (came, first) = match &best {
                None => (0, 0.0),
                Some(best) => (best.epoch, best.theta[0]),
            };
            assert_eq!((came, first), (expected, expected as f64), "epoch {epoch}");
        }
    }
}
