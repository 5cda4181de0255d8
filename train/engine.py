# SPDX-License-Identifier: Apache-2.0
"""What every training run shares: schedules, one optimisation step, the moving average, accuracy.

Schedules are functions of progress in [0, 1], so that a run may be measured
in epochs (train.py), in processor time or in images (ablate.py).
"""
import copy
import ctypes
import math
import os
import sys

import torch
import torch.nn.functional as F

import data
import fast
import graph
from vanillanet import VanillaNet

DEVICES = ("cpu", "cuda")


def prepare(threads, device="cpu"):
    """Process-wide settings; call once, before the first tensor is made.  Returns the device."""
    if device == "cuda":
        if not torch.cuda.is_available():
            sys.exit("--device cuda: this torch finds no CUDA device\nhint: use --device cpu")
        # Products stay in float32 as on a CPU, so that accuracies can be compared.
        torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    try:
        # OpenBLAS's own threads do not follow torch's; with the default of one per core the
        # many small products of a step spend their time waiting for each other.
        blas = ctypes.CDLL("libopenblas.so.0", mode=os.RTLD_NOLOAD | os.RTLD_NOW)
        blas.openblas_set_num_threads(threads)
    except (OSError, AttributeError):
        pass                                 # another BLAS: its own variables apply
    # glibc returns big blocks to the kernel at once; getting them back costs a
    # page fault per 4 KiB, a quarter of a step.  Keep them instead.
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        m_trim_threshold, m_top_pad, m_mmap_threshold = -1, -2, -3
        libc.mallopt(m_mmap_threshold, 1 << 30)
        libc.mallopt(m_trim_threshold, (1 << 31) - 1)
        libc.mallopt(m_top_pad, 64 << 20)
    return torch.device(device)


def device_name(device):
    """What results call the device: "cpu" or the GPU's name."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def to_cpu(value):
    """`value` with every tensor in its dicts and lists on the CPU: what checkpoints hold."""
    if isinstance(value, torch.Tensor):
        return value.cpu()
    if isinstance(value, dict):
        return type(value)((k, to_cpu(v)) for k, v in value.items())
    return type(value)(map(to_cpu, value)) if isinstance(value, (list, tuple)) else value


def lr_at(progress, peak, warmup, floor=1e-3):
    """Linear warm-up to `peak`, then a cosine that ends at floor * peak."""
    if progress < warmup:
        return peak * (progress + 1e-6) / warmup
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - warmup) / (1 - warmup))))
    return peak * (floor + (1 - floor) * cosine)


def lambda_at(progress, fraction, shape="linear"):
    """Deep training: 0 (ReLU) at the start, 1 (identity) from `fraction` of the run on."""
    t = 1.0 if fraction <= 0 else min(1.0, progress / fraction)
    return t if shape == "linear" else 0.5 * (1 - math.cos(math.pi * t))


def optimizer(net, lr, weight_decay):
    """AdamW; vectors (biases, BN) are not decayed."""
    params = list(net.parameters())
    groups = [{"params": [p for p in params if p.ndim > 1], "weight_decay": weight_decay},
              {"params": [p for p in params if p.ndim <= 1], "weight_decay": 0.0}]
    device = params[0].device
    if device.type == "cpu":
        return torch.optim.AdamW(groups, lr=lr)
    # The rate as a tensor, so that a recorded graph can be replayed with another one.
    return torch.optim.AdamW(groups, lr=torch.tensor(lr, device=device), capturable=True)


def restore_optimizer(opt, state):
    """Moments from a checkpoint of any device; the settings stay those `opt` was made with."""
    opt.load_state_dict({"state": state["state"], "param_groups": opt.state_dict()["param_groups"]})


class Average:
    """Exponential moving average of parameters AND BN statistics, warmed up over the first steps."""

    def __init__(self, net, decay):
        self.net, self.decay, self.steps = copy.deepcopy(net).eval(), decay, 0

    def next_decay(self):
        """The decay of the next step; counts the step."""
        self.steps += 1
        return min(self.decay, self.steps / (self.steps + 9.0))

    @torch.no_grad()
    def update(self, net):
        decay = self.next_decay()
        for mine, theirs in zip(self.net.state_dict().values(), net.state_dict().values()):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - decay)
            else:
                mine.copy_(theirs)
        self.net.set_lambda(net.act_learn)


class Objective:
    """The loss of a batch: cross entropy with smoothed labels; with a teacher, `weight` of it is
    the divergence from the teacher's answers to the same images at `temperature`."""

    def __init__(self, smoothing, teacher=None, weight=0.0, temperature=1.0):
        self.smoothing, self.teacher = smoothing, teacher
        self.weight, self.temperature = weight, temperature

    def __call__(self, net, images, labels, slope=None):
        """`slope` replaces the network's lambda (a tensor where a graph is recorded)."""
        if isinstance(net, VanillaNet):
            logits = fast.forward(net, images, slope)
        else:
            logits = net(images)
        loss = F.cross_entropy(logits, labels, label_smoothing=self.smoothing)
        if self.teacher is None:
            return loss
        with torch.no_grad():
            answers = F.softmax(self.teacher(images) / self.temperature, 1)
        soft = F.kl_div(F.log_softmax(logits / self.temperature, 1), answers,
                        reduction="batchmean") * self.temperature ** 2
        return (1 - self.weight) * loss + self.weight * soft


class Step:
    """One update a call: draw and augment the images `index`, learn from them, average."""

    def __init__(self, net, average, opt, augment, labels, objective):
        self.net, self.average, self.opt = net, average, opt
        self.augment, self.labels, self.objective = augment, labels, objective

    def __call__(self, index, lr, generator):
        """Returns the loss."""
        for group in self.opt.param_groups:
            group["lr"] = lr
        images = self.augment.batch(index, generator)
        loss = self.objective(self.net, images, self.labels[index])
        self.opt.zero_grad(set_to_none=True)
        loss.backward()
        self.opt.step()
        self.average.update(self.net)
        return float(loss.detach())


def step(net, *more):
    """The Step for the device that `net` is on."""
    kind = Step if next(net.parameters()).device.type == "cpu" else graph.Step
    return kind(net, *more)


@torch.no_grad()
def accuracy(net, images, labels, batch=500):
    """Top-1 in percent of uint8 images [N, H, W], through the ordinary module."""
    net.eval()
    right = 0
    for i in range(0, len(labels), batch):
        logits = net(data.normalise(images[i:i + batch]))
        right += int((logits.argmax(1) == labels[i:i + batch]).sum())
    return 100.0 * right / len(labels)
