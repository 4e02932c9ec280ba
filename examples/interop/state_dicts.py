"""Weights of networks of PyTorch and Keras as safetensors, and what their makers predict.

    pip install torch keras safetensors
    KERAS_BACKEND=torch python state_dicts.py ../../crates/net/tests/data/interop

Writes small files there: NAME.safetensors with the weights, as anybody would save them, and NAME.txt with the values of an input in the
first line (channels first) and of the output in the second. `crates/net/tests/file/interop.rs` reads them.
"""

import pathlib
import sys

import keras
import numpy as np
import safetensors.numpy
import safetensors.torch
import torch
from torch import nn

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
dice = np.random.default_rng(1)
torch.manual_seed(1)
keras.utils.set_random_seed(1)


def values(name, x, y):
    lines = [" ".join(repr(float(v)) for v in np.asarray(a, dtype=np.float64).ravel()) for a in (x, y)]
    (out / f"{name}.txt").write_text("\n".join(lines) + "\n")


def shake(module):
    """Statistics that are not those of a fresh layer."""
    for layer in module.modules():
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            layer.running_mean.copy_(torch.randn_like(layer.running_mean))
            layer.running_var.copy_(torch.rand_like(layer.running_var) + 0.5)
            layer.weight.data.copy_(torch.rand_like(layer.weight) + 0.5)
            layer.bias.data.copy_(torch.randn_like(layer.bias))


def of_torch(name, module, shape, kind=torch.float32):
    shake(module)
    module.eval()
    weights = {k: v.contiguous().to(kind) if v.is_floating_point() else v for k, v in module.state_dict().items()}
    # What it predicts with the weights that the file holds.
    module.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in weights.items()})
    safetensors.torch.save_file(weights, out / f"{name}.safetensors")
    x = torch.from_numpy(dice.normal(size=(1, *shape)).astype(np.float32))
    with torch.no_grad():
        values(name, x, module(x))


class Named(nn.Module):
    """Modules whose names are not in the order of the network."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 10)
        self.decoder = nn.Linear(10, 3)

    def forward(self, x):
        return self.decoder(torch.tanh(self.encoder(x)))


def pictures():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, bias=False),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3, padding=1, groups=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(36, 5),
        nn.LayerNorm(5),
    )


of_torch("torch_mlp", nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 3)), (4,))
of_torch("torch_named", Named(), (4,))
of_torch("torch_pictures", pictures(), (2, 6, 6))
of_torch("torch_pictures_f16", pictures(), (2, 6, 6), torch.float16)
of_torch("torch_pictures_bf16", pictures(), (2, 6, 6), torch.bfloat16)
of_torch("torch_sequence", nn.Sequential(nn.Conv1d(3, 4, 5), nn.GELU(), nn.Flatten(), nn.Linear(32, 2)), (3, 12))


def of_keras(name, model, shape):
    for weight in model.weights:
        if "moving" in weight.path or "gamma" in weight.path:
            weight.assign(dice.uniform(0.5, 1.5, size=weight.shape))
    weights = {w.path: keras.ops.convert_to_numpy(w) for w in model.weights}
    safetensors.numpy.save_file(weights, out / f"{name}.safetensors")
    x = dice.normal(size=(1, *shape)).astype(np.float32)
    # gradflow's pictures have their channels first.
    values(name, np.moveaxis(x, -1, 1), model.predict(x, verbose=0))


L = keras.layers
of_keras("keras_mlp", keras.Sequential([L.Input((4,)), L.Dense(8, activation="tanh"), L.Dense(3)]), (4,))
of_keras(
    "keras_pictures",
    keras.Sequential([
        L.Input((6, 6, 2)),
        L.Conv2D(4, 3, padding="same"),
        L.BatchNormalization(),
        L.ReLU(),
        L.DepthwiseConv2D(3, depth_multiplier=2, activation="relu"),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dropout(0.5),
        L.Dense(5),
    ]),
    (6, 6, 2),
)
of_keras(
    "keras_sequence",
    keras.Sequential([L.Input((12, 3)), L.Conv1D(4, 5, activation="gelu"), L.Flatten(), L.Dense(2)]),
    (12, 3),
)
