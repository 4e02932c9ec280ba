"""Predictions of the nets a to e by ONNX Runtime, OpenVINO and LiteRT, one thread, in the rows of the program `predict`.

    cargo run --release -p gradflow-benches --features peers --bin predict -- abcde --write DIRECTORY
    python3 benches/predict_peers.py DIRECTORY [abcde]

What is not installed is skipped with a message: `pip install numpy onnx onnxruntime openvino ai-edge-litert`.
"""

import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("skipped: numpy is not installed")


def row(name, letter, batch, call):
    """Median and best tenth of CPU time, over windows of about a millisecond."""

    def calls(n):
        start = time.process_time()
        for _ in range(n):
            call()
        return (time.process_time() - start) / n

    calls(20)
    each = calls(10)
    n = max(1, int(0.001 / each))
    rounds = max(51, min(401, int(0.4 / (each * n))))
    times = sorted(calls(n) for _ in range(rounds))
    print(f"| {name} | {letter} | {batch} | {times[rounds // 2] * 1e6:.3f} | {times[rounds // 10] * 1e6:.3f} |", flush=True)


def sample(letter, batch):
    shape = {"e": [5], "c": [1, 28, 28], "d": [1, 28, 28]}.get(letter, [784])
    return np.random.default_rng(5).random([batch, *shape], dtype=np.float32)


def onnxruntime_rows(path, letter):
    try:
        import onnxruntime as ort
    except ImportError:
        return print("skipped: onnxruntime is not installed")
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (given,), (wanted,) = session.get_inputs(), session.get_outputs()
    for batch in 1, 256:
        x = sample(letter, batch).reshape([batch, *given.shape[1:]])
        y = np.zeros(session.run(None, {given.name: x})[0].shape, dtype=np.float32)
        binding = session.io_binding()
        binding.bind_cpu_input(given.name, x)
        binding.bind_output(wanted.name, "cpu", 0, np.float32, y.shape, y.ctypes.data)
        # Without the wrapper in Python, which takes as long as a small net.
        run, inner = session._sess.run_with_iobinding, binding._iobinding
        row("ONNX Runtime", letter, batch, lambda: run(inner, None))


def openvino_rows(path, letter):
    try:
        import openvino
    except ImportError:
        return print("skipped: openvino is not installed")
    core = openvino.Core()
    core.set_property("CPU", {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1})
    for batch in 1, 256:
        model = core.read_model(path)
        x = sample(letter, batch)
        x = x.reshape([batch, *[d.get_length() for d in list(model.inputs[0].partial_shape)[1:]]])
        model.reshape(list(x.shape))
        request = core.compile_model(model, "CPU").create_infer_request()
        request.set_input_tensor(openvino.Tensor(x))
        row("OpenVINO", letter, batch, request.infer)


def litert_rows(path, letter):
    try:
        from ai_edge_litert.interpreter import Interpreter
        from tflite_file import converted
    except ImportError as error:
        return print(f"skipped: {error.name} is not installed")
    for batch in 1, 256:
        interpreter = Interpreter(model_content=converted(path, batch), num_threads=1)
        interpreter.allocate_tensors()
        given, wanted = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
        x = sample(letter, batch)
        turned = x.transpose(0, 2, 3, 1) if x.ndim == 4 else x
        interpreter.set_tensor(given["index"], np.ascontiguousarray(turned).reshape(given["shape"]))
        interpreter.invoke()
        agrees(path, x, interpreter.get_tensor(wanted["index"]))
        # Without the wrapper in Python, as above.
        row("LiteRT", letter, batch, interpreter._interpreter.Invoke)


def agrees(path, x, y):
    """A file that says something else is no peer."""
    try:
        import onnxruntime as ort
    except ImportError:
        return
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    expected = session.run(None, {given.name: x.reshape([len(x), *given.shape[1:]])})[0]
    assert np.abs(expected.reshape(y.shape) - y).max() < 1e-4, path


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for letter in sys.argv[2] if len(sys.argv) > 2 else "abcde":
        path = f"{sys.argv[1]}/{letter}.onnx"
        onnxruntime_rows(path, letter)
        openvino_rows(path, letter)
        litert_rows(path, letter)


if __name__ == "__main__":
    main()
