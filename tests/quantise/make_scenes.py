#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_scenes.py OUT.idx N SIDE SEED: synthetic pictures with the statistics of photographs, [N][SIDE][SIDE][3].

Clouds of 1/f noise in correlated colours, with discs and rectangles that occlude each other, at random brightness and contrast.
Needs numpy."""
import struct
import sys

import numpy as np


def clouds(rng, side):
    fy, fx = np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None, :]
    fall = 1 / np.maximum(np.hypot(fy, fx), 1 / side)
    spectra = fall * np.fft.fft2(rng.standard_normal((3, side, side)))
    planes = np.real(np.fft.ifft2(spectra))
    mixed = np.einsum("ij,jyx->yxi", np.array([[1, 0.3, 0.1], [1, 0, -0.1], [1, -0.3, 0.2]]), planes)
    return mixed / mixed.std()


def scene(rng, side):
    image = clouds(rng, side)
    y, x = np.mgrid[:side, :side]
    for _ in range(rng.integers(2, 9)):
        cy, cx = rng.uniform(0, side, 2)
        h, w = rng.uniform(side / 16, side / 3, 2)
        inside = np.abs(y - cy) / h, np.abs(x - cx) / w
        shape = np.hypot(*inside) < 1 if rng.random() < 0.5 else np.maximum(*inside) < 1
        image[shape] = rng.normal(0, 1.2, 3) + 0.5 * clouds(rng, side)[shape]
    return np.clip(rng.uniform(70, 180) + rng.uniform(25, 70) * image, 0, 255).astype(np.uint8)


out, n, side, seed = sys.argv[1], *map(int, sys.argv[2:5])
rng = np.random.default_rng(seed)
with open(out, "wb") as f:
    f.write(struct.pack(">IIIII", 0x804, n, side, side, 3))
    for _ in range(n):
        f.write(scene(rng, side).tobytes())
