//! An objective with what composes with it.

use crate::{Clip, Objective, Trap};
use gradflow_kernels::{Real, slices};

/// An objective with its trap, and with its gradient clipped.
pub(crate) struct Composed<'a, O: ?Sized> {
    objective: &'a mut O,
    trap: Option<&'a Trap>,
    clip: Option<Clip>,
}

impl<'a, O: ?Sized> Composed<'a, O> {
    pub(crate) fn new(objective: &'a mut O, trap: Option<&'a Trap>, clip: Option<Clip>) -> Self {
        Self {
            objective,
            trap,
            clip,
        }
    }
}

impl<T: Real, O: Objective<T> + ?Sized> Objective<T> for Composed<'_, O> {
    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn value(&mut self, q: &[T]) -> f64 {
        self.objective.value(q) + self.trap.map_or(0.0, |trap| trap.value(q))
    }

    fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
        let value = self.objective.value_and_gradient(q, j);
        let value = value + self.trap.map_or(0.0, |trap| trap.add(q, j));
        if let Some(clip) = self.clip {
            clip.apply(j);
        }
        value
    }

    fn curvature(&mut self, q: &[T], v: &[T], hv: &mut [T]) -> bool {
        let known = self.objective.curvature(q, v, hv);
        if let (true, Some(trap)) = (known, self.trap) {
            trap.add_curvature(v, hv);
        }
        known
    }

    fn gradient_is_finite(&self, j: &[T]) -> bool {
        // Clipping makes numbers smaller and leaves alone what is not finite; a trap may overflow.
        match self.trap {
            None => self.objective.gradient_is_finite(j),
            Some(_) => slices::all_finite(j),
        }
    }
}
