//! Every update pass on the same arrays.

#![allow(dead_code, unreachable_pub)] // each test uses its part

use gradflow_kernels::update::*;
use gradflow_kernels::{Real, Workers};

pub const N: usize = 70_001;

pub fn numbers(seed: f64) -> Vec<f64> {
    (0..N).map(|i| (i as f64 * 0.7 + seed).sin()).collect()
}

pub const MOMENTS: Moments = Moments {
    rate: 0.01,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    shrink: 0.999,
    step: 3,
};
pub const SQUARES: Squares = Squares {
    rate: 0.1,
    keep: 0.9,
    gain: 0.1,
    unbias: 1.5,
    epsilon: 1e-6,
};
pub const MOMENTUM: Momentum = Momentum {
    keep: 0.9,
    gain: 0.5,
    rate: 0.1,
};

/// Every pass on the same arrays `q, m, v, u` with gradient `j`.
pub type Pass<T> = (&'static str, fn(&Workers, &mut [Vec<T>; 4], &[T]));

pub fn passes<T: Real>() -> Vec<Pass<T>> {
    vec![
        ("descend", |w, [q, ..], j| descend(q, j, 0.1, w)),
        ("momentum", |w, [q, m, ..], j| {
            momentum(q, m, j, MOMENTUM, w)
        }),
        ("nesterov", |w, [q, m, ..], j| {
            nesterov(q, m, j, 0.1, 0.9, w)
        }),
        ("adaptive", |w, [q, _, v, _], j| {
            adaptive(q, v, j, SQUARES, w)
        }),
        ("adam", |w, [q, m, v, _], j| adam(q, m, v, j, MOMENTS, w)),
        ("amsgrad", |w, [q, m, v, u], j| {
            amsgrad(q, m, v, u, j, MOMENTS, w)
        }),
        ("combine", |w, [q, m, v, _], j| {
            combine(q, 0.5, &[(0.25, m), (2.0, v), (-1.5, j)], w);
        }),
        ("multistep", |w, [q, m, v, _], j| {
            multistep(q, j, m, [-1.5, -0.3, -0.5], Some((3.0, v)), Keep::Point, w);
        }),
        ("short multistep", |w, [q, m, ..], j| {
            multistep(q, j, m, [1.0, -1.5, 0.5], None, Keep::Gradient, w);
        }),
    ]
}

pub fn arrays<T: Real>() -> ([Vec<T>; 4], Vec<T>) {
    let round = |x: Vec<f64>| x.into_iter().map(T::from_f64).collect::<Vec<T>>();
    let square = |x: Vec<f64>| x.into_iter().map(|x| x * x).collect::<Vec<f64>>();
    let all = [
        round(numbers(0.0)),
        round(numbers(1.0)),
        round(square(numbers(2.0))),
        round(square(numbers(3.0))),
    ];
    (all, round(numbers(4.0)))
}
