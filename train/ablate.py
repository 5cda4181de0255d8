# SPDX-License-Identifier: Apache-2.0
"""The paper's ablations in small: deep training, series activation, n, shortcuts; three seeds.

Every run gets the same processor time; learning rate and lambda follow the
part of it that is used up, so a cheaper network sees more images.  On another
machine or a GPU the same time buys other numbers of images: with --like FILE a
run gets as many images as the processor time bought in the runs of FILE.
Results go to OUT/results.jsonl, one line per finished run; the same command
skips those, continues a killed run, and writes OUT/ablation.md.
"""
import argparse
import dataclasses
import json
import os
import statistics
import sys
import time

import torch

import data
import engine
from train import save_atomic
from vanillanet import VanillaNet, configure

# name: (change of the network, published top-1 on ImageNet with VanillaNet-6)
RUNS = {
    "neither": (dict(deep=False, act_num=0), 59.58),
    "deep training only": (dict(act_num=0), 60.53),
    "series activation only": (dict(deep=False), 75.23),
    "both": (dict(), 76.36),
    "n = 1": (dict(act_num=1), 74.53),
    "n = 2": (dict(act_num=2), None),
    "shortcut before the activation": (dict(shortcut="before"), 75.92),
    "shortcut after the activation": (dict(shortcut="after"), 75.72),
}
# title: rows as (label, key of RUNS).  n = 0 is "deep training only", n = 3 is "both".
TABLES = {
    "Deep training and series activation":
        [(k, k) for k in ("neither", "deep training only", "series activation only", "both")],
    "Length n of the series (with deep training)":
        [("n = 0", "deep training only"), ("n = 1", "n = 1"), ("n = 2", "n = 2"),
         ("n = 3", "both")],
    "Shortcuts (with both)":
        [("none", "both")] + [(k, k) for k in RUNS if k.startswith("shortcut")],
}
LR, WEIGHT_DECAY, WARMUP, SMOOTHING, EMA, LAMBDA_FRACTION = 3e-3, 0.05, 0.05, 0.1, 0.998, 1 / 3
SHIFT, ERASE = 1, 0.0
SAVE_EVERY = 20.0          # seconds of processor time between checkpoints


def parse(argv=None):
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--out", required=True)
    p.add_argument("--data", default=data.DEFAULT_DIR)
    p.add_argument("--arch", default="fashion")
    p.add_argument("--minutes", type=float, default=10.0, help="processor time of one run")
    p.add_argument("--like", metavar="JSONL", help="results of runs of --minutes: give each "
                   "configuration the images that it saw there, not the time")
    p.add_argument("--seeds", type=int, default=3, help="seeds 1, 2, ... to this one")
    p.add_argument("--seed", type=int, action="append", help="only this seed (may be repeated)")
    p.add_argument("--only", metavar="NAME", choices=list(RUNS), action="append",
                   help="only this configuration (may be repeated)")
    p.add_argument("--device", default="cpu", choices=engine.DEVICES)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--batch", type=int, default=128)
    return p.parse_args(argv)


def images_like(args, name):
    """How many images --minutes bought, on average, for `name` in the runs of --like."""
    seen = [r["images"] for r in read_results(args.like)
            if (r["name"], r["minutes"], r["arch"], r["batch"], r["budget"]) ==
            (name, args.minutes, args.arch, args.batch, "processor time")]
    if not seen:
        sys.exit(f"{args.like}: no run of {name!r} with {args.minutes:g} minutes of processor "
                 f"time, {args.arch}, batch {args.batch}\nhint: run it first, without --like")
    return round(statistics.mean(seen) / args.batch) * args.batch


class Clock:
    """Processor time of this run, including what a killed predecessor used."""

    def __init__(self, used, budget):
        self.base, self.budget = used - time.process_time(), budget

    def used(self):
        return self.base + time.process_time()

    def progress(self):
        return min(1.0, self.used() / self.budget)


def run(args, cfg, seed, part, train, images):
    """Train one network on `images` images (0: for args.minutes).

    Returns (moving average, images seen, seconds)."""
    augment, labels = train
    torch.manual_seed(seed)
    net = VanillaNet(cfg).train().to(labels.device)
    average = engine.Average(net, EMA)
    opt = engine.optimizer(net, LR, WEIGHT_DECAY)
    update = engine.step(net, average, opt, augment, labels, engine.Objective(SMOOTHING))
    step, used = 0, 0.0
    if os.path.exists(part):
        state = torch.load(part, map_location="cpu")
        net.load_state_dict(state["model"])
        average.net.load_state_dict(state["model_ema"])
        average.steps = state["ema_steps"]
        engine.restore_optimizer(opt, state["optimizer"])
        step, used = state["step"], state["used"]
    clock, saved = Clock(used, 60 * args.minutes), used
    part_used = lambda: min(1.0, step * args.batch / images) if images else clock.progress()
    while part_used() < 1.0:
        generator = torch.Generator().manual_seed(seed * 1000003 + step)
        index = torch.randint(len(labels), (args.batch,), generator=generator)
        progress = part_used()
        net.set_lambda(engine.lambda_at(progress, LAMBDA_FRACTION))
        update(index, engine.lr_at(progress, LR, WARMUP), generator)
        step += 1
        if clock.used() - saved > SAVE_EVERY:
            saved = clock.used()
            state = {"model": net.state_dict(), "model_ema": average.net.state_dict(),
                     "ema_steps": average.steps, "optimizer": opt.state_dict(),
                     "step": step, "used": saved}
            save_atomic(engine.to_cpu(state), part)
    average.net.set_lambda(1.0)
    return average.net, step * args.batch, clock.used()


def read_results(path):
    """The results in `path`; a line without a budget is from processor time on a CPU."""
    if not os.path.exists(path):
        return []
    with open(path) as f:
        return [{"budget": "processor time", "device": "cpu", **json.loads(line)} for line in f]


def table(results, minutes):
    """The Markdown page; configurations without a result say so."""
    results = [r for r in results if r["minutes"] == minutes]
    lines = ["# Ablations in small", "",
             f"Fashion-MNIST test top-1 in percent, mean ± standard deviation (number of seeds), "
             f"after {minutes:g} minutes of processor time a run, and after as many images as these "
             "bought.",
             "*Published* is the paper's top-1 on ImageNet with VanillaNet-6: another data set and "
             "network, to be compared in direction only.", ""]
    for title, rows in TABLES.items():
        lines += [f"## {title}", "",
                  f"| | {minutes:g} minutes | the same images | images seen, mean | published |",
                  "|--|--|--|--|--|"]
        for label, key in rows:
            mine = [r for r in results if r["name"] == key]
            seen = f"{round(statistics.mean(r['images'] for r in mine)):,}" if mine else "–"
            timed, counted = (summary([r["test_top1"] for r in mine if r["budget"] == budget])
                              for budget in ("processor time", "images"))
            published = RUNS[key][1]
            lines.append(f"| {label} | {timed} | {counted} | {seen} | "
                         f"{'–' if published is None else published} |")
        lines.append("")
    return "\n".join(lines)


def summary(top1):
    """Mean ± standard deviation (number)."""
    if not top1:
        return "not run"
    spread = f" ± {statistics.stdev(top1):.2f}" if len(top1) > 1 else ""
    return f"{statistics.mean(top1):.2f}{spread} ({len(top1)})"


def main(argv=None):
    args = parse(argv)
    device = engine.prepare(args.threads, args.device)
    os.makedirs(args.out, exist_ok=True)
    results_path = os.path.join(args.out, "results.jsonl")
    images, labels = (t.to(device) for t in data.load(args.data, "train"))
    train = data.Augment(images, SHIFT, ERASE), labels
    test = [t.to(device) for t in data.load(args.data, "test")]
    for seed in args.seed or range(1, args.seeds + 1):
        for name in args.only or RUNS:
            key = {"name": name, "seed": seed, "minutes": args.minutes, "arch": args.arch,
                   "batch": args.batch, "budget": "images" if args.like else "processor time"}
            if any(key.items() <= r.items() for r in read_results(results_path)):
                continue
            part = os.path.join(args.out, "part-" + "-".join(
                str(v).replace(" ", "_").replace("/", "_") for v in key.values()) + ".pt")
            cfg = dataclasses.replace(configure(args.arch), **RUNS[name][0])
            budget = images_like(args, name) if args.like else 0
            net, seen, seconds = run(args, cfg, seed, part, train, budget)
            top1 = engine.accuracy(net, *test)
            # One short write: a kill leaves a whole line or none.
            with open(results_path, "a") as f:
                f.write(json.dumps(dict(key, device=engine.device_name(device), test_top1=top1,
                                        images=seen, cpu_seconds=round(seconds, 1))) + "\n")
            if os.path.exists(part):
                os.remove(part)
            print(f"seed {seed} {name}: {top1:.2f} % after {seen} images", flush=True)
    page = os.path.join(args.out, "ablation.md")
    with open(page, "w") as f:
        f.write(table(read_results(results_path), args.minutes))
    print(f"wrote {page}", file=sys.stderr)


if __name__ == "__main__":
    main()
