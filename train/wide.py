# SPDX-License-Identifier: Apache-2.0
"""A wide residual network (arXiv 1605.07146) to teach a small VanillaNet, and networks by name.

It is never deployed: its answers to the augmented training images are a better
target than their labels (train.py --teacher).
"""
import hashlib

import torch
from torch import nn
import torch.nn.functional as F

from vanillanet import VanillaNet, configure


class _Block(nn.Module):
    """BN, ReLU, 3x3, BN, ReLU, 3x3, and the shortcut."""

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(cin), nn.BatchNorm2d(cout)
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        same = cin == cout and stride == 1
        self.match = None if same else nn.Conv2d(cin, cout, 1, stride, bias=False)

    def forward(self, x):
        y = F.relu(self.norm1(x))
        x = x if self.match is None else self.match(y)
        return x + self.conv2(F.relu(self.norm2(self.conv1(y))))


class WideNet(nn.Module):
    """Input [B, 1, H, W], logits [B, classes]; bfloat16 inside on a GPU."""

    act_learn = 1.0                          # no inner activation to train away

    def __init__(self, depth=16, width=4, classes=10):
        super().__init__()
        if depth % 6 != 4:
            raise ValueError("the depth of a wide residual network is 6 k + 4")
        sizes = [16] + [16 * width * f for f in (1, 2, 4)]
        self.stem = nn.Conv2d(1, 16, 3, 1, 1, bias=False)
        self.blocks = nn.Sequential(*(
            _Block(sizes[g] if i == 0 else sizes[g + 1], sizes[g + 1], 2 if g and i == 0 else 1)
            for g in range(3) for i in range((depth - 4) // 6)))
        self.norm, self.head = nn.BatchNorm2d(sizes[-1]), nn.Linear(sizes[-1], classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        self.to(memory_format=torch.channels_last)

    def set_lambda(self, value):
        """Nothing: as VanillaNet's, for the training loop."""

    def forward(self, x):
        with torch.autocast(x.device.type, torch.bfloat16, enabled=x.is_cuda):
            x = self.blocks(self.stem(x.contiguous(memory_format=torch.channels_last)))
            x = self.head(F.relu(self.norm(x)).mean((2, 3)))
        return x.float()


def build(arch):
    """The network of "wide:depth=16,width=4" or of a name that vanillanet.configure() knows."""
    name, _, settings = arch.partition(":")
    if name != "wide":
        return VanillaNet(configure(arch))
    pairs = (s.partition("=") for s in settings.split(",") if s)
    return WideNet(**{key: int(value) for key, _, value in pairs})


def load(path, device):
    """The network that train.py left in `path`, to be asked only."""
    stored = torch.load(path, map_location="cpu")
    net = build(stored["arch"])
    net.load_state_dict(stored["model"])
    return net.to(device).eval().requires_grad_(False)


def describe(path):
    """What a manifest says about a teacher."""
    stored = torch.load(path, map_location="cpu")
    with open(path, "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    return {"sha256": digest, **{k: stored.get(k) for k in ("arch", "command", "validation_top1")}}
