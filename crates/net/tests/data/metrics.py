"""The figures of tests/it/metrics_sklearn.rs, by scikit-learn 1.9 (`pip install scikit-learn`, then `python metrics.py`).

The data come from formulas in integers modulo a prime, so that tests make the same numbers.
"""

import numpy as np
from sklearn import metrics as m

N, C = 97, 4


def mix(i, a, b):
    """A number in [0, 1) that looks random."""
    return ((a * i * i + b * i + 7) % 1009) / 1009


labels = np.array([int(mix(i, 17, 5) * C) for i in range(N)])
raw = np.array([[0.05 + mix(i, 29, 31 + 13 * a) + 0.6 * (labels[i] == a) for a in range(C)] for i in range(N)])
p = raw / raw.sum(axis=1, keepdims=True)
weights = np.array([0.25 + mix(i, 3, 11) for i in range(N)])
predicted = p.argmax(axis=1)

positive = (labels >= 2).astype(int)
one = np.array([0.1 + 0.6 * mix(i, 41, 19) + 0.2 * positive[i] for i in range(N)])
tied = np.round(one * 10) / 10

targets = np.array([[10 * mix(i, 7, 3) - 4, 0.5 + mix(i, 13, 23)] for i in range(N)])
values = np.array([[targets[i, a] + mix(i, 53 + a, 37) - 0.4 for a in range(2)] for i in range(N)])

answers = np.array([[int(mix(i, 19, 2 + 5 * a) > 0.4 + 0.1 * a) for a in range(3)] for i in range(N)])
said = np.array([[0.7 * mix(i, 61, 3 + 17 * a) + 0.3 * answers[i, a] for a in range(3)] for i in range(N)])


def calibration(proba, labels, bins, w):
    """scikit-learn has none: Guo et al. (2017), bins closed on the right."""
    sure, hit = proba.max(axis=1), proba.argmax(axis=1) == labels
    of = np.digitize(sure, np.linspace(0, 1, bins + 1), right=True)
    return sum(abs((w * (hit - sure))[of == b].sum()) for b in range(1, bins + 1)) / w.sum()


def show(name, *figures):
    print(f"{name:<24}", ", ".join(repr(float(f)) for f in np.hstack([np.ravel(f) for f in figures])))


for w, title in ((None, "plain"), (weights, "weighted")):
    ones = np.ones(N) if w is None else w
    print("#", title)
    show("accuracy", m.accuracy_score(labels, predicted, sample_weight=w))
    for k in (1, 2, 3):
        show(f"top_{k}", m.top_k_accuracy_score(labels, p, k=k, sample_weight=w))
    for average in (None, "macro", "weighted"):
        scores = m.precision_recall_fscore_support(labels, predicted, average=average, sample_weight=w)
        for name, score in zip(("precision", "recall", "f1"), scores):
            show(f"{name} {average}", score)
    show("confusion", m.confusion_matrix(labels, predicted, sample_weight=w))
    show("log_loss", m.log_loss(labels, p, sample_weight=w))
    show("brier", m.brier_score_loss(labels, p, sample_weight=w))
    show("calibration 15, 10", calibration(p, labels, 15, ones), calibration(p, labels, 10, ones))
    show("roc_auc ovr", m.roc_auc_score(labels, p, multi_class="ovr", sample_weight=w))
    show("roc_auc by class", [m.roc_auc_score(labels == a, p[:, a], sample_weight=w) for a in range(C)])
    show("binary roc_auc", m.roc_auc_score(positive, one, sample_weight=w), m.roc_auc_score(positive, tied, sample_weight=w))
    show("binary log_loss, brier", m.log_loss(positive, one, sample_weight=w), m.brier_score_loss(positive, one, sample_weight=w))
    show("binary calibration 15", calibration(np.c_[1 - one, one], positive, 15, ones))
    kw = dict(sample_weight=w, multioutput="raw_values")
    show("mae", m.mean_absolute_error(targets, values, **kw), m.mean_absolute_error(targets, values, sample_weight=w))
    show("rmse", m.root_mean_squared_error(targets, values, **kw), m.root_mean_squared_error(targets, values, sample_weight=w))
    show("r2", m.r2_score(targets, values, **kw), m.r2_score(targets, values, sample_weight=w))
    yes = (said >= 0.5).astype(int)
    show("answers, exact", 1 - m.hamming_loss(answers, yes, sample_weight=w), m.accuracy_score(answers, yes, sample_weight=w))
    show("f1 macro, micro", *(m.f1_score(answers, yes, average=a, sample_weight=w) for a in ("macro", "micro")))
