# SPDX-License-Identifier: Apache-2.0
"""What the tests of train/ share: the import path, the verdict, small networks, a small data set, the skip."""
import gzip
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "..", "train"), os.path.join(HERE, "..")]

try:
    import onnx  # noqa: F401
    import torch
except ImportError as error:
    print(f"{error} (apt-get install python3-torch python3-onnx)")
    sys.exit(77)

import export
from unit import main  # noqa: F401
from vanillanet import configure

torch.set_num_threads(1)

SMALL = "fashion:dims=6-8-10,strides=2-1,drop=0"
NETWORKS = [f"{SMALL},act_num={n}" for n in range(5)] + [
    SMALL + ",stem_stride=4,stem_pad=0,strides=1-1",
    # 10x10 maps pooled to 5 and an uneven 5 to 3, padded stem, colour: as ada_pool in small.
    "fashion:dims=6-8-10,strides=2-2,ada_pool=5-3,stem_stride=3,stem_pad=2,in_chans=3,drop=0",
    "fashion:dims=4-6-6-8,strides=1-2-1,classes=7,drop=0",
]


def random_network(arch, seed=5):
    """(training-form network with unequal BN statistics, images [4, C, H, W])."""
    cfg = configure(arch)
    net = export.randomise(cfg, seed)
    return net, torch.randn(4, cfg.in_chans, cfg.input_size, cfg.input_size)


def write_dataset(folder, train=320, test=40):
    """A tiny data set in Fashion-MNIST's file format: class c is a bright row c."""
    generator = torch.Generator().manual_seed(1)
    for part, count in (("train", train), ("t10k", test)):
        labels = torch.arange(count) % 10
        images = torch.randint(0, 100, (count, 28, 28), generator=generator).to(torch.uint8)
        for i, c in enumerate(labels):
            images[i, 4 + 2 * int(c)] = 255
        for kind, array in (("images-idx3", images), ("labels-idx1", labels.to(torch.uint8))):
            with gzip.open(os.path.join(folder, f"{part}-{kind}-ubyte.gz"), "wb") as f:
                f.write(struct.pack(">I", 0x0800 + array.ndim))
                f.write(struct.pack(f">{array.ndim}I", *array.shape))
                f.write(array.numpy().tobytes())
