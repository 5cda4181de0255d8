# SPDX-License-Identifier: Apache-2.0
"""Train a small VanillaNet on an IDX data set (default: Fashion-MNIST).

Writes to --out after every epoch; the same command continues a killed run and
gives the same result as an uninterrupted one.  At the end it writes the
training-form ONNX, the deploy-form ONNX and a manifest.  The epoch that is
shipped is chosen on images held out of the training set; the test images are
read once, at the end.
"""
import argparse
import json
import os
import sys
import time

import torch

import checkpoint
import data
import engine
import export
import wide
from vanillanet import VanillaNet, configure


def parse(argv=None):
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--out", required=True, help="folder of checkpoints and results")
    p.add_argument("--data", default=data.DEFAULT_DIR, help="folder of the IDX files")
    p.add_argument("--arch", default="fashion", help="NAME or NAME:field=value,... (vanillanet.py); "
                   "wide:depth=D,width=W trains a teacher (wide.py)")
    p.add_argument("--name", default="fashion", help="stem of the ONNX and manifest file names")
    p.add_argument("--init", metavar="PT", help="start from the averaged weights of this "
                   "checkpoint of ours (a second stage: use --lambda-fraction 0)")
    p.add_argument("--epochs", type=int, default=100)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--device", default="cpu", choices=engine.DEVICES)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--lr", type=float, default=3e-3)
    p.add_argument("--weight-decay", type=float, default=0.05)
    p.add_argument("--warmup", type=float, default=0.03, help="fraction of the run")
    p.add_argument("--smoothing", type=float, default=0.1)
    p.add_argument("--shift", type=int, default=2, help="largest shift of an image in pixels")
    p.add_argument("--erase", type=float, default=0.25, help="probability of random erasing")
    p.add_argument("--teacher", metavar="PT", help="learn from the answers of this network too "
                   "(NAME.pt of another run)")
    p.add_argument("--distill", type=float, default=0.9, help="the teacher's part of the loss")
    p.add_argument("--temperature", type=float, default=2.0, help="of the teacher's answers")
    p.add_argument("--ema", type=float, default=0.999, help="decay of the weight average per step")
    p.add_argument("--lambda-fraction", type=float, default=1 / 3,
                   help="part of the run over which lambda rises from 0 to 1")
    p.add_argument("--lambda-shape", default="linear", choices=("linear", "cosine"))
    p.add_argument("--held-out", type=int, default=5000, help="validation images")
    p.add_argument("--limit", type=int, default=0, help="use only that many training images")
    p.add_argument("--stop-after", type=int, default=0,
                   help="stop after that many epochs without ending the run (to test resuming)")
    p.add_argument("--no-finish", action="store_true",
                   help="read no test image and write no ONNX (to compare runs by validation); "
                   "the same command without it does")
    args = p.parse_args(argv)
    if not args.lambda_fraction < 1:
        p.error("--lambda-fraction must be below 1: only lambda == 1 can be merged")
    if args.teacher and not os.path.exists(args.teacher):
        p.error(f"--teacher: there is no file {args.teacher}")
    return args


# What may differ between a run and its continuation.
FREE = ("out", "data", "device", "threads", "stop_after", "no_finish")


class Run:
    """The state of a training run and its checkpoint."""

    def __init__(self, args, device):
        self.args, self.device = args, device
        images, labels = data.load(args.data, "train")
        train, held = data.split(labels, args.held_out)
        train = train[:args.limit] if args.limit else train
        self.labels = labels[train].to(device)
        self.augment = data.Augment(images[train].to(device), args.shift, args.erase)
        self.held = images[held].to(device), labels[held].to(device)
        torch.manual_seed(args.seed)
        self.net = wide.build(args.arch)
        self.path = os.path.join(args.out, "last.pt")
        resumed = os.path.exists(self.path)
        self.first_stage = None                                  # settings of the run of --init
        if args.init and not resumed:
            self._start_from(args.init)
        self.net.to(device)
        self.average = engine.Average(self.net, args.ema)
        self.opt = engine.optimizer(self.net, args.lr, args.weight_decay)
        teacher = wide.load(args.teacher, device) if args.teacher else None
        self.step = engine.step(self.net, self.average, self.opt, self.augment, self.labels,
                                engine.Objective(args.smoothing, teacher, args.distill,
                                                 args.temperature))
        self.history, self.best = [], None
        if resumed:
            self._load()
        self._check_length()

    def _start_from(self, path):
        try:
            source = checkpoint.network(path, self.net.cfg, trust=True)
            self.net.load_state_dict(source.state_dict())
            self.first_stage = torch.load(path, map_location="cpu").get("args")
        except Exception as error:                               # unpickling raises anything
            sys.exit(f"--init {path}: {error}\nhint: give last.pt of a run with the same --arch")

    def _check_length(self):
        """Now, not after hours: is there a step in an epoch, and one with lambda at 1?"""
        args, steps = self.args, len(self.labels) // self.args.batch
        if steps < 1:
            sys.exit(f"{len(self.labels)} training images are less than one batch of {args.batch}")
        if engine.lambda_at(1 - 1 / (steps * args.epochs), args.lambda_fraction,
                            args.lambda_shape) != 1.0:
            sys.exit(f"lambda does not reach 1 in {args.epochs} epochs of {steps} steps, and only "
                     "then can the network be merged\nhint: a smaller --lambda-fraction")

    def _frozen(self):
        return {k: v for k, v in vars(self.args).items() if k not in FREE}

    def _load(self):
        state = torch.load(self.path, map_location="cpu")
        if state["args"] != self._frozen():
            changed = [k for k, v in self._frozen().items() if state["args"].get(k) != v]
            sys.exit(f"{self.path} was made with other settings ({', '.join(changed)})\n"
                     "hint: give the same options, or another --out")
        self.net.load_state_dict(state["model"])
        self.average.net.load_state_dict(state["model_ema"])
        self.average.steps = state["ema_steps"]
        engine.restore_optimizer(self.opt, state["optimizer"])
        self.history, self.best = state["history"], state["best"]
        self.first_stage = state.get("first_stage")

    def save(self):
        state = {"args": self._frozen(), "arch": self.args.arch,
                 "model": self.net.state_dict(), "model_ema": self.average.net.state_dict(),
                 "ema_steps": self.average.steps, "optimizer": self.opt.state_dict(),
                 "act_learn": self.net.act_learn, "history": self.history, "best": self.best,
                 "first_stage": self.first_stage}
        save_atomic(engine.to_cpu(state), self.path)

    def epoch(self, number):
        """One pass over the training images; all randomness follows from (seed, number)."""
        args = self.args
        self.net.train()
        torch.manual_seed(args.seed * 1000003 + number)          # dropout; on a GPU, all but order
        generator = torch.Generator().manual_seed(args.seed * 1000003 + number)
        order = torch.randperm(len(self.labels), generator=generator).to(self.device)
        steps = len(order) // args.batch
        total, start, bar = 0.0, time.time(), Bar(number, steps)
        for i in range(steps):
            progress = (number + i / steps) / args.epochs
            self.net.set_lambda(engine.lambda_at(progress, args.lambda_fraction,
                                                 args.lambda_shape))
            index = order[i * args.batch:(i + 1) * args.batch]
            lr = engine.lr_at(progress, args.lr, args.warmup)
            total += self.step(index, lr, generator)
            bar.show(i, total / (i + 1))
        loss = float(total) / steps
        seconds = time.time() - start
        entry = {"epoch": number + 1, "lambda": self.net.act_learn, "loss": loss,
                 "images_per_s": steps * args.batch / seconds,
                 "device": engine.device_name(self.device),
                 "validation": engine.accuracy(self.average.net, *self.held)}
        self.history.append(entry)
        # Only lambda == 1 can be merged; the average lags behind, but its slope is the net's.
        if self.net.act_learn == 1.0 and (self.best is None or
                                          entry["validation"] >= self.best["validation"]):
            self.best = dict(entry, state={k: v.cpu().clone() for k, v in
                                           self.average.net.state_dict().items()})
        bar.clear()
        print("epoch {epoch} lambda {lambda:.3f} loss {loss:.4f} validation {validation:.2f} % "
              "{images_per_s:.0f} img/s".format(**entry), flush=True)


class Bar:
    """A progress bar on a terminal, nothing in a pipe."""

    def __init__(self, epoch, steps):
        self.epoch, self.steps, self.on = epoch, steps, sys.stderr.isatty()

    def show(self, step, loss):
        if self.on and step % 5 == 0:
            done = 30 * (step + 1) // self.steps
            sys.stderr.write(f"\repoch {self.epoch + 1} [{'#' * done:<30}] loss {loss:.4f} ")
            sys.stderr.flush()

    def clear(self):
        if self.on:
            sys.stderr.write("\r" + " " * 70 + "\r")


def save_atomic(state, path):
    """A kill during the write leaves the previous checkpoint in place."""
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


def keep(run, argv):
    """Save the best averaged network as NAME.pt: for export.py, or to teach another."""
    path = os.path.join(run.args.out, f"{run.args.name}.pt")
    save_atomic({"arch": run.args.arch, "model": run.best["state"],
                 "command": "train/train.py " + " ".join(argv), "args": run._frozen(),
                 "epoch": run.best["epoch"], "validation_top1": run.best["validation"]}, path)
    print(f"validation {run.best['validation']:.2f} % after epoch {run.best['epoch']}; "
          f"wrote {path}", flush=True)


def finish(run, argv):
    """Export the best averaged network, measure it on the test images, write the manifest."""
    args = run.args
    net = VanillaNet(configure(args.arch))
    net.load_state_dict(run.best["state"])
    net.eval()
    deploy = net.switch_to_deploy()
    test = data.load(args.data, "test")
    meta = export.metadata([data.MEAN], [data.STD], data.LABELS, "none")
    files = {form: os.path.join(args.out, f"{args.name}{ending}.onnx")
             for form, ending in (("training", ""), ("deploy", "-deploy"))}
    export.write(net, files["training"], meta)
    export.write(deploy, files["deploy"], meta)
    record = {
        "command": "train/train.py " + " ".join(argv), "arch": args.arch, "seed": args.seed,
        "epochs": args.epochs, "chosen_epoch": run.best["epoch"],
        "devices": sorted({e.get("device", "cpu") for e in run.history}),
        "train_images": len(run.labels), "validation_images": len(run.held[1]),
        "validation_top1": run.best["validation"],
        "test_images": len(test[1]),
        "test_top1": {"training_form": engine.accuracy(net, *test),
                      "deploy_form": engine.accuracy(deploy, *test)},
        "settings": {k: v for k, v in run._frozen().items()},
    }
    if args.init:
        record["first_stage"] = run.first_stage
    if args.teacher:
        record["teacher"] = wide.describe(args.teacher)
    record.update(export.describe(net.cfg, files))
    path = os.path.join(args.out, f"{args.name}.json")
    with open(path, "w") as f:
        json.dump(record, f, indent=2)
        f.write("\n")
    print(f"validation {record['validation_top1']:.2f} %, test {record['test_top1']}; "
          f"wrote {path}")


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    args = parse(argv)
    device = engine.prepare(args.threads, args.device)
    os.makedirs(args.out, exist_ok=True)
    run = Run(args, device)
    last = min(args.epochs, len(run.history) + args.stop_after) if args.stop_after else args.epochs
    for number in range(len(run.history), last):
        run.epoch(number)
        run.save()
    if len(run.history) == args.epochs:
        keep(run, argv)
        if not args.no_finish and isinstance(run.net, VanillaNet):
            finish(run, argv)


if __name__ == "__main__":
    main()
