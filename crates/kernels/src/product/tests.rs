//! Every level against the triple loop in double precision.

use gradflow_testing::config;
use proptest::prelude::*;

use super::plan::as_vectors;
use super::{Finish, Operand, product_at};
use crate::cpu::available;
use crate::{Real, Unary, Workers};

/// Sizes that meet every tail, and some that meet the blocks.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 0..40usize, 3 => 40..140usize, 1 => Just(256usize)]
}

fn numbers<T: Real>(len: usize, seed: u64) -> Vec<T> {
    let mut x = seed;
    let mut next = || {
        x = x
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        T::from_f64((x >> 40) as f64 / f64::from(1 << 23) - 1.0)
    };
    (0..len).map(|_| next()).collect()
}

/// Element `i, j` by the definition, from its start on, and the sum of moduli.
fn defined<T: Real>(
    (m, n, k): (usize, usize, usize),
    transposed: (bool, bool),
    (a, b): (&[T], &[T]),
    [i, j]: [usize; 2],
    start: f64,
) -> (f64, f64) {
    let (mut sum, mut size) = (start, start.abs());
    for l in 0..k {
        let a = a[if transposed.0 { l * m + i } else { i * k + l }].to_f64();
        let b = b[if transposed.1 { j * k + l } else { l * n + j }].to_f64();
        sum += a * b;
        size += (a * b).abs();
    }
    (sum, size)
}

/// Compares all levels and numbers of threads with the definition.
fn check<T: Real>((m, n, k): (usize, usize, usize), transposed: (bool, bool), how: u8, seed: u64) {
    let (a, b) = (numbers::<T>(m * k, seed), numbers::<T>(k * n, seed + 1));
    let (c0, bias) = (numbers::<T>(m * n, seed + 2), numbers::<T>(n, seed + 3));
    let operand = |data, transposed| {
        if transposed {
            Operand::transposed(data)
        } else {
            Operand::plain(data)
        }
    };
    let finish = match how {
        0 => Finish::Overwrite,
        1 => Finish::Add,
        2 => Finish::Bias(&bias, Unary::Identity),
        _ => Finish::Bias(&bias, Unary::Relu),
    };
    for level in available() {
        let run = |threads: usize| {
            let mut c = c0.clone();
            let (a, b) = (operand(&a, transposed.0), operand(&b, transposed.1));
            product_at(
                level,
                (m, n, k),
                a,
                b,
                &mut c,
                finish,
                &Workers::new(threads),
            );
            c
        };
        let c = run(1);
        let start = |i: usize, j: usize| match how {
            0 => 0.0,
            1 => c0[i * n + j].to_f64(),
            _ => bias[j].to_f64(),
        };
        for i in 0..m {
            for j in 0..n {
                let (mut sum, size) = defined((m, n, k), transposed, (&a, &b), [i, j], start(i, j));
                if how == 3 {
                    sum = sum.max(0.0);
                }
                // One rounding for each product and each sum, none larger than eps/2 times the sum of moduli.
                let bound = (k + 1) as f64 * T::EPSILON.to_f64() * size;
                let got = c[i * n + j].to_f64();
                assert!(
                    (got - sum).abs() <= bound,
                    "{level:?} {}: c[{i}][{j}] is {got}, not {sum}",
                    T::NAME
                );
            }
        }
        for threads in [2, 3, 8] {
            assert!(
                c == run(threads),
                "{level:?}: {threads} threads change bits"
            );
        }
    }
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn equals_the_definition(sizes in (size(), size(), size()), transposed: (bool, bool), how in 0..4u8, seed: u64) {
        check::<f32>(sizes, transposed, how, seed >> 1);
        check::<f64>(sizes, transposed, how, seed >> 1);
    }
}

/// Products of vectors: groups of 5 and of 8, several at a time, shared among threads either way.
const BY_ROWS: [(usize, usize, usize); 3] = [(203, 10, 512), (7, 5, 300), (11, 130, 784)];

#[test]
fn thin_products_are_products_of_vectors() {
    for sizes in BY_ROWS {
        assert!(
            available().all(|level| as_vectors::<f32>(level, sizes)),
            "{sizes:?}"
        );
    }
    assert!(available().all(|level| !as_vectors::<f32>(level, (256, 512, 784))));
}

#[test]
fn blocks_of_long_sums_and_wide_outputs_meet() {
    for (sizes, transposed) in [
        ((40, 130, 2100), (false, true)),
        ((33, 500, 1030), (false, false)),
        ((130, 24, 2100), (true, false)),
        ((9, 1500, 300), (true, true)),
        ((1, 700, 300), (false, true)),
        ((1, 700, 300), (false, false)),
        ((300, 700, 1), (true, false)),
        (BY_ROWS[0], (false, true)),
        (BY_ROWS[1], (false, true)),
        (BY_ROWS[2], (false, true)),
    ] {
        for how in 0..4 {
            check::<f32>(sizes, transposed, how, 7);
            check::<f64>(sizes, transposed, how, 7);
        }
    }
}
