# SPDX-License-Identifier: Apache-2.0
"""What every training run shares: schedules, one optimisation step, the moving average, accuracy.

Schedules are functions of progress in [0, 1], so that a run may be measured
in epochs (train.py) or in processor time (ablate.py).
"""
import copy
import ctypes
import math
import os

import torch
import torch.nn.functional as F

import data
import fast


def prepare(threads):
    """Process-wide settings; call once, before the first tensor is made."""
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
    return torch.optim.AdamW(groups, lr=lr)


class Average:
    """Exponential moving average of parameters AND BN statistics, warmed up over the first steps."""

    def __init__(self, net, decay):
        self.net, self.decay, self.steps = copy.deepcopy(net).eval(), decay, 0

    @torch.no_grad()
    def update(self, net):
        self.steps += 1
        decay = min(self.decay, self.steps / (self.steps + 9.0))
        for mine, theirs in zip(self.net.state_dict().values(), net.state_dict().values()):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - decay)
            else:
                mine.copy_(theirs)
        self.net.set_lambda(net.act_learn)


def train_step(net, average, opt, lr, images, labels, smoothing):
    """One update; images [B, C, H, W].  Returns the loss."""
    for group in opt.param_groups:
        group["lr"] = lr
    loss = F.cross_entropy(fast.forward(net, images), labels, label_smoothing=smoothing)
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    average.update(net)
    return float(loss)


@torch.no_grad()
def accuracy(net, images, labels, batch=500):
    """Top-1 in percent of uint8 images [N, H, W], through the ordinary module."""
    net.eval()
    right = 0
    for i in range(0, len(labels), batch):
        logits = net(data.normalise(images[i:i + batch]))
        right += int((logits.argmax(1) == labels[i:i + batch]).sum())
    return 100.0 * right / len(labels)
