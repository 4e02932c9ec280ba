//! A loss of one's own: how many things happen in an hour, by the Poisson distribution.
//!
//! `cargo run --release --example 06_own_loss`
//!
//! The network puts out the logarithm of the rate, `v = log r`. The probability of a count `y` is `r^y e^-r / y!`, so that its negative
//! logarithm is `e^v - y v` and a constant. The loss and its derivative by `v` are all that is needed.

use gradflow::optim::Adam;
use gradflow::{Activation, Cost, Dataset, Error, Loss, Model, Network, Output, Protocol};

fn main() -> Result<(), Error> {
    let poisson = Loss::custom("poisson", |v, y| v.exp() - y * v, |v, y| v.exp() - y);

    // Calls at a help desk by the hour of the day, on three days.
    let calls = [
        [
            1.0, 0.0, 0.0, 2.0, 9.0, 14.0, 11.0, 12.0, 10.0, 6.0, 3.0, 1.0,
        ],
        [
            0.0, 1.0, 0.0, 3.0, 7.0, 16.0, 13.0, 9.0, 11.0, 5.0, 2.0, 2.0,
        ],
        [
            1.0, 0.0, 1.0, 1.0, 8.0, 12.0, 12.0, 10.0, 13.0, 7.0, 3.0, 0.0,
        ],
    ];
    let hours = (0..36).map(|i| f64::from(i % 12) / 6.0 - 1.0);
    let data = Dataset::regression(1, hours.collect(), 1, calls.concat())?;

    let network = Network::builder(1)
        .dense(16, Activation::Tanh)
        .dense(1, Activation::Identity)
        .build()?;
    let mut model = Model::new(network, Cost::new(Output::Identity, poisson)?, 1)?;
    let protocol = Protocol::new(Adam::new(0.01)).epochs(2000).batch(12);
    println!("{}", protocol.train(&mut model, &data)?.end);

    println!("hour   mean of three days   rate of the network");
    for hour in 0..12 {
        let mean = calls.iter().map(|day| day[hour]).sum::<f64>() / 3.0;
        let rate = model.predict(&[hour as f64 / 6.0 - 1.0])?[0].exp();
        println!("{:4}   {mean:18.1}   {rate:19.1}", 2 * hour);
    }
    Ok(())
}
