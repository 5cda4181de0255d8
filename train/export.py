# SPDX-License-Identifier: Apache-2.0
"""Write VanillaNet as ONNX, training form or deploy form.

In the training form BN and the inner LeakyRelu (alpha = lambda, also when it
is 1) stay separate nodes and every initializer keeps its state-dict name, so
that an importer can do the merge itself.
"""
import argparse
import hashlib
import inspect
import os
import sys
import warnings

import onnx
import torch

import checkpoint
import data
from vanillanet import VARIANTS, VanillaNet, configure, count

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def metadata(mean, std, labels=(), resize="none"):
    """The metadata_props that a host program needs to feed the network; mean and std in [0, 1]."""
    join = lambda values: ",".join(f"{v:g}" for v in values)
    props = {"vanillin.mean": join(mean), "vanillin.std": join(std), "vanillin.resize": resize}
    if labels:
        props["vanillin.labels"] = "\n".join(labels)
    return props


def default_metadata(cfg, labels=()):
    """ImageNet's numbers for colour, Fashion-MNIST's for grey images."""
    if cfg.in_chans == 3:
        resize = "short:256,crop:224" if cfg.input_size == 224 else "none"
        return metadata(IMAGENET_MEAN, IMAGENET_STD, labels, resize)
    return metadata([data.MEAN] * cfg.in_chans, [data.STD] * cfg.in_chans,
                    labels or (data.LABELS if cfg.classes == len(data.LABELS) else ()))


def write(net, path, props, opset=13):
    """Export `net` in its present form to `path`; input [N, C, H, W], output logits [N, classes]."""
    net.eval()
    cfg = net.cfg
    image = torch.zeros(1, cfg.in_chans, cfg.input_size, cfg.input_size)
    options = dict(
        input_names=["input"], output_names=["logits"], opset_version=opset,
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}}, export_params=True,
        keep_initializers_as_inputs=False,
        # EVAL mode folds BN into the convolution before it.  PRESERVE leaves
        # the graph alone, and BN is in inference form because net is in eval().
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
    if cfg.ada_pool:
        options["custom_opsets"] = {"vanillin": 1}
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        options["dynamo"] = False            # torch >= 2.5: the other exporter renames weights
    part = path + ".part"
    with warnings.catch_warnings():
        # About the adaptive pooling node of our own domain, whose shape torch cannot infer.
        warnings.filterwarnings("ignore", message=".*(AdaptiveMaxPool|_graph_op)")
        torch.onnx.export(net, (image,), part, **options)
    model = onnx.load(part)
    os.remove(part)
    _drop_unused(model)
    onnx.helper.set_model_props(model, props)
    model.producer_name, model.producer_version, model.doc_string = "vanillin", "", ""
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _drop_unused(model):
    """Remove what no node reads: initializers (num_batches_tracked) and domains."""
    used = {name for node in model.graph.node for name in node.input}
    domains = {node.domain for node in model.graph.node}
    for items, keep in ((model.graph.initializer, lambda t: t.name in used),
                        (model.opset_import, lambda d: d.domain in domains)):
        kept = [item for item in items if keep(item)]
        del items[:]
        items.extend(kept)


def describe(cfg, files):
    """The manifest's facts about a network and its files {form: path}."""
    macs, params = count(cfg)
    return {
        "input": [cfg.in_chans, cfg.input_size, cfg.input_size], "classes": cfg.classes,
        "dims": list(cfg.dims), "strides": list(cfg.strides), "act_num": cfg.act_num,
        "stem": {"kernel": cfg.stem_kernel, "stride": cfg.stem_stride, "pad": cfg.stem_pad},
        "mmac_deploy": macs / 1e6, "params_deploy": params,
        "files": {form: {"name": os.path.basename(path), "bytes": os.path.getsize(path),
                         "sha256": sha256(path)} for form, path in files.items()},
        "versions": {"python": sys.version.split()[0], "torch": torch.__version__,
                     "onnx": onnx.__version__},
    }


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


@torch.no_grad()
def randomise(cfg, seed):
    """A training-form network with random weights and unequal BN statistics, for tests.

    One batch of noise sets the statistics, so that activations stay near 1 at
    any depth; they are then disturbed, so that no merge formula is trivial."""
    torch.manual_seed(seed)
    net = VanillaNet(cfg).train()
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
            torch.nn.init.normal_(module.bias, std=0.1)
    for name, weight in net.named_parameters():
        if name.endswith("act.weight") or name == "stem2.2.weight":
            torch.nn.init.normal_(weight, std=weight[0].numel() ** -0.5)
    for bn in norms:
        torch.nn.init.uniform_(bn.weight, 0.5, 1.5)
        torch.nn.init.normal_(bn.bias, std=0.3)
        bn.momentum = 1.0                    # statistics of this one batch
    batch = 2 if cfg.input_size > 64 else 16
    net(torch.randn(batch, cfg.in_chans, cfg.input_size, cfg.input_size))
    for bn in norms:
        bn.momentum = 0.1
        var = bn.running_var.clamp(min=0.2 * float(bn.running_var.mean()))
        bn.running_mean += 0.2 * var.sqrt() * torch.randn_like(var)
        bn.running_var.copy_(var * torch.empty_like(var).uniform_(0.6, 1.6))
        bn.num_batches_tracked.fill_(1)
    return net.eval()


def parse(argv=None):
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    source = p.add_mutually_exclusive_group(required=True)
    source.add_argument("--from-checkpoint", metavar="PTH",
                        help="a checkpoint of train.py or of the published layout")
    source.add_argument("--random", type=int, metavar="SEED", help="random weights, for tests")
    p.add_argument("--arch", default="fashion",
                   help=f"{', '.join(VARIANTS)}, or NAME:field=value,...")
    p.add_argument("--key", default="model_ema", help="which weights of the checkpoint")
    p.add_argument("--trust", action="store_true",
                   help="unpickle the checkpoint without restriction: this can run its code")
    p.add_argument("--out", required=True, metavar="NAME.onnx")
    p.add_argument("--form", default="training", choices=("training", "deploy"))
    p.add_argument("--opset", type=int, default=13)
    p.add_argument("--mean", help="comma-separated, one per channel, in [0, 1] pixel units")
    p.add_argument("--std", help="as --mean")
    p.add_argument("--resize", help="none, or short:256,crop:224 or squash:224,crop:224, with ,bilinear where it is not bicubic")
    p.add_argument("--bgr", action="store_true", help="the network takes blue first")
    p.add_argument("--labels", metavar="FILE", help="one class name per line")
    return p.parse_args(argv)


def _properties(args, cfg):
    labels = ()
    if args.labels:
        with open(args.labels, encoding="utf-8") as f:
            labels = f.read().splitlines()
        if len(labels) != cfg.classes:
            sys.exit(f"{args.labels}: {len(labels)} labels for {cfg.classes} classes")
    props = default_metadata(cfg, labels)
    for key in ("mean", "std", "resize"):
        value = getattr(args, key)
        if value is not None:
            if key != "resize" and len(value.split(",")) != cfg.in_chans:
                sys.exit(f"--{key} needs {cfg.in_chans} values")
            props["vanillin." + key] = value
    if args.bgr:
        props["vanillin.channels"] = "bgr"
    return props


def main(argv=None):
    args = parse(argv)
    try:
        cfg = configure(args.arch)
        net = randomise(cfg, args.random) if args.from_checkpoint is None else \
            checkpoint.network(args.from_checkpoint, cfg, args.key, args.trust)
        if args.form == "deploy" and not net.deploy:
            net = net.switch_to_deploy()
        elif args.form == "training" and net.deploy:
            raise ValueError("the checkpoint is merged already: use --form deploy")
    except ValueError as error:
        sys.exit(f"export: {error}")
    write(net, args.out, _properties(args, net.cfg), args.opset)
    print(f"wrote {args.out}: {args.form} form, {os.path.getsize(args.out)} bytes")


if __name__ == "__main__":
    main()
