#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_classes.py DATA DIR N - the first N images of the Fashion-MNIST test set as PNG files, in DIR/exact/CLASS/."""
import gzip
import pathlib
import struct
import sys
import zlib

NAMES = ["T-shirt_top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
data, root, count = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
pixels = gzip.open(data / "t10k-images-idx3-ubyte.gz").read(16 + count * 784)[16:]
labels = gzip.open(data / "t10k-labels-idx1-ubyte.gz").read(8 + count)[8:]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


for i in range(count):
    image = pixels[i * 784:(i + 1) * 784]
    rows = b"".join(b"\0" + image[y * 28:(y + 1) * 28] for y in range(28))
    folder = root / NAMES[labels[i]]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{i:05}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0))
                                         + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
