"""Trains small models by scikit-learn and writes them by skl2onnx, with inputs and what they predict.

    python sklearn_files.py FOLDER

Needs scikit-learn, skl2onnx, numpy. Each NAME.onnx comes with NAME.txt: a line of inputs and a line of predictions for each sample.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

warnings.filterwarnings("ignore")  # so few iterations need not converge


def line(numbers) -> str:
    return " ".join(repr(float(np.float32(x))) for x in np.ravel(numbers))


def main() -> None:
    folder = Path(sys.argv[1])
    iris, diabetes = load_iris(), load_diabetes(scaled=False)
    rows, kinds = iris.data.astype(np.float32), iris.target
    virginica = (kinds == 2).astype(int)
    targets = diabetes.target / 100
    mlp = dict(hidden_layer_sizes=(6, 5), max_iter=200, random_state=0)
    models = {
        "scaler_mlp": (make_pipeline(StandardScaler(), MLPClassifier(**mlp)), rows, kinds),
        "mlp_binary": (
            make_pipeline(MinMaxScaler(), MLPClassifier(activation="tanh", **mlp)),
            rows,
            virginica,
        ),
        "mlp_regressor": (
            make_pipeline(StandardScaler(), MLPRegressor(activation="logistic", **mlp)),
            diabetes.data.astype(np.float32),
            targets,
        ),
        "logistic": (LogisticRegression(max_iter=200), rows, kinds),
        "logistic_binary": (LogisticRegression(max_iter=200), rows, virginica),
        "linear": (LinearRegression(), diabetes.data.astype(np.float32), targets),
    }
    for name, (model, x, y) in models.items():
        model.fit(x, y)
        file = to_onnx(model, x[:1])
        (folder / f"sklearn_{name}.onnx").write_bytes(file.SerializeToString())
        some = x[::30]
        classifies = hasattr(model, "predict_proba")
        predictions = model.predict_proba(some) if classifies else model.predict(some)
        lines = []
        for sample, prediction in zip(some, predictions, strict=True):
            # Of two classes, gradflow has the probability of the second.
            if classifies and len(prediction) == 2:
                prediction = prediction[1:]
            lines += [line(sample), line(prediction)]
        (folder / f"sklearn_{name}.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
