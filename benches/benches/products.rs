//! The blocked product beside other crates' on the shapes of the networks.
//!
//! `cargo bench -p gradflow-benches --features peers --bench products`

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gradflow::Workers;
use gradflow::kernels::{Finish, Operand, product};
use gradflow_benches::{PRODUCTS, ramp};

/// `c = a b^T`, a dense layer's forward product: `a` is `m x k`, `b` is `n x k`, all row-major.
fn forward(c: &mut Criterion) {
    let mut group = c.benchmark_group("forward product");
    let workers = Workers::inline();
    for (m, n, k) in PRODUCTS {
        group.throughput(Throughput::Elements((2 * m * n * k) as u64));
        let (a, b, mut out) = (ramp(m * k), ramp(n * k), vec![0.0_f32; m * n]);
        let shape = format!("{m}x{k}x{n}");
        group.bench_function(BenchmarkId::new("gradflow", &shape), |bench| {
            let (left, right) = (Operand::plain(&a), Operand::transposed(&b));
            bench.iter(|| {
                product(
                    (m, n, k),
                    black_box(left),
                    right,
                    &mut out,
                    Finish::Overwrite,
                    &workers,
                )
            });
        });
        let (rows, depth) = (n as isize, k as isize);
        group.bench_function(BenchmarkId::new("matrixmultiply", &shape), |bench| {
            // SAFETY: the pointers are those of slices of `m x k`, `n x k` and `m x n` elements with these strides.
            bench.iter(|| unsafe {
                let (a, b, out) = (black_box(&a).as_ptr(), b.as_ptr(), out.as_mut_ptr());
                matrixmultiply::sgemm(m, k, n, 1.0, a, depth, 1, b, 1, depth, 0.0, out, rows, 1);
            });
        });
        group.bench_function(BenchmarkId::new("gemm", &shape), |bench| {
            // SAFETY: as above; the strides are those of columns and then of rows.
            bench.iter(|| unsafe {
                let (a, b, out) = (black_box(&a).as_ptr(), b.as_ptr(), out.as_mut_ptr());
                gemm::gemm(
                    m,
                    n,
                    k,
                    out,
                    1,
                    rows,
                    false,
                    a,
                    1,
                    depth,
                    b,
                    depth,
                    1,
                    0.0,
                    1.0,
                    false,
                    false,
                    false,
                    gemm::Parallelism::None,
                );
            });
        });
        group.bench_function(BenchmarkId::new("faer", &shape), |bench| {
            let left = faer::MatRef::from_row_major_slice(&a, m, k);
            let right = faer::MatRef::from_row_major_slice(&b, n, k).transpose();
            bench.iter(|| {
                let out = faer::MatMut::from_row_major_slice_mut(&mut out, m, n);
                faer::linalg::matmul::matmul(
                    out,
                    faer::Accum::Replace,
                    black_box(left),
                    right,
                    1.0,
                    faer::Par::Seq,
                );
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = forward
}
criterion_main!(benches);
