//! The tests of costs, as one program: it is linked once.

mod extreme;
mod gradients;
mod losses;
mod refusals;

use gradflow_kernels::Real;
use gradflow_loss::Cost;
use gradflow_tensor::{Batch, BatchMut};

/// Value and gradient of a batch of one.
fn one<T: Real>(cost: &Cost, p: &[T], y: &[T]) -> (f64, Vec<T>) {
    let mut p_bar = vec![T::from_f64(f64::NAN); p.len()];
    let value = cost.value_and_gradient(
        Batch::single(p).unwrap(),
        Batch::single(y).unwrap(),
        None,
        1.0,
        BatchMut::new(&mut p_bar, p.len()).unwrap(),
    );
    (value, p_bar)
}
