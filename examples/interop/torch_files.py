"""Trains small networks by PyTorch and writes them by both of its exporters, with inputs and what they predict.

    python torch_files.py FOLDER

Needs torch, onnx, onnxscript, numpy. Each NAME.onnx comes with NAME.txt: a line of inputs and a line of predictions for each sample.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn

warnings.filterwarnings("ignore")


class Pictures(nn.Module):
    """Convolutions, batch normalisation, pools, dropout, and a flatten by the size of the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(2, 6, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(6),
            nn.ReLU6(),
            nn.Conv2d(6, 6, 3, padding=2, dilation=2, groups=3),
            nn.LeakyReLU(0.1),
            nn.MaxPool2d(2, padding=1),
        )
        self.head = nn.Linear(6 * 9, 3)
        self.dropout = nn.Dropout(0.3)

    def forward(self, x):
        x = self.body(x)
        x = self.dropout(x.view(x.size(0), -1))
        return torch.softmax(self.head(x), dim=1)


class Branches(nn.Module):
    """A residual block, a concatenation, upsampling and means of channels."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, padding=1)
        self.inner = nn.Sequential(nn.BatchNorm2d(4), nn.SiLU(), nn.Conv2d(4, 4, 3, padding=1))
        self.left = nn.Conv2d(4, 3, 1)
        self.right = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(4, 2, 1), nn.GELU(), nn.Upsample(scale_factor=2))
        self.mean = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        x = self.first(x)
        x = torch.relu(x + self.inner(x))
        x = torch.cat([self.left(x), self.right(x)], dim=1)
        return torch.sigmoid(self.head(torch.flatten(self.mean(x), 1)))


def rows() -> nn.Module:
    """Dense layers with many kinds of activations, layer and batch normalisation."""
    return nn.Sequential(
        nn.Linear(4, 8), nn.ELU(), nn.BatchNorm1d(8),
        nn.Linear(8, 8), nn.Hardswish(), nn.LayerNorm(8),
        nn.Linear(8, 8), nn.GELU(approximate="none"),
        nn.Linear(8, 8), nn.Hardtanh(), nn.Linear(8, 8), nn.Softplus(),
        nn.Linear(8, 6), nn.Softsign(), nn.Linear(6, 5), nn.SELU(), nn.Linear(5, 2),
    )  # fmt: skip


def series() -> nn.Module:
    """Convolutions in one dimension."""
    return nn.Sequential(
        nn.Conv1d(3, 4, 3, padding="same"), nn.Tanh(), nn.AvgPool1d(2), nn.Conv1d(4, 4, 2, stride=2),
        nn.Hardsigmoid(), nn.Flatten(), nn.Linear(4 * 4, 3), nn.LogSoftmax(dim=1),
    )  # fmt: skip


def train(model: nn.Module, shape) -> None:
    """A few steps on noise: weights and statistics that are no longer those of the start."""
    rule = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(20):
        x = torch.randn(16, *shape)
        y = model(x)
        loss = ((y - x.flatten(1)[:, : y.shape[1]].sin()) ** 2).mean()
        rule.zero_grad()
        loss.backward()
        rule.step()
    model.eval()


def export(model: nn.Module, x, path: Path, new: bool, fixed: bool) -> None:
    if new:
        samples = None if fixed else ({0: torch.export.Dim("samples", min=1)},)
        program = torch.onnx.export(model, (x,), dynamo=True, dynamic_shapes=samples, verbose=False)
        file = program.model_proto
    else:
        axes = {} if fixed else {"input": {0: "n"}, "output": {0: "n"}}
        torch.onnx.export(
            model, (x,), path, dynamo=False, input_names=["input"], output_names=["output"], dynamic_axes=axes
        )
        file = onnx.load(path)
    # What says where in a script a node comes from is of no use here.
    for node in file.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del file.graph.value_info[:]
    del file.graph.metadata_props[:]
    del file.metadata_props[:]
    path.write_bytes(file.SerializeToString())


def line(numbers) -> str:
    return " ".join(repr(float(np.float32(x))) for x in np.ravel(numbers))


def main() -> None:
    folder = Path(sys.argv[1])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    models = {
        "pictures": (Pictures(), (2, 8, 8)),
        "branches": (Branches(), (2, 6, 6)),
        "rows": (rows(), (4,)),
        "series": (series(), (3, 16)),
    }
    for name, (model, shape) in models.items():
        train(model, shape)
        x = torch.randn(3, *shape)
        with torch.no_grad():
            y = model(x)
        if name == "series":
            y = y.exp()  # gradflow predicts probabilities, and not their logarithms
        for new in [False, True]:
            fixed = name == "rows" and not new
            kind = "new" if new else "old"
            path = folder / f"torch_{name}_{kind}.onnx"
            export(model, x[:1] if fixed else x, path, new, fixed)
            lines = [line(numbers) for pair in zip(x, y, strict=True) for numbers in pair]
            path.with_suffix(".txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
