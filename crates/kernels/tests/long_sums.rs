//! Sums over long axes keep their digits in single precision, at every level; alone in its process, whose level it changes.

use gradflow_kernels::cpu::{self, Level};
use gradflow_kernels::*;

/// Many equal terms, whose roundings all go the same way, and terms of any size, some of which are lost beside the first.
fn terms(n: usize) -> [Vec<f32>; 4] {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let random = (0..n).map(|_| next()).collect();
    let small = (0..n).map(|i| if i == 0 { 1.0 } else { 5.9e-8 }).collect();
    [vec![0.1; n], vec![1.0; n], random, small]
}

/// Checks sums of positive terms.
fn close(what: &str, found: &[f32], exact: f64) {
    for found in found {
        let error = f64::from(*found) / exact - 1.0;
        assert!(
            error.abs() < 1e-5,
            "{what} at {:?}: {found} for {exact}, off by {error:e}",
            cpu::level()
        );
    }
}

/// A matrix whose columns are all `x`.
fn repeated(x: &[f32], cols: usize) -> Vec<f32> {
    let mut rows = vec![0.0; x.len() * cols];
    for (row, x) in rows.chunks_exact_mut(cols).zip(x) {
        row.fill(*x);
    }
    rows
}

fn slices_of(n: usize) {
    for x in terms(n) {
        let exact = x.iter().map(|x| f64::from(*x)).sum::<f64>();
        let squares = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        close("sum", &[slices::sum(&x)], exact);
        close("dot", &[slices::dot(&x, &vec![1.0; n])], exact);
        close("sum_squares", &[slices::sum_squares(&x)], squares);
        close("norm", &[update::norm(&x) as f32], squares.sqrt());
        for cols in [1, 3] {
            let rows = repeated(&x, cols);
            let mut out = vec![0.0; cols];
            slices::sum_rows(&rows, &mut out);
            close("sum_rows", &out, exact);
        }
    }
}

fn products(k: usize, outputs: &[(usize, usize)]) {
    for &(m, n) in outputs {
        let [equal, ones, random, _] = terms(k);
        for (x, w) in [
            (&equal, 1.0_f32),
            (&equal, 0.1),
            (&ones, 1.0),
            (&random, 1.0),
        ] {
            let exact = x.iter().map(|x| f64::from(*x)).sum::<f64>() * f64::from(w);
            // Rows of `a` are the terms, as they stand or transposed; `b` is `w` everywhere.
            let (rows, columns) = (x.repeat(m), repeated(x, m));
            let (factors, bias) = (vec![w; k * n], vec![3.0; n]);
            for a in [Operand::plain(&rows), Operand::transposed(&columns)] {
                for b in [Operand::plain(&factors), Operand::transposed(&factors)] {
                    let run = |finish, threads| {
                        let mut c = vec![2.0_f32; m * n];
                        product((m, n, k), a, b, &mut c, finish, &Workers::new(threads));
                        c
                    };
                    let c = run(Finish::Overwrite, 1);
                    assert_eq!(c, run(Finish::Overwrite, 3));
                    close("product", &c, exact);
                    close("product", &run(Finish::Add, 1), exact + 2.0);
                    let relu = Finish::Bias(&bias, Unary::Relu);
                    close("product", &run(relu, 1), exact + 3.0);
                }
            }
        }
    }
}

fn pools() {
    for (side, value) in [(1024, 0.1_f32), (4608, 1.0)] {
        let shape = PoolShape {
            input: [1, side, side],
            output: [1, 1, 1],
            window: [side, side],
            stride: [1, 1],
            dilation: [1, 1],
            padding: [[0, 0]; 2],
        };
        let mut p = [0.0];
        let x = vec![value; side * side];
        avg_pool_forward(&shape, Over::Inside, &x, &mut p, &Workers::inline());
        close("average", &p, value.into());
    }
    // The middle lies in all windows.
    let shape = PoolShape {
        input: [1, 1, 5999],
        output: [1, 1, 3000],
        window: [1, 3000],
        stride: [1, 1],
        dilation: [1, 1],
        padding: [[0, 0]; 2],
    };
    let (mut x, bar) = (vec![0.0; 5999], vec![0.1_f32; 3000]);
    let mut x_bar = x.clone();
    avg_pool_backward(&shape, Over::Inside, &bar, &mut x_bar, &Workers::inline());
    close(
        "gradient of averages",
        &x_bar[2999..3000],
        f64::from(0.1_f32),
    );
    x[2999] = 1.0;
    max_pool_backward(&shape, &x, &bar, &mut x_bar, &Workers::inline());
    close(
        "gradient of maxima",
        &x_bar[2999..3000],
        3000.0 * f64::from(0.1_f32),
    );
}

#[test]
fn every_long_sum_keeps_its_digits() {
    let best = cpu::limit(Level::Avx512);
    for level in [Level::Portable, Level::Avx2, Level::Avx512] {
        if level > best {
            continue;
        }
        cpu::limit(level);
        slices_of(1000);
        slices_of(2_000_000);
        products(1000, &[(1, 1), (5, 7)]);
        products(513, &[(1, 9), (9, 1), (5, 7)]);
        products(8192, &[(5, 7)]);
        products(8193, &[(5, 7)]);
        products(100_000, &[(1, 1), (1, 9), (9, 1), (3, 5), (17, 20)]);
        pools();
        let ten_million = vec![0.1; 10_000_000];
        let exact = 1e7 * f64::from(0.1_f32);
        close("sum", &[slices::sum(&ten_million)], exact);
        let mut out = [0.0];
        slices::sum_rows(&ten_million, &mut out);
        close("sum_rows", &out, exact);
        let ones = vec![1.0; ten_million.len()];
        let (a, b) = (Operand::plain(&ten_million), Operand::plain(&ones));
        let sizes = (1, 1, ones.len());
        product(sizes, a, b, &mut out, Finish::Overwrite, &Workers::inline());
        close("product", &out, exact);
    }
}
