//! The speed of the machine's multiply-adds: the yardstick of the other kernels.

use crate::dispatch::kernel;
use crate::{Real, cpu};

/// Independent chains of multiply-adds: enough to hide their latency on two units, few enough for the registers.
const CHAINS: usize = 12;

/// Runs `rounds` rounds of independent multiply-adds in registers, without touching memory, and returns how many
/// floating-point operations they were, with a sum that keeps them from being left out.
///
/// Divided by the time taken this is the peak that a matrix product can reach at the [`cpu::level`] in use.
///
/// ```
/// let (operations, sum) = gradflow_kernels::multiply_adds::<f32>(10);
/// assert!(operations >= 10 * 2 && sum.is_finite());
/// ```
pub fn multiply_adds<T: Real>(rounds: usize) -> (usize, T) {
    chains::<T>(cpu::level(), rounds)
}

kernel! {
    fn chains<T, S>(s: S; rounds: usize) -> (usize, T) {
        let (factor, term) = (s.splat(T::from_f64(0.5)), s.splat(T::ONE));
        let mut sums = [s.zero(); CHAINS];
        for _ in 0..rounds {
            for sum in &mut sums {
                // Tends to 2: neither infinite nor denormal, however long it runs.
                *sum = s.mul_add(*sum, factor, term);
            }
        }
        let mut total = T::ZERO;
        for sum in sums {
            total += s.reduce_add(sum);
        }
        (2 * CHAINS * S::LANES * rounds, total)
    }
}
