//! Activations against independent transcriptions of their formulas, against differences, and at the ends of the numbers.

use crate::*;
use gradflow_layers::{Activation, CustomActivation, Dense, Describe, Recipe, Registry};
use gradflow_tensor::Shape;
use gradflow_testing::config;
use proptest::prelude::*;

/// `(sigma(z), sigma'(z))` as the text prints them, or as a table of derivatives does.
fn printed(activation: &Activation, z: f64) -> (f64, f64) {
    let e = (-z).exp();
    match activation {
        Activation::Identity => (z, 1.0),
        Activation::Logistic | Activation::FastLogistic => (1.0 / (1.0 + e), e / (1.0 + e).powi(2)),
        Activation::SoftLogistic => (
            (z.abs() + z + 1.0) / (2.0 * z.abs() + 2.0),
            0.5 / (1.0 + z.abs()).powi(2),
        ),
        Activation::Tanh | Activation::FastTanh => (z.sinh() / z.cosh(), 1.0 / z.cosh().powi(2)),
        Activation::SoftSign => (z / (1.0 + z.abs()), 1.0 / (1.0 + z.abs()).powi(2)),
        Activation::Relu => (
            if z > 0.0 { z } else { 0.0 },
            if z > 0.0 { 1.0 } else { 0.0 },
        ),
        Activation::LeakyRelu(slope) => (
            if z > 0.0 { z } else { slope * z },
            if z > 0.0 { 1.0 } else { *slope },
        ),
        Activation::Softplus => ((1.0 + z.exp()).ln(), 1.0 / (1.0 + e)),
        Activation::SqrtSquare => (
            z * (z * z + 1.0).sqrt(),
            (2.0 * z * z + 1.0) / (z * z + 1.0).sqrt(),
        ),
        Activation::Elu(a) => {
            if z > 0.0 {
                (z, 1.0)
            } else {
                (a * z.exp_m1(), a * z.exp())
            }
        }
        Activation::Silu => {
            let gate = 1.0 / (1.0 + e);
            (z * gate, gate + z * gate * (1.0 - gate))
        }
        Activation::Gelu => {
            let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
            (z * normal(z), normal(z) + z * density)
        }
        Activation::GeluTanh => {
            let c = (2.0 / std::f64::consts::PI).sqrt();
            let t = (c * (z + 0.044715 * z.powi(3))).tanh();
            let slope = c * (1.0 + 3.0 * 0.044715 * z * z);
            (
                0.5 * z * (1.0 + t),
                0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * slope,
            )
        }
        Activation::HardLogistic => (
            (z / 6.0 + 0.5).clamp(0.0, 1.0),
            f64::from(z.abs() < 3.0) / 6.0,
        ),
        Activation::HardSwish => match z {
            z if z < -3.0 => (0.0, 0.0),
            z if z > 3.0 => (z, 1.0),
            z => (z * (z / 6.0 + 0.5), z / 3.0 + 0.5),
        },
        Activation::HardTanh => (z.clamp(-1.0, 1.0), f64::from(z.abs() < 1.0)),
        other => (other.value(z), other.slope(z)),
    }
}

/// `Phi(z)` of the normal distribution: `1/2` and its density times `z + z^3/3 + z^5/15 + ..`, or 0 or 1 to 1e-16.
fn normal(z: f64) -> f64 {
    if z.abs() > 8.3 {
        return f64::from(z > 0.0);
    }
    let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    let (mut term, mut sum) = (z, 0.0);
    for k in 1..300 {
        sum += term;
        term *= z * z / f64::from(2 * k + 1);
    }
    0.5 + density * sum
}

proptest! {
    #![proptest_config(config(300))]

    /// The printed forms are good to a few roundings of 1 in this range; slopes are computed from values, which costs as many.
    #[test]
    fn equal_their_formulas(z in -15.0..15.0_f64) {
        for activation in Activation::ALL {
            let (value, slope) = printed(&activation, z);
            let scale = value.abs().max(slope).max(1.0);
            // The printed forms of GELU lose more: a series here, and the difference of 1 and a square of tanh.
            let bound = match activation {
                Activation::Gelu | Activation::GeluTanh => 4e-14,
                _ => 4e-15,
            };
            prop_assert!((activation.value(z) - value).abs() <= bound * scale, "{activation} at {z}: {} and {value}", activation.value(z));
            prop_assert!((activation.slope(z) - slope).abs() <= bound * scale, "{activation} at {z}: {} and {slope}", activation.slope(z));
        }
    }

    /// Slopes against central differences, away from kinks (the soft ones have a jump in the second derivative).
    #[test]
    fn slopes_are_derivatives(z in -6.0..6.0_f64) {
        prop_assume!([0.0, 1.0, 3.0].iter().all(|kink| (z.abs() - kink).abs() > 1e-3));
        for activation in Activation::ALL {
            let report = gradflow_gradcheck::check(|z| activation.value(z[0]), &[z], &[activation.slope(z)]);
            prop_assert!(report.is_ok(), "{activation} at {z}: {report:?}");
        }
    }

    /// The kernels of a layer, which work on many numbers at once, say what the activation says, in both precisions.
    #[test]
    fn layers_apply_them(z in proptest::collection::vec(-15.0..15.0_f64, 1..40)) {
        let custom = Activation::custom("cube", |z| z * z * z, |z| 3.0 * z * z);
        for activation in Activation::ALL.into_iter().chain([custom]) {
            // Weight 1, bias 0: z is the input.
            let layer = Dense::new(Shape::new([1, 1, 1]).unwrap(), 1, activation.clone()).unwrap();
            let p = forward::<f64>(&layer, &[1.0, 0.0], &z);
            let z_bar = backward::<f64>(&layer, &[1.0, 0.0], &z, &vec![1.0; z.len()]).1;
            let value: Vec<f64> = z.iter().map(|z| activation.value(*z)).collect();
            let slope: Vec<f64> = z.iter().map(|z| activation.slope(*z)).collect();
            assert_close(&p, &value);
            assert_close(&z_bar, &slope);

            let single: Vec<f32> = z.iter().map(|z| *z as f32).collect();
            let p = forward::<f32>(&layer, &[1.0, 0.0], &single);
            let z_bar = backward::<f32>(&layer, &[1.0, 0.0], &single, &vec![1.0; z.len()]).1;
            for (i, z) in single.iter().enumerate() {
                let (value, slope) = (activation.value(f64::from(*z)), activation.slope(f64::from(*z)));
                let error = (f64::from(p[i]) - value).abs().max((f64::from(z_bar[i]) - slope).abs());
                // A few roundings of f32, which is 6e-8 each, of the larger of value and slope.
                prop_assert!(error <= 5e-7 * value.abs().max(slope).max(1.0), "{activation} at {z}");
            }
        }
    }
}

/// `(sigma(z), sigma'(z))` in the limit of large `|z|`, to the precision of f64 and beyond 1e30.
fn limits(activation: &Activation, z: f64) -> (f64, f64) {
    let positive = z > 0.0;
    match activation {
        Activation::Logistic
        | Activation::FastLogistic
        | Activation::SoftLogistic
        | Activation::HardLogistic => (f64::from(positive), 0.0),
        Activation::Tanh | Activation::FastTanh | Activation::SoftSign | Activation::HardTanh => {
            (z.signum(), 0.0)
        }
        Activation::Elu(a) if !positive => (-a, 0.0),
        Activation::Silu | Activation::Gelu | Activation::GeluTanh | Activation::HardSwish => {
            (z.max(0.0), f64::from(positive))
        }
        Activation::Relu | Activation::Softplus => (z.max(0.0), f64::from(positive)),
        Activation::LeakyRelu(slope) if !positive => (slope * z, *slope),
        Activation::SqrtSquare => (z * z.abs(), 2.0 * z.abs()),
        _ => (z, 1.0),
    }
}

/// Rounding apart, and infinities where the mathematics has them.
fn agree(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-15 * b.abs().max(1.0)
}

#[test]
fn ends_of_the_numbers() {
    for activation in Activation::ALL {
        for z in [1e30, -1e30, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY] {
            let (value, slope) = limits(&activation, z);
            let (v, s) = (activation.value(z), activation.slope(z));
            assert!(agree(v, value), "{activation} at {z}: {v}, not {value}");
            assert!(agree(s, slope), "{activation}' at {z}: {s}, not {slope}");
        }
        // A NaN is not hidden, so that a divergence shows.
        assert!(activation.value(f64::NAN).is_nan(), "{activation}");
        assert!(activation.slope(f64::NAN).is_nan(), "{activation}");
    }
}

#[test]
fn ranges_hold_and_are_reached() {
    for activation in Activation::ALL {
        let (low, high) = activation.range();
        // Among them where SiLU, GELU and hard swish are least.
        let values =
            [-1e300, -1e3, -1.5, -1.278, -0.752, 0.0, 1.0, 1e3, 1e300].map(|z| activation.value(z));
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(
            values.iter().all(|v| (low..=high).contains(v)),
            "{activation}"
        );
        let close = |v: f64, bound: f64| {
            if bound.is_finite() {
                (v - bound).abs() < 2e-6
            } else {
                v.abs() > 1e200
            }
        };
        assert!(close(least, low) && close(values[8], high), "{activation}");
    }
}

/// Neither narrower, or values would lie outside, nor wider, or a cost that needs values in (0, 1) would be refused.
#[test]
fn layers_have_the_range_of_their_activation() {
    let input = Shape::new([2, 3, 3]).unwrap();
    for activation in Activation::ALL {
        let recipes = [
            Recipe::dense(4, activation.clone()),
            Recipe::conv(4, [2, 2], activation.clone()),
            Recipe::Activation(activation.clone()),
        ];
        let last = Recipe::Chain(vec![recipes[0].clone(), recipes[2].clone()]);
        for recipe in recipes.into_iter().chain([last]) {
            let layer = recipe.on::<f64>(input, &Registry::default()).unwrap();
            assert_eq!(layer.spec().output_range, activation.range(), "{recipe:?}");
        }
    }
}

#[test]
fn kinks_are_where_they_are_said_to_be() {
    for activation in Activation::ALL {
        let jumps = [-3.0, -1.0, 0.0, 1.0, 3.0]
            .map(|z| activation.slope(z + 1e-12) - activation.slope(z - 1e-12));
        let kink = jumps.iter().any(|jump| jump.abs() > 0.1);
        assert_eq!(kink, activation.has_kink(), "{activation}");
    }
    assert!(Activation::Elu(0.5).has_kink());
}

#[test]
fn a_range_is_what_the_user_states() {
    let half = CustomActivation::new("half", |z| 0.5 + 0.0 * z, |_| 0.0);
    assert_eq!(
        Activation::from(half.clone()).range(),
        (f64::NEG_INFINITY, f64::INFINITY)
    );
    let input = Shape::new([1, 1, 1]).unwrap();
    let layer = Dense::new(input, 1, half.clone().with_range(0.0, 1.0).into()).unwrap();
    assert_eq!(layer.spec().output_range, (0.0, 1.0));
    for (low, high) in [(1.0, 0.0), (0.0, 0.0), (f64::NAN, 1.0), (0.0, f64::NAN)] {
        let error = Dense::new(input, 1, half.clone().with_range(low, high).into()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "dense: activation \"half\": there is nothing between {low} and {high}: `with_range` takes the lower bound first"
            )
        );
    }
}

#[test]
fn constants_are_checked() {
    let input = Shape::new([1, 1, 1]).unwrap();
    for slope in [0.0, 1.0, -0.1, 1.5, f64::NAN, f64::INFINITY] {
        let error = Dense::new(input, 1, Activation::LeakyRelu(slope)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("dense: leaky relu: slope {slope} does not lie in (0, 1); 0.01 is usual")
        );
    }
}

#[test]
fn scales_of_elu_are_checked() {
    let input = Shape::new([1, 1, 1]).unwrap();
    for scale in [0.0, -1.0, 1e-300, 1e300, f64::NAN, f64::INFINITY] {
        let error = Dense::new(input, 1, Activation::Elu(scale)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "dense: elu: a scale of {scale}: it is positive and neither huge nor tiny; 1 is usual"
            )
        );
    }
    assert!(serde_json::from_str::<Activation>(r#"{"Elu":-1.0}"#).is_err());
}

#[test]
fn survive_a_file_unless_they_are_code() {
    for activation in Activation::ALL {
        let text = serde_json::to_string(&activation).unwrap();
        assert_eq!(
            serde_json::from_str::<Activation>(&text).unwrap(),
            activation,
            "{text}"
        );
    }
    assert_eq!(
        serde_json::to_string(&Activation::SqrtSquare).unwrap(),
        r#""SqrtSquare""#
    );
    assert_eq!(
        serde_json::to_string(&Activation::LeakyRelu(0.2)).unwrap(),
        r#"{"LeakyRelu":0.2}"#
    );
    let error = serde_json::from_str::<Activation>(r#"{"LeakyRelu":2.0}"#).unwrap_err();
    assert!(
        error.to_string().starts_with("leaky relu: slope 2"),
        "{error}"
    );
    for text in [r#""Cube""#, r#"{"Custom":{"name":"cube"}}"#] {
        assert!(serde_json::from_str::<Activation>(text).is_err(), "{text}");
    }
}

/// A pair of functions is stored by its name, and is of no use until a registry finds it.
#[test]
fn names_are_looked_up() {
    let cube = CustomActivation::new("cube", |z| z * z * z, |z| 3.0 * z * z);
    let text = serde_json::to_string(&Activation::from(cube.clone())).unwrap();
    assert_eq!(text, r#"{"Custom":"cube"}"#);
    let read: Activation = serde_json::from_str(&text).unwrap();
    assert_eq!(read.to_string(), "cube");
    assert_ne!(read, cube.clone().into());
    assert!(read.value(1.0).is_nan() && read.slope(1.0).is_nan());

    let input = Shape::new([1, 1, 1]).unwrap();
    let error = Dense::new(input, 1, read.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "dense: activation \"cube\" is known by its name alone: build the layer by Recipe::on, with a registry that has it"
    );
    let recipe = Recipe::Chain(vec![Recipe::Activation(read)]);
    let error = recipe.on::<f64>(input, &Registry::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "layer 0 (activation): there is no activation \"cube\" in the registry, which is empty: add it with `Registry::activation`"
    );
    let layer = recipe
        .on(input, &Registry::default().activation(cube))
        .unwrap();
    assert_eq!(predict::<f64>(&*layer, &[], &[2.0]), [8.0]);
}

/// Exact as a function of `z`, to the last digits but a few, where the value is rounded to its bound or overflows.
#[test]
fn slopes_do_not_lose_digits() {
    // Python's decimal with 50 digits, e.g. E(-40)/(1 + E(-40))**2 with E = lambda z: Decimal(z).exp().
    let table = [
        (Activation::Logistic, 40.0, 4.248_354_255_291_589e-18),
        (Activation::Logistic, -700.0, 9.859_676_543_759_77e-305),
        (Activation::SoftLogistic, 1e17, 5e-35),
        (Activation::SoftSign, -1e17, 1e-34),
        (Activation::Tanh, 30.0, 3.502_604_305_078_608e-26),
        (Activation::Softplus, -50.0, 1.928_749_847_963_917_8e-22),
        (Activation::SqrtSquare, 1e200, 2e200),
        (Activation::Elu(0.5), -700.0, 4.929838271879885e-305),
        (Activation::Silu, -300.0, -1.5393118665011922e-128),
        (Activation::Silu, -1.0, 0.07232948812851327),
        (Activation::Gelu, -30.0, -4.416031690708495e-195),
        (Activation::Gelu, -4.0, -0.0005036496612264215),
        (Activation::GeluTanh, -15.0, -7.744633769500767e-113),
        (Activation::SqrtSquare, -1e300, 2e300),
    ];
    for (activation, z, slope) in table {
        let s = activation.slope(z);
        assert!(
            (s / slope - 1.0).abs() < 1e-12,
            "{activation}' at {z}: {s}, not {slope}"
        );
    }
}

/// Relative errors of values where they vanish, and of those close to 0.
#[test]
fn values_do_not_lose_digits() {
    // mpmath with 60 digits, e.g. z * erfc(-z / sqrt(2)) / 2.
    let table = [
        (Activation::Silu, -700.0, -6.90177358063184e-302),
        (Activation::Silu, -20.0, -4.122307236380407e-08),
        (Activation::Silu, -1e-9, -4.9999999975e-10),
        (Activation::Silu, 3.0, 2.8577223804672998),
        (Activation::Gelu, -37.0, -2.1184613523340935e-298),
        (Activation::Gelu, -20.0, -5.507248237212468e-88),
        (Activation::Gelu, -5.0, -1.4332578593959695e-06),
        (Activation::Gelu, -0.3, -0.1146265733433142),
        (Activation::Gelu, -1e-9, -4.999999996010577e-10),
        (Activation::Gelu, 1e-9, 5.000000003989423e-10),
        (Activation::Gelu, 2.0, 1.9544997361036416),
        (Activation::GeluTanh, -20.0, -3.3754509563109673e-261),
        (Activation::GeluTanh, -3.0, -0.0036373920817730186),
        (Activation::GeluTanh, 0.5, 0.34571400982514394),
        (Activation::Elu(1.0), -1e-9, -9.999999995e-10),
    ];
    for (activation, z, value) in table {
        let v = activation.value(z);
        assert!(
            (v / value - 1.0).abs() < 1e-12,
            "{activation} at {z}: {v}, not {value}"
        );
    }
}

/// The bounds that the docs of the activations state for the slopes of the backward pass, which come from rounded values.
#[test]
fn backward_slopes_keep_their_bounds() {
    let input = Shape::new([1, 1, 1]).unwrap();
    let e = f64::from(f32::EPSILON);
    for activation in Activation::ALL {
        let layer = Dense::new(input, 1, activation.clone()).unwrap();
        let z: Vec<f32> = (-4000..=4000).map(|i| (i as f32 / 400.0).sinh()).collect();
        let bars = backward::<f32>(&layer, &[1.0, 0.0], &z, &vec![1.0; z.len()]).1;
        for (z, bar) in z.iter().map(|z| f64::from(*z)).zip(bars) {
            let slope = activation.slope(z);
            let bound = match activation {
                Activation::Logistic if z > 0.0 => 2.0 * e,
                Activation::Tanh => 2.0 * e,
                Activation::FastTanh => 8.0 * e,
                Activation::FastLogistic if z > 0.0 => 4.0 * e,
                Activation::SoftLogistic if z > 0.0 => 4.0 * (1.0 + z) * e * slope,
                Activation::SoftSign => 4.0 * (1.0 + z.abs()) * e * slope,
                Activation::Elu(a) if z < 0.0 => 2.0 * a * e,
                // Of the gate, which is at most 1, near zeros of the slope; the tail of the tanh form has its own bound.
                Activation::Silu | Activation::Gelu | Activation::GeluTanh => {
                    8.0 * e * (1.0 + z.abs())
                }
                Activation::HardSwish => 4.0 * e,
                // Denormal numbers aside.
                _ => 8.0 * e * slope + 1e-37,
            };
            let error = (f64::from(bar) - slope).abs();
            assert!(error <= bound, "{activation}' at {z}: {bar}, not {slope}");
        }
    }
}
