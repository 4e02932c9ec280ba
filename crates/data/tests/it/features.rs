//! Feature maps: values, names, sizes, files, and what is refused.

use gradflow_data::{Dataset, Encoding, FeatureError, FeatureMap, Scaling, Schema};
use proptest::prelude::*;

fn names(map: &FeatureMap, inputs: &[&str]) -> Vec<String> {
    map.names(inputs).unwrap()
}

#[test]
fn monomials_are_those_of_the_text() {
    let map = FeatureMap::Monomials { degree: 2 };
    assert_eq!(
        names(&map, &["x1", "x2"]),
        ["x1", "x2", "x1^2", "x1 x2", "x2^2"]
    );
    assert_eq!(map.apply(&[2.0, 3.0]).unwrap(), [2.0, 3.0, 4.0, 6.0, 9.0]);
    // C(d + k, k) - 1
    for (d, k, count) in [
        (1, 5, 5),
        (2, 2, 5),
        (3, 3, 19),
        (10, 4, 1000),
        (30, 2, 495),
    ] {
        assert_eq!(FeatureMap::Monomials { degree: k }.size(d).unwrap(), count);
    }
    let cubes = FeatureMap::Monomials { degree: 3 };
    assert_eq!(
        names(&cubes, &["a", "b"])[5..],
        ["a^3", "a^2 b", "a b^2", "b^3"]
    );
}

#[test]
fn trigonometric_features_are_sines_and_cosines_of_multiples() {
    let map = FeatureMap::Trigonometric {
        orders: 2,
        frequency: 0.5,
    };
    assert_eq!(
        names(&map, &["t"]),
        ["sin(0.5 t)", "cos(0.5 t)", "sin(t)", "cos(t)"]
    );
    let x = 1.3_f64;
    assert_eq!(
        map.apply(&[x]).unwrap(),
        [(0.5 * x).sin(), (0.5 * x).cos(), x.sin(), x.cos()]
    );
}

#[test]
fn interactions_are_products_of_different_inputs() {
    let map = FeatureMap::Interactions;
    assert_eq!(
        names(&map, &["a", "b", "c"]),
        ["a", "b", "c", "a b", "a c", "b c"]
    );
    assert_eq!(
        map.apply(&[2.0_f32, 3.0, 5.0]).unwrap(),
        [2.0, 3.0, 5.0, 6.0, 10.0, 15.0]
    );
}

#[test]
fn one_hot_replaces_a_class_and_refuses_what_is_none() {
    let map = FeatureMap::OneHot {
        component: 1,
        classes: 3,
    };
    assert_eq!(
        names(&map, &["a", "kind", "b"]),
        ["a", "kind=0", "kind=1", "kind=2", "b"]
    );
    assert_eq!(
        map.apply(&[7.0, 2.0, 8.0]).unwrap(),
        [7.0, 0.0, 0.0, 1.0, 8.0]
    );
    for bad in [3.0, -1.0, 0.5] {
        let error = map.apply(&[7.0, bad, 8.0]).unwrap_err();
        assert!(
            matches!(error, FeatureError::Class { component: 1, value, classes: 3, .. } if value == bad)
        );
    }
    let error = map.size(1).unwrap_err();
    assert_eq!(error.to_string(), "OneHot is for 2 inputs, 1 came");
}

#[test]
fn maps_compose_side_by_side_and_one_after_another() {
    let plane = Dataset::regression(2, vec![1.0, 2.0, 3.0, 6.0], 1, vec![0.0, 1.0]).unwrap();
    let scaling = Scaling::new(vec![2.0, 4.0], vec![1.0, 2.0]).unwrap();
    let map = FeatureMap::Scaling(scaling.clone()).then(FeatureMap::Identity.beside(
        FeatureMap::own("sum", ["a+b"], |x, out| out[0] = x[0] + x[1]),
    ));
    assert_eq!(names(&map, &["a", "b"]), ["a", "b", "a+b"]);
    let features = plane.features(&map).unwrap();
    assert_eq!(features.inputs().data(), [-1.0, -1.0, -2.0, 1.0, 1.0, 2.0]);
    assert_eq!(features.targets().values(), plane.targets().values());
    assert_eq!(
        FeatureMap::standardise(plane.inputs()).unwrap(),
        FeatureMap::Scaling(scaling)
    );
    // Names with blanks stay readable in products.
    let twice = FeatureMap::Interactions.then(FeatureMap::Monomials { degree: 2 });
    let names = names(&twice, &["a", "b"]);
    assert!(names.contains(&"a (a b)".to_owned()));
    assert!(names.contains(&"a b".to_owned()));
}

#[test]
fn categories_are_the_known_ones_and_one_more() {
    let features = |unseen, x: f64| {
        let values = vec!["red".into(), "blue".into()];
        let encoding = Encoding::OneHot {
            values,
            unseen,
            missing: false,
            flag: false,
        };
        FeatureMap::Columns(vec![encoding]).apply(&[x])
    };
    for unseen in [false, true] {
        assert_eq!(features(unseen, 0.0).unwrap(), [1.0, 0.0]);
        assert_eq!(features(unseen, 1.0).unwrap(), [0.0, 1.0]);
        for x in [-1.0, 0.5, 1.5, 3.0] {
            assert!(matches!(
                features(unseen, x),
                Err(FeatureError::Class { classes: 2, .. })
            ));
        }
    }
    assert!(features(false, 2.0).is_err());
    assert_eq!(features(true, 2.0).unwrap(), [0.0, 0.0]);
}

#[test]
fn files_keep_maps_and_names_of_ones_own() {
    let own = FeatureMap::own("radius", ["r"], |x, out| out[0] = x[0].hypot(x[1]));
    let map = FeatureMap::Monomials { degree: 2 }.beside(own.clone());
    let saved = serde_json::to_string(&map).unwrap();
    let read: FeatureMap = serde_json::from_str(&saved).unwrap();
    assert_eq!(names(&read, &["a", "b"])[5], "r");
    let error = read.apply(&[3.0, 4.0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the features `radius` are known by name only: `FeatureMap::resolve` says what they are"
    );
    assert!(format!("{read:?}").contains("resolved: false"));
    assert_eq!(
        (read.unresolved(), map.unresolved()),
        (Some("radius"), None)
    );
    let plane = Dataset::regression(2, vec![3.0, 4.0], 1, vec![0.0]).unwrap();
    let features = plane.features(&map).unwrap();
    assert_eq!(features.schema().check_resolved(), Ok(()));
    let saved = serde_json::to_string(features.schema()).unwrap();
    let schema: Schema = serde_json::from_str(&saved).unwrap();
    assert_eq!(schema.check_resolved(), Err(error));
    assert_eq!(
        schema.resolve(std::slice::from_ref(&own)).check_resolved(),
        Ok(())
    );
    // Only a function of the same name, with as many features, is taken; and it belongs to what is compared.
    let sum = FeatureMap::own("radius", ["r", "s"], |x, out| {
        out.copy_from_slice(&[x[0], x[1]])
    });
    let other = FeatureMap::own("diameter", ["r"], |x, out| out[0] = 2.0 * x[0].hypot(x[1]));
    assert_eq!(read.clone().resolve(&[sum.clone(), other.clone()]), read);
    assert!(own != sum && own != other && own.clone() == own);
    let same_names = FeatureMap::own("radius", ["r"], |x, out| out[0] = x[0]);
    assert_ne!(own, same_names);
    let read = read.resolve(&[own]);
    assert!(format!("{read:?}").contains("resolved: true"));
    assert_eq!(read, map);
    assert_eq!(read.apply(&[3.0, 4.0]).unwrap()[5], 5.0);
    assert!(serde_json::from_str::<FeatureMap>(r#"{"Monomials":{"degree":2,"order":1}}"#).is_err());
}

#[test]
fn what_makes_no_features_is_refused() {
    let refused = |map: FeatureMap, inputs| map.size(inputs).unwrap_err();
    assert_eq!(
        refused(FeatureMap::Monomials { degree: 0 }, 3).to_string(),
        "Monomials makes no features of 3 inputs: the degree is at least 1"
    );
    for map in [
        FeatureMap::Beside(vec![]),
        FeatureMap::Then(vec![]),
        FeatureMap::Trigonometric {
            orders: 0,
            frequency: 1.0,
        },
        FeatureMap::own("nothing", [""; 0], |_, _| {}),
    ] {
        assert!(matches!(
            refused(map, 2),
            FeatureError::Nothing { inputs: 2, .. }
        ));
    }
    for frequency in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let map = FeatureMap::Trigonometric {
            orders: 1,
            frequency,
        };
        assert!(matches!(refused(map, 1), FeatureError::Frequency(_)));
    }
    for (map, inputs) in [
        (FeatureMap::Monomials { degree: 1000 }, 30),
        (FeatureMap::Monomials { degree: u32::MAX }, usize::MAX),
        (FeatureMap::Interactions, usize::MAX),
        (
            FeatureMap::Trigonometric {
                orders: u32::MAX,
                frequency: 1.0,
            },
            1 << 20,
        ),
        (
            FeatureMap::OneHot {
                component: 0,
                classes: usize::MAX,
            },
            4,
        ),
    ] {
        assert!(matches!(refused(map, inputs), FeatureError::TooMany { .. }));
    }
    // The limit itself is one that may be.
    let lines = FeatureMap::Monomials { degree: 1 };
    assert_eq!(lines.size(1 << 24), Ok(1 << 24));
    assert!(matches!(
        refused(lines, (1 << 24) + 1),
        FeatureError::TooMany { .. }
    ));
    let scaling = Scaling::new(vec![0.0], vec![1.0]).unwrap();
    assert!(matches!(
        refused(FeatureMap::Scaling(scaling), 2),
        FeatureError::Inputs {
            expected: 1,
            found: 2,
            ..
        }
    ));
}

#[test]
fn features_beyond_the_numbers_name_sample_and_feature() {
    let large = Dataset::regression(2, vec![1.0_f32, 1.0, 1e30, 2.0], 1, vec![0.0, 0.0]).unwrap();
    let error = large
        .features(&FeatureMap::Monomials { degree: 2 })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "sample 1: the feature `x1^2` is not finite; scale the inputs first"
    );
}

proptest! {
    #[test]
    fn sizes_names_and_values_agree(x in prop::collection::vec(-2.0..2.0_f64, 1..5), degree in 1..5_u32) {
        let inputs: Vec<String> = (0..x.len()).map(|i| format!("v{i}")).collect();
        let map = FeatureMap::Monomials { degree }
            .beside(FeatureMap::Trigonometric { orders: degree, frequency: 2.0 })
            .beside(FeatureMap::Interactions.then(FeatureMap::Interactions));
        let (size, values) = (map.size(x.len()).unwrap(), map.apply(&x).unwrap());
        prop_assert_eq!(values.len(), size);
        prop_assert_eq!(map.names(&inputs).unwrap().len(), size);
        // The sum of all monomials up to a degree, and 1, is that of the complete homogeneous polynomials.
        let mut complete = vec![1.0; degree as usize + 1];
        complete[1..].fill(0.0);
        for x in &x {
            for k in 1..complete.len() {
                complete[k] += x * complete[k - 1];
            }
        }
        let monomials = FeatureMap::Monomials { degree }.apply(&x).unwrap();
        let (sum, expected): (f64, f64) = (monomials.iter().sum(), complete[1..].iter().sum());
        prop_assert!((sum - expected).abs() <= 1e-9 * expected.abs().max(1.0));
    }
}
