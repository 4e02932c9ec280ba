//! Constants that are refused, by name; rules that print and serialise.

use gradflow_optim::study::Quadratic;
use gradflow_optim::*;

fn bowl() -> Quadratic {
    Quadratic::new(vec![1.0])
}

#[test]
fn invalid_constants_are_named() {
    let adam = Adam::new(0.1);
    let cases: Vec<(Rule, &str)> = vec![
        (GradientDescent { rate: f64::NAN }.into(), "rate"),
        (GradientDescent { rate: 0.0 }.into(), "rate"),
        (
            MomentumPhysical {
                alpha: -1.0,
                gamma: 1.0,
            }
            .into(),
            "alpha",
        ),
        (
            MomentumPhysical {
                alpha: 0.1,
                gamma: 20.0,
            }
            .into(),
            "gamma",
        ),
        (
            MomentumAveraged {
                rate: 0.1,
                beta: 1.0,
            }
            .into(),
            "beta",
        ),
        (
            MomentumSummed {
                rate: 0.1,
                beta: -0.1,
            }
            .into(),
            "beta",
        ),
        (
            Nesterov {
                rate: f64::INFINITY,
                beta: 0.9,
            }
            .into(),
            "rate",
        ),
        (
            AdaGradMean {
                rate: 0.1,
                epsilon: -1e-8,
            }
            .into(),
            "epsilon",
        ),
        (
            AdaGradSum {
                rate: 0.1,
                epsilon: f64::NAN,
            }
            .into(),
            "epsilon",
        ),
        (
            RmsProp {
                rate: 0.1,
                beta: 1.5,
                epsilon: 0.0,
            }
            .into(),
            "beta",
        ),
        (
            RmsPropUnbiased {
                rate: 0.1,
                beta: f64::NAN,
                epsilon: 0.0,
            }
            .into(),
            "beta",
        ),
        (Adam { beta1: 1.0, ..adam }.into(), "beta1"),
        (
            Adam {
                beta2: -0.5,
                ..adam
            }
            .into(),
            "beta2",
        ),
        (
            AdamW {
                decay: -1.0,
                ..AdamW::new(0.1, 0.0)
            }
            .into(),
            "decay",
        ),
        (
            AmsGrad {
                epsilon: f64::INFINITY,
                ..AmsGrad::new(0.1)
            }
            .into(),
            "epsilon",
        ),
        (TwoStepMidpoint { rate: -0.1 }.into(), "rate"),
        (
            ThreeStep {
                rate: f64::NAN,
                second_by_midpoint: true,
            }
            .into(),
            "rate",
        ),
        (AdamsBashforth2 { rate: 0.0 }.into(), "rate"),
        (AdamsBashforth3 { rate: -0.0 }.into(), "rate"),
        (
            RungeKutta {
                rate: f64::NAN,
                table: Tableau::Heun,
            }
            .into(),
            "rate",
        ),
        (
            Chebyshev {
                rate: 0.1,
                stages: 0,
                damping: 0.05,
            }
            .into(),
            "stages",
        ),
        (
            Chebyshev {
                rate: 0.1,
                stages: 3,
                damping: -1.0,
            }
            .into(),
            "damping",
        ),
        (
            Chebyshev2 {
                rate: 0.1,
                stages: 1,
            }
            .into(),
            "stages",
        ),
        (
            Lbfgs {
                rate: 0.0,
                ..Lbfgs::default()
            }
            .into(),
            "rate",
        ),
        (
            Lbfgs {
                memory: 101,
                ..Lbfgs::default()
            }
            .into(),
            "memory",
        ),
        (
            NewtonCg {
                rate: f64::NAN,
                ..NewtonCg::default()
            }
            .into(),
            "rate",
        ),
        (
            NewtonCg {
                products: 0,
                ..NewtonCg::default()
            }
            .into(),
            "products",
        ),
    ];
    for (rule, expected) in cases {
        let error = minimise(&mut bowl(), &[1.0], rule.clone(), &Stop::default()).unwrap_err();
        let OptimError::Constant { of, field, .. } = error else {
            panic!("{rule}: {error}")
        };
        assert_eq!((of, field), (rule.name(), expected));
        // What cannot be used cannot be read either (JSON has no NaN to read).
        let saved = serde_json::to_string(&rule).unwrap();
        assert!(serde_json::from_str::<Rule>(&saved).is_err(), "{saved}");
    }
    assert!(Chebyshev::between(2.0, 1.0).is_err() && Chebyshev::between(1e-300, 1.0).is_err());
    assert!(Chebyshev::below(f64::NAN).is_err() && Chebyshev2::below(1.0, 1).is_err());
    assert!(Clip::Norm(0.0).validate().is_err() && Clip::Value(f64::NAN).validate().is_err());
}

#[test]
fn rules_survive_serialisation_and_print_their_constants() {
    for rule in Rule::examples() {
        let saved = serde_json::to_string(&rule).unwrap();
        assert_eq!(
            serde_json::from_str::<Rule>(&saved).unwrap(),
            rule,
            "{saved}"
        );
        assert!(rule.to_string().starts_with(rule.name()));
    }
    assert_eq!(
        Rule::from(Adam::new(0.01)).to_string(),
        "Adam { rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }"
    );
    assert!(serde_json::from_str::<Rule>(r#"{"Adam":{"rate":0.1,"betta":0.9}}"#).is_err());
}
