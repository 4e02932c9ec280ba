//! Landscapes over the plane.

use crate::Objective;
use gradflow_kernels::Real;

/// Implements an objective over the plane from its value and gradient in double precision.
macro_rules! landscape {
    ($(#[$meta:meta])* $name:ident, |$x:ident, $y:ident| $value:expr, [$jx:expr, $jy:expr]) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name;

        impl<T: Real> Objective<T> for $name {
            fn dimension(&self) -> usize {
                2
            }

            fn value(&mut self, q: &[T]) -> f64 {
                let ($x, $y) = (q[0].to_f64(), q[1].to_f64());
                $value
            }

            fn value_and_gradient(&mut self, q: &[T], j: &mut [T]) -> f64 {
                let ($x, $y) = (q[0].to_f64(), q[1].to_f64());
                j[0] = T::from_f64($jx);
                j[1] = T::from_f64($jy);
                $value
            }
        }
    };
}

landscape! {
    /// Rosenbrock's valley, `V = (1 - x)^2 + 100 (y - x^2)^2`: a bent valley a thousand times steeper across than along.
    ///
    /// Minimum 0 at (1, 1), where the curvatures are 0.4 and 1002; the usual start is (-1.2, 1).
    ///
    /// ```
    /// use gradflow_optim::{Objective, study::Rosenbrock};
    ///
    /// let mut j = [0.0; 2];
    /// assert_eq!(Rosenbrock.value_and_gradient(&[1.0, 1.0], &mut j), 0.0);
    /// assert_eq!(j, [0.0, 0.0]);
    /// ```
    Rosenbrock, |x, y| (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2), [
        -2.0 * (1.0 - x) - 400.0 * x * (y - x * x),
        200.0 * (y - x * x)
    ]
}

landscape! {
    /// Beale's function, `V = (1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2`: flat plains, steep corners.
    ///
    /// Minimum 0 at (3, 0.5); the usual start is (1, 1).
    ///
    /// ```
    /// use gradflow_optim::{Objective, study::Beale};
    ///
    /// assert_eq!(Beale.value(&[3.0, 0.5]), 0.0);
    /// ```
    Beale, |x, y| {
        let [a, b, c] = beale(x, y);
        a * a + b * b + c * c
    }, [
        {
            let [a, b, c] = beale(x, y);
            2.0 * (a * (y - 1.0) + b * (y * y - 1.0) + c * (y.powi(3) - 1.0))
        },
        {
            let [a, b, c] = beale(x, y);
            2.0 * x * (a + 2.0 * b * y + 3.0 * c * y * y)
        }
    ]
}

/// The three residuals of Beale's function.
fn beale(x: f64, y: f64) -> [f64; 3] {
    [
        1.5 - x + x * y,
        2.25 - x + x * y * y,
        2.625 - x + x * y.powi(3),
    ]
}

landscape! {
    /// Himmelblau's function, `V = (x^2 + y - 11)^2 + (x + y^2 - 7)^2`: four minima, and a hill between them.
    ///
    /// All four have value 0; one is (3, 2). The top of the hill is at (-0.270845, -0.923039).
    ///
    /// ```
    /// use gradflow_optim::{Objective, study::Himmelblau};
    ///
    /// assert_eq!(Himmelblau.value(&[3.0, 2.0]), 0.0);
    /// ```
    Himmelblau, |x, y| (x * x + y - 11.0).powi(2) + (x + y * y - 7.0).powi(2), [
        4.0 * x * (x * x + y - 11.0) + 2.0 * (x + y * y - 7.0),
        2.0 * (x * x + y - 11.0) + 4.0 * y * (x + y * y - 7.0)
    ]
}

landscape! {
    /// A saddle between two minima, `V = x^2/2 - y^2/2 + y^4/4`.
    ///
    /// The saddle at the origin attracts along x and repels along y; the minima are (0, 1) and (0, -1), value -1/4.
    ///
    /// ```
    /// use gradflow_optim::{Objective, study::Saddle};
    ///
    /// assert_eq!(Saddle.value(&[0.0, -1.0]), -0.25);
    /// ```
    Saddle, |x, y| x * x / 2.0 - y * y / 2.0 + y.powi(4) / 4.0, [x, y.powi(3) - y]
}
