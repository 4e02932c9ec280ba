//! Losses of the user's on the whole output of a sample.

use core::cell::Cell;
use core::fmt::Debug;
use core::ops::RangeInclusive;

use gradflow_kernels::Real;
use gradflow_tensor::BatchMut;

use crate::columns::OutputColumns;

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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loss on whole outputs",
    label = "no `Criterion`",
    note = "implement `Criterion`: `name`, and `sample`, which returns the loss of one sample and writes its gradient; a loss \
            of one component is made by `Loss::custom(name, value, slope)`"
)]
pub trait Criterion: Debug + Send + Sync {
    /// A name for files and tables.
    fn name(&self) -> &str;

    /// The loss of the output `p` for the target `y`, and its gradient with respect to `p` into `p_bar`. The three have equal
    /// lengths; `p_bar` is handed over as zeros. Not called with a NaN in `p`: that gives NaN.
    fn sample(&self, p: &[f64], y: &[f64], p_bar: &mut [f64]) -> f64;

    /// Replaces the output `p` by the prediction `zeta(p)`; the outputs as they are, if nothing else is said.
    #[allow(unused_variables)]
    fn map(&self, p: &mut [f64]) {}

    /// Where the components of targets must lie.
    fn targets(&self) -> RangeInclusive<f64> {
        f64::MIN..=f64::MAX
    }
}

/// Numbers that fit the stack: output, target and gradient of 64 components.
const STACK: usize = 3 * 64;

thread_local! {
    /// For larger samples; it grows once a thread.
    static BUFFER: Cell<Vec<f64>> = const { Cell::new(Vec::new()) };
}

/// Hands `f` a buffer of the length, of any contents.
fn with_buffer<R>(len: usize, f: impl FnOnce(&mut [f64]) -> R) -> R {
    if len <= STACK {
        return f(&mut [0.0; STACK][..len]);
    }
    // Taken out while it is in use: a criterion that evaluates another cost finds an empty one.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    buffer.resize(len.max(buffer.len()), 0.0);
    let result = f(&mut buffer[..len]);
    // A thread that is about to end keeps nothing.
    let _ = BUFFER.try_with(|place| place.set(buffer));
    result
}

/// `to <- from`, in double precision; whether there is a NaN.
fn load<T: Real>(from: &[T], to: &mut [f64]) -> bool {
    let pairs = to.iter_mut().zip(from);
    pairs.fold(false, |any, (to, from)| {
        *to = from.to_f64();
        any | to.is_nan()
    })
}

/// `sum_s share(s) L_s`, and the gradient.
pub(crate) fn sum<T: Real>(criterion: &dyn Criterion, columns: OutputColumns<'_, T>) -> f64 {
    let n = columns.n;
    with_buffer(3 * n, |buffer| {
        let (p64, rest) = buffer.split_at_mut(n);
        let (y64, g64) = rest.split_at_mut(n);
        columns.sum(|share, p, y, p_bar| {
            if load(p, p64) {
                p_bar.fill(T::from_f64(f64::NAN));
                return f64::NAN;
            }
            load(y, y64);
            g64.fill(0.0);
            let value = criterion.sample(p64, y64, g64);
            for (p_bar, g) in p_bar.iter_mut().zip(&*g64) {
                *p_bar = T::from_f64(share * g);
            }
            value
        })
    })
}

/// Replaces every sample by the criterion's prediction; a sample with a NaN becomes NaN.
pub(crate) fn map<T: Real>(criterion: &dyn Criterion, mut p: BatchMut<'_, T>) {
    with_buffer(p.size(), |zeta| {
        for p in p.iter_mut() {
            if load(p, zeta) {
                zeta.fill(f64::NAN);
            } else {
                criterion.map(zeta);
            }
            for (p, zeta) in p.iter_mut().zip(&*zeta) {
                *p = T::from_f64(*zeta);
            }
        }
    });
}
