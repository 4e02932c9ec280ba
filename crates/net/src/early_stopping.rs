//! Stopping when the validation cost no longer falls.

use core::ops::ControlFlow;

use gradflow_kernels::Real;

use crate::Model;

/// Stop when the cost on the validation set has not improved for a while; the best parameters come back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStopping {
    /// The run ends after so many epochs in a row without improvement.
    pub patience: usize,
    /// The least decrease of the validation cost that counts as an improvement.
    pub min_decrease: f64,
}

/// The best parameters seen, for early stopping.
pub(crate) struct Best<T> {
    rule: Option<EarlyStopping>,
    epoch: usize,
    cost: f64,
    theta: Vec<T>,
}

impl<T: Real> Best<T> {
    pub(crate) fn new(rule: Option<EarlyStopping>) -> Self {
        Self {
            rule,
            epoch: 0,
            cost: f64::INFINITY,
            theta: Vec::new(),
        }
    }

    /// Remembers the parameters if they are the best; breaks when patience is at an end.
    pub(crate) fn note(&mut self, epoch: usize, cost: f64, theta: &[T]) -> ControlFlow<usize> {
        let Some(rule) = self.rule else {
            return ControlFlow::Continue(());
        };
        if cost < self.cost - rule.min_decrease {
            (self.epoch, self.cost) = (epoch, cost);
            self.theta.clear();
            self.theta.extend_from_slice(theta);
        } else if epoch - self.epoch >= rule.patience {
            return ControlFlow::Break(self.epoch);
        }
        ControlFlow::Continue(())
    }

    /// Puts the best parameters back, however the run ended, and says of which epoch they are.
    pub(crate) fn restore(&self, model: &mut Model<T>) -> Option<usize> {
        (self.theta.len() == model.theta().len()).then(|| {
            model.theta_mut().copy_from_slice(&self.theta);
            self.epoch
        })
    }
}
