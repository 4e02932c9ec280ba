"""Trains small networks by Keras and writes them by tf2onnx, with inputs and what they predict.

    python keras_files.py FOLDER

Needs tensorflow, tf2onnx, numpy. Each NAME.onnx comes with NAME.txt: a line of inputs and a line of predictions for each sample. Keras's
pictures are [vertical, horizontal, channels], the inputs in NAME.txt are [channels, vertical, horizontal].
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
import tensorflow as tf
import tf2onnx
from keras import layers


def pictures() -> keras.Model:
    """Convolutions with padding by size, batch normalisation, pools, and a dense layer behind a flatten of channels last."""
    return keras.Sequential([
        keras.Input((8, 8, 3)),
        layers.Rescaling(0.5, offset=0.1),
        layers.Conv2D(6, 3, padding="same", strides=2, use_bias=False),
        layers.BatchNormalization(),
        layers.Activation("relu"),
        layers.DepthwiseConv2D(3, padding="same", activation="silu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(4, 2, activation="elu", padding="same"),
        layers.Flatten(),
        layers.Dense(8, activation="softplus"),
        layers.Dropout(0.2),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


def branches() -> keras.Model:
    """A residual block, a concatenation, means of channels."""
    x = keras.Input((6, 6, 2))
    a = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    b = layers.BatchNormalization()(a)
    b = layers.Conv2D(4, 3, padding="same", activation="tanh")(b)
    c = layers.Add()([a, b])
    d = layers.AveragePooling2D(3, strides=1, padding="same")(c)
    e = layers.Concatenate()([layers.Conv2D(2, 1)(c), layers.Conv2D(3, 1, activation="hard_silu")(d)])
    f = layers.GlobalAveragePooling2D()(e)
    return keras.Model(x, layers.Dense(1, activation="sigmoid")(f))


def rows() -> keras.Model:
    """Dense layers."""
    return keras.Sequential([
        keras.Input((4,)),
        layers.Dense(8, activation="selu"),
        layers.Dense(8, activation="softsign"),
        layers.BatchNormalization(),
        layers.Dense(8, activation="leaky_relu"),
        layers.Dense(8, activation="relu6"),
        layers.Dense(2),
    ])  # fmt: skip


def series() -> keras.Model:
    """Convolutions in one dimension."""
    return keras.Sequential([
        keras.Input((12, 3)),
        layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="tanh"),
        layers.MaxPooling1D(2),
        layers.Conv1D(3, 2, activation="relu"),
        layers.Flatten(),
        layers.Dense(2),
    ])  # fmt: skip


def residual() -> keras.Model:
    """Padding before windows, bounded activations, the largest element of each channel."""
    x = keras.Input((9, 9, 3))
    a = layers.Conv2D(4, 3, strides=2)(layers.ZeroPadding2D(1)(x))
    a = layers.ReLU()(layers.BatchNormalization()(a))
    a = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(a))
    b = layers.SeparableConv2D(4, 3, padding="same", use_bias=False)(a)
    b = layers.ReLU(6.0)(layers.BatchNormalization()(b))
    c = layers.GlobalMaxPooling2D()(layers.ReLU()(layers.Add()([a, b])))
    return keras.Model(x, layers.Dense(3, activation="softmax")(c))


def line(numbers) -> str:
    return " ".join(repr(float(np.float32(x))) for x in np.ravel(numbers))


def main() -> None:
    folder = Path(sys.argv[1])
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    models = {
        "pictures": pictures(),
        "branches": branches(),
        "residual": residual(),
        "rows": rows(),
        "series": series(),
    }
    for name, model in models.items():
        shape = model.input_shape[1:]
        x = random.normal(size=(64, *shape)).astype(np.float32)
        y = np.abs(np.sin(x.reshape(64, -1)[:, : model.output_shape[1]]))
        model.compile(keras.optimizers.Adam(0.01), "mse")
        model.fit(x, y, batch_size=16, epochs=5, verbose=0)
        path = folder / f"keras_{name}.onnx"
        signature = [tf.TensorSpec((None, *shape), tf.float32, name="input")]
        function = tf.function(lambda x, model=model: model(x, training=False), input_signature=signature)
        file, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=17)
        path.write_bytes(file.SerializeToString())
        lines = []
        for sample, prediction in zip(x[:3], model.predict(x[:3], verbose=0), strict=True):
            lines += [line(np.moveaxis(sample, -1, 0)), line(prediction)]
        path.with_suffix(".txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
