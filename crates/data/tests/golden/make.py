"""Writes the files of this folder: arrays by NumPy, tables by pandas and pyarrow, pictures by Pillow.

The numbers are made here, so that the files are under the licence of this repository. Written with
NumPy 2.4, pandas 3.1, pyarrow 26 and Pillow 13: `python make.py` in this folder.
"""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

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


def pictures():
    """Pictures of 9 x 13 pixels, and their pixels as Pillow reads them; resized ones in floating point."""
    v, h = np.mgrid[0:9, 0:13]
    red, green, blue = 20 * v + 5 * h, 255 - 18 * h, (37 * v * h) % 256
    colour = np.stack([red, green, blue], axis=2).astype("u1")
    grey = colour[:, :, 2]
    smooth = Image.fromarray(np.stack([red, green, 10 * v + 9 * h], axis=2).astype("u1"))
    Image.fromarray(grey).save("grey.png")
    Image.fromarray((257 * red + 31 * h).astype("u2")).save("grey16.png")
    Image.fromarray(grey > 99).save("bits.png")
    Image.fromarray(colour).save("colour.png")
    Image.fromarray(colour).convert("P", palette=Image.Palette.ADAPTIVE).save("palette.png")
    Image.fromarray(np.dstack([colour, grey])).save("alpha.png")
    smooth.save("colour.jpg", quality=97, subsampling=0)
    smooth.save("progressive.jpg", quality=97, subsampling=0, progressive=True)
    smooth.convert("CMYK").save("cmyk.jpg", quality=97)
    smooth.convert("L").save("grey.jpg", quality=97)
    names = ["grey.png", "grey16.png", "bits.png", "colour.png", "palette.png", "alpha.png"]
    names += ["colour.jpg", "progressive.jpg", "cmyk.jpg", "grey.jpg"]
    with open("pixels.txt", "w") as out:
        for name in names:
            picture = Image.open(name)
            if picture.mode in ("P", "CMYK", "RGBA"):
                picture = picture.convert("RGB")
            most = 65535 if name == "grey16.png" else 255
            pixels = np.array(picture.convert("L") if picture.mode == "1" else picture) / most
            line(out, name, pixels if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
        full = Image.fromarray(grey.astype("f4") / 255)
        for size in [(4, 5), (9, 6), (20, 30), (1, 1), (18, 3), (8, 13)]:
            small = full.resize(size[::-1], Image.Resampling.BILINEAR)
            line(out, f"{size[0]} {size[1]}", np.array(small))


def line(out, name, pixels):
    out.write(name + ": " + " ".join(f"{x:.7g}" for x in pixels.ravel()) + "\n")


def tables():
    """One table as pandas writes it, as text and as Parquet with each way of packing, and types that pandas does not have."""
    table = pd.DataFrame(
        {
            "size": [1.5, None, 2.25, 1e-300, 4.0, 0.1],
            "count": np.array([3, -1, 2**53, 0, 7, 9], dtype="i8"),
            "narrow": np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], dtype="f4"),
            "lift": [True, False, None, True, True, False],
            "colour": ["red", "blue", None, "red", "blue", "red"],
            "kind": ["b", "a", "b", "a", "b", "a"],
        }
    )
    table.to_csv("table.csv", index=False)
    for packed in ("snappy", "gzip", "none", "zstd"):
        table.to_parquet(f"{packed}.parquet", compression=packed if packed != "none" else None, row_group_size=4)

    kinds = pa.table(
        {
            "i8": pa.array([-1, 2, 3], pa.int8()),
            "u16": pa.array([1, 2, 65535], pa.uint16()),
            "u64": pa.array([1, 2, 2**64 - 1], pa.uint64()),
            "half": pa.array(np.array([0.5, 1.5, -2], dtype="f2")),
            "price": pa.array([Decimal("1.25"), None, Decimal("-3.50")], pa.decimal128(7, 2)),
            "name": pa.array(["a", "b", "a"]).dictionary_encode(),
            "y": pa.array([0.5, 1.0, 1.5], pa.float32()),
        }
    )
    pq.write_table(kinds, "kinds.parquet", data_page_version="2.0")
    day = datetime(2024, 1, 31, 12)
    for name, kind in (("day", pa.date32()), ("ms", pa.timestamp("ms")), ("ns", pa.timestamp("ns"))):
        dates = pa.table({"when": pa.array([day, day], kind), "y": [1.0, 2.0]})
        pq.write_table(dates, f"{name}.parquet")
    pq.write_table(pa.table({"lists": [[1, 2], [3]], "y": [1.0, 2.0]}), "lists.parquet")


if __name__ == "__main__":
    arrays()
    tables()
    pictures()
