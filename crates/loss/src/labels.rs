//! Classes and what stands for them: outputs and targets.

use gradflow_kernels::Real;

use crate::output::argmax;
use crate::{Cost, Loss};

impl Cost {
    /// How many classes `n_out` outputs tell apart: two on one output, else one each.
    pub fn classes(&self, n_out: usize) -> usize {
        if n_out == 1 { 2 } else { n_out }
    }

    /// The class that a prediction `zeta` stands for: the largest output, the first of equals; with one output, class 1 iff it
    /// is at least 1/2, equation (15), with the hinge iff it is at least 0. A NaN is never larger.
    ///
    /// ```
    /// use gradflow_loss::{Cost, Loss, Output};
    ///
    /// assert_eq!(Cost::binary().class_of(&[0.5]), 1);
    /// assert_eq!(Cost::classification().class_of(&[0.2, 0.4, 0.4]), 1);
    /// let hinge = Cost::new(Output::Identity, Loss::Hinge)?;
    /// assert_eq!(hinge.class_of(&[0.1]), 1);
    /// # Ok::<(), gradflow_loss::CostError>(())
    /// ```
    pub fn class_of<T: Real>(&self, zeta: &[T]) -> usize {
        let threshold = match self.loss() {
            Loss::Hinge => 0.0,
            _ => 0.5,
        };
        match zeta {
            [] => 0,
            [v] => usize::from(v.to_f64() >= threshold),
            _ => argmax(zeta),
        }
    }

    /// Writes the target of a class into `y`: 0 or 1 where there is one output, else 1 for the class and 0 for the others.
    ///
    /// Label smoothing is not applied here: the cost does it.
    ///
    /// ```
    /// use gradflow_loss::Cost;
    ///
    /// let mut y = [f32::NAN; 3];
    /// Cost::classification().encode(2, &mut y);
    /// assert_eq!(y, [0.0, 0.0, 1.0]);
    /// Cost::binary().encode(1, &mut y[..1]);
    /// assert_eq!(y[0], 1.0);
    /// ```
    ///
    /// # Panics
    /// If there is no such class: `class >= classes(y.len())`.
    pub fn encode<T: Real>(&self, class: usize, y: &mut [T]) {
        let classes = self.classes(y.len());
        assert!(class < classes, "class {class} of {classes}");
        match y {
            [y] => *y = if class == 1 { T::ONE } else { T::ZERO },
            _ => {
                y.fill(T::ZERO);
                y[class] = T::ONE;
            }
        }
    }
}
