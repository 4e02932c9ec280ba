//! Losses of the user's by name.

use std::collections::BTreeMap;

use crate::{CostError, Loss};

/// The losses of one's own that a file may name.
///
/// A file holds the name of such a loss, not its code; [`Cost::resolve`](crate::Cost::resolve) finds it here. Losses of the
/// library need none.
///
/// ```
/// use gradflow_loss::{Cost, Loss, Output, Losses};
///
/// let log_cosh = Loss::custom("logcosh", |v, y| (v - y).cosh().ln(), |v, y| (v - y).tanh());
/// let cost = Cost::new(Output::Identity, log_cosh.clone())?;
/// let file = serde_json::to_string(&cost)?;
///
/// let read: Cost = serde_json::from_str(&file)?;
/// assert!(read.check(1).is_err()); // not resolved yet
/// let losses = Losses::new().loss(log_cosh);
/// assert_eq!(read.resolve(&losses)?, cost);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Losses {
    losses: BTreeMap<String, Loss>,
}

impl Losses {
    /// A list without losses.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a loss under its own name, in place of one that had the name before.
    #[must_use]
    pub fn loss(mut self, loss: Loss) -> Self {
        self.losses.insert(loss.name().to_owned(), loss);
        self
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.losses.keys().map(String::as_str)
    }

    /// The loss of a name.
    ///
    /// # Errors
    /// [`CostError::UnknownLoss`], with the names that there are.
    pub fn get(&self, name: &str) -> Result<&Loss, CostError> {
        self.losses.get(name).ok_or_else(|| CostError::UnknownLoss {
            name: name.to_owned(),
            known: self.losses.keys().cloned().collect(),
        })
    }
}
