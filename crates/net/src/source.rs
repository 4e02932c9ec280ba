//! Where mini-batches come from.

use core::fmt::Debug;

use gradflow_data::Schema;
use gradflow_kernels::{Real, Workers};
use gradflow_layers::Draw;
use gradflow_loss::Cost;
use gradflow_tensor::Shape;

use crate::{ModelError, TrainingError};

/// What the targets of a [`Source`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// The number of a class, of so many.
    Classes(usize),
    /// So many values for a sample.
    Values(usize),
}

/// Where the samples of a mini-batch are copied to, one beside the other.
#[derive(Debug)]
pub struct Gathered<'b, T> {
    /// The inputs: as many elements for each sample as the source's shape has.
    pub x: &'b mut [T],
    /// The targets.
    pub targets: TargetsMut<'b, T>,
    /// The samples' weights, if the source has any.
    pub weights: Option<&'b mut [T]>,
    /// Of the run's seed and the epoch: what a source draws at random for a sample, it draws from this and the sample's number
    /// alone, by [`Draw::row`] or [`Draw::uniform`], so that runs can be repeated and taken up again.
    pub draw: Draw,
}

/// The targets of a mini-batch, to be filled.
#[derive(Debug)]
pub enum TargetsMut<'b, T> {
    /// One class number a sample.
    Classes(&'b mut [usize]),
    /// Values, sample after sample.
    Values(&'b mut [T]),
}

/// Where a run takes its mini-batches from: a data set in memory, a mapped file, a generator.
///
/// A run asks for samples by their numbers, in an order that comes from its seed and the epoch alone.
///
/// ```
/// use gradflow::{Gathered, Shape, Source, TargetKind, TargetsMut, TrainingError, Workers};
///
/// /// Makes sample `s` when it is asked for: `y = 2 x` on a grid.
/// #[derive(Debug)]
/// struct Doubling {
///     shape: Shape<3>,
/// }
///
/// impl Source<f32> for Doubling {
///     fn len(&self) -> usize {
///         1000
///     }
///     fn shape(&self) -> Shape<3> {
///         self.shape
///     }
///     fn targets(&self) -> TargetKind {
///         TargetKind::Values(1)
///     }
///     fn gather(
///         &mut self,
///         samples: &[usize],
///         into: Gathered<f32>,
///         _: &Workers,
///     ) -> Result<(), TrainingError> {
///         let TargetsMut::Values(y) = into.targets else { return Ok(()) };
///         for (i, s) in samples.iter().enumerate() {
///             (into.x[i], y[i]) = (*s as f32 / 1000.0, *s as f32 / 500.0);
///         }
///         Ok(())
///     }
/// }
/// # use gradflow::{Activation, Cost, Model, Network, Protocol, optim::Adam};
/// # let network = Network::builder([1, 1, 1]).dense(1, Activation::Identity).build()?;
/// let mut model = Model::new(network, Cost::regression(), 1)?;
/// let doubling = Doubling { shape: Shape::vector(1)? };
/// Protocol::new(Adam::new(0.01)).epochs(20).train(&mut model, doubling)?;
/// assert!((model.predict(&[0.5])?[0] - 1.0).abs() < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "samples for a model in `{T}` cannot be taken from `{Self}`",
    label = "no `Source<{T}>`",
    note = "hand over `&Dataset<{T}>`, with the `&`; `Samples` (a data set with weights); or a type of your own that implements \
            `Source<{T}>`. Model and data compute with one type of numbers"
)]
pub trait Source<T: Real>: Debug {
    /// Samples in an epoch.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shape of an input sample.
    fn shape(&self) -> Shape<3>;

    /// What the targets are.
    fn targets(&self) -> TargetKind;

    /// What the numbers mean, if that is known: names of columns and classes, and what was done to the inputs. A model keeps it, and
    /// refuses data that mean something else.
    fn schema(&self) -> Option<&Schema> {
        None
    }

    /// Whether samples have weights; over an epoch their mean is 1.
    fn weighted(&self) -> bool {
        false
    }

    /// Copies these samples, numbers below [`len`](Source::len), to where the slices of `into` are as long as they need.
    ///
    /// # Errors
    /// [`TrainingError::Source`] if samples cannot be had; the run then stops where it is.
    fn gather(
        &mut self,
        samples: &[usize],
        into: Gathered<'_, T>,
        workers: &Workers,
    ) -> Result<(), TrainingError>;

    /// Told of the samples of the next mini-batch while this one is at work, so that they can be read ahead; nothing, by default. What is gathered
    /// next may be others: a run that is taken up goes on elsewhere.
    ///
    /// # Errors
    /// [`TrainingError::Source`]; that samples cannot be read is better told when they are gathered.
    fn ahead(&mut self, samples: &[usize]) -> Result<(), TrainingError> {
        let _ = samples;
        Ok(())
    }

    /// Whether targets and weights are known to be sound, so that a run need not look at those of every mini-batch.
    fn is_checked(&self) -> bool {
        false
    }

    /// Whether the cost is defined for every target, as far as that is known before they are asked for.
    ///
    /// # Errors
    /// [`ModelError::Cost`].
    fn check_targets(&self, cost: &Cost) -> Result<(), ModelError> {
        let _ = cost;
        Ok(())
    }
}
