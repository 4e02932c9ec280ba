"""Compares predictions of onnxruntime with those of the library.

    python compare.py FOLDER

FOLDER holds K.onnx, K.x (inputs) and K.y (predictions), numbers in f32, little-endian, one sample after the other.
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime

try:
    import onnx
except ImportError:
    onnx = None  # then files are not checked against the format


def main() -> int:
    folder = Path(sys.argv[1])
    onnxruntime.set_default_logger_severity(3)
    worst, failed, files = 0.0, 0, sorted(folder.glob("*.onnx"))
    for file in files:
        x = np.fromfile(file.with_suffix(".x"), dtype="<f4")
        y = np.fromfile(file.with_suffix(".y"), dtype="<f4")
        try:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
            read = session.get_inputs()[0]
            x = x.astype(np.float64 if read.type == "tensor(double)" else np.float32)
            (found,) = session.run(None, {read.name: x.reshape([-1, *read.shape[1:]])})
            if onnx is not None:
                onnx.checker.check_model(onnx.load(file), full_check=True)
        except Exception as error:
            print(f"{file.name}: {error}")
            failed += 1
            continue
        found = found.reshape(-1)
        if found.shape != y.shape:
            print(f"{file.name}: {found.shape} numbers where {y.shape} are predicted")
            failed += 1
            continue
        far = float(np.max(np.abs(found - y) / np.maximum(1.0, np.abs(y))))
        if not far <= 1e-5:
            print(f"{file.name}: differs by {far}")
            failed += 1
        worst = max(worst, far)
    print(f"{len(files)} files, {failed} failed, largest difference {worst:.2e}")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
