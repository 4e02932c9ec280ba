//! The difference quotient along one coordinate, and how far it can be trusted.

use gradflow_real::Real;

/// What five values of the objective on one line say about its derivative there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quotient {
    /// The derivative, of fourth order in the step.
    pub(crate) derivative: f64,
    /// How much the differences disagree with one another: `O(h^2)` where the function is smooth,
    /// at least 0.85 times the error of `derivative` where it has a kink within two steps.
    pub(crate) roughness: f64,
    /// The part of `derivative` that rounding of the values may make up.
    pub(crate) resolution: f64,
}

impl Quotient {
    /// Evaluates `f` at `q_i - 2h, q_i - h, q_i + h, q_i + 2h`; `q` is the same afterwards. `centre` is `f(q)`.
    ///
    /// ```text
    /// d(h) = (f(q + h eᵢ) − f(q − h eᵢ)) / 2h          derivative = (4 d(h) − d(2h)) / 3
    /// s(h) = (f(q + h eᵢ) − 2 f(q) + f(q − h eᵢ)) / h
    /// roughness = |d(h) − d(2h)| + |s(2h) − 2 s(h)|
    /// ```
    /// On smooth functions `d(h) - d(2h)` and `s(2h) - 2 s(h)` are small. With a kink at distance `t` from `q_i`
    /// one of them may vanish (at `t = 0`, at `t = 2h/3`), but never both.
    pub(crate) fn new<T: Real>(
        f: &mut impl FnMut(&[T]) -> f64,
        q: &mut [T],
        i: usize,
        h: f64,
        centre: f64,
    ) -> Self {
        let home = q[i];
        let mut largest = centre.abs();
        // The offset that rounding leaves, not the one asked for, is what the quotient divides by.
        let mut at = |offset: f64| {
            q[i] = T::from_f64(home.to_f64() + offset);
            let value = f(q);
            largest = largest.max(value.abs());
            (q[i].to_f64() - home.to_f64(), value)
        };
        let [near, far] = [h, 2.0 * h].map(|h| {
            let ((right, f_right), (left, f_left)) = (at(h), at(-h));
            let slope = (f_right - f_left) / (right - left);
            let bend = (f_right - centre) / right + (f_left - centre) / -left;
            (slope, bend)
        });
        q[i] = home;
        Self {
            derivative: (4.0 * near.0 - far.0) / 3.0,
            roughness: (near.0 - far.0).abs() + (far.1 - 2.0 * near.1).abs(),
            resolution: 2.0 * T::EPSILON.to_f64() * largest / h.abs(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn along(mut f: impl FnMut(f64) -> f64, x: f64, h: f64) -> Quotient {
        let centre = f(x);
        Quotient::new(&mut |q: &[f64]| f(q[0]), &mut [x], 0, h, centre)
    }

    #[test]
    fn quartics_are_differentiated_exactly() {
        // Binary steps and small integers: no rounding anywhere, and the fifth derivative is zero.
        let f = |x: f64| x * x * x * x - 3.0 * x * x * x + x;
        let q = along(f, 2.0, 0.125);
        assert_eq!(q.derivative, 4.0 * 8.0 - 9.0 * 4.0 + 1.0);
    }

    #[test]
    fn order_is_four() {
        let error = |h: f64| (along(f64::exp, 0.3, h).derivative - 0.3_f64.exp()).abs();
        let ratio = error(0.1) / error(0.05);
        assert!((15.5..16.5).contains(&ratio), "{ratio}");
    }

    #[test]
    fn roughness_bounds_the_error_of_a_kink_anywhere_in_the_stencil() {
        let h = 1e-3;
        for step in 0..=200 {
            let t = 2.0 * h * f64::from(step) / 200.0;
            for power in [1, 2] {
                let q = along(|x| (x - t).max(0.0).powi(power), 0.0, h);
                let error = q.derivative.abs(); // the true derivative is 0 at the left of the kink
                let rounding = 1e-12;
                assert!(q.roughness + rounding >= 0.85 * error, "{t} {power} {q:?}");
            }
        }
    }

    #[test]
    fn smooth_functions_are_not_rough() {
        let q = along(f64::sin, 0.7, 1e-4);
        assert!(q.roughness < 1e-8, "{q:?}"); // h^2 |f'''| / 2
    }
}
