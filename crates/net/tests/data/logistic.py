"""Coefficients of scikit-learn's logistic regression, for tests/logistic_sklearn.rs.

    python3 logistic.py DIRECTORY > logistic.txt

DIRECTORY holds scikit-learn's breast_cancer.csv and wine_data.csv, with their first line of counts and names. One line a fit:
data, features, kind, C, then for each class (or once, for two) the intercept and the coefficients. Made with scikit-learn
1.9.1.
"""
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

HERE = Path(__file__).resolve().parent


def iris():
    path = HERE / "../../../../examples/data/iris/iris.csv"
    x = np.loadtxt(path, delimiter=",", skiprows=1, usecols=range(4))
    return x, np.repeat([0, 1, 2], 50)


def table(name):
    data = np.loadtxt(Path(sys.argv[1]) / name, delimiter=",", skiprows=1)
    return data[:, :-1], data[:, -1].astype(int)


def made_up(samples, features, classes):
    """Numbers of a linear congruential generator: classes that overlap, so that no plane separates them."""
    state = 12345

    def uniform():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 11) / 2**53 - 0.5

    x, y = np.empty((samples, features)), np.empty(samples, int)
    for s in range(samples):
        for i in range(features):
            x[s, i] = uniform() * (i + 1) + 0.3 * i
        z = [sum((1 if (i + k) % 2 else -0.7) * x[s, i] for i in range(features)) + uniform() * 4 for k in range(classes)]
        y[s] = int(z[0] > 0.3) if classes == 2 else int(np.argmax(z))
    return x, y


def write(data, features, kind, c, intercepts, coefficients):
    rows = [f"{b:.17g} " + " ".join(f"{w:.17g}" for w in row) for b, row in zip(intercepts, coefficients)]
    print(f"{data} {features} {kind} {c:g} | " + " | ".join(rows), flush=True)


def main():
    sets = {
        "iris": iris(),
        "breast_cancer": table("breast_cancer.csv"),
        "wine": table("wine_data.csv"),
        "made_up_two": made_up(200, 4, 2),
        "made_up_three": made_up(300, 3, 3),
    }
    for data, (x, y) in sets.items():
        standard = (x - x.mean(0)) / x.std(0)
        for features, x in (("standard", standard), ("raw", x)):
            for c in (1e-3, 1.0, 1e3):
                newton = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-12, max_iter=1000)
                newton.fit(x, y)
                write(data, features, "cross_entropy", c, newton.intercept_, newton.coef_)
                if len(newton.classes_) > 2:
                    rest = OneVsRestClassifier(newton).fit(x, y).estimators_
                    write(data, features, "one_against_the_rest", c,
                          [e.intercept_[0] for e in rest], [e.coef_[0] for e in rest])
                if features == "standard" and c == 1.0:
                    saga = LogisticRegression(l1_ratio=1.0, C=c, solver="saga", tol=1e-12, max_iter=300_000, random_state=0)
                    saga.fit(x, y)
                    write(data, features, "l1", c, saga.intercept_, saga.coef_)


warnings.filterwarnings("ignore", category=FutureWarning)
main()
