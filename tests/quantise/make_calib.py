#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_calib.py IMAGES.idx.gz OUT.idx pair|noise|black|outliers: calibration sets that mislead.

pair: a picture, and the same with one pixel changed.  noise: one picture 50 times, with a little noise.  black: nothing on it.
outliers: 1,000 pictures, one of them random black and white pixels.  Needs numpy."""
import gzip
import struct
import sys

import numpy as np

raw = gzip.open(sys.argv[1]).read()
n, rows, cols = struct.unpack(">III", raw[4:16])
images = np.frombuffer(raw, np.uint8, offset=16).reshape(n, rows, cols)
rng = np.random.default_rng(1)
if sys.argv[3] == "pair":
    out = images[[0, 0]].copy()
    out[1, 0, 0] ^= 255
elif sys.argv[3] == "noise":
    out = np.clip(images[[7] * 50] + rng.normal(0, 4, (50, rows, cols)), 0, 255).astype(np.uint8)
elif sys.argv[3] == "black":
    out = np.zeros((3, rows, cols), np.uint8)
else:
    out = images[:: n // 1000][:1000].copy()
    out[500] = rng.integers(0, 2, (rows, cols)) * 255
with open(sys.argv[2], "wb") as f:
    f.write(struct.pack(">IIII", 0x803, len(out), rows, cols) + out.tobytes())
