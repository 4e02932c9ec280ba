//! The same bits on any number of threads, in training and in prediction.
//!
//! `cargo run --release --example 11_threads`

use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Model, Network, Protocol};

fn main() -> anyhow::Result<()> {
    let digits = gradflow_examples::digits()?;
    let protocol = Protocol::new(Adam::new(0.003)).epochs(2).batch(256);
    let mut first = Vec::new();
    for threads in [1, 2, 4] {
        let network = Network::builder([1, 8, 8])
            .conv(32, [3, 3], Activation::Relu)
            .conv(32, [3, 3], Activation::Relu)
            .dense(256, Activation::Relu)
            .dense(10, Activation::Identity)
            .build()?;
        let mut model = Model::new(network, Cost::classification(), 1)?.with_threads(threads);
        let history = protocol.clone().train(&mut model, &digits)?;
        let accuracy = model.evaluate(&digits)?.accuracy().unwrap_or(f64::NAN);
        println!(
            "{threads} threads: accuracy {accuracy:.6}, {:.0} samples a second",
            history.samples_per_second()
        );
        if first.is_empty() {
            first = model.theta().to_vec();
        }
        // All parameters are equal, to the last bit.
        assert_eq!(model.theta(), first);
    }

    // One model, many threads that predict: it is shared as it is.
    let network = Network::builder([1, 8, 8])
        .dense(10, Activation::Identity)
        .build()?;
    let model = Model::with_parameters(network, Cost::classification(), vec![0.01; 650])?;
    let (model, digits) = (&model, &digits);
    let found: usize = std::thread::scope(|scope| {
        let part = |k: usize| {
            scope.spawn(move || {
                let mine = (k..digits.len())
                    .step_by(4)
                    .filter_map(|i| digits.sample(i));
                mine.filter(|(x, _)| model.predict_class(x).is_ok()).count()
            })
        };
        let parts: Vec<_> = (0..4).map(part).collect();
        parts.into_iter().filter_map(|part| part.join().ok()).sum()
    });
    println!("{found} predictions by four threads");
    Ok(())
}
