//! A line that shows how far a run is.

use core::fmt::{self, Debug};
use core::ops::ControlFlow;

use gradflow_kernels::Real;
use indicatif::{ProgressBar as Line, ProgressStyle};

use crate::{Epoch, Iteration, Observer};

/// A line on the standard error that shows how far a run is: a bar, the time left, the last epoch with its cost, validation and
/// learning rate. It writes nothing where the standard error is no terminal. Feature `progress`.
///
/// ```
/// use gradflow::data::Dataset;
/// use gradflow::optim::Adam;
/// use gradflow::{Activation, Cost, Model, Network, ProgressBar, Protocol, Run};
///
/// let data = Dataset::<f32>::classification(1, vec![-1.0, 1.0], [0, 1], 2)?;
/// let network = Network::builder(1).dense(2, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::classification(), 1)?;
/// let protocol = Protocol::new(Adam::new(0.1)).epochs(20);
/// let history = Run::new(protocol, &mut model, &data)?.watch(ProgressBar::new()).finish()?;
/// # assert_eq!(history.epochs.len(), 20);
/// # Ok::<(), gradflow::Error>(())
/// ```
pub struct ProgressBar {
    line: Line,
}

impl ProgressBar {
    /// A bar that learns from the first step how many there are.
    pub fn new() -> Self {
        let line = Line::no_length();
        // The template is fixed; were it ever wrong, the default style would do.
        if let Ok(style) =
            ProgressStyle::with_template("{bar:8} {percent:>3} % {eta:>3} left, {wide_msg}")
        {
            line.set_style(style);
        }
        Self { line }
    }
}

impl Default for ProgressBar {
    fn default() -> Self {
        Self::new()
    }
}

impl Debug for ProgressBar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProgressBar")
            .field("position", &self.line.position())
            .field("length", &self.line.length())
            .finish()
    }
}

impl<T: Real> Observer<T> for ProgressBar {
    fn step(&mut self, step: &Iteration) {
        // A step may take microseconds: the line must not be what takes the time.
        if step.taken.is_multiple_of(16) || step.taken == step.total {
            self.line.set_length(step.total as u64);
            self.line.set_position(step.taken as u64);
        }
    }

    fn epoch(&mut self, epoch: &Epoch) -> ControlFlow<()> {
        self.line.set_message(short(epoch));
        ControlFlow::Continue(())
    }
}

/// An epoch in so few letters that it stands beside the bar in 80 columns.
fn short(epoch: &Epoch) -> String {
    let mut text = format!("epoch {}: cost {:.4}", epoch.epoch, epoch.cost);
    if let Some(validation) = epoch.validation {
        text += &format!(", val {:.4}", validation.cost);
        if let Some(accuracy) = validation.accuracy {
            text += &format!(" {:.1} %", 100.0 * accuracy);
        }
    }
    text + &format!(", rate {:.0e}", epoch.rate)
}

impl Drop for ProgressBar {
    fn drop(&mut self) {
        // What is printed next begins on a line of its own.
        self.line.finish_and_clear();
    }
}
