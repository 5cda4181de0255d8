#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Training runs on a tiny data set: resuming, seeds, results, the ablation program."""
import contextlib
import io
import json
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


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        write_dataset(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def train(self, name, *more):
        """Run train.main(); returns (folder of results, its last checkpoint)."""
        out = os.path.join(self.folder.name, name)
        with contextlib.redirect_stdout(io.StringIO()):
            train.main(["--out", out, "--data", self.folder.name, "--arch", SMALL + ",drop=0.1",
                        "--epochs", "3", "--batch", "16", "--held-out", "80", *more])
        return out, torch.load(os.path.join(out, "last.pt"))

    def test_resumed_run_equals_uninterrupted_run(self):
        _, whole = self.train("whole")
        self.train("parts", "--stop-after", "1")
        self.train("parts", "--stop-after", "1")
        _, parts = self.train("parts")
        for key in ("model", "model_ema"):
            for name, value in whole[key].items():
                self.assertTrue(torch.equal(value, parts[key][name]), f"{key} {name}")
        pick = lambda run: [(e["loss"], e["validation"]) for e in run["history"]]
        self.assertEqual(pick(whole), pick(parts))
        _, other = self.train("other", "--seed", "2")
        self.assertNotEqual(pick(whole), pick(other))

    def test_resuming_with_other_settings_is_refused(self):
        self.train("refuse", "--stop-after", "1")
        with self.assertRaisesRegex(SystemExit, "lr"):
            self.train("refuse", "--lr", "0.1")

    def test_second_stage_starts_from_the_average_of_the_first(self):
        out, first = self.train("first", "--seed", "5")
        path = os.path.join(self.folder.name, "first.pt")
        os.rename(os.path.join(out, "last.pt"), path)
        options = ["--out", os.path.join(self.folder.name, "second"), "--data", self.folder.name,
                   "--arch", SMALL + ",drop=0.1", "--epochs", "3", "--batch", "16", "--held-out",
                   "80", "--init", path, "--lambda-fraction", "0"]
        os.makedirs(options[1])
        run = train.Run(train.parse(options), torch.device("cpu"))
        for name, value in run.net.state_dict().items():
            self.assertTrue(torch.equal(value, first["model_ema"][name]), name)
            self.assertTrue(torch.equal(value, run.average.net.state_dict()[name]), name)
        self.train("second", "--init", path, "--lambda-fraction", "0", "--stop-after", "1")
        os.remove(path)                     # what goes on needs the first stage's file no more
        out, second = self.train("second", "--init", path, "--lambda-fraction", "0")
        self.assertEqual([e["lambda"] for e in second["history"]], [1.0] * 3)
        with open(os.path.join(out, "fashion.json")) as f:
            self.assertEqual(json.load(f)["first_stage"]["seed"], 5)

    def test_what_cannot_end_well_is_refused_at_the_start(self):
        with self.assertRaisesRegex(SystemExit, "--init .*nowhere.pt: .*"):
            self.train("none", "--init", os.path.join(self.folder.name, "nowhere.pt"))
        rubbish = os.path.join(self.folder.name, "rubbish.pt")
        with open(rubbish, "w") as f:
            f.write("rubbish")
        with self.assertRaisesRegex(SystemExit, "--init .*rubbish.pt: .*"):
            self.train("rubbish", "--init", rubbish)
        with self.assertRaisesRegex(SystemExit, "lambda does not reach 1"):
            self.train("slope", "--lambda-fraction", "0.999")
        with self.assertRaisesRegex(SystemExit, "less than one batch"):
            self.train("few", "--limit", "10")

    def test_results(self):
        out, _ = self.train("results")
        with open(os.path.join(out, "fashion.json")) as f:
            record = json.load(f)
        self.assertEqual((record["validation_images"], record["train_images"]), (80, 240))
        tops = record["test_top1"]
        self.assertEqual(tops["training_form"], tops["deploy_form"])
        for entry in record["files"].values():
            path = os.path.join(out, entry["name"])
            self.assertEqual(os.path.getsize(path), entry["bytes"])
        self.assertGreaterEqual(record["chosen_epoch"], 2)       # lambda is 1 from there on
        self.assertEqual(record["devices"], ["cpu"])

    def test_teacher_and_finishing_later(self):
        teacher, _ = self.train("teacher", "--epochs", "1", "--lambda-fraction", "0",
                                "--arch", "wide:depth=10,width=1")
        self.assertFalse(os.path.exists(os.path.join(teacher, "fashion.json")))
        options = ["--teacher", os.path.join(teacher, "fashion.pt")]
        out, state = self.train("pupil", *options, "--no-finish")
        self.assertFalse(os.path.exists(os.path.join(out, "fashion.json")))
        _, same = self.train("pupil", *options)
        self.assertEqual(state["history"], same["history"])
        with open(os.path.join(out, "fashion.json")) as f:
            record = json.load(f)
        self.assertEqual(record["teacher"]["arch"], "wide:depth=10,width=1")

    def test_ablation_finishes_once_and_tabulates(self):
        out = os.path.join(self.folder.name, "ablation")
        options = ["--out", out, "--data", self.folder.name, "--arch", SMALL, "--minutes", "0.005",
                   "--seeds", "2", "--only", "neither", "--only", "shortcut after the activation",
                   "--batch", "16"]
        for _ in range(2):                                       # the second one has nothing to do
            with contextlib.redirect_stdout(io.StringIO()), \
                    contextlib.redirect_stderr(io.StringIO()):
                ablate.main(options)
            self.assertEqual(len(ablate.read_results(os.path.join(out, "results.jsonl"))), 4)
        with open(os.path.join(out, "ablation.md")) as f:
            page = f.read()
        self.assertIn("(2) |", page)
        self.assertIn("| both | not run | not run | – | 76.36 |", page)

    def test_ablation_with_the_images_of_other_runs(self):
        first, second = (os.path.join(self.folder.name, n) for n in ("timed", "like"))
        results = os.path.join(first, "results.jsonl")
        options = ["--data", self.folder.name, "--arch", SMALL, "--minutes", "0.005",
                   "--only", "neither", "--batch", "16"]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            ablate.main(options + ["--out", first, "--seeds", "1"])
            for seeds in (["--seed", "2"], ["--seeds", "2"]):    # the second has seed 1 to do
                ablate.main(options + ["--out", second, "--like", results] + seeds)
        timed, like = (ablate.read_results(os.path.join(f, "results.jsonl"))
                       for f in (first, second))
        self.assertEqual([(r["seed"], r["budget"], r["images"]) for r in like],
                         [(s, "images", timed[0]["images"]) for s in (2, 1)])
        self.assertRegex(ablate.table(timed + like, 0.005),
                         r"\| neither \| [0-9.]+ \(1\) \| [0-9.]+ ± [0-9.]+ \(2\) \|")
        with self.assertRaisesRegex(SystemExit, "no run of 'both'"):
            ablate.main(["--out", second, "--data", self.folder.name, "--like", results,
                         "--only", "both"])


class Pieces(unittest.TestCase):
    def test_split_is_stratified_and_disjoint(self):
        labels = torch.arange(1000) % 10
        train_part, held = data.split(labels, 100)
        self.assertEqual(torch.bincount(labels[held]).tolist(), [10] * 10)
        self.assertEqual(sorted(torch.cat((train_part, held)).tolist()), list(range(1000)))

    def test_augmentation_without_movement_is_normalisation_or_its_mirror(self):
        images = torch.randint(0, 256, (8, 28, 28)).to(torch.uint8)
        batch = data.Augment(images, 0, 0.0).batch(torch.arange(8), torch.Generator())
        for image, plain in zip(batch, data.normalise(images)):
            self.assertTrue(torch.equal(image, plain) or torch.equal(image, plain.flip(2)))

    def test_schedules(self):
        self.assertEqual([engine.lambda_at(p, 0.5) for p in (0, 0.25, 0.5, 1)], [0, 0.5, 1, 1])
        self.assertAlmostEqual(engine.lambda_at(0.125, 0.5, "cosine"), 0.1464466)
        self.assertEqual(engine.lambda_at(0, 0), 1.0)
        self.assertAlmostEqual(engine.lr_at(0.1, 2.0, 0.1), 2.0)
        self.assertAlmostEqual(engine.lr_at(1.0, 2.0, 0.1), 2e-3)


if __name__ == "__main__":
    main()
