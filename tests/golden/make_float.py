#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the tiny networks and float vectors that tests/model compares against.

    make_float.py                 with the TorchScript exporter (any torch >= 1.13)
    make_float.py --dynamo        with the graph-capturing exporter (torch >= 2.6, onnxscript)

Every network is random but seeded.  X.gold holds the input, the output of
every stage and the logits of X_train.onnx and X_deploy.onnx alike; tensors
called "<stage>.relu" are the maps before the depthwise kernel.  The vectors
come from the training form in float64, so that they are nobody's rounding.
"""
import argparse
import pathlib
import struct
import sys

import torch
from torch import nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "train"))
import export  # noqa: E402
from vanillanet import Activation, Config, VanillaNet  # noqa: E402

NETS = {
    "n0": Config((8, 12, 10), (1, 2), classes=7, act_num=0, stem_kernel=3, stem_stride=2,
                 stem_pad=1, input_size=17),
    "n1": Config((6, 8, 9), (2, 2), classes=5, act_num=1, stem_stride=3, stem_pad=1,
                 ada_pool=(7, 4), input_size=31),
    "n2": Config((5, 7, 11), (2, 1), in_chans=1, classes=4, act_num=2, input_size=28),
    "n3": Config((8, 12, 16), (2, 1), classes=10, act_num=3, input_size=32),
    "n4": Config((8, 9), (2,), classes=6, act_num=4, stem_kernel=5, stem_stride=1, stem_pad=2,
                 input_size=14),
}
LABELS = {"n3": [f"class {i}" for i in range(10)]}


class AdaptivePool(torch.autograd.Function):
    """Adaptive max pooling as one node: ONNX itself has no such operator."""

    @staticmethod
    def forward(ctx, x, size):
        return F.adaptive_max_pool2d(x, size)

    @staticmethod
    def symbolic(g, x, size):
        return g.op("vanillin::AdaptiveMaxPool", x, output_size_i=[size, size])


class Pool(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        return AdaptivePool.apply(x, self.size)


class LinearHead(nn.Module):
    """A network written by hand: bias-free convolutions, and a head in another manner each."""

    def __init__(self, head):
        super().__init__()
        self.head = head
        self.stem = nn.Conv2d(3, 8, 4, 4, bias=False)
        self.stem_bn = nn.BatchNorm2d(8)
        self.series = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.block = nn.Conv2d(8, 12, 1)
        self.fc = nn.Linear(12, 5, bias=head != "matmul")

    def forward(self, x, taps=None):
        taps = {} if taps is None else taps
        x = F.relu(self.stem_bn(self.stem(x)))
        taps["stem.relu"] = x
        x = taps["stem"] = self.series(x)
        x = taps["block1.relu"] = taps["block1"] = F.relu(self.block(x))
        if self.head == "mean":
            x = x.mean((2, 3))
        elif self.head == "view":
            x = F.adaptive_avg_pool2d(x, 1)
            x = x.view(x.size(0), -1)
        else:
            x = F.avg_pool2d(x, (5, 6)).squeeze(3).squeeze(2) if self.head == "squeeze" \
                else F.adaptive_avg_pool2d(x, 1).flatten(1)
        x = taps["logits"] = self.fc(x)
        return x


def randomise(net):
    """Weights of unit gain, BN statistics far from the identity."""
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.weight.data.normal_(0, module.weight[0].numel() ** -0.5)
            if module.bias is not None:
                module.bias.data.normal_(0, 0.3)
        elif isinstance(module, Activation):
            module.weight.data.normal_(0, 0.3)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.weight.data[::3] *= -1
            module.bias.data.normal_(0, 0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)


def golden(net, image, path, seed):
    """Run `net` in float64 and write all taps."""
    taps = {"input": image}
    net = net.double().eval()
    if isinstance(net, VanillaNet):
        names = ["stem"] + [f"block{i + 1}" for i in range(len(net.stages))]
        acts = [m for m in net.modules() if isinstance(m, Activation)]
        acts.sort(key=lambda m: m is not net.stem2[2])  # the stem is registered last
        for name, act in zip(names, acts):
            act.register_forward_pre_hook(
                lambda _, args, key=name: taps.__setitem__(key + ".relu", F.relu(args[0])))
    with torch.no_grad():
        net(image.double(), taps=taps)
    with open(path, "wb") as out:
        out.write(b"VNGOLD1\0" + struct.pack("<III", 1, seed, len(taps)))
        for name, tensor in taps.items():
            shape = tuple(tensor.shape)
            out.write(struct.pack("<I", len(name)) + name.encode())
            out.write(struct.pack(f"<I{len(shape)}I", len(shape), *shape))
            out.write(tensor.float().contiguous().numpy().tobytes())


def make_vanilla(name, cfg, seed, save):
    torch.manual_seed(seed)
    net = VanillaNet(cfg)
    randomise(net)
    net.eval()
    image = torch.randn(1, cfg.in_chans, cfg.input_size, cfg.input_size)
    deploy = net.switch_to_deploy()
    for part in (net, deploy):
        for block, ada in zip(part.stages, cfg.ada_pool or ()):
            block.pool = Pool(ada)
    save(net, image, HERE / f"{name}_train.onnx", LABELS.get(name, ()))
    save(deploy, image, HERE / f"{name}_deploy.onnx", LABELS.get(name, ()))
    golden(net, image, HERE / f"{name}.gold", seed)


def make_linear(head, seed, save, suffix=""):
    torch.manual_seed(seed)
    net = LinearHead(head)
    randomise(net)
    net.eval()
    image = torch.randn(1, 3, 20, 24)
    save(net, image, HERE / f"{head}{suffix}.onnx", ())
    golden(net, image, HERE / f"{head}{suffix}.gold", seed)


def properties(image, labels):
    chans = image.shape[1]
    return export.metadata((0.5,) * chans, (0.25,) * chans, labels)


def save_script(opset):
    def save(net, image, path, labels):
        options = {"dynamo": False} if torch.__version__ >= "2.5" else {}
        torch.onnx.export(
            net, (image,), str(path), input_names=["input"], output_names=["logits"],
            opset_version=opset, dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
            custom_opsets={"vanillin": 1}, **options)
        finish(path, image, labels)
    return save


def save_dynamo(net, image, path, labels):
    program = torch.onnx.export(net, (image,), dynamo=True, external_data=False, verbose=False)
    program.save(str(path), external_data=False)
    finish(path, image, labels, keep_notes=False)


def finish(path, image, labels, keep_notes=True):
    """Add the properties; drop what names this machine's files (stack traces on every node)."""
    import onnx
    model = onnx.load(str(path))
    for node in model.graph.node:
        node.doc_string = ""
        if not keep_notes:
            del node.metadata_props[:]
    for value in list(model.graph.value_info):
        if not keep_notes:
            del value.metadata_props[:]
    onnx.helper.set_model_props(model, properties(image, labels))
    onnx.save(model, str(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dynamo", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if args.dynamo:
        for seed, head in enumerate(("mean", "view", "matmul"), 20):
            make_linear(head, seed, save_dynamo, "_dynamo")
        make_vanilla("n3_dynamo", NETS["n3"], 3, save_dynamo)
        return
    for seed, (name, cfg) in enumerate(NETS.items()):
        make_vanilla(name, cfg, seed, save_script(9 + 2 * seed))
    for seed, head in enumerate(("mean", "view", "squeeze", "matmul"), 20):
        make_linear(head, seed, save_script(13))


if __name__ == "__main__":
    main()
