# SPDX-License-Identifier: Apache-2.0
"""Dump the output of every stage of a network, evaluated in float, as golden vectors.

File, little-endian: "VNGOLD1\\0", u32 version 1, u32 seed, u32 tensors; then per
tensor u32 name length, name, u32 rank, u32 dims[], float32 data in C order
(NCHW).  Tensors: input (normalised), stem, block1 ..., logits.  A stage's
tensor is the output of its activation, depthwise convolution included.
"""
import argparse
import struct
import sys

import numpy as np
import torch

import checkpoint
import data
from vanillanet import configure

MAGIC, VERSION = b"VNGOLD1\0", 1


def write(path, seed, tensors):
    """tensors: {name: float array}, written in order."""
    with open(path, "wb") as f:
        f.write(MAGIC + struct.pack("<3I", VERSION, seed, len(tensors)))
        for name, value in tensors.items():
            value = np.ascontiguousarray(value, "<f4")
            name = name.encode()
            f.write(struct.pack("<I", len(name)) + name)
            f.write(struct.pack(f"<{1 + value.ndim}I", value.ndim, *value.shape))
            f.write(value.tobytes())


def read(path):
    """(seed, {name: float32 array}) of a golden file."""
    with open(path, "rb") as f:
        if f.read(8) != MAGIC:
            raise ValueError(f"{path}: not a golden-vector file")
        version, seed, count = struct.unpack("<3I", f.read(12))
        if version != VERSION:
            raise ValueError(f"{path}: version {version}, this program reads {VERSION}")
        tensors = {}
        for _ in range(count):
            name = f.read(struct.unpack("<I", f.read(4))[0]).decode()
            rank, = struct.unpack("<I", f.read(4))
            shape = struct.unpack(f"<{rank}I", f.read(4 * rank))
            size = 4 * int(np.prod(shape))
            tensors[name] = np.frombuffer(f.read(size), "<f4").reshape(shape)
    return seed, tensors


@torch.no_grad()
def evaluate(net, image):
    """{"input", "stem", "block1" ..., "logits"} of a network with lambda == 1."""
    if net.act_learn != 1.0:
        raise ValueError(f"lambda is {net.act_learn}: stages of an unmergeable network")
    taps = {"input": image}
    net.eval()(image, taps)
    return {name: value.numpy() for name, value in taps.items()}


def parse(argv=None):
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("network", help="ONNX of export.py (either form) or a checkpoint")
    p.add_argument("--arch", default="fashion", help="NAME or NAME:field=value,...")
    p.add_argument("--images", type=int, default=4)
    p.add_argument("--seed", type=int, default=0, help="chooses the test images, or the noise")
    p.add_argument("--source", default="test", choices=("test", "noise"),
                   help="images of the test set, or normal noise of the network's input size")
    p.add_argument("--data", default=data.DEFAULT_DIR, help="folder of the IDX files")
    p.add_argument("--trust", action="store_true", help="as in export.py")
    p.add_argument("--out", required=True)
    return p.parse_args(argv)


def main(argv=None):
    args = parse(argv)
    generator = torch.Generator().manual_seed(args.seed)
    try:
        cfg = configure(args.arch)
        net = checkpoint.from_onnx(args.network, cfg) if args.network.endswith(".onnx") else \
            checkpoint.network(args.network, cfg, trust=args.trust)
        cfg = net.cfg
        if args.source == "noise":
            image = torch.randn(args.images, cfg.in_chans, cfg.input_size, cfg.input_size,
                                generator=generator)
        else:
            images, _ = data.load(args.data, "test")
            order = torch.randperm(len(images), generator=generator)
            image = data.normalise(images[order[:args.images]])
        tensors = evaluate(net, image)
    except (ValueError, OSError) as error:
        sys.exit(f"golden: {error}")
    write(args.out, args.seed, tensors)
    for name, value in tensors.items():
        print(f"{name:8} {str(value.shape):20} |max| {abs(value).max():.4g}")


if __name__ == "__main__":
    main()
