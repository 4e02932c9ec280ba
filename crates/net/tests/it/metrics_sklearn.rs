//! Every metric equals scikit-learn's, on data out of formulas; `data/metrics.py` made the figures.

use gradflow::metrics::{
    CalibrationBin, MeanScores, MultiLabelScores, RegressionScores, RocPoint, accuracy,
    brier_score, calibration_curve, calibration_error, log_loss, mean_absolute_error,
    multi_label_scores, r_squared, regression_scores, roc_auc, roc_auc_by_class, roc_curve,
    root_mean_squared_error, top_k_accuracy,
};
use gradflow::{Activation, ConfusionMatrix, Cost, Dataset, Evaluation, Model, Network, Samples};

const N: usize = 97;
const C: usize = 4;

const ACCURACY: [[f64; 1]; 2] = [[0.8247422680412371], [0.8334138668242573]];
const TOP: [[f64; 3]; 2] = [
    [0.8247422680412371, 0.9587628865979382, 1.0],
    [0.8334138668242573, 0.9713138546573272, 1.0],
];
const PRECISION: [[f64; 4]; 2] = [
    [
        0.88,
        0.7692307692307693,
        0.8260869565217391,
        0.8260869565217391,
    ],
    [
        0.883343712436096,
        0.7720337945389985,
        0.8153539326620777,
        0.8777319555782092,
    ],
];
const RECALL: [[f64; 4]; 2] = [
    [0.88, 0.7692307692307693, 0.9047619047619048, 0.76],
    [
        0.8920250961580649,
        0.7773257390832654,
        0.9368843197479192,
        0.7543039940533867,
    ],
];
const F1: [[f64; 4]; 2] = [
    [
        0.88,
        0.7692307692307693,
        0.8636363636363636,
        0.7916666666666666,
    ],
    [
        0.8876631787289159,
        0.7746707293100058,
        0.8719046208530805,
        0.8113506567675614,
    ],
];
const MACRO: [[f64; 3]; 2] = [
    [0.8253511705685619, 0.8284981684981685, 0.8261334498834498],
    [0.8371158488038454, 0.840134787260659, 0.8363972964148909],
];
const WEIGHTED: [[f64; 3]; 2] = [
    [0.8247422680412371, 0.8247422680412371, 0.8240003124023744],
    [0.8356359989555968, 0.8334138668242573, 0.8323744000787084],
];
const CONFUSION: [[f64; 16]; 2] = [
    [
        22.0, 3.0, 0.0, 0.0, 2.0, 20.0, 2.0, 2.0, 0.0, 0.0, 19.0, 2.0, 1.0, 3.0, 2.0, 19.0,
    ],
    [
        15.112487611496533,
        1.8292864222001983,
        0.0,
        0.0,
        1.7457879088206143,
        15.622398414271554,
        1.750743310208127,
        0.9786917740336967,
        0.0,
        0.0,
        14.586471754212091,
        0.9826560951437067,
        0.25,
        2.7836967294350843,
        1.5525272547076312,
        14.080029732408327,
    ],
];
const LOG_LOSS: [[f64; 1]; 2] = [[0.8983139205168995], [0.8951610391394318]];
const BRIER: [[f64; 1]; 2] = [[0.48186100308657], [0.4801274696413665]];
const CALIBRATION: [[f64; 2]; 2] = [
    [0.3948581016297883, 0.4008381009179236],
    [0.40462011957513305, 0.4104698192594305],
];
const ROC_AUC: [[f64; 1]; 2] = [[0.9608799592426354], [0.9664916174655755]];
const ROC_AUC_BY_CLASS: [[f64; 4]; 2] = [
    [
        0.9555555555555556,
        0.952329360780065,
        0.9761904761904762,
        0.9594444444444445,
    ],
    [
        0.9652060827324397,
        0.9556906120824581,
        0.9709338638237973,
        0.9741359112236073,
    ],
];
const BINARY_ROC_AUC: [[f64; 2]; 2] = [
    [0.8239556692242114, 0.8260869565217391],
    [0.8199925696846835, 0.8239244722584175],
];
const BINARY_LOSSES: [[f64; 3]; 2] = [
    [0.5225633833034866, 0.17433680519435302, 0.08473123333299278],
    [0.5289157571496763, 0.17667538044004108, 0.08541289002457622],
];
const MAE: [[f64; 3]; 2] = [
    [0.2605866786549917, 0.2877913214063123, 0.274189000030652],
    [0.2568053809838305, 0.2803174433591325, 0.2685614121714815],
];
const RMSE: [[f64; 3]; 2] = [
    [0.304471665486347, 0.32812791647092604, 0.31629979097863653],
    [0.30017345102199117, 0.3234364706222411, 0.3118049608221162],
];
const R2: [[f64; 3]; 2] = [
    [0.9881097896170921, -0.3855262952787135, 0.3012917471691893],
    [0.9890339821213233, -0.4155972948859652, 0.28671834361767906],
];
const ANSWERS: [[f64; 4]; 2] = [
    [
        0.7491408934707904,
        0.3917525773195876,
        0.7102198254877728,
        0.7224334600760456,
    ],
    [
        0.7397470437256299,
        0.37320494324996084,
        0.7085854684968703,
        0.7125044321758689,
    ],
];

/// A number in [0, 1) that looks random.
fn mix(i: usize, a: usize, b: usize) -> f64 {
    ((a * i * i + b * i + 7) % 1009) as f64 / 1009.0
}

fn near(came: &[f64], expected: &[f64], what: &str) {
    assert_eq!(came.len(), expected.len(), "{what}");
    for (came, expected) in came.iter().zip(expected) {
        let error = (came - expected).abs() / expected.abs().max(1.0);
        assert!(error < 1e-12, "{what}: {came} for {expected}");
    }
}

/// Without weights and with them.
fn weighings() -> [(usize, Option<Vec<f64>>); 2] {
    let weights = (0..N).map(|i| 0.25 + mix(i, 3, 11)).collect();
    [(0, None), (1, Some(weights))]
}

fn labels() -> Vec<usize> {
    let label = |i| (mix(i, 17, 5) * C as f64) as usize;
    (0..N).map(label).collect()
}

fn probabilities() -> Vec<f64> {
    let mut p = Vec::new();
    for (i, label) in labels().into_iter().enumerate() {
        let raw = |a| 0.05 + mix(i, 29, 31 + 13 * a) + 0.6 * f64::from(label == a);
        let raw: Vec<f64> = (0..C).map(raw).collect();
        let sum: f64 = raw.iter().sum();
        p.extend(raw.iter().map(|r| r / sum));
    }
    p
}

fn positive() -> Vec<usize> {
    labels()
        .iter()
        .map(|label| usize::from(*label >= 2))
        .collect()
}

fn one() -> Vec<f64> {
    let positive = positive();
    let p = |i| 0.1 + 0.6 * mix(i, 41, 19) + 0.2 * positive[i] as f64;
    (0..N).map(p).collect()
}

/// Targets and predictions of two components.
fn numbers() -> [Vec<f64>; 2] {
    let targets = |i| [10.0 * mix(i, 7, 3) - 4.0, 0.5 + mix(i, 13, 23)];
    let targets: Vec<f64> = (0..N).flat_map(targets).collect();
    let value = |i: usize| targets[i] + mix(i / 2, 53 + i % 2, 37) - 0.4;
    let values = (0..2 * N).map(value).collect();
    [targets, values]
}

/// Three answers a sample, and their probabilities.
fn answers() -> [Vec<f64>; 2] {
    let answer = |i: usize, a: usize| f64::from(mix(i, 19, 2 + 5 * a) > 0.4 + 0.1 * a as f64);
    let said = |i: usize, a: usize| 0.7 * mix(i, 61, 3 + 17 * a) + 0.3 * answer(i, a);
    let each = || (0..3 * N).map(|k| (k / 3, k % 3));
    [
        each().map(|(i, a)| answer(i, a)).collect(),
        each().map(|(i, a)| said(i, a)).collect(),
    ]
}

fn predicted(p: &[f64]) -> Vec<usize> {
    let top = |row: &[f64]| (0..C).fold(0, |top, a| if row[a] > row[top] { a } else { top });
    p.chunks_exact(C).map(top).collect()
}

fn triple(mean: MeanScores) -> [f64; 3] {
    [mean.precision, mean.recall, mean.f1]
}

fn check_confusion(confusion: &ConfusionMatrix, w: usize) {
    let cells = (0..C * C).map(|k| confusion.weight(k / C, k % C));
    near(&cells.collect::<Vec<_>>(), &CONFUSION[w], "confusion");
    check_scores(confusion, w);
}

/// What does not depend on the scale of the weights.
fn check_scores(confusion: &ConfusionMatrix, w: usize) {
    let of = |score: fn(&ConfusionMatrix, usize) -> Option<f64>| -> Vec<f64> {
        (0..C).filter_map(|class| score(confusion, class)).collect()
    };
    near(&[confusion.accuracy()], &ACCURACY[w], "accuracy");
    near(&of(ConfusionMatrix::precision), &PRECISION[w], "precision");
    near(&of(ConfusionMatrix::recall), &RECALL[w], "recall");
    near(&of(ConfusionMatrix::f1), &F1[w], "F1");
    near(&triple(confusion.macro_mean()), &MACRO[w], "macro");
    near(&triple(confusion.weighted_mean()), &WEIGHTED[w], "weighted");
}

#[test]
fn classes() {
    let (labels, p) = (labels(), probabilities());
    let predicted = predicted(&p);
    for (w, weights) in weighings() {
        let weights = weights.as_deref();
        let right = accuracy(&predicted, &labels, weights).expect("accuracy");
        near(&[right], &ACCURACY[w], "accuracy");
        let tops = [1, 2, 3].map(|k| top_k_accuracy(C, k, &p, &labels, weights).expect("top"));
        near(&tops, &TOP[w], "top");
        let confusion = ConfusionMatrix::weighted(C, &predicted, &labels, weights);
        check_confusion(&confusion.expect("classes"), w);
    }
}

#[test]
fn probabilities_of_classes() {
    let (labels, p) = (labels(), probabilities());
    for (w, weights) in weighings() {
        let weights = weights.as_deref();
        near(
            &[log_loss(C, &p, &labels, weights).expect("loss")],
            &LOG_LOSS[w],
            "log loss",
        );
        near(
            &[brier_score(C, &p, &labels, weights).expect("score")],
            &BRIER[w],
            "Brier",
        );
        let calibration = [15, 10]
            .map(|bins| calibration_error(C, bins, &p, &labels, weights).expect("an error"));
        near(&calibration, &CALIBRATION[w], "calibration");
        let area = roc_auc(C, &p, &labels, weights)
            .expect("scores")
            .expect("an area");
        near(&[area], &ROC_AUC[w], "ROC-AUC");
        let areas = roc_auc_by_class(C, &p, &labels, weights).expect("scores");
        let areas: Vec<f64> = areas.into_iter().flatten().collect();
        near(&areas, &ROC_AUC_BY_CLASS[w], "ROC-AUC by class");
        for (class, area) in areas.iter().enumerate() {
            let curve = roc_curve(C, class, &p, &labels, weights).expect("a curve");
            near(&[under(&curve)], &[*area], "the area under the curve");
        }
        let bins = calibration_curve(C, 15, &p, &labels, weights).expect("bins");
        let all: f64 = bins.iter().map(|bin| bin.weight).sum();
        let gap = |bin: &CalibrationBin| bin.weight / all * (bin.accuracy - bin.confidence).abs();
        let error: f64 = bins.iter().map(gap).sum();
        near(&[error], &CALIBRATION[w][..1], "the error of the bins");
    }
}

/// By the trapezoidal rule.
fn under(curve: &[RocPoint]) -> f64 {
    let width = |p: &[RocPoint]| p[1].false_positive_rate - p[0].false_positive_rate;
    let height = |p: &[RocPoint]| 0.5 * (p[1].true_positive_rate + p[0].true_positive_rate);
    curve.windows(2).map(|p| width(p) * height(p)).sum()
}

#[test]
fn two_classes_by_one_number_and_by_two() {
    let (labels, one) = (positive(), one());
    let tied: Vec<f64> = one
        .iter()
        .map(|p| (p * 10.0).round_ties_even() / 10.0)
        .collect();
    let both: Vec<f64> = one.iter().flat_map(|p| [1.0 - p, *p]).collect();
    for (w, weights) in weighings() {
        let weights = weights.as_deref();
        let area = |p: &[f64]| {
            roc_auc(2, p, &labels, weights)
                .expect("scores")
                .expect("an area")
        };
        near(&[area(&one), area(&tied)], &BINARY_ROC_AUC[w], "ROC-AUC");
        near(&[area(&both)], &BINARY_ROC_AUC[w][..1], "ROC-AUC");
        for (class, p) in [(0, &one), (1, &one), (0, &both), (1, &both)] {
            let curve = roc_curve(2, class, p, &labels, weights).expect("a curve");
            assert!(curve.is_sorted_by(|a, b| a.threshold > b.threshold));
            near(
                &[under(&curve)],
                &BINARY_ROC_AUC[w][..1],
                "the area under the curve",
            );
        }
        for p in [&one, &both] {
            let losses = [
                log_loss(2, p, &labels, weights).expect("loss"),
                brier_score(2, p, &labels, weights).expect("score"),
                calibration_error(2, 15, p, &labels, weights).expect("an error"),
            ];
            near(&losses, &BINARY_LOSSES[w], "losses");
        }
    }
}

fn check_numbers(scores: &RegressionScores, w: usize) {
    let (first, second) = (scores.components[0], scores.components[1]);
    let all = |score: fn(&gradflow::metrics::ComponentScores) -> f64, mean| {
        [score(&first), score(&second), mean]
    };
    near(
        &all(|c| c.mean_absolute_error, scores.mean_absolute_error),
        &MAE[w],
        "MAE",
    );
    near(
        &all(
            |c| c.root_mean_squared_error,
            scores.root_mean_squared_error,
        ),
        &RMSE[w],
        "RMSE",
    );
    let mean = scores.r_squared.expect("targets that vary");
    near(
        &all(|c| c.r_squared.expect("targets that vary"), mean),
        &R2[w],
        "R^2",
    );
}

#[test]
fn numbers_of_two_components() {
    let [targets, values] = numbers();
    let first = |v: &[f64]| -> Vec<f64> { v.iter().step_by(2).copied().collect() };
    let (target, value) = (first(&targets), first(&values));
    for (w, weights) in weighings() {
        let weights = weights.as_deref();
        check_numbers(
            &regression_scores(2, &values, &targets, weights).expect("lengths"),
            w,
        );
        let error = mean_absolute_error(&value, &target, weights).expect("lengths");
        near(&[error], &MAE[w][..1], "MAE");
        let error = root_mean_squared_error(&value, &target, weights).expect("lengths");
        near(&[error], &RMSE[w][..1], "RMSE");
        let determination = r_squared(&value, &target, weights).expect("lengths");
        near(&[determination.expect("they vary")], &R2[w][..1], "R^2");
    }
}

fn check_answers(scores: MultiLabelScores, w: usize) {
    let scores = [
        scores.accuracy,
        scores.exact,
        scores.f1_macro,
        scores.f1_micro,
    ];
    near(&scores, &ANSWERS[w], "answers");
}

#[test]
fn answers_that_do_not_exclude_one_another() {
    let [targets, said] = answers();
    for (w, weights) in weighings() {
        let scores = multi_label_scores(3, &said, &targets, weights.as_deref());
        check_answers(scores.expect("answers"), w);
    }
}

/// A model that hands its input, logits or values, through.
fn through(size: usize, cost: Cost) -> Model<f64> {
    let network = Network::builder([size, 1, 1])
        .dense(size, Activation::Identity)
        .build()
        .expect("a network");
    let mut theta = vec![0.0; network.parameters()];
    for a in 0..size {
        theta[a * (size + 1)] = 1.0;
    }
    Model::with_parameters(network, cost, theta)
        .expect("a model")
        .with_threads(1)
}

fn evaluate(model: &Model<f64>, data: &Dataset<f64>, weights: Option<&[f64]>) -> Evaluation {
    match weights {
        None => model.evaluate(data),
        Some(weights) => model.evaluate(Samples::weighted(data, weights).expect("weights")),
    }
    .expect("an evaluation")
}

#[test]
fn an_evaluation_computes_all_of_it() {
    let logits: Vec<f64> = probabilities().iter().map(|p| p.ln()).collect();
    let classes = Dataset::classification(C, logits, labels(), C).expect("data");
    let [targets, values] = numbers();
    let numbers = Dataset::regression(2, values, 2, targets).expect("data");
    let [targets, said] = answers();
    let logits = said.iter().map(|p| (p / (1.0 - p)).ln()).collect();
    let answers = Dataset::regression(3, logits, 3, targets).expect("data");
    for (w, weights) in weighings() {
        let weights = weights.as_deref();
        let evaluation = evaluate(&through(C, Cost::classification()), &classes, weights);
        check_scores(evaluation.confusion.as_ref().expect("labels"), w);
        near(&evaluation.top_k[..3], &TOP[w], "top");
        near(
            &[evaluation.accuracy().expect("labels")],
            &TOP[w][..1],
            "accuracy",
        );
        near(
            &[evaluation.top_k(2).expect("labels")],
            &TOP[w][1..2],
            "top 2",
        );
        near(
            &[evaluation.roc_auc.expect("an area")],
            &ROC_AUC[w],
            "ROC-AUC",
        );
        let scores = evaluation.probabilities.expect("a distribution");
        near(&[scores.log_loss], &LOG_LOSS[w], "log loss");
        near(&[evaluation.cost], &LOG_LOSS[w], "cost");
        near(&[scores.brier_score], &BRIER[w], "Brier");
        near(
            &[scores.calibration_error],
            &CALIBRATION[w][..1],
            "calibration",
        );
        assert_eq!(
            (evaluation.regression, evaluation.multi_label),
            (None, None)
        );

        let evaluation = evaluate(&through(2, Cost::regression()), &numbers, weights);
        check_numbers(evaluation.regression.as_ref().expect("values"), w);
        assert_eq!((evaluation.confusion, evaluation.multi_label), (None, None));

        let evaluation = evaluate(&through(3, Cost::binary()), &answers, weights);
        check_answers(evaluation.multi_label.expect("answers"), w);
    }
}

#[test]
fn a_logistic_output_tells_two_classes_apart() {
    let logits = one().iter().map(|p| (p / (1.0 - p)).ln()).collect();
    let data = Dataset::classification(1, logits, positive(), 2).expect("data");
    for (w, weights) in weighings() {
        let evaluation = evaluate(&through(1, Cost::binary()), &data, weights.as_deref());
        let scores = evaluation.probabilities.expect("a distribution");
        let losses = [
            scores.log_loss,
            scores.brier_score,
            scores.calibration_error,
        ];
        near(&losses, &BINARY_LOSSES[w], "losses");
        near(
            &[evaluation.roc_auc.expect("an area")],
            &BINARY_ROC_AUC[w][..1],
            "ROC-AUC",
        );
        assert!(evaluation.top_k.is_empty());
    }
}
