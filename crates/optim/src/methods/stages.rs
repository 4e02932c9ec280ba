//! The stages of the Chebyshev methods, which are one recurrence.

use crate::{NonFinite, Step, evaluate};
use gradflow_kernels::{Real, update};

/// Coefficients of one stage, from the two before it:
///
/// ```text
/// xⱼ = newer xⱼ₋₁ + older xⱼ₋₂ + point q − rate (gradient J(xⱼ₋₁) + first J(q))
/// ```
pub(super) struct Stage {
    pub(super) newer: f64,
    pub(super) older: f64,
    pub(super) point: f64,
    pub(super) gradient: f64,
    pub(super) first: f64,
}

/// Two stages and a gradient.
pub(super) fn scratch(len: usize) -> usize {
    len.saturating_mul(3)
}

/// One step: `x_0 = q`, `x_1 = q - rate first J(q)`, then `stages`; `q` becomes the last.
pub(super) fn run<T: Real>(
    at: Step<'_, T>,
    rate: f64,
    first: f64,
    stages: impl Iterator<Item = Stage>,
) -> Result<(), NonFinite> {
    let Step {
        q,
        j: j0,
        workers,
        more,
        ..
    } = at;
    let (mut older, rest) = at.scratch.split_at_mut(q.len());
    let (mut newer, j) = rest.split_at_mut(q.len());
    older.copy_from_slice(q);
    newer.copy_from_slice(q);
    update::combine(newer, 1.0, &[(-rate * first, j0)], workers);
    for stage in stages {
        evaluate(more, newer, j)?;
        let terms = [
            (-rate * stage.gradient, &*j),
            (stage.newer, &*newer),
            (stage.point, &*q),
            (-rate * stage.first, j0),
        ];
        // The first-order method has no part in the last two.
        let used = if stage.first == 0.0 && stage.point == 0.0 {
            2
        } else {
            4
        };
        update::combine(older, stage.older, &terms[..used], workers);
        core::mem::swap(&mut older, &mut newer);
    }
    q.copy_from_slice(newer);
    Ok(())
}
