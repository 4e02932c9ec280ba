//! Every layer of the networks a to e, forward and backward, and whole training steps.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gradflow::layers::Pass;
use gradflow::{Trainer, Workers};
use gradflow_benches::{Net, ramp};

fn layers(c: &mut Criterion) {
    let mut group = c.benchmark_group("layer");
    let workers = Workers::inline();
    for (net, samples) in [(Net::A, 32), (Net::C, 40), (Net::D, 64), (Net::E, 1000)] {
        let Ok(model) = net.model::<f32>(1) else {
            continue;
        };
        for (l, layer) in model.network().layers().enumerate() {
            let (input, output) = (layer.input(), layer.output());
            let theta = &model.theta()[model.network().range(l).unwrap_or_default()];
            let mut theta_bar = theta.to_vec();
            let (x, mut p) = (ramp(samples * input.len()), ramp(samples * output.len()));
            let (mut p_bar, mut x_bar, delta) = (p.clone(), x.clone(), p.clone());
            let mut scratch = vec![0.0; layer.scratch(samples)];
            let name = format!("{} {samples}, {}", net.letter(), layer.name());
            group.bench_function(BenchmarkId::new("forward", &name), |bench| {
                bench.iter(|| {
                    let (x, p) = (
                        input.columns(black_box(&x), samples),
                        output.columns_mut(&mut p, samples),
                    );
                    layer.forward(theta, x, p, &mut scratch, &workers);
                });
            });
            group.bench_function(BenchmarkId::new("backward", &name), |bench| {
                bench.iter(|| {
                    p_bar.copy_from_slice(&delta);
                    let (x, p) = (input.columns(&x, samples), output.columns(&p, samples));
                    let pass = Pass {
                        x,
                        p,
                        scratch: &scratch,
                    };
                    // The first layer's input gradient is never asked for.
                    let x_bar = (l > 0).then(|| input.columns_mut(&mut x_bar, samples));
                    let p_bar = output.columns_mut(black_box(&mut p_bar), samples);
                    layer.backward(theta, pass, p_bar, &mut theta_bar, x_bar, &workers);
                });
            });
        }
    }
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    for net in Net::ALL {
        for batch in net.batches().iter().copied() {
            let Ok(mut model) = net.model::<f32>(1) else {
                continue;
            };
            let Ok(mut trainer) = net
                .rule()
                .and_then(|rule| Ok(Trainer::new(&model, rule, batch)?))
            else {
                continue;
            };
            let samples = net.samples(batch, 1);
            group.bench_function(BenchmarkId::new(net.letter(), batch), |bench| {
                bench.iter(|| trainer.step(&mut model, black_box(&samples.x), &samples.y));
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = layers, steps
}
criterion_main!(benches);
