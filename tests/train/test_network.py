#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The network itself: published names and sizes, the merge, the fast training path."""
import copy
import dataclasses
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import NETWORKS, SMALL, main, random_network

import torch
import torch.nn.functional as F

import fast
from vanillanet import VARIANTS, VanillaNet, configure, count


def bn(name, c):
    return {f"{name}.weight": (c,), f"{name}.bias": (c,), f"{name}.running_mean": (c,),
            f"{name}.running_var": (c,), f"{name}.num_batches_tracked": ()}


def published_training_names(d, classes, cin, k):
    """Names and shapes of a published training-form checkpoint."""
    names = {"stem1.0.weight": (d[0], cin, 4, 4), "stem1.0.bias": (d[0],),
             "stem2.0.weight": (d[0], d[0], 1, 1), "stem2.0.bias": (d[0],),
             "stem2.2.weight": (d[0], 1, k, k), "cls1.2.weight": (classes, d[-1], 1, 1),
             "cls1.2.bias": (classes,), "cls2.0.weight": (classes, classes, 1, 1),
             "cls2.0.bias": (classes,), **bn("stem1.1", d[0]), **bn("stem2.1", d[0]),
             **bn("stem2.2.bn", d[0]), **bn("cls1.3", classes)}
    for i, (a, b) in enumerate(zip(d[:-1], d[1:])):
        s = f"stages.{i}"
        names.update({f"{s}.conv1.0.weight": (a, a, 1, 1), f"{s}.conv1.0.bias": (a,),
                      f"{s}.conv2.0.weight": (b, a, 1, 1), f"{s}.conv2.0.bias": (b,),
                      f"{s}.act.weight": (b, 1, k, k), **bn(f"{s}.conv1.1", a),
                      **bn(f"{s}.conv2.1", b), **bn(f"{s}.act.bn", b)})
    return names


def published_deploy_names(d, classes, cin, k):
    names = {"stem.0.weight": (d[0], cin, 4, 4), "stem.0.bias": (d[0],),
             "stem.1.weight": (d[0], 1, k, k), "stem.1.bias": (d[0],),
             "cls.2.weight": (classes, d[-1], 1, 1), "cls.2.bias": (classes,)}
    for i, (a, b) in enumerate(zip(d[:-1], d[1:])):
        s = f"stages.{i}"
        names.update({f"{s}.conv.weight": (b, a, 1, 1), f"{s}.conv.bias": (b,),
                      f"{s}.act.weight": (b, 1, k, k), f"{s}.act.bias": (b,)})
    return names


def shapes(net):
    return {name: tuple(t.shape) for name, t in net.state_dict().items()}


class Names(unittest.TestCase):
    def test_state_dict_names_are_the_published_ones(self):
        net = VanillaNet(configure(SMALL))
        self.assertEqual(shapes(net), published_training_names((6, 8, 10), 10, 1, 7))
        self.assertEqual(shapes(net.eval().switch_to_deploy()),
                         published_deploy_names((6, 8, 10), 10, 1, 7))

    def test_published_sizes(self):
        published = {"vanillanet_5": (5.161, 15.523), "vanillanet_6": (5.993, 32.509),
                     "vanillanet_7": (6.894, 32.798), "vanillanet_8": (7.736, 37.096),
                     "vanillanet_9": (8.577, 41.395), "vanillanet_10": (9.419, 45.694),
                     "vanillanet_11": (10.261, 49.993), "vanillanet_12": (11.103, 54.291),
                     "vanillanet_13": (11.944, 58.590), "vanillanet_13_x1_5": (26.548, 127.796),
                     "vanillanet_13_x1_5_ada_pool": (48.983, 127.796)}
        for name, (gmac, params) in published.items():
            macs, weights = count(VARIANTS[name])
            self.assertEqual((f"{macs / 1e9:.3f}", f"{weights / 1e6:.3f}"),
                             (f"{gmac:.3f}", f"{params:.3f}"), name)

    def test_count_agrees_with_the_module(self):
        for arch in NETWORKS:
            net, _ = random_network(arch)
            params = sum(p.numel() for p in net.switch_to_deploy().parameters())
            self.assertEqual(count(net.cfg)[1], params, arch)


class Merge(unittest.TestCase):
    def test_deploy_form_equals_training_form(self):
        for arch in NETWORKS:
            net, image = random_network(arch)
            with torch.no_grad():
                before, after = {}, {}
                net(image, before)
                net.switch_to_deploy()(image, after)
            self.assertEqual(list(before), list(after))
            for name in before:
                self.assertIsNot(before[name], after[name])
                scale = float(before[name].abs().max())
                self.assertGreater(scale, 0.05)
                error = float((before[name] - after[name]).abs().max())
                self.assertLess(error, 1e-5 * scale, f"{arch} {name}")

    def test_merge_refuses_lambda_below_one(self):
        net, _ = random_network(SMALL)
        net.set_lambda(0.99)
        with self.assertRaisesRegex(ValueError, "0.99"):
            net.switch_to_deploy()

    def test_a_wrong_merge_would_be_seen(self):
        net, image = random_network(SMALL)
        deploy = net.switch_to_deploy()
        deploy.stages[0].act.bias.data[0] += 1.0
        with torch.no_grad():
            self.assertGreater(float((net(image) - deploy(image)).abs().max()), 1e-3)


class FastPath(unittest.TestCase):
    """fast.forward() against the module: outputs, gradients and BN statistics."""

    def compare(self, net, image, label):
        twin = copy.deepcopy(net)
        target = torch.arange(len(image)) % net.cfg.classes
        for model, forward in ((net, net), (twin, lambda x: fast.forward(twin, x))):
            torch.manual_seed(9)                     # the same dropout mask
            model.logits = forward(image)
            F.cross_entropy(model.logits, target).backward()
        close = lambda a, b, what: self.assertLess(
            float((a - b).abs().max()), 2e-3 * float(b.abs().max()) + 1e-6, f"{label} {what}")
        close(twin.logits, net.logits, "logits")
        # A bias before BN has a gradient of zero, up to rounding: measure on one common scale.
        scale = max(float(p.grad.abs().max()) for p in net.parameters())
        for (name, a), b in zip(twin.named_parameters(), net.parameters()):
            self.assertLess(float((a.grad - b.grad).abs().max()), 1e-3 * scale, f"{label} {name}")
        for (name, a), b in zip(twin.named_buffers(), net.buffers()):
            close(a.float(), b.float(), name)

    def test_fast_path_equals_module(self):
        for arch in NETWORKS:
            for slope in (0.0, 0.4, 1.0):
                net, image = random_network(arch)
                net.train().set_lambda(slope)
                net.cls1[1].p = 0.3
                self.compare(net, image.repeat(4, 1, 1, 1) + torch.randn(16, 1, 1, 1),
                             f"{arch} lambda {slope}")

    def test_fast_path_equals_module_in_the_ablations(self):
        for change in (dict(deep=False), dict(shortcut="before"), dict(shortcut="after"),
                       dict(deep=False, act_num=0)):
            torch.manual_seed(2)
            net = VanillaNet(dataclasses.replace(configure(SMALL), **change)).train()
            for p in net.parameters():
                if p.ndim > 1:
                    torch.nn.init.normal_(p, std=p[0].numel() ** -0.5)
            net.set_lambda(0.5)
            self.compare(net, torch.randn(16, 1, 28, 28), str(change))


if __name__ == "__main__":
    main()
