#!/usr/bin/env python3
"""Fits of a logistic regression beside scikit-learn's lbfgs at tol 1e-12, one thread each, in alternation.

    python3 benches/logistic.py DIRECTORY [--rounds 5] [--binary target/release/logistic]

DIRECTORY holds breast_cancer.csv and wine_data.csv as scikit-learn has them. Each round fits once with each; the table has
medians, and the ratio of seconds, ours over theirs. Needs numpy and scikit-learn.
"""
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import statistics
import subprocess
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression


def table(path):
    data = np.loadtxt(path, delimiter=",", skiprows=1)
    return data[:, :-1], data[:, -1].astype(int)


def standard(xy):
    x, y = xy
    return (x - x.mean(0)) / x.std(0), y


def made_up(samples, features):
    draw = np.random.default_rng(1)
    x = draw.standard_normal((samples, features))
    z = x @ draw.standard_normal(features) / np.sqrt(features)
    return x, (draw.random(samples) < 1 / (1 + np.exp(-2 * z))).astype(int)


def mean_cost(model, x, y, lam):
    z = model.decision_function(x)
    if z.ndim == 1:
        cost = np.mean(np.logaddexp(0, z) - z * y)
    else:
        largest = z.max(1)
        cost = np.mean(largest + np.log(np.exp(z - largest[:, None]).sum(1)) - z[np.arange(len(y)), y])
    return cost + lam / 2 * (model.coef_**2).sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--binary", default="target/release/logistic")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    sets = {}
    for name in ("breast_cancer", "wine"):
        file = {"breast_cancer": "breast_cancer.csv", "wine": "wine_data.csv"}[name]
        sets[name + " standard"] = standard(table(args.directory / file))
        sets[name + " raw"] = table(args.directory / file)
    sets["made up 100000 x 100"] = made_up(100_000, 100)
    print("| data | C | lbfgs s | its cost above ours | L-BFGS s | passes | ratio | Newton-CG s | passes | ratio |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, (x, y) in sets.items():
        for c in (1e-3, 1.0, 1e3):
            row(args, name, x, y, c)


def row(args, name, x, y, c):
    samples, features = x.shape
    lam = 1 / (c * samples)
    seconds = {"theirs": [], "lbfgs": [], "newton-cg": []}
    passes, cost = {}, {}
    with tempfile.NamedTemporaryFile() as file:
        np.column_stack([x, y]).astype("<f8").tofile(file.name)
        for _ in range(args.rounds):
            begin = time.perf_counter()
            model = LogisticRegression(C=c, solver="lbfgs", tol=1e-12, max_iter=100_000).fit(x, y)
            seconds["theirs"].append(time.perf_counter() - begin)
            for solver in ("lbfgs", "newton-cg"):
                command = [args.binary, file.name, samples, features, y.max() + 1, repr(lam), solver, 2]
                text = subprocess.run([str(a) for a in command], capture_output=True, text=True, check=True).stdout
                # The first fit of a process pays for its memory, as theirs did once.
                found = text.splitlines()[-1].split()
                seconds[solver].append(float(found[0]))
                cost[solver], passes[solver] = float(found[1]), found[3]
    median = {key: statistics.median(values) for key, values in seconds.items()}
    above = mean_cost(model, x, y, lam) - min(cost.values())
    ours = [f"{median[s]:.5f} | {passes[s]} | {median[s] / median['theirs']:.2f}" for s in ("lbfgs", "newton-cg")]
    print(f"| {name} | {c:g} | {median['theirs']:.5f} | {above:.0e} | {' | '.join(ours)} |", flush=True)


main()
