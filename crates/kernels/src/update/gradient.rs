//! Passes over a gradient before the rule sees it: harmonic trap, clipping.

use crate::Real;

/// Adds the gradient of a harmonic trap, `j = j + strength (q - centre)`, and returns its value,
/// `strength/2 |q - centre|^2`, summed in double precision in an order that depends on the length alone.
/// Without a centre it is 0. Equation (3).
pub fn trap<T: Real>(q: &[T], centre: Option<&[T]>, j: &mut [T], strength: f64) -> f64 {
    let factor = T::from_f64(strength);
    let squares = match centre {
        None => squares_of(q.len(), |i| {
            j[i] += factor * q[i];
            q[i]
        }),
        Some(centre) => squares_of(q.len(), |i| {
            let d = q[i] - centre[i];
            j[i] += factor * d;
            d
        }),
    };
    0.5 * strength * squares
}

/// The value of a harmonic trap alone: see [`trap`].
pub fn trap_value<T: Real>(q: &[T], centre: Option<&[T]>, strength: f64) -> f64 {
    let squares = match centre {
        None => squares_of(q.len(), |i| q[i]),
        Some(centre) => squares_of(q.len(), |i| q[i] - centre[i]),
    };
    0.5 * strength * squares
}

/// `sum_i x(i)^2` in double precision; eight running sums, because one would wait for each addition.
#[inline(always)]
fn squares_of<T: Real>(n: usize, mut x: impl FnMut(usize) -> T) -> f64 {
    let mut sums = [0.0; 8];
    let mut square = |i| {
        let x = x(i).to_f64();
        x * x
    };
    let whole = n - n % 8;
    for start in (0..whole).step_by(8) {
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum += square(start + k);
        }
    }
    let tail: f64 = (whole..n).map(square).sum();
    sums.iter().sum::<f64>() + tail
}

/// `|x|`, the Euclidean norm, summed in double precision; right also where the squares would overflow.
pub fn norm<T: Real>(x: &[T]) -> f64 {
    let norm = squares_of(x.len(), |i| x[i]).sqrt();
    if norm.is_finite() {
        return norm;
    }
    let largest = x
        .iter()
        .fold(0.0, |largest: f64, x| largest.max(x.to_f64().abs()));
    if largest.is_finite() && !x.iter().any(|x| x.is_nan()) {
        let scaled: f64 = x.iter().map(|x| (x.to_f64() / largest).powi(2)).sum();
        largest * scaled.sqrt()
    } else {
        norm
    }
}

/// `x = factor x`.
pub fn scale<T: Real>(x: &mut [T], factor: f64) {
    let factor = T::from_f64(factor);
    x.iter_mut().for_each(|x| *x *= factor);
}

/// Limits every finite `x` to `[-limit, limit]`; what is not finite stays, so that a later check still finds it.
pub fn clamp<T: Real>(x: &mut [T], limit: f64) {
    let limit = T::from_f64(limit);
    for x in x {
        let clamped = if *x > limit { limit } else { *x };
        let clamped = if clamped < -limit { -limit } else { clamped };
        *x = if x.abs() <= T::MAX { clamped } else { *x };
    }
}
