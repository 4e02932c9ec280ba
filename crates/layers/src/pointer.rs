//! A layer behind a pointer is a layer.

use std::sync::Arc;

use gradflow_kernels::Real;
use gradflow_tensor::{Batch, BatchMut};
use rand::Rng;

use crate::{Cx, Describe, Layer, Own, Pass, Plan, Recipe, Spec};

macro_rules! behind {
    ($pointer:ident) => {
        /// So that a layer chosen at run time can stand wherever a layer can.
        impl<L: Describe + ?Sized> Describe for $pointer<L> {
            fn spec(&self) -> &Spec {
                (**self).spec()
            }

            fn recipe(&self) -> Option<Recipe> {
                (**self).recipe()
            }
        }

        /// So that a layer chosen at run time can stand wherever a layer can.
        impl<T: Real, L: Layer<T> + ?Sized> Layer<T> for $pointer<L> {
            fn forward(
                &self,
                own: Own<'_, T>,
                x: Batch<'_, T>,
                p: BatchMut<'_, T>,
                scratch: &mut [T],
                cx: Cx<'_>,
            ) {
                (**self).forward(own, x, p, scratch, cx);
            }

            fn backward(
                &self,
                own: Own<'_, T>,
                pass: Pass<'_, T>,
                theta_bar: &mut [T],
                cx: Cx<'_>,
            ) {
                (**self).backward(own, pass, theta_bar, cx);
            }

            fn plan<'a>(&self, own: Own<'a, T>) -> Option<Plan<'a, T>> {
                (**self).plan(own)
            }

            fn settle(&self, samples: usize, scratch: &[T], state: &mut [T]) {
                (**self).settle(samples, scratch, state);
            }

            fn initialise(&self, theta: &mut [T], rng: &mut dyn Rng) {
                (**self).initialise(theta, rng);
            }
        }
    };
}

behind!(Arc);
behind!(Box);
