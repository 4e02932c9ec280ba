//! How parameters are drawn: ranges, moments, repeatability.

use crate::parameters;
use gradflow_kernels::Real;
use gradflow_layers::{Activation, Conv, Dense, Describe, Init, Layer};
use gradflow_tensor::Shape;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

fn initial<T: Real>(layer: &dyn Layer<T>, seed: u64) -> Vec<T> {
    let mut theta = vec![T::from_f64(f64::NAN); parameters(layer)];
    layer.initialise(&mut theta, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
    theta
}

/// 300 inputs, 200 outputs: 60,000 weights.
fn dense(init: Init) -> Dense {
    Dense::new(Shape::new([3, 10, 10]).unwrap(), 200, Activation::Identity)
        .unwrap()
        .with_init(init)
        .unwrap()
}

/// `(mean, variance)`
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (
        mean,
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n,
    )
}

#[test]
fn ranges_and_moments() {
    let (fan_in, fan_out) = (300.0, 200.0);
    let n = fan_in * fan_out;
    // The distribution's bound where it has one, and its variance.
    let uniform = |bound: f64| (Some(bound), bound * bound / 3.0);
    let table = [
        (Init::Uniform(0.7), uniform(0.7)),
        (
            Init::GlorotUniform,
            uniform((6.0_f64 / (fan_in + fan_out)).sqrt()),
        ),
        (Init::GlorotNormal, (None, 2.0 / (fan_in + fan_out))),
        (Init::HeUniform, uniform((6.0_f64 / fan_in).sqrt())),
        (Init::HeNormal, (None, 2.0 / fan_in)),
    ];
    for (init, (bound, variance)) in table {
        let theta = initial::<f64>(&dense(init), 1);
        let (weight, bias) = theta.split_at(n as usize);
        assert!(bias.iter().all(|b| *b == 0.0), "{init:?}");
        let (mean, observed) = moments(weight);
        // Five standard errors: of the mean sigma/sqrt(n), of the variance at most sigma^2 sqrt(2/n).
        assert!(
            mean.abs() < 5.0 * (variance / n).sqrt(),
            "{init:?}: mean {mean}"
        );
        assert!(
            (observed / variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(),
            "{init:?}: variance {observed}"
        );
        let deviation = variance.sqrt();
        let largest = weight.iter().fold(0.0, |max, w| f64::max(max, w.abs()));
        match bound {
            // Of 60,000 uniform numbers one lies in the last thousandth, but for a chance of 1e-26.
            Some(bound) => assert!(
                largest <= bound && largest > 0.999 * bound,
                "{init:?}: {largest}"
            ),
            // A normal distribution: 68.27 % within one deviation, and some beyond three and a half, where uniform ones end at 1.73.
            None => {
                let within = weight.iter().filter(|w| w.abs() < deviation).count() as f64 / n;
                assert!(
                    (within - 0.6827).abs() < 5.0 * (0.6827 * 0.3173 / n).sqrt(),
                    "{init:?}: {within}"
                );
                assert!(
                    largest > 3.5 * deviation && largest < 6.0 * deviation,
                    "{init:?}: {largest}"
                );
            }
        }
    }
}

#[test]
fn constants_and_biases() {
    let layer = dense(Init::Constant(0.25))
        .with_bias_init(Init::Uniform(0.07))
        .unwrap();
    let theta = initial::<f64>(&layer, 3);
    let (weight, bias) = theta.split_at(60_000);
    assert!(weight.iter().all(|w| *w == 0.25));
    let largest = bias.iter().fold(0.0, |max, b| f64::max(max, b.abs()));
    assert!(largest <= 0.07 && largest > 0.06, "{largest}");
}

/// The fans of a convolution are `depth * f_v * f_h` of input and output.
#[test]
fn fans_of_a_convolution() {
    let conv = |init| {
        let input = Shape::new([5, 9, 9]).unwrap();
        Conv::new(input, 70, [3, 4], Activation::Identity)
            .unwrap()
            .with_init(init)
            .unwrap()
    };
    let (fan_in, fan_out) = (5.0 * 12.0, 70.0 * 12.0);
    for (init, bound) in [
        (Init::GlorotUniform, (6.0_f64 / (fan_in + fan_out)).sqrt()),
        (Init::HeUniform, (6.0_f64 / fan_in).sqrt()),
    ] {
        let theta = initial::<f64>(&conv(init), 1);
        let largest = theta.iter().fold(0.0, |max, w| f64::max(max, w.abs()));
        assert!(
            largest <= bound && largest > 0.99 * bound,
            "{init:?}: {largest}"
        );
        assert!(theta[70 * 60..].iter().all(|b| *b == 0.0));
    }
}

#[test]
fn default_suits_the_activation() {
    let input = Shape::new([4, 1, 1]).unwrap();
    let default = |activation| Dense::new(input, 3, activation).unwrap().spec().blocks[0].init;
    assert_eq!(default(Activation::Relu), Init::HeUniform);
    assert_eq!(default(Activation::LeakyRelu(0.1)), Init::HeUniform);
    assert_eq!(default(Activation::SoftSign), Init::GlorotUniform);
    assert_eq!(default(Activation::Identity), Init::GlorotUniform);
}

#[test]
fn a_seed_decides_all_in_both_precisions() {
    for init in [
        Init::Uniform(1.0),
        Init::GlorotUniform,
        Init::GlorotNormal,
        Init::HeUniform,
        Init::HeNormal,
    ] {
        let layer = dense(init);
        let double = initial::<f64>(&layer, 7);
        assert_eq!(double, initial::<f64>(&layer, 7));
        assert_ne!(double, initial::<f64>(&layer, 8));
        let rounded: Vec<f32> = double.iter().map(|v| *v as f32).collect();
        assert_eq!(initial::<f32>(&layer, 7), rounded);
    }
}

#[test]
fn survives_a_file() {
    let all = [
        (Init::Uniform(0.7), r#"{"Uniform":0.7}"#),
        (Init::GlorotUniform, r#""GlorotUniform""#),
        (Init::GlorotNormal, r#""GlorotNormal""#),
        (Init::HeUniform, r#""HeUniform""#),
        (Init::HeNormal, r#""HeNormal""#),
        (Init::Constant(-0.1), r#"{"Constant":-0.1}"#),
    ];
    for (init, text) in all {
        assert_eq!(serde_json::to_string(&init).unwrap(), text);
        assert_eq!(serde_json::from_str::<Init>(text).unwrap(), init);
    }
    let error = serde_json::from_str::<Init>(r#"{"Uniform":-0.5}"#).unwrap_err();
    assert!(error.to_string().contains("-0.5"), "{error}");
}
