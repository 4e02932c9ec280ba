//! A layer behind a pointer is a layer.

use std::sync::Arc;

use gradflow_kernels::{Real, Workers};
use gradflow_tensor::{Batch, BatchMut, Shape};
use rand::Rng;

use crate::{Block, Layer, Pass};

macro_rules! behind {
    ($pointer:ident) => {
        /// So that a layer chosen at run time can stand wherever a layer can.
        impl<T: Real, L: Layer<T> + ?Sized> Layer<T> for $pointer<L> {
            fn name(&self) -> String {
                (**self).name()
            }

            fn input(&self) -> Shape<3> {
                (**self).input()
            }

            fn output(&self) -> Shape<3> {
                (**self).output()
            }

            fn blocks(&self) -> &[Block] {
                (**self).blocks()
            }

            fn initialise(&self, theta: &mut [T], rng: &mut dyn Rng) {
                (**self).initialise(theta, rng);
            }

            fn scratch(&self, samples: usize) -> usize {
                (**self).scratch(samples)
            }

            fn output_range(&self) -> (f64, f64) {
                (**self).output_range()
            }

            fn sums_products(&self) -> bool {
                (**self).sums_products()
            }

            fn forward(
                &self,
                theta: &[T],
                x: Batch<'_, T>,
                p: BatchMut<'_, T>,
                scratch: &mut [T],
                workers: &Workers,
            ) {
                (**self).forward(theta, x, p, scratch, workers);
            }

            fn backward(
                &self,
                theta: &[T],
                pass: Pass<'_, T>,
                p_bar: BatchMut<'_, T>,
                theta_bar: &mut [T],
                x_bar: Option<BatchMut<'_, T>>,
                workers: &Workers,
            ) {
                (**self).backward(theta, pass, p_bar, theta_bar, x_bar, workers);
            }
        }
    };
}

behind!(Arc);
behind!(Box);
