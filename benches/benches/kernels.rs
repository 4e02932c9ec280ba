//! Every kernel on the shapes of the networks a to e.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gradflow::Workers;
use gradflow::kernels::{
    Finish, Operand, Unary, conv_backward_filter, conv_backward_input, conv_forward, product,
    slices,
};
use gradflow_benches::{CONVOLUTIONS, PRODUCTS, ramp};

fn products(c: &mut Criterion) {
    let mut group = c.benchmark_group("product");
    let workers = Workers::inline();
    for (m, n, k) in PRODUCTS {
        group.throughput(Throughput::Elements((2 * m * n * k) as u64));
        let (a, b, mut out) = (ramp(m * k), ramp(k * n), vec![0.0_f32; m * n]);
        for (name, left, right) in [
            ("forward nt", Operand::plain(&a), Operand::transposed(&b)),
            ("input gradient nn", Operand::plain(&a), Operand::plain(&b)),
            (
                "weight gradient tn",
                Operand::transposed(&a),
                Operand::plain(&b),
            ),
        ] {
            group.bench_function(BenchmarkId::new(name, format!("{m}x{k}x{n}")), |bench| {
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
        }
    }
}

fn convolutions(c: &mut Criterion) {
    let mut group = c.benchmark_group("convolution");
    let workers = Workers::inline();
    for (name, shape, samples) in CONVOLUTIONS {
        group.throughput(Throughput::Elements((samples * shape.work()) as u64));
        let (filter, bias) = (ramp(shape.filter_len()), ramp(shape.output[0]));
        let (x, delta) = (
            ramp(samples * shape.input_len()),
            ramp(samples * shape.output_len()),
        );
        let mut p = delta.clone();
        let mut x_bar = x.clone();
        let (mut filter_bar, mut bias_bar) = (filter.clone(), bias.clone());
        group.bench_function(BenchmarkId::new("forward", name), |bench| {
            bench.iter(|| {
                conv_forward(
                    &shape,
                    &filter,
                    &bias,
                    black_box(&x),
                    &mut p,
                    Unary::Relu,
                    &workers,
                )
            });
        });
        group.bench_function(BenchmarkId::new("filter gradient", name), |bench| {
            bench.iter(|| {
                conv_backward_filter(
                    &shape,
                    black_box(&x),
                    &delta,
                    &mut filter_bar,
                    &mut bias_bar,
                    &workers,
                );
            });
        });
        group.bench_function(BenchmarkId::new("input gradient", name), |bench| {
            bench.iter(|| {
                conv_backward_input(&shape, &filter, black_box(&delta), &mut x_bar, &workers)
            });
        });
    }
}

fn elementwise(c: &mut Criterion) {
    let mut group = c.benchmark_group("elementwise");
    for n in [32, 60_000] {
        group.throughput(Throughput::Elements(n as u64));
        let z = ramp(n);
        for f in [
            Unary::Logistic,
            Unary::Tanh,
            Unary::SoftSign,
            Unary::Relu,
            Unary::Softplus,
        ] {
            let mut p = z.clone();
            group.bench_function(BenchmarkId::new(format!("{f:?}"), n), |bench| {
                bench.iter(|| {
                    p.copy_from_slice(&z);
                    f.apply(black_box(&mut p));
                });
            });
        }
        let mut e = z.clone();
        group.bench_function(BenchmarkId::new("exp", n), |bench| {
            bench.iter(|| {
                e.copy_from_slice(&z);
                slices::exp(black_box(&mut e));
            });
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = products, convolutions, elementwise
}
criterion_main!(benches);
