//! Losses of the user's on the whole output of a sample.

use core::fmt::Debug;
use core::ops::RangeInclusive;

use gradflow_kernels::Real;
use gradflow_tensor::BatchMut;

/// A loss of one sample as a function of the network's output `p`, in double precision: for what is no sum over components.
///
/// Weights of samples, the mean over them, checks and the conversion from `f32` are the cost's. A criterion has an output
/// map of its own, [`map`](Criterion::map), so that its cost is made with [`Output::Identity`](crate::Output::Identity).
///
/// ```
/// use gradflow_loss::{Cost, Criterion, Loss, Output};
///
/// #[derive(Debug)]
/// struct Distance; // |p - y|, the length of the difference
/// impl Criterion for Distance {
///     fn name(&self) -> &str {
///         "distance"
///     }
///     fn sample(&self, p: &[f64], y: &[f64], p_bar: &mut [f64]) -> f64 {
///         let length = p.iter().zip(y).fold(0.0, |l: f64, (p, y)| l.hypot(p - y));
///         (0..p.len()).for_each(|a| p_bar[a] = (p[a] - y[a]) / length.max(1e-300));
///         length
///     }
/// }
///
/// let cost = Cost::new(Output::Identity, Loss::criterion(Distance))?;
/// # use gradflow_tensor::{Batch, BatchMut};
/// # let mut p_bar = [0.0_f32; 2];
/// # let (p, y) = ([3.0, 4.0], [0.0, 0.0]);
/// # let (p, y, g) = (Batch::single(&p)?, Batch::single(&y)?, BatchMut::new(&mut p_bar, 2)?);
/// # assert_eq!(cost.value_and_gradient(p, y, None, 1.0, g), 5.0);
/// # assert_eq!(p_bar, [0.6, 0.8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Criterion: Debug + Send + Sync {
    /// A name for files and tables.
    fn name(&self) -> &str;

    /// The loss of the output `p` for the target `y`, and its gradient with respect to `p` into `p_bar`. The three have equal
    /// lengths; `p_bar` is handed over as zeros. Not called with a NaN in `p`: that gives NaN.
    fn sample(&self, p: &[f64], y: &[f64], p_bar: &mut [f64]) -> f64;

    /// Replaces the output `p` by the prediction `zeta(p)`.
    fn map(&self, p: &mut [f64]) {
        let _ = p;
    }

    /// Where the components of targets must lie.
    fn targets(&self) -> RangeInclusive<f64> {
        f64::MIN..=f64::MAX
    }
}

/// Replaces every sample by the criterion's prediction.
pub(crate) fn map<T: Real>(criterion: &dyn Criterion, mut p: BatchMut<'_, T>) {
    for p in p.iter_mut() {
        let mut zeta: Vec<f64> = p.iter().map(|p| p.to_f64()).collect();
        criterion.map(&mut zeta);
        for (p, zeta) in p.iter_mut().zip(zeta) {
            *p = T::from_f64(zeta);
        }
    }
}
