#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Training on a GPU against the CPU: the recorded step, checkpoints, both programs."""
import contextlib
import io
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import SMALL, main, write_dataset

import torch

import ablate
import data
import engine
import train
import wide
from vanillanet import VanillaNet, configure

STEPS, BATCH = 24, 32


class Plain:
    """Augmentation that changes nothing, so that both devices see the same images."""

    def __init__(self, images):
        self.images = images

    def batch(self, index, generator):
        return data.normalise(self.images[index])


def learn(device, teacher=None):
    """The networks (trained, averaged) on the CPU after STEPS with lambda from 0 to 1, and losses."""
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(0, 256, (256, 28, 28), generator=generator).to(torch.uint8)
    labels = torch.arange(256) % 10
    torch.manual_seed(4)
    net = VanillaNet(configure(SMALL)).train().to(device)
    average = engine.Average(net, 0.9)
    opt = engine.optimizer(net, 1e-3, 0.05)
    step = engine.step(net, average, opt, Plain(images.to(device)), labels.to(device),
                       engine.Objective(0.1, teacher and teacher.to(device), 0.5, 2.0))
    losses = []
    for i in range(STEPS):
        net.set_lambda(engine.lambda_at(i / STEPS, 0.5))
        index = torch.randint(256, (BATCH,), generator=generator).to(device)
        losses.append(float(step(index, engine.lr_at(i / STEPS, 1e-3, 0.1), generator)))
    return net.cpu(), average.net.cpu(), losses


@unittest.skipUnless(torch.cuda.is_available(), "no CUDA device")
class Gpu(unittest.TestCase):
    def test_recorded_steps_equal_the_cpu_s(self):
        torch.manual_seed(9)
        for teacher in (None, VanillaNet(configure(SMALL)).eval()):
            cpu, gpu = learn("cpu", teacher), learn("cuda", teacher)
            for a, b in zip(cpu[2], gpu[2]):
                self.assertAlmostEqual(a, b, delta=2e-3)
            for a, b in zip(cpu[:2], gpu[:2]):
                self.assertEqual(a.act_learn, b.act_learn)
                for (name, x), y in zip(a.state_dict().items(), b.state_dict().values()):
                    # A bias before BN has no gradient but rounding errors, and Adam makes steps of
                    # full length of these; the mean that BN tracks follows.
                    limit = 2e-2 if name.endswith(("bias", "running_mean")) else 5e-3
                    self.assertLess(float((x.float() - y.float()).abs().mean()), limit, name)

    def test_a_run_moves_between_devices(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            write_dataset(folder)
            wide_options = ["--arch", "wide:depth=10,width=1", "--lambda-fraction", "0"]
            options = ["--data", folder, "--batch", "16", "--held-out", "80", "--epochs", "3"]
            teacher = os.path.join(folder, "teacher")
            train.main(options + wide_options + ["--out", teacher, "--device", "cuda"])
            options += ["--arch", SMALL + ",drop=0.1", "--out", os.path.join(folder, "moved"),
                        "--teacher", os.path.join(teacher, "fashion.pt")]
            for device in ("cuda", "cpu", "cuda"):
                train.main(options + ["--device", device, "--stop-after", "1"])
            state = torch.load(os.path.join(folder, "moved", "last.pt"), map_location="cpu")
            self.assertEqual([e["device"] == "cpu" for e in state["history"]],
                             [False, True, False])
            self.assertEqual(state["ema_steps"], 3 * (240 // 16))

    def test_ablation_gives_the_same_images(self):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()):
            write_dataset(folder)
            options = ["--data", folder, "--arch", SMALL, "--minutes", "0.005", "--seeds", "1",
                       "--batch", "16", "--only", "both", "--only", "shortcut before the activation"]
            first, second = (os.path.join(folder, n) for n in ("cpu", "gpu"))
            ablate.main(options + ["--out", first])
            results = os.path.join(first, "results.jsonl")
            ablate.main(options + ["--out", second, "--like", results, "--device", "cuda"])
            a, b = (ablate.read_results(os.path.join(f, "results.jsonl")) for f in (first, second))
            self.assertEqual([r["images"] for r in a], [r["images"] for r in b])
            self.assertEqual(b[0]["device"], torch.cuda.get_device_name())


class Teacher(unittest.TestCase):
    def test_wide_network_by_name(self):
        net = wide.build("wide:depth=10,width=2")
        self.assertEqual(net(torch.zeros(2, 1, 28, 28)).shape, (2, 10))
        self.assertIsInstance(wide.build(SMALL), VanillaNet)
        with self.assertRaisesRegex(ValueError, "6 k"):
            wide.build("wide:depth=12")

    def test_objective_mixes_labels_and_answers(self):
        net, images, labels = wide.build("wide:depth=10,width=1").eval(), torch.randn(4, 1, 28, 28), \
            torch.arange(4)
        plain = float(engine.Objective(0.0)(net, images, labels).detach())
        self.assertAlmostEqual(float(engine.Objective(0.0, net, 0.0, 2.0)(net, images, labels).detach()), plain,
                               places=5)
        # A network that is its own teacher has nothing to learn from it.
        self.assertAlmostEqual(float(engine.Objective(0.0, net, 1.0, 2.0)(net, images, labels).detach()), 0.0,
                               places=5)


if __name__ == "__main__":
    main()
