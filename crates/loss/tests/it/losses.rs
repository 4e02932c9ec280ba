//! What the losses are to one another, and what a loss of a user's own has in common with those of the library.

use gradflow_loss::{Cost, CostError, Criterion, CustomLoss, Loss, Losses, Output, strategies};
use gradflow_tensor::{Batch, BatchMut};
use gradflow_testing::config;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::one;

const OUTPUTS: [Output; 3] = [Output::Identity, Output::Logistic, Output::Softmax];

/// Within some roundings of numbers of the size of 10.
fn close((value, p_bar): &(f64, Vec<f64>), (other, other_bar): &(f64, Vec<f64>)) -> bool {
    let near = |a: &f64, b: &f64| (a - b).abs() <= 1e-13 * a.abs().max(1.0);
    near(value, other) && p_bar.iter().zip(other_bar).all(|(a, b)| near(a, b))
}

fn scaled((value, p_bar): (f64, Vec<f64>), factor: f64) -> (f64, Vec<f64>) {
    (value * factor, p_bar.iter().map(|g| factor * g).collect())
}

fn new(output: Output, loss: Loss) -> Cost {
    Cost::new(output, loss).unwrap()
}

/// The categorical cross-entropy of soft-max, as a user would write it.
#[derive(Debug)]
struct Categorical;

impl Criterion for Categorical {
    fn name(&self) -> &str {
        "categorical by hand"
    }

    fn sample(&self, p: &[f64], y: &[f64], p_bar: &mut [f64]) -> f64 {
        let sum: f64 = p.iter().map(|p| p.exp()).sum();
        let total: f64 = y.iter().sum();
        (0..p.len()).for_each(|a| p_bar[a] = total * p[a].exp() / sum - y[a]);
        p.iter().zip(y).map(|(p, y)| y * (sum.ln() - p)).sum()
    }

    fn map(&self, p: &mut [f64]) {
        p.copy_from_slice(&Output::Softmax.of(p));
    }

    fn targets(&self) -> core::ops::RangeInclusive<f64> {
        0.0..=1.0
    }
}

/// A mean of other costs: evaluates costs within a cost.
#[derive(Debug)]
struct Mean(Vec<Cost>);

impl Criterion for Mean {
    fn name(&self) -> &str {
        "mean"
    }

    fn sample(&self, p: &[f64], y: &[f64], p_bar: &mut [f64]) -> f64 {
        let share = 1.0 / self.0.len() as f64;
        let each = |cost: &Cost| {
            let (value, g) = one(cost, p, y);
            p_bar
                .iter_mut()
                .zip(g)
                .for_each(|(p_bar, g)| *p_bar += share * g);
            share * value
        };
        self.0.iter().map(each).sum()
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn huber_is_squared_error_within_delta_and_straight_beyond(
        p in vec(-6.0..6.0_f64, 4), y in vec(-6.0..6.0_f64, 4), delta in 0.01..1.0_f64
    ) {
        for output in OUTPUTS {
            let squared = one(&new(output, Loss::SquaredError), &p, &y);
            let wide = one(&new(output, Loss::Huber { delta: 20.0 }), &p, &y);
            prop_assert!(close(&wide, &squared));
            // Far from all targets it is delta times the absolute error, less delta^2/2.
            let far: Vec<f64> = y.iter().map(|y| y + 20.0).collect();
            let (huber, huber_bar) = one(&new(output, Loss::Huber { delta }), &p, &far);
            let (absolute, absolute_bar) = one(&new(output, Loss::AbsoluteError), &p, &far);
            let line = (delta * absolute - 0.5 * delta * delta, absolute_bar);
            let line = (line.0, line.1.iter().map(|g| delta * g).collect());
            prop_assert!(close(&(huber, huber_bar), &line));
        }
    }

    #[test]
    fn the_median_is_half_the_absolute_error_and_two_quantiles_make_one(
        p in vec(-6.0..6.0_f64, 4), y in vec(-2.0..2.0_f64, 4), tau in 0.01..0.99_f64
    ) {
        for output in OUTPUTS {
            let absolute = one(&new(output, Loss::AbsoluteError), &p, &y);
            let median = one(&new(output, Loss::Quantile { tau: 0.5 }), &p, &y);
            prop_assert!(close(&scaled(median, 2.0), &absolute));
            let (low, low_bar) = one(&new(output, Loss::Quantile { tau }), &p, &y);
            let (high, high_bar) = one(&new(output, Loss::Quantile { tau: 1.0 - tau }), &p, &y);
            let sum = low_bar.iter().zip(high_bar).map(|(a, b)| a + b).collect();
            prop_assert!(close(&(low + high, sum), &absolute));
        }
    }

    #[test]
    fn the_quantile_loss_is_least_at_the_quantile(
        mut y in vec(-2.0..2.0_f64, 11), tau in 0.01..0.99_f64, other in -2.0..2.0_f64
    ) {
        let cost = new(Output::Identity, Loss::Quantile { tau });
        y.sort_by(f64::total_cmp);
        let total = |v: f64| one(&cost, &vec![v; y.len()], &y).0;
        let quantile = y[(tau * y.len() as f64) as usize];
        prop_assert!(total(quantile) <= total(other) + 1e-14);
    }

    #[test]
    fn label_smoothing_moves_the_targets(
        p in vec(-6.0..6.0_f64, 5), label in 0..5_usize, s in 0.0..0.99_f64
    ) {
        let mut y = [0.0; 5];
        for (cost, n) in [
            (new(Output::Softmax, Loss::CategoricalCrossEntropy), 5.0),
            (new(Output::Softmax, Loss::CrossEntropy), 5.0),
            (new(Output::Logistic, Loss::CrossEntropy), 2.0),
        ] {
            cost.encode(label, &mut y);
            let moved = y.map(|y| (1.0 - s) * y + s / n);
            let smoothed = cost.clone().with_label_smoothing(s).unwrap();
            prop_assert!(close(&one(&smoothed, &p, &y), &one(&cost, &p, &moved)));
        }
    }

    #[test]
    fn an_entrywise_loss_of_ones_own_is_like_the_library_s(
        p in vec(-6.0..6.0_f64, 4), y in vec(0.0..1.0_f64, 4), w in vec(0.1..2.0_f64, 4)
    ) {
        let squared = || Loss::custom("squared", |v, y| 0.5 * (v - y) * (v - y), |v, y| v - y);
        let entropy = || {
            let value = |v: f64, y: f64| -y * v.ln() - (1.0 - y) * (1.0 - v).ln();
            Loss::custom("entropy", value, |v, y| (v - y) / (v * (1.0 - v)))
        };
        for output in OUTPUTS {
            for (own, library) in [(squared(), Loss::SquaredError), (entropy(), Loss::CrossEntropy)] {
                let cost = new(output, library);
                let own = new(output, own);
                if cost.requires_unit_interval() {
                    continue;
                }
                // The entropy by hand loses e^6 roundings in 1 - v.
                let near = |(a, a_bar): (f64, Vec<f64>), (b, b_bar): (f64, Vec<f64>)| {
                    (a - b).abs() < 1e-11 && a_bar.iter().zip(b_bar).all(|(a, b)| (a - b).abs() < 1e-11)
                };
                prop_assert!(near(one(&own, &p, &y), one(&cost, &p, &y)));
                let [own, cost] = [own, cost].map(|cost| cost.with_weights(w.clone()).unwrap());
                prop_assert!(near(one(&own, &p, &y), one(&cost, &p, &y)));
            }
        }
    }

    #[test]
    fn a_whole_output_loss_of_ones_own_is_like_the_library_s(
        p in vec(-6.0..6.0_f64, 1..150), label in 0..150_usize
    ) {
        let n = p.len();
        prop_assume!(n > 1);
        let library = Cost::classification();
        let own = new(Output::Identity, Loss::criterion(Categorical));
        let mut y = vec![0.0; n];
        library.encode(label % n, &mut y);
        prop_assert!(close(&one(&own, &p, &y), &one(&library, &p, &y)));
        let (mut zeta, mut own_zeta) = (p.clone(), p.clone());
        library.map(BatchMut::new(&mut zeta, n).unwrap());
        own.map(BatchMut::new(&mut own_zeta, n).unwrap());
        prop_assert!(zeta.iter().zip(&own_zeta).all(|(a, b)| (a - b).abs() < 1e-14));
        prop_assert_eq!(own.class_of(&own_zeta), library.class_of(&zeta));
    }

    #[test]
    fn a_criterion_may_evaluate_costs(p in vec(-6.0..6.0_f64, 1..150)) {
        let n = p.len();
        let y = vec![0.5; n];
        let inner = new(Output::Identity, Loss::criterion(strategies::Length));
        let mut short = p.clone();
        inner.map(BatchMut::new(&mut short, n).unwrap());
        let length = p.iter().fold(1.0, |sum: f64, p| sum + p * p).sqrt();
        prop_assert!(p.iter().zip(&short).all(|(p, q)| (p - q * length).abs() <= 1e-13 * p.abs()));
        let (value, gradient) = one(&inner, &p, &vec![0.0; n]);
        prop_assert!((value - length).abs() <= 1e-13 * length);
        prop_assert!(gradient.iter().zip(&short).all(|(g, q)| (g - q).abs() <= 1e-13));
        let mean = Mean(vec![inner.clone(), Cost::regression(), inner.clone(), Cost::regression()]);
        let cost = new(Output::Identity, Loss::criterion(mean));
        let ((a, a_bar), (b, b_bar)) = (one(&inner, &p, &y), one(&Cost::regression(), &p, &y));
        let half = a_bar.iter().zip(b_bar).map(|(a, b)| 0.5 * (a + b)).collect();
        prop_assert!(close(&one(&cost, &p, &y), &(0.5 * (a + b), half)));
    }

    #[test]
    fn classes_are_read_back_from_their_targets(n in 1..6_usize, class in 0..6_usize) {
        for cost in strategies::pairs() {
            let classes = cost.classes(n);
            let class = class % classes;
            let mut y = vec![f64::NAN; n];
            cost.encode(class, &mut y);
            prop_assert!(cost.check_targets(Batch::single(&y).unwrap()).is_ok());
            // A prediction equal to the target; the hinge predicts a sign.
            let zeta: Vec<f64> = match cost.loss() {
                Loss::Hinge => y.iter().map(|y| 2.0 * y - 1.0).collect(),
                _ => y.clone(),
            };
            prop_assert_eq!(cost.class_of(&zeta), class);
            prop_assert_eq!(y.iter().sum::<f64>(), if n == 1 { class as f64 } else { 1.0 });
        }
    }
}

#[test]
fn one_output_tells_two_classes_apart() {
    let hinge = new(Output::Identity, Loss::Hinge);
    for (cost, at, below) in [
        (Cost::binary(), 0.5, 0.499),
        (Cost::regression(), 0.5, 0.499),
        (hinge, 0.0, -0.001),
    ] {
        assert_eq!(cost.classes(1), 2);
        assert_eq!(cost.class_of(&[at]), 1);
        assert_eq!(cost.class_of(&[below]), 0);
        assert_eq!(cost.class_of(&[f64::NAN]), 0);
    }
    let several = Cost::classification();
    assert_eq!(several.class_of::<f64>(&[]), 0);
    assert_eq!(several.classes(3), 3);
    assert_eq!(several.class_of(&[0.1_f32, 0.4, 0.1, 0.4]), 1);
}

#[test]
#[should_panic(expected = "class 2 of 2")]
fn there_is_no_third_class_of_two() {
    Cost::binary().encode(2, &mut [0.0]);
}

#[test]
fn values_by_hand() {
    // v, y, loss, value, slope
    let huber = || Loss::Huber { delta: 0.5 };
    let quantile = || Loss::Quantile { tau: 0.25 };
    for (loss, v, y, value, slope) in [
        (huber(), 1.25, 1.0, 0.03125, 0.25),
        (huber(), -1.0, 1.0, 0.875, -0.5),
        (Loss::AbsoluteError, -1.0, 1.0, 2.0, -1.0),
        (Loss::AbsoluteError, 1.0, 1.0, 0.0, 0.0),
        (quantile(), 3.0, 1.0, 1.5, 0.75),
        (quantile(), -1.0, 1.0, 0.5, -0.25),
        (quantile(), 1.0, 1.0, 0.0, 0.0),
        (Loss::Hinge, 0.25, 1.0, 0.75, -1.0),
        (Loss::Hinge, 0.25, 0.0, 1.25, 1.0),
        (Loss::Hinge, 1.0, 1.0, 0.0, 0.0),
        (Loss::Hinge, -3.0, 0.0, 0.0, 0.0),
    ] {
        let cost = new(Output::Identity, loss);
        assert_eq!(
            one(&cost, &[v], &[y]),
            (value, vec![slope]),
            "{cost} {v} {y}"
        );
        // Two components: half each, by (22).
        let (twice, p_bar) = one(&cost, &[v, v], &[y, y]);
        assert_eq!((twice, p_bar), (value, vec![slope / 2.0; 2]));
    }
}

/// A criterion that says 0 to everything, and predicts 0.
#[derive(Debug)]
struct Nothing;

impl Criterion for Nothing {
    fn name(&self) -> &str {
        "nothing"
    }

    fn sample(&self, _: &[f64], _: &[f64], _: &mut [f64]) -> f64 {
        0.0
    }

    fn map(&self, p: &mut [f64]) {
        p.fill(0.0);
    }
}

#[test]
fn a_criterion_of_ones_own_never_sees_a_nan() {
    let cost = new(Output::Identity, Loss::criterion(Nothing));
    // The same criterion is equal to itself, another to none.
    assert!(cost == cost.clone() && *cost.loss() != Loss::criterion(Nothing));
    let y = [0.0; 3];
    for (p, nan) in [
        ([1.0, 2.0, 3.0], false),
        ([1.0, f64::NAN, 3.0], true),
        ([f64::NAN, 2.0, f64::NAN], true),
    ] {
        let (value, p_bar) = one(&cost, &p, &y);
        assert_eq!(value.is_nan(), nan);
        assert!(p_bar.iter().all(|g| g.is_nan() == nan));
        let mut zeta = p;
        cost.map(BatchMut::new(&mut zeta, 3).unwrap());
        assert!(zeta.iter().all(|zeta| zeta.is_nan() == nan));
    }
}

#[test]
fn a_gradient_through_soft_max_keeps_its_digits() {
    // The slope of v y is y; with two outputs J u = zeta_0 zeta_1 (u_0 - u_1), for the first.
    let cost = new(
        Output::Softmax,
        Loss::custom("product", |v, y| v * y, |_, y| y),
    );
    let (_, p_bar) = one(&cost, &[40.0, 0.0], &[1.0, 0.25]);
    let small = (-40.0_f64).exp();
    let expected = 0.5 * 0.75 * small / (1.0 + small).powi(2);
    for (found, expected) in p_bar.iter().zip([expected, -expected]) {
        // A few roundings.
        assert!((found / expected - 1.0).abs() < 1e-14, "{found} {expected}");
    }
}

#[test]
fn bare_probabilities_cost_what_their_logits_do() {
    let (bare, binary) = (new(Output::Identity, Loss::CrossEntropy), Cost::binary());
    for logit in [-3.0_f64, -0.5, 0.0, 2.0] {
        let zeta = 1.0 / (1.0 + (-logit).exp());
        for y in [0.0, 0.25, 0.5, 1.0] {
            let (value, slope) = one(&bare, &[zeta], &[y]);
            let (expected, through) = one(&binary, &[logit], &[y]);
            assert!((value - expected).abs() < 1e-14, "{value} {expected}");
            let chained = slope[0] * zeta * (1.0 - zeta);
            assert!(
                (chained - through[0]).abs() < 1e-14,
                "{chained} {through:?}"
            );
        }
    }
}

#[test]
fn a_loss_of_ones_own_never_sees_a_nan() {
    let above = |v: f64, y: f64| f64::from(u8::from(v > y));
    let loss = CustomLoss::new("above", above, |_, _| 0.0);
    assert_eq!((loss.value(2.0, 1.0), loss.slope(2.0, 1.0)), (1.0, 0.0));
    assert!(loss.value(f64::NAN, 1.0).is_nan() && loss.slope(f64::NAN, 1.0).is_nan());
}

#[test]
fn the_usual_costs() {
    assert_eq!(
        Cost::regression(),
        new(Output::Identity, Loss::SquaredError)
    );
    assert_eq!(Cost::binary(), new(Output::Logistic, Loss::CrossEntropy));
    let classification = new(Output::Softmax, Loss::CategoricalCrossEntropy);
    assert_eq!(Cost::classification(), classification);
    assert_eq!(Output::default(), Output::Identity);
    let cost = Cost::classification().with_label_smoothing(0.1).unwrap();
    let cost = cost.with_weights(vec![1.0, 2.0]).unwrap();
    assert_eq!(
        cost.to_string(),
        "soft-max, categorical cross-entropy, 2 component weights, label smoothing 0.1"
    );
    let bare = new(Output::Logistic, Loss::Huber { delta: 2.0 });
    assert_eq!(
        bare.to_string(),
        format!("{}, Huber (delta 2)", Output::Logistic)
    );
    // Losses are compared with their constants.
    let [low, high] = [0.1, 0.9].map(|x| [Loss::Huber { delta: x }, Loss::Quantile { tau: x }]);
    assert!(low == low.clone() && low[0] != high[0] && low[1] != high[1] && low[0] != low[1]);
    let names = [Loss::Huber { delta: 1.0 }, Loss::Quantile { tau: 0.9 }].map(|l| l.to_string());
    assert_eq!(names, ["Huber (delta 1)", "quantile (tau 0.9)"]);
}

#[test]
fn a_loss_that_a_file_names_is_refused_until_it_is_resolved() {
    let cost = new(
        Output::Logistic,
        Loss::custom("mine", |v, y| v * y, |_, y| y),
    );
    let cost = cost.with_weights(vec![1.0, 2.0]).unwrap();
    let file = serde_json::to_string(&cost).unwrap();
    assert_eq!(
        file,
        r#"{"output":"Logistic","loss":{"Custom":"mine"},"weights":[1.0,2.0],"label_smoothing":0.0}"#
    );
    let read: Cost = serde_json::from_str(&file).unwrap();
    let error = read.check(2).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the loss `mine` is known by name only, as a file holds it: hand it to `Cost::resolve`, `Losses::new().loss(..)`"
    );
    assert!(one(&read, &[0.0, 0.0], &[0.0, 0.0]).0.is_nan());
    // It is equal to another that is known by this name, and not to a known one.
    assert!(read == read.clone() && read != cost);
    let words = format!("{:?} {:?}", read.loss(), cost.loss());
    assert!(
        words.contains("resolved: false") && words.contains("resolved: true"),
        "{words}"
    );
    let other = Losses::new().loss(Loss::criterion(Categorical));
    assert_eq!(
        read.resolve(&other).unwrap_err().to_string(),
        "there is no loss `mine` among those of your own, which are [categorical by hand]: add it with `Losses::loss`"
    );
    let registry = other.loss(cost.loss().clone());
    assert_eq!(
        registry.names().collect::<Vec<_>>(),
        ["categorical by hand", "mine"]
    );
    let resolved = read.resolve(&registry).unwrap();
    assert_eq!(resolved, cost);
    assert_eq!(resolved.check(2), Ok(()));
    // A cost of the library's needs no registry.
    assert_eq!(Cost::binary().resolve(&Losses::new()), Ok(Cost::binary()));
    // An unresolved loss does not resolve another.
    let hollow = Losses::new().loss(read.loss().clone());
    let error = CostError::Unresolved {
        name: "mine".into(),
    };
    assert_eq!(read.resolve(&hollow), Err(error));
}

#[test]
fn a_criterion_is_resolved_by_name_too() {
    let own = Loss::criterion(Categorical);
    let cost = new(Output::Identity, own.clone());
    let read: Cost = serde_json::from_str(&serde_json::to_string(&cost).unwrap()).unwrap();
    assert!(matches!(read.check(2), Err(CostError::Unresolved { .. })));
    assert_eq!(read.resolve(&Losses::new().loss(own)), Ok(cost));
    // A file whose output map the criterion does not have is refused.
    let file = r#"{"output":"Softmax","loss":{"Custom":"categorical by hand"}}"#;
    let read: Cost = serde_json::from_str(file).unwrap();
    let registry = Losses::new().loss(Loss::criterion(Categorical));
    let error = read.resolve(&registry).unwrap_err().to_string();
    assert_eq!(
        error,
        "categorical by hand needs the output identity, not soft-max: a criterion maps the outputs itself, use `Output::Identity`"
    );
}

#[test]
fn targets_of_ones_own_losses_are_checked() {
    let positive = CustomLoss::new("poisson", |v, y| v.exp() - y * v, |v, y| v.exp() - y);
    let poisson = new(Output::Identity, positive.with_targets(0.0..=1e300).into());
    let hand = new(Output::Identity, Loss::criterion(Categorical));
    for (cost, y, valid) in [
        (&poisson, 0.0, true),
        (&poisson, -0.001, false),
        (&poisson, f64::INFINITY, false),
        (&hand, 1.0, true),
        (&hand, 1.001, false),
        (&hand, f64::NAN, false),
    ] {
        let targets = [0.5, y];
        let checked = cost.check_targets(Batch::single(&targets).unwrap());
        assert_eq!(checked.is_ok(), valid, "{cost} {y}");
    }
    let y = [-0.5];
    let error = hand.check_targets(Batch::single(&y).unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a target is -0.5 (sample 0, component 0), but categorical by hand needs targets in [0, 1]"
    );
}
