#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_nets.py NET.onnx OUT.onnx rescale FACTOR STAGE CHANNEL... | constant STAGE

Networks whose right answers are known.  rescale: the same function; the output channels of a stage times FACTOR, what reads them
over it.  Stage 0 is the stem.  constant: the stage's convolution gets weights of 0.  Needs python3-onnx, numpy."""
import sys

import numpy as np
import onnx
from onnx import numpy_helper as nh


def chain(model):
    """Initialisers of convolutions and batch norms in the order of the graph: (node, {role: name})."""
    names = {t.name for t in model.graph.initializer} | {n.output[0] for n in model.graph.node if n.op_type == "Identity"}
    roles = {"Conv": ["", "weight", "bias"], "BatchNormalization": ["", "weight", "bias", "mean", "var"]}
    for node in model.graph.node:
        if node.op_type in roles:
            yield node, {r: i for r, i in zip(roles[node.op_type], node.input) if r and i in names}


def source(model, name):
    alias = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "Identity"}
    while name in alias:
        name = alias[name]
    return next(t for t in model.graph.initializer if t.name == name)


def change(model, node, name, function):
    """A copy of an initialiser, which others may share, for this node alone."""
    value = function(nh.to_array(source(model, name)).astype(np.float32).copy())
    fresh = f"{name}.{node.name or node.output[0]}"
    model.graph.initializer.append(nh.from_array(value.astype(np.float32), fresh))
    node.input[list(node.input).index(name)] = fresh


def group_of(node):
    return next((a.i for a in node.attribute if a.name == "group"), 1)


def rescale(model, factor, stage, channels):
    ops = list(chain(model))
    depthwise = [i for i, (n, _) in enumerate(ops) if n.op_type == "Conv" and group_of(n) > 1]
    at = depthwise[stage]
    follows = at + 1 < len(ops) and ops[at + 1][0].op_type == "BatchNormalization"
    last = at + 1 if follows else at          # what sets the scale of the stage's output
    reader = next(i for i in range(last + 1, len(ops)) if ops[i][0].op_type == "Conv")

    def rows(v):
        v[channels] *= np.float32(factor)
        return v

    def columns(v):
        v[:, channels] /= np.float32(factor)
        return v
    for role in ("weight", "bias"):
        if role in ops[last][1]:
            change(model, ops[last][0], ops[last][1][role], rows)
    change(model, ops[reader][0], ops[reader][1]["weight"], columns)


def constant(model, stage):
    ops = list(chain(model))
    depthwise = [i for i, (n, _) in enumerate(ops) if n.op_type == "Conv" and group_of(n) > 1]
    conv = max(i for i in range(depthwise[stage]) if ops[i][0].op_type == "Conv")
    change(model, ops[conv][0], ops[conv][1]["weight"], np.zeros_like)


model = onnx.load(sys.argv[1])
if sys.argv[3] == "rescale":
    rescale(model, float(sys.argv[4]), int(sys.argv[5]), [int(c) for c in sys.argv[6:]])
else:
    constant(model, int(sys.argv[4]))
onnx.checker.check_model(model)
onnx.save(model, sys.argv[2])
