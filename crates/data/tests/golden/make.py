"""Writes the files of this folder: arrays by NumPy, tables by pandas and pyarrow, pictures by Pillow.

The numbers are made here, so that the files are under the licence of this repository. Written with
NumPy 2.4, pandas 3.1, pyarrow 26 and Pillow 13: `python make.py` in this folder.
"""

import numpy as np

TYPES = ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"]


def arrays():
    """Three samples of [2, 2, 2] in every type and order: sample s, place i holds 8 s + i (a bool: whether it is odd)."""
    numbers = np.arange(24).reshape(3, 2, 2, 2)
    archive = {}
    for kind in TYPES:
        values = numbers % 2 == 1 if kind == "b1" else numbers
        for order, sign in (("little", "<"), ("big", ">")):
            kept = values.astype(sign + kind)
            archive[f"{kind}_{order}_c"] = np.ascontiguousarray(kept)
            archive[f"{kind}_{order}_fortran"] = np.asfortranarray(kept)
    np.savez_compressed("types.npz", **archive)

    x = np.array([[1.5, -2.0], [0.0, 3.25], [4.0, 5.0]])
    names = ["rose", "lily", "rose"]
    np.savez(
        "stored.npz",
        x=x,
        y=np.array([1, 0, 1]),
        names=np.array(names),
        bytes=np.array(names, dtype="S"),
        big=np.array(["é", "ü", "é"], dtype=">U2"),
        halves=np.array([0.5, 1.0, 2.0]),
        objects=np.array(["a", 1, None], dtype=object),
        complex=np.array([1j, 2, 3]),
        dates=np.array(["2024-01-31"] * 3, dtype="M8[D]"),
        fields=np.array([(1, 2.0)] * 3, dtype=[("a", "i4"), ("b", "f4")]),
        single=np.array(1.0),
        deep=np.zeros((1, 1, 1, 1, 1)),
        empty=np.zeros((0, 2)),
    )
    np.save("x.npy", x.astype("f4"))
    np.lib.format.write_array(open("version2.npy", "wb"), x, version=(2, 0))
    np.lib.format.write_array(open("version3.npy", "wb"), x, version=(3, 0))


if __name__ == "__main__":
    arrays()
