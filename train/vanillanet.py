# SPDX-License-Identifier: Apache-2.0
"""VanillaNet (arXiv 2305.12972): training form, deploy form, and the merge between them.

    training: conv -> BN -> leaky(lambda) -> conv -> BN -> [max pool] -> ReLU -> depthwise -> BN
    deploy  : conv -> [max pool] -> ReLU -> depthwise (+ bias)

Parameter names are those of the published checkpoints, so a published state
dict loads here unchanged.  At lambda == 1 the leaky ReLU is the identity and
switch_to_deploy() replaces the training form by the deploy form exactly.
Activations are NCHW throughout; train/fast.py computes the same thing faster.
"""
import dataclasses
from typing import Optional, Tuple

import torch
from torch import nn
import torch.nn.functional as F

BN_EPS = 1e-6


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that decides the shape of a network.

    ada_pool holds one entry per block: 0 = plain 2x2 pooling where the stride
    is 2, s = adaptive max pooling to s x s there.
    deep = False trains one convolution per block instead of two and shortcut =
    'before' | 'after' (the activation) adds a residual: both exist for the
    ablations only and have no deploy form.
    """
    dims: Tuple[int, ...]
    strides: Tuple[int, ...]
    in_chans: int = 3
    classes: int = 1000
    act_num: int = 3
    stem_kernel: int = 4
    stem_stride: int = 4
    stem_pad: int = 0
    ada_pool: Optional[Tuple[int, ...]] = None
    input_size: int = 224
    drop: float = 0.0
    deep: bool = True
    shortcut: Optional[str] = None

    def __post_init__(self):
        if len(self.strides) != len(self.dims) - 1:
            raise ValueError("strides needs one entry per block: len(dims) - 1")
        if self.ada_pool is not None and len(self.ada_pool) != len(self.strides):
            raise ValueError("ada_pool needs one entry per block")
        if self.shortcut not in (None, "before", "after"):
            raise ValueError("shortcut is None, 'before' or 'after'")


def _variants():
    head, tail = (512, 512, 1024), (4096, 4096)
    nets = {
        "vanillanet_5": Config((512, 1024, 2048, 4096), (2, 2, 2)),
        "vanillanet_6": Config((512, 1024, 2048, 4096, 4096), (2, 2, 2, 1)),
        "vanillanet_7": Config(head + (2048,) + tail, (1, 2, 2, 2, 1)),
    }
    # From 8 on only the number of 2048-wide blocks at 14x14 grows.
    for depth in range(8, 14):
        mid = depth - 6
        nets[f"vanillanet_{depth}"] = Config(
            head + (2048,) * mid + tail, (1, 2, 2) + (1,) * (mid - 1) + (2, 1))
    wide = Config((768, 768, 1536) + (3072,) * 7 + (6144, 6144), nets["vanillanet_13"].strides)
    nets["vanillanet_13_x1_5"] = wide
    nets["vanillanet_13_x1_5_ada_pool"] = dataclasses.replace(
        wide, stem_stride=3, stem_pad=1, ada_pool=(0, 38, 19, 0, 0, 0, 0, 0, 0, 10, 0))
    # 28x28 grey images: the stem halves, block 1 halves, then 7x7 maps.
    nets["fashion"] = Config((64, 128, 192, 256), (2, 1, 1), in_chans=1, classes=10,
                             stem_stride=2, stem_pad=1, input_size=28, drop=0.05)
    return nets


VARIANTS = _variants()


def configure(text):
    """The Config of "NAME" or "NAME:field=value,...", lists joined by '-'.

    Example: fashion:dims=16-24-32,strides=2-1,act_num=1"""
    name, _, changes = text.partition(":")
    if name not in VARIANTS:
        raise ValueError(f"no network {name!r}; there are: {', '.join(VARIANTS)}")
    kinds = {f.name: f.type for f in dataclasses.fields(Config)}
    fields = {}
    for change in filter(None, changes.split(",")):
        key, _, value = change.partition("=")
        if kinds.get(key) not in (int, float) and key not in ("dims", "strides", "ada_pool"):
            raise ValueError(f"{change!r}: no such setting of a network")
        fields[key] = kinds[key](value) if kinds[key] in (int, float) else \
            tuple(int(v) for v in value.split("-"))
    return dataclasses.replace(VARIANTS[name], **fields)


class Activation(nn.Module):
    """Series activation: ReLU, then a depthwise (2n+1)x(2n+1) convolution, then BN."""

    def __init__(self, channels, act_num, deploy=False):
        super().__init__()
        self.act_num = act_num
        side = 2 * act_num + 1
        self.weight = nn.Parameter(torch.empty(channels, 1, side, side))
        nn.init.trunc_normal_(self.weight, std=0.02)
        if deploy:
            self.bias = nn.Parameter(torch.zeros(channels))
        else:
            self.bias = None
            self.bn = nn.BatchNorm2d(channels, eps=BN_EPS)

    @property
    def deploy(self):
        return self.bias is not None

    def forward(self, x):
        y = F.conv2d(F.relu(x), self.weight, self.bias, padding=self.act_num,
                     groups=self.weight.shape[0])
        return y if self.deploy else self.bn(y)

    def switch_to_deploy(self):
        merged = Activation(self.weight.shape[0], self.act_num, deploy=True)
        weight, bias = fuse_bn(self.weight, None, self.bn)
        merged.weight.data, merged.bias.data = weight, bias
        return merged


class _AdaptiveMaxPoolNode(torch.autograd.Function):
    """ONNX has no adaptive max pooling; it is exported as one node of our own domain."""

    @staticmethod
    def symbolic(g, x, side):
        return g.op("vanillin::AdaptiveMaxPool", x, output_size_i=[side, side])

    @staticmethod
    def forward(ctx, x, side):
        return F.adaptive_max_pool2d(x, side)


class AdaptiveMaxPool(nn.AdaptiveMaxPool2d):
    """Max pooling to side x side; windows [floor(i*H/side), ceil((i+1)*H/side))."""

    def forward(self, x):
        if torch.onnx.is_in_onnx_export():
            return _AdaptiveMaxPoolNode.apply(x, self.output_size)
        return super().forward(x)


class Block(nn.Module):
    """One stage: a -> a -> b channels while training, a -> b when deployed."""

    def __init__(self, cin, cout, cfg, stride, ada, deploy=False):
        super().__init__()
        self.deep, self.shortcut, self.deploy = cfg.deep, cfg.shortcut, deploy
        if deploy:
            self.conv = nn.Conv2d(cin, cout, 1)
        else:
            if cfg.deep:
                self.conv1 = _conv_bn(cin, cin)
            self.conv2 = _conv_bn(cin, cout)
        if stride == 1:
            self.pool = nn.Identity()
        elif ada:
            self.pool = AdaptiveMaxPool(ada)
        else:
            self.pool = nn.MaxPool2d(stride)
        self.act = Activation(cout, cfg.act_num, deploy)
        self.act_learn = 1.0

    def forward(self, x):
        if self.deploy:
            return self.act(self.pool(self.conv(x)))
        y = F.leaky_relu(self.conv1(x), self.act_learn) if self.deep else x
        y = self.pool(self.conv2(y))
        if self.shortcut is None:
            return self.act(y)
        x = match_shape(x, y)
        return self.act(y + x) if self.shortcut == "before" else self.act(y) + x


class VanillaNet(nn.Module):
    """Input [B, in_chans, H, W], output logits [B, classes].

    forward(x, taps=dict) also stores the output of every stage in taps, under
    the names "stem", "block1" ..., "logits".
    """

    def __init__(self, cfg, deploy=False):
        super().__init__()
        if deploy and not (cfg.deep and cfg.shortcut is None):
            raise ValueError("ablation networks have no deploy form")
        self.cfg, self.deploy, self.act_learn = cfg, deploy, 1.0
        dims = cfg.dims
        stem = nn.Conv2d(cfg.in_chans, dims[0], cfg.stem_kernel, cfg.stem_stride, cfg.stem_pad)
        act = Activation(dims[0], cfg.act_num, deploy)
        pool, drop = nn.AdaptiveAvgPool2d((1, 1)), nn.Dropout(cfg.drop)
        ada = cfg.ada_pool or (0,) * len(cfg.strides)
        self.stages = nn.ModuleList(
            Block(a, b, cfg, s, p, deploy)
            for a, b, s, p in zip(dims[:-1], dims[1:], cfg.strides, ada))
        if deploy:
            self.stem = nn.Sequential(stem, act)
            self.cls = nn.Sequential(pool, drop, nn.Conv2d(dims[-1], cfg.classes, 1))
        else:
            self.stem1 = nn.Sequential(stem, nn.BatchNorm2d(dims[0], eps=BN_EPS))
            if cfg.deep:
                self.stem2 = nn.Sequential(*_conv_bn(dims[0], dims[0]), act)
                self.cls1 = nn.Sequential(pool, drop, *_conv_bn(dims[-1], cfg.classes))
                self.cls2 = nn.Sequential(nn.Conv2d(cfg.classes, cfg.classes, 1))
            else:
                self.stem2 = nn.Sequential(act)
                self.cls1 = nn.Sequential(pool, drop, nn.Conv2d(dims[-1], cfg.classes, 1))
        self.apply(_init_conv)

    def set_lambda(self, value):
        """Slope of the inner activations: 0 = ReLU, 1 = identity (mergeable)."""
        self.act_learn = float(value)
        for block in self.stages:
            block.act_learn = float(value)

    def forward(self, x, taps=None):
        note = (lambda name, t: None) if taps is None else taps.__setitem__
        leaky = lambda t: F.leaky_relu(t, self.act_learn)
        if self.deploy:
            x = self.stem(x)
        elif self.cfg.deep:
            x = self.stem2(leaky(self.stem1(x)))
        else:
            x = self.stem2(self.stem1(x))
        note("stem", x)
        for i, block in enumerate(self.stages):
            x = block(x)
            note(f"block{i + 1}", x)
        if self.deploy:
            x = self.cls(x)
        elif self.cfg.deep:
            x = self.cls2(leaky(self.cls1(x)))
        else:
            x = self.cls1(x)
        x = torch.flatten(x, 1)
        note("logits", x)
        return x

    @torch.no_grad()
    def switch_to_deploy(self):
        """A new network in deploy form, equal to this one in eval mode.  Needs lambda == 1."""
        if self.act_learn != 1.0:
            raise ValueError(f"lambda is {self.act_learn}: only lambda == 1 can be merged")
        out = VanillaNet(self.cfg, deploy=True)
        _merge_into(out.stem[0], self.stem1, self.stem2[:2])
        out.stem[1] = self.stem2[2].switch_to_deploy()
        for new, old in zip(out.stages, self.stages):
            _merge_into(new.conv, old.conv1, old.conv2)
            new.act = old.act.switch_to_deploy()
        _merge_into(out.cls[2], self.cls1[2:], self.cls2)
        return out.eval()


def _conv_bn(cin, cout):
    return nn.Sequential(nn.Conv2d(cin, cout, 1), nn.BatchNorm2d(cout, eps=BN_EPS))


def _init_conv(module):
    if isinstance(module, nn.Conv2d):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)


def match_shape(x, y):
    """Shortcut x brought to y's shape [B, C, H, W]: max pooled, channels zero-filled or cut."""
    if x.shape[-1] != y.shape[-1]:
        x = F.adaptive_max_pool2d(x, y.shape[-2:])
    missing = y.shape[1] - x.shape[1]
    return F.pad(x, (0, 0, 0, 0, 0, missing))


def fuse_bn(weight, bias, bn):
    """(weight, bias) of the convolution equal to `bn` after conv(weight, bias)."""
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
    bias = torch.zeros_like(bn.running_mean) if bias is None else bias
    return weight * scale.reshape(-1, 1, 1, 1), bn.bias + (bias - bn.running_mean) * scale


def _fused(layers):
    """conv [+ BN] as float64 (weight, bias): the product of two fp32 roundings is avoided."""
    conv = layers[0]
    weight, bias = conv.weight, conv.bias
    if len(layers) > 1:
        weight, bias = fuse_bn(weight, bias, layers[1])
    return weight.double(), bias.double()


def _merge_into(conv, first, second):
    """conv = second(first(.)): first is any kernel size, second is 1x1."""
    w1, b1 = _fused(first)
    w2, b2 = _fused(second)
    w2 = w2[:, :, 0, 0]
    conv.weight.copy_(torch.einsum("oi,icjk->ocjk", w2, w1))
    conv.bias.copy_(b2 + w2 @ b1)


def count(cfg):
    """(multiply-accumulates per image, parameters) of the deploy form; exact."""
    side = (cfg.input_size + 2 * cfg.stem_pad - cfg.stem_kernel) // cfg.stem_stride + 1
    taps = (2 * cfg.act_num + 1) ** 2
    d0 = cfg.dims[0]
    patch = cfg.in_chans * cfg.stem_kernel ** 2
    macs = side * side * d0 * (patch + taps)
    params = d0 * (patch + 1 + taps + 1)
    ada = cfg.ada_pool or (0,) * len(cfg.strides)
    for a, b, stride, target in zip(cfg.dims[:-1], cfg.dims[1:], cfg.strides, ada):
        macs += side * side * a * b
        if stride > 1:
            side = target or side // stride
        macs += side * side * b * taps
        params += b * (a + 1 + taps + 1)
    return macs + cfg.dims[-1] * cfg.classes, params + (cfg.dims[-1] + 1) * cfg.classes
