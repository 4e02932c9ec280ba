//! Every level computes the same lanes.

use crate::cpu::available;
use crate::dispatch::kernel;
use crate::number::Number;
use crate::simd::{Simd, portable};

kernel! {
    fn exercise<T, S>(s: S;) {
        exercise_with::<T, S>(s);
    }
}

#[inline(always)]
fn exercise_with<T: Number, S: Simd<T>>(s: S) {
    let n = S::LANES;
    let t = |i: usize| T::from_f64(i as f64 - 2.5);
    let x: Vec<T> = (0..n).map(t).collect();
    let y: Vec<T> = (0..n).map(|i| t(3 * i + 1)).collect();
    let get = |v: S::V| {
        let mut out = vec![T::ZERO; n];
        // SAFETY: the slice holds a vector.
        unsafe { s.store(out.as_mut_ptr(), v) };
        out
    };
    // SAFETY: both slices hold a vector.
    let (a, b) = unsafe { (s.load(x.as_ptr()), s.load(y.as_ptr())) };
    let each = |f: &dyn Fn(T, T) -> T| x.iter().zip(&y).map(|(x, y)| f(*x, *y)).collect::<Vec<T>>();
    assert_eq!(get(s.add(a, b)), each(&|x, y| x + y));
    assert_eq!(get(s.sub(a, b)), each(&|x, y| x - y));
    assert_eq!(get(s.mul(a, b)), each(&|x, y| x * y));
    assert_eq!(
        get(s.mul_add(a, b, s.splat(T::ONE))),
        each(&|x, y| x * y + T::ONE)
    );
    assert_eq!(get(s.max(a, b)), each(&|x, y| x.max(y)));
    assert_eq!(get(s.min(a, b)), each(&|x, y| x.min(y)));
    assert_eq!(get(s.div(a, b)), each(&|x, y| x / y));
    // The second operand where one is NaN, or both are zeros.
    let [nan, one, zero] = [T::from_f64(f64::NAN), T::ONE, T::ZERO].map(|x| s.splat(x));
    for f in [S::max, S::min] {
        assert!(get(f(s, one, nan))[0].is_nan());
        assert_eq!(get(f(s, nan, one))[0], T::ONE);
        let sign = get(f(s, zero, s.splat(-T::ZERO)))[0];
        assert_eq!(sign.to_f64().to_bits(), (-0.0_f64).to_bits());
    }
    s.prefetch(x.as_ptr().wrapping_add(1 << 20));
    let square = s.mul(a, a);
    assert_eq!(get(s.sqrt(square)), each(&|x, _| x.abs()));
    assert_eq!(get(s.select_less(a, b, a, b)), each(&|x, y| x.min(y)));
    let minus = s.splat(-T::ZERO);
    assert_eq!(get(s.bits_or(s.mul(a, a), minus)), each(&|x, _| -(x * x)));
    let (one, two) = (s.splat(T::ONE), s.splat(T::ONE + T::ONE));
    let exponent = s.bits_from_exponent(one);
    assert_eq!(get(s.bits_to_exponent(exponent)), vec![T::ONE; n]);
    assert_eq!(get(s.bits_and(one, two)), vec![T::ZERO; n]);
    let unit = s.bits_to_exponent(s.bits_from_exponent(s.splat(T::MIN_POSITIVE)));
    assert_eq!(get(s.bits_add(unit, one)), vec![T::ONE + T::ONE; n]);
    assert_eq!(s.reduce_add(a), x.iter().copied().sum());
    assert_eq!(
        s.reduce_add_8([a, b, a, b, a, b, b, a])[5..],
        [b, b, a].map(|v| s.reduce_add(v))
    );
    let q = S::SQUARE;
    let (src, mut dst): (Vec<T>, _) = (
        (0..q * (q + 3)).map(t).collect(),
        vec![T::ZERO; q * (q + 1)],
    );
    // SAFETY: both slices hold all rows.
    unsafe { s.transpose(src.as_ptr(), q + 3, dst.as_mut_ptr(), q + 1) };
    assert!((0..q * q).all(|i| dst[i / q * (q + 1) + i % q] == src[i % q * (q + 3) + i / q]));
    for m in 0..=n {
        let mut out = vec![T::ONE; n];
        // SAFETY: `m <= n` numbers are read and written.
        unsafe { s.store_masked(out.as_mut_ptr(), s.first(m), a) };
        assert!((0..n).all(|i| out[i] == if i < m { x[i] } else { T::ONE }));
        // SAFETY: as above.
        let part = get(unsafe { s.load_masked(x.as_ptr(), s.first(m)) });
        assert!((0..n).all(|i| part[i] == if i < m { x[i] } else { T::ZERO }));
    }
}

#[test]
fn every_level_computes_the_same_lanes() {
    for level in available() {
        exercise::<f32>(level);
        exercise::<f64>(level);
    }
}

#[test]
fn arrays_are_vectors_too() {
    exercise_with::<f32, _>(portable::Portable);
    exercise_with::<f64, _>(portable::Portable);
}
