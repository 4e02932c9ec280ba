//! A method on given gradients.

use crate::{Closure, Descent, Method, OptimError, Stop};

/// Where a method of one gradient a step leads from `q0` when these are given, whatever the point: what its formula says.
///
/// # Errors
/// [`OptimError`] for invalid constants, or numbers that are not finite.
///
/// ```
/// use gradflow_optim::{MomentumSummed, study::follow};
///
/// let q = follow(MomentumSummed { rate: 1.0, beta: 0.5 }, [0.0], &[[1.0], [0.0], [0.0]])?;
/// assert_eq!(q, [-1.75]); // 1, a half, a quarter
/// # Ok::<(), gradflow_optim::OptimError>(())
/// ```
pub fn follow<M: Method<f64>, const N: usize>(
    method: M,
    q0: [f64; N],
    gradients: &[[f64; N]],
) -> Result<[f64; N], OptimError> {
    let mut given = gradients.iter();
    let mut objective = Closure::new(N, |_: &[f64], j: &mut [f64]| {
        j.copy_from_slice(given.next().unwrap_or(&[0.0; N]));
        0.0
    });
    let stop = Stop::after(gradients.len());
    let end = Descent::of(method).minimise(&mut objective, &q0, &stop)?;
    Ok(core::array::from_fn(|i| end.q[i]))
}
