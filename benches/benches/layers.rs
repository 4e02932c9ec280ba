//! Every layer of the networks a to e, forward and backward, and whole training steps.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use gradflow::layers::{Cx, Draw, Own, Pass};
use gradflow::{Run, Workers};
use gradflow_benches::{Net, ramp};

fn layers(c: &mut Criterion) {
    let mut group = c.benchmark_group("layer");
    let workers = Workers::inline();
    for (net, samples) in [(Net::A, 32), (Net::C, 40), (Net::D, 64), (Net::E, 1000)] {
        let Ok(model) = net.model::<f32>(1) else {
            continue;
        };
        for (l, layer) in model.network().layers().enumerate() {
            let (input, output) = (layer.spec().input, layer.spec().output);
            let theta = &model.theta()[model.network().range(l).unwrap_or_default()];
            let (own, cx) = (
                Own { theta, state: &[] },
                Cx::train(&workers, Draw::new(1, 0)),
            );
            let mut theta_bar = theta.to_vec();
            let (x, mut p) = (ramp(samples * input.len()), ramp(samples * output.len()));
            let (mut p_bar, mut x_bar, delta) = (p.clone(), x.clone(), p.clone());
            let mut scratch = vec![0.0; layer.spec().train.of(samples)];
            let name = format!("{} {samples}, {}", net.letter(), layer.spec().name);
            group.bench_function(BenchmarkId::new("forward", &name), |bench| {
                bench.iter(|| {
                    let (x, p) = (
                        input.columns(black_box(&x), samples),
                        output.columns_mut(&mut p, samples),
                    );
                    layer.forward(own, x, p, &mut scratch, cx);
                });
            });
            group.bench_function(BenchmarkId::new("backward", &name), |bench| {
                bench.iter(|| {
                    p_bar.copy_from_slice(&delta);
                    let (x, p) = (input.columns(&x, samples), output.columns(&p, samples));
                    let pass = Pass {
                        x,
                        p,
                        scratch: &mut scratch,
                        p_bar: output.columns_mut(black_box(&mut p_bar), samples),
                        // The first layer's input gradient is never asked for.
                        x_bar: (l > 0).then(|| input.columns_mut(&mut x_bar, samples)),
                    };
                    layer.backward(own, pass, &mut theta_bar, cx);
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
            let Ok(mut run) = net
                .protocol(batch)
                .and_then(|protocol| Ok(Run::online(protocol, &mut model)?))
            else {
                continue;
            };
            let samples = net.samples(batch, 1);
            group.bench_function(BenchmarkId::new(net.letter(), batch), |bench| {
                bench.iter(|| run.step_on(black_box(&samples.x), &samples.y));
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
