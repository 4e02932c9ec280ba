//! Steihaug's truncated conjugate gradients: a step to where a quadratic model is small, within a radius.

use super::vectors::dot;
use crate::{Objective, evaluate};
use gradflow_kernels::{Real, Workers, update};

/// A point and its gradient, products with the second derivative there, and memory.
pub(super) struct Model<'a, T: Real> {
    pub(super) q: &'a [T],
    pub(super) j: &'a [T],
    pub(super) objective: &'a mut dyn Objective<T>,
    pub(super) workers: &'a Workers,
    /// Point and gradient of a difference.
    pub(super) point: &'a mut [T],
    pub(super) ahead: &'a mut [T],
}

/// Memory of the iteration: direction, its product, residual.
pub(super) struct Room<'a, T> {
    pub(super) d: &'a mut [T],
    pub(super) hd: &'a mut [T],
    pub(super) r: &'a mut [T],
}

/// What the model says about a step `p`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Promise {
    /// `J . p`
    pub(super) slope: f64,
    /// `p . H p`
    pub(super) curvature: f64,
    /// Whether the radius ended the step.
    pub(super) bounded: bool,
}

impl Promise {
    /// By how much `V` falls in a step `t p`.
    pub(super) fn decrease(&self, t: f64) -> f64 {
        -t * (self.slope + 0.5 * t * self.curvature)
    }
}

impl<T: Real> Model<'_, T> {
    /// `hd = H d`, by the objective or by a difference of gradients; whether it is finite.
    fn product(&mut self, d: &[T], hd: &mut [T]) -> bool {
        if self.objective.curvature(self.q, d, hd) {
            return hd.iter().all(|x| x.is_finite());
        }
        let length = update::norm(d);
        let h = T::EPSILON.to_f64().sqrt() * (1.0 + update::norm(self.q)) / length;
        self.point.copy_from_slice(self.q);
        update::combine(self.point, 1.0, &[(h, d)], self.workers);
        if !h.is_finite() || evaluate(self.objective, self.point, self.ahead).is_err() {
            return false;
        }
        let terms = [(1.0 / h, &*self.ahead), (-1.0 / h, self.j)];
        update::combine(hd, 0.0, &terms, self.workers);
        hd.iter().all(|x| x.is_finite())
    }

    /// Minimises `J . p + p . H p / 2` within `|p| <= radius` by at most `most` conjugate directions, until the residual is at
    /// most `tolerance`. It ends at the radius, or where the model bends downwards by going on to the radius.
    pub(super) fn minimise(
        &mut self,
        p: &mut [T],
        room: Room<'_, T>,
        (radius, tolerance, most): (f64, f64, usize),
    ) -> Promise {
        let Room { d, hd, r } = room;
        let workers = self.workers;
        p.fill(T::ZERO);
        r.copy_from_slice(self.j);
        update::combine(d, 0.0, &[(-1.0, self.j)], workers);
        let mut rr = dot(r, r);
        let mut bounded = false;
        for _ in 0..most {
            let products = self.product(d, hd);
            let bend = if products { dot(d, hd) } else { 0.0 };
            let edge = to_radius(p, d, radius);
            bounded = bend <= 0.0 || rr / bend >= edge;
            if !products {
                hd.fill(T::ZERO);
            }
            let step = if bounded { edge } else { rr / bend };
            update::combine(p, 1.0, &[(step, d)], workers);
            update::combine(r, 1.0, &[(step, hd)], workers);
            let before = core::mem::replace(&mut rr, dot(r, r));
            if bounded || rr.sqrt() <= tolerance {
                break;
            }
            update::combine(d, rr / before, &[(-1.0, r)], workers);
        }
        let slope = dot(p, self.j);
        Promise {
            slope,
            curvature: dot(p, r) - slope,
            bounded,
        }
    }
}

/// The `t > 0` with `|p + t d| = radius`.
fn to_radius<T: Real>(p: &[T], d: &[T], radius: f64) -> f64 {
    let (pd, dd) = (dot(p, d), dot(d, d));
    let rest = (radius * radius - dot(p, p)).max(0.0);
    let root = (pd * pd + dd * rest).sqrt();
    // Of the two forms, the one without a difference of what is nearly equal.
    if pd > 0.0 {
        rest / (pd + root)
    } else {
        (root - pd) / dd
    }
}
