//! Logistic regression: derivatives, ends of fits, what is refused, what comes out by name.

use gradflow::data::{Csv, FeatureMap, Scaling};
use gradflow::optim::Reason;
use gradflow::{
    Dataset, LogisticFitError, LogisticLoss, LogisticModel, LogisticRegression, Real, Several,
    Solver,
};
use gradflow_testing::config;
use proptest::prelude::*;

/// Points in the plane with overlapping classes.
fn cloud<T: Real>(samples: usize, classes: usize) -> Dataset<T> {
    let wave = |s: usize, f: f64| (s as f64 * f).sin();
    let inputs = (0..samples).flat_map(|s| [wave(s, 0.7) * 3.0 + 5.0, wave(s, 1.9) * 0.1]);
    let inputs = inputs.map(T::from_f64).collect();
    let labels = (0..samples).map(|s| {
        let z = wave(s, 0.7) + wave(s, 1.9) + 0.8 * wave(s, 2.3);
        ((z + 3.0) / 6.0 * classes as f64) as usize % classes
    });
    Dataset::classification(2, inputs, labels, classes).unwrap()
}

fn iris() -> Dataset<f64> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/data/iris/iris.csv"
    );
    Csv::classification("species").open(path).unwrap()
}

/// The cost as it is written, sample after sample.
fn naive(of: &LogisticRegression, data: &Dataset<f64>, w: &[f64], b: &[f64]) -> f64 {
    let (n, k) = (data.shape().len(), b.len());
    let squared = of.loss == gradflow::LogisticLoss::SquaredError;
    let mut sum = 0.0;
    for (x, label) in data.inputs().iter().zip(data.labels().unwrap()) {
        let z: Vec<f64> = (0..k)
            .map(|a| b[a] + (0..n).map(|i| w[a * n + i] * x[i]).sum::<f64>())
            .collect();
        let p: Vec<f64> = match k {
            1 => vec![1.0 / (1.0 + (-z[0]).exp())],
            _ => {
                let all: f64 = z.iter().map(|z| z.exp()).sum();
                z.iter().map(|z| z.exp() / all).collect()
            }
        };
        let y = |a: usize| f64::from(u8::from(if k == 1 { *label == 1 } else { *label == a }));
        sum += match (squared, k) {
            (true, _) => (0..k).map(|a| 0.5 * (p[a] - y(a)).powi(2)).sum::<f64>() / k as f64,
            (false, 1) => -(if *label == 1 { p[0] } else { 1.0 - p[0] }).ln(),
            (false, _) => -p[*label].ln(),
        };
    }
    let away = |i: usize| w[i] - of.centre.as_ref().map_or(0.0, |c| c[i]);
    let trap: f64 = (0..w.len()).map(|i| away(i).powi(2)).sum();
    sum / data.len() as f64 + 0.5 * of.lam * trap
}

/// The gradient of the naive cost by central differences.
fn slopes(of: &LogisticRegression, data: &Dataset<f64>, w: &[f64], b: &[f64]) -> Vec<f64> {
    let q: Vec<f64> = w.iter().chain(b).copied().collect();
    let at = |q: &[f64]| naive(of, data, &q[..w.len()], &q[w.len()..]);
    let h = 1e-5;
    let slope = |i: usize| {
        let (mut ahead, mut behind) = (q.clone(), q.clone());
        ahead[i] += h;
        behind[i] -= h;
        (at(&ahead) - at(&behind)) / (2.0 * h)
    };
    (0..q.len()).map(slope).collect()
}

#[test]
fn every_fit_ends_where_the_cost_as_it_is_written_is_stationary() {
    for classes in [2, 3, 4] {
        let data = cloud::<f64>(120, classes);
        let rows = if classes == 2 { 1 } else { classes };
        let fits = [
            LogisticRegression::new(0.01),
            LogisticRegression::new(0.0),
            LogisticRegression::new(0.3).centre((0..rows * 2).map(|i| i as f64 - 1.5).collect()),
            LogisticRegression::new(0.01).squared_error(),
        ];
        for fit in fits {
            for solver in [Solver::NewtonCg, Solver::Lbfgs] {
                let fit = fit.clone().solver(solver);
                let model = fit.fit(&data).unwrap();
                let end = model.ends()[0];
                assert!(end.gradient_norm <= 1e-10, "{fit:?}: {end}");
                assert!(!end.separated);
                let (w, b) = (model.coefficients(), model.intercepts());
                assert!(
                    (naive(&fit, &data, w, b) - end.cost).abs() < 1e-12,
                    "{fit:?}"
                );
                let worst = slopes(&fit, &data, w, b)
                    .iter()
                    .fold(0.0_f64, |m, j| m.max(j.abs()));
                // Differences of a cost near 1 are good to 1e-10.
                assert!(worst < 1e-8, "{fit:?}: {worst:e}");
            }
        }
    }
}

#[test]
fn both_solvers_and_any_number_of_threads_agree() {
    let data = cloud::<f64>(3000, 3);
    let fit = |solver, threads| {
        let fit = LogisticRegression::new(1e-3)
            .solver(solver)
            .threads(threads);
        fit.fit(&data).unwrap()
    };
    for solver in [Solver::NewtonCg, Solver::Lbfgs] {
        let one = fit(solver, 1);
        for threads in [2, 3] {
            let other = fit(solver, threads);
            assert_eq!(one.coefficients(), other.coefficients(), "the same bits");
            assert_eq!(one.ends(), other.ends());
        }
    }
    let [a, b] = [Solver::NewtonCg, Solver::Lbfgs].map(|solver| fit(solver, 1));
    for (a, b) in a.coefficients().iter().zip(b.coefficients()) {
        assert!((a - b).abs() < 1e-8 * b.abs().max(1.0), "{a} {b}");
    }
}

#[test]
fn single_precision_comes_as_near_as_it_can() {
    let (single, double) = (cloud::<f32>(300, 3), cloud::<f64>(300, 3));
    for solver in [Solver::NewtonCg, Solver::Lbfgs] {
        let fit = LogisticRegression::new(0.01).solver(solver);
        let (single, double) = (fit.fit(&single).unwrap(), fit.fit(&double).unwrap());
        assert!(
            single.ends()[0].gradient_norm < 1e-4,
            "{}",
            single.ends()[0]
        );
        for (a, b) in single.coefficients().iter().zip(double.coefficients()) {
            assert!(
                (f64::from(*a) - b).abs() < 2e-3 * b.abs().max(1.0),
                "{a} {b}"
            );
        }
    }
}

#[test]
fn separable_data_without_a_trap_end_by_the_stopping_rule_and_say_so() {
    let inputs = vec![-3.0, -2.0, -1.0, 1.0, 2.0, 2.5];
    let data = Dataset::classification(1, inputs, [0, 0, 0, 1, 1, 1], 2).unwrap();
    for solver in [Solver::NewtonCg, Solver::Lbfgs] {
        for squared in [false, true] {
            let mut fit = LogisticRegression::new(0.0).solver(solver);
            if squared {
                fit = fit.squared_error();
            }
            let model = fit.fit(&data).unwrap();
            let end = model.ends()[0];
            assert!(
                end.separated && !matches!(end.reason, Reason::Diverged(_)),
                "{end}"
            );
            assert!(
                end.to_string().contains("a plane separates the classes"),
                "{end}"
            );
            assert!(model.coefficients()[0].is_finite() && model.accuracy(&data) == Ok(1.0));
            let trapped = LogisticRegression { lam: 0.1, ..fit }.fit(&data).unwrap();
            assert!(!trapped.ends()[0].separated);
            if solver == Solver::Lbfgs && !squared {
                let trapped = LogisticRegression::new(0.0).lasso(0.1).fit(&data).unwrap();
                assert!(!trapped.ends()[0].separated);
            }
        }
    }
}

/// Three classes in samples that several threads share: all must stand on their sides.
#[test]
fn many_separable_samples_of_three_classes_say_so_too() {
    let n = 1200;
    let place = |s: usize| [s % 3, s / 3].map(|i| i as f64);
    let data = |wrong: Option<usize>| {
        let x: Vec<f64> = (0..n)
            .flat_map(|s| {
                let [class, i] = place(s);
                [4.0 * class + 0.001 * i, 0.01 * i, (class - 1.0).abs()]
            })
            .collect();
        let label = |s: usize| match wrong == Some(s) {
            true => (s + 1) % 3,
            false => s % 3,
        };
        Dataset::classification(3, x, (0..n).map(label), 3).expect("data")
    };
    let fit = |data: &Dataset<f64>| LogisticRegression::new(0.0).fit(data).expect("a fit");
    assert!(fit(&data(None)).ends()[0].separated);
    // Each lies between others of its class.
    for wrong in [3, n / 2, n - 30] {
        assert!(!fit(&data(Some(wrong))).ends()[0].separated, "{wrong}");
    }
}

#[test]
fn weights_count_as_copies_do() {
    let data = cloud::<f64>(60, 3);
    let weights: Vec<f64> = (0..60).map(|s| f64::from(s % 3 + 1)).collect();
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for s in 0..60 {
        for _ in 0..s % 3 + 1 {
            inputs.extend_from_slice(data.sample(s).unwrap().0);
            labels.push(data.labels().unwrap()[s]);
        }
    }
    let copies = Dataset::classification(2, inputs, labels, 3).unwrap();
    for fit in [
        LogisticRegression::new(0.01),
        LogisticRegression::new(0.01).one_against_the_rest(),
    ] {
        for solver in [Solver::NewtonCg, Solver::Lbfgs] {
            let fit = fit.clone().solver(solver);
            let weighted = fit.fit_weighted(&data, &weights).unwrap();
            let copied = fit.fit(&copies).unwrap();
            for (a, b) in weighted.coefficients().iter().zip(copied.coefficients()) {
                assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} {b}");
            }
        }
    }
    assert!(matches!(
        LogisticRegression::new(0.1).fit_weighted(&data, &[-1.0; 60]),
        Err(LogisticFitError::Cost(_))
    ));
}

#[test]
fn without_an_intercept_there_is_none() {
    let data = cloud::<f64>(100, 2);
    let model = LogisticRegression::new(0.01)
        .without_intercept()
        .fit(&data)
        .unwrap();
    assert_eq!(model.intercepts(), [0.0]);
    let w = model.coefficients();
    let slopes = slopes(&LogisticRegression::new(0.01), &data, w, &[0.0]);
    assert!(slopes[..2].iter().all(|j| j.abs() < 1e-8) && slopes[2].abs() > 1e-4);
}

#[test]
fn what_comes_out_has_names_and_probabilities() {
    let iris = iris();
    let names = ["sl", "sw", "pl", "pw"];
    let map = FeatureMap::standardise(iris.inputs())
        .unwrap()
        .then(FeatureMap::Interactions);
    for softmax in [true, false] {
        let fit = LogisticRegression::new(1e-3);
        let fit = if softmax {
            fit
        } else {
            fit.one_against_the_rest()
        };
        let model = fit.map(map.clone()).names(names).fit(&iris).unwrap();
        assert_eq!(model.features().len(), 10);
        assert_eq!(model.features()[9], "pl pw");
        assert_eq!(
            model.coefficient("pl pw", 2),
            Some(model.coefficients()[29])
        );
        assert_eq!(model.coefficient("pl pw", 3), None);
        assert_eq!(model.coefficient("colour", 0), None);
        assert_eq!(model.class_names().unwrap()[1], "versicolor");
        assert!(model.accuracy(&iris).unwrap() > 0.95);
        let predicted = model.predict(iris.inputs()).unwrap();
        for (s, class) in predicted.iter().enumerate() {
            let x = iris.sample(s).unwrap().0;
            let p = model.probabilities(x).unwrap();
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-14);
            // Of each against the rest, the odds are those of the fits; of soft-max, differences of z are logarithms of ratios.
            let z = model.decision(x).unwrap();
            let share = |k: usize| match softmax {
                true => z[k].exp(),
                false => 1.0 / (1.0 + (-z[k]).exp()),
            };
            assert!((p[0] * share(1) - p[1] * share(0)).abs() <= 1e-12 * share(0).max(share(1)));
            assert_eq!(*class, model.class(x).unwrap());
            assert!(p.iter().all(|other| *other <= p[*class]));
        }
    }
    let two = LogisticRegression::new(0.1)
        .fit(&cloud::<f64>(50, 2))
        .unwrap();
    let x = [5.0, 0.01];
    let (z, p) = (two.decision(&x).unwrap()[0], two.probabilities(&x).unwrap());
    assert!((p[1] - 1.0 / (1.0 + (-z).exp())).abs() < 1e-15 && (p[0] + p[1] - 1.0).abs() < 1e-15);
}

#[test]
fn what_means_nothing_is_refused_with_the_way_out() {
    let data = cloud::<f64>(40, 3);
    let said =
        |fit: LogisticRegression, data: &Dataset<f64>| fit.fit(data).unwrap_err().to_string();
    let plain = LogisticRegression::default;
    assert_eq!(
        said(LogisticRegression::new(-1.0), &data),
        "LogisticRegression: lam must be finite and not negative, not -1"
    );
    assert!(said(plain().lasso(f64::NAN), &data).contains("l1 must be finite"));
    assert!(said(plain().tolerance(-1.0), &data).contains("tolerance"));
    assert_eq!(said(plain().names(["a"]), &data), "1 names for 2 inputs");
    assert_eq!(
        said(plain().centre(vec![0.0; 2]), &data),
        "the centre has 2 numbers; 3 outputs of 2 features have 6"
    );
    let values = Dataset::regression(1, vec![1.0, 2.0], 1, vec![0.0, 1.0]).unwrap();
    assert!(said(plain(), &values).contains("the targets are values"));
    let one = Dataset::classification(1, vec![1.0, 2.0], [0, 0], 1).unwrap();
    assert!(said(plain(), &one).contains("the data have 1"));
    let empty = Dataset::classification(1, vec![1.0, 2.0], [0, 2], 3).unwrap();
    let empty = empty.with_class_names(["a", "b", "c"]).unwrap();
    assert!(said(plain(), &empty).starts_with("class 1 of 3, `b`, has no samples"));
    let model = plain().fit(&data).unwrap();
    assert_eq!(
        model.class(&[1.0]).unwrap_err().to_string(),
        "the model was fitted to samples of 2 inputs, 1 values came"
    );
    let far = Dataset::classification(1, vec![1e300, -1e300, 1e308], [0, 1, 1], 2).unwrap();
    let error = plain().fit(&far);
    assert!(
        error
            .as_ref()
            .is_ok_and(|model| model.coefficients()[0].is_finite())
            || error.is_err()
    );
}

#[test]
fn limits_end_a_fit() {
    let data = cloud::<f64>(60, 3);
    for solver in [Solver::NewtonCg, Solver::Lbfgs] {
        let fit = LogisticRegression::new(1e-3).solver(solver);
        let whole = fit.fit(&data).unwrap().ends()[0];
        let short = fit.clone().iterations(1).fit(&data).unwrap().ends()[0];
        assert_eq!((short.reason, short.iterations), (Reason::Iterations, 1));
        let rough = fit.tolerance(1e-2).fit(&data).unwrap().ends()[0];
        assert_eq!(rough.reason, Reason::GradientNorm);
        assert!(rough.gradient_norm <= 1e-2 && rough.iterations < whole.iterations);
        assert!(whole.gradient_norm < 1e-6 * rough.gradient_norm);
    }
}

#[test]
fn builders_set_their_fields() {
    let map = FeatureMap::Monomials { degree: 2 };
    let built = LogisticRegression::new(0.5)
        .centre(vec![1.0])
        .lasso(0.25)
        .one_against_the_rest()
        .squared_error()
        .without_intercept()
        .solver(Solver::NewtonCg)
        .tolerance(1e-3)
        .iterations(7)
        .map(map.clone())
        .names(["a"])
        .threads(3);
    let named = LogisticRegression {
        lam: 0.5,
        centre: Some(vec![1.0]),
        l1: 0.25,
        several: Several::OneAgainstTheRest,
        loss: LogisticLoss::SquaredError,
        intercept: false,
        solver: Solver::NewtonCg,
        tolerance: 1e-3,
        iterations: 7,
        map,
        names: vec!["a".into()],
        threads: 3,
    };
    assert_eq!(built, named);
}

#[test]
fn settings_are_plain_data() {
    let fit = LogisticRegression::new(0.5)
        .map(FeatureMap::Monomials { degree: 3 })
        .one_against_the_rest()
        .names(["a", "b"]);
    let saved = serde_json::to_string(&fit).unwrap();
    assert_eq!(
        serde_json::from_str::<LogisticRegression>(&saved).unwrap(),
        fit
    );
    assert_eq!(
        serde_json::from_str::<LogisticRegression>("{}").unwrap(),
        LogisticRegression::default()
    );
    assert!(serde_json::from_str::<LogisticRegression>(r#"{"lamda":1}"#).is_err());
}

#[test]
fn l1_makes_coefficients_zero_and_keeps_the_rest_stationary() {
    let mut iris = iris();
    let scaling = Scaling::standardise(iris.inputs()).unwrap();
    iris.scale_inputs(&scaling).unwrap();
    let l1 = 0.05;
    let model = LogisticRegression::new(0.0).lasso(l1).fit(&iris).unwrap();
    let (w, b) = (model.coefficients(), model.intercepts());
    let slopes = slopes(&LogisticRegression::new(0.0), &iris, w, b);
    let zeros = w.iter().filter(|w| **w == 0.0).count();
    assert!(zeros >= 4, "{w:?}");
    for (w, j) in w.iter().zip(&slopes) {
        match *w == 0.0 {
            true => assert!(j.abs() <= l1 + 1e-8, "{j}"),
            false => assert!((j + l1 * w.signum()).abs() < 1e-6, "{w} {j}"),
        }
    }
    assert!(slopes[w.len()..].iter().all(|j| j.abs() < 1e-6));
    // A hundred proximal steps at least, a gradient each; products of Newton's method beside them.
    let end = model.ends()[0];
    assert!(end.iterations > 100 && end.gradients >= end.iterations && end.products > 0);
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn a_shift_and_a_scale_of_features_change_nothing_but_their_coefficients(
        shift in -50.0..50.0_f64,
        exponent in -3.0..3.0_f64,
        classes in 2..4_usize,
    ) {
        let data = cloud::<f64>(80, classes);
        let scale = 10_f64.powf(exponent);
        let inputs = data.inputs().data().chunks(2).flat_map(|x| [scale * x[0] + shift, x[1]]).collect();
        let labels = data.labels().unwrap().to_vec();
        let moved = Dataset::classification(2, inputs, labels, classes).unwrap();
        let fit = LogisticRegression::new(0.0);
        let (a, b) = (fit.fit(&data).unwrap(), fit.fit(&moved).unwrap());
        for (a, b) in a.coefficients().chunks(2).zip(b.coefficients().chunks(2)) {
            prop_assert!((a[0] - scale * b[0]).abs() < 1e-6 * a[0].abs().max(1.0));
            prop_assert!((a[1] - b[1]).abs() < 1e-6 * a[1].abs().max(1.0));
        }
    }
}

/// A fitted model is a value: what comes back from a file is the same, and numbers that do not belong together are refused.
#[test]
fn fitted_models_come_back_from_a_file() {
    let inputs: Vec<f64> = (0..120).map(|i| (f64::from(i) * 0.37).sin()).collect();
    let labels = (0..40).map(|i| i % 3);
    let data = Dataset::classification(3, inputs, labels, 3).unwrap();
    let model = LogisticRegression::new(1e-2)
        .map(FeatureMap::Monomials { degree: 2 })
        .names(["a", "b", "c"])
        .fit(&data)
        .unwrap();
    let file = serde_json::to_value(&model).unwrap();
    let back: LogisticModel<f64> = serde_json::from_value(file.clone()).unwrap();
    assert_eq!(back.coefficients(), model.coefficients());
    for x in data.inputs().iter() {
        assert_eq!(
            back.probabilities(x).unwrap(),
            model.probabilities(x).unwrap()
        );
    }
    for (field, value) in [
        ("classes", 1.into()),
        ("classes", 4.into()),
        ("intercepts", vec![0.0; 2].into()),
        ("coefficients", vec![0.0; 5].into()),
        ("features", vec!["a"].into()),
        ("inputs", vec!["a", "b"].into()),
        ("class_names", vec!["one"].into()),
    ] {
        let mut damaged = file.clone();
        damaged[field] = value;
        let read = serde_json::from_value::<LogisticModel<f64>>(damaged);
        assert!(read.is_err(), "{field}: {read:?}");
    }
}

#[test]
fn maps_of_the_user_are_known_again() {
    let inputs: Vec<f64> = (0..20).map(f64::from).collect();
    let data = Dataset::classification(1, inputs, (0..20).map(|i| i / 7 % 2), 2).unwrap();
    let map = || FeatureMap::own("wave", ["wave"], |x, wave| wave[0] = x[0].sin());
    let model = LogisticRegression::new(1e-2).map(map()).fit(&data).unwrap();
    let file = serde_json::to_string(&model).unwrap();
    let back: LogisticModel<f64> = serde_json::from_str(&file).unwrap();
    assert!(back.class(&[1.0]).is_err());
    let back = back.resolve(&[map()]).unwrap();
    assert_eq!(
        back.decision(&[1.0]).unwrap(),
        model.decision(&[1.0]).unwrap()
    );
}
