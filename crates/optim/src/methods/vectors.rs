//! Vectors of methods that measure along directions.

use gradflow_kernels::Real;

/// `x . y` in double precision; eight running sums, because one would wait for each addition.
pub(super) fn dot<T: Real>(x: &[T], y: &[T]) -> f64 {
    let (x, y) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest = x.remainder().iter().zip(y.remainder());
    let rest: f64 = rest.map(|(x, y)| x.to_f64() * y.to_f64()).sum();
    let mut sums = [0.0; 8];
    for (x, y) in x.zip(y) {
        for k in 0..8 {
            sums[k] += x[k].to_f64() * y[k].to_f64();
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// `out = x - y`, with zeros where that is denormal.
pub(super) fn difference<T: Real>(out: &mut [T], x: &[T], y: &[T]) {
    for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
        let d = *x - *y;
        *out = if d.abs() < T::MIN_POSITIVE {
            T::ZERO
        } else {
            d
        };
    }
}

/// Rounding in values around `value`, which a decrease must exceed to mean anything.
pub(super) fn noise<T: Real>(value: f64) -> f64 {
    10.0 * T::EPSILON.to_f64() * value.abs()
}

/// `K` vectors of `len` numbers, of memory that holds as many.
pub(super) fn parts<T, const K: usize>(mut memory: &mut [T], len: usize) -> [&mut [T]; K] {
    core::array::from_fn(|_| {
        let (part, rest) = core::mem::take(&mut memory).split_at_mut(len);
        memory = rest;
        part
    })
}
