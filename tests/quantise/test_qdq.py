#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Networks with QuantizeLinear and DequantizeLinear, as quantisation-aware training exports them: weights are the file's, its
activation ranges bound those of calibration, and what cannot be read is refused with a sentence about that node."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    from onnx import helper as h
    from onnx import numpy_helper as nh
except ImportError as e:
    print(f"{e} (apt-get install python3-onnx)")
    sys.exit(77)

VANILLIN = os.environ.get("VANILLIN", os.environ.get("B", "build") + "/vanillin")
DATA = pathlib.Path(os.environ.get("DATA", "/usr/share/datasets/fashion-mnist"))
NET = "model/zoo/fashion-deploy.onnx"
TRAIN = DATA / "train-images-idx3-ubyte.gz"
MEAN, STD = 0.286, 0.353  # NET's normalisation
if not TRAIN.exists():
    print(f"no Fashion-MNIST in {DATA} (apt-get install dataset-fashion-mnist)")
    sys.exit(77)
work = pathlib.Path(tempfile.mkdtemp(prefix="vn_qdq."))
checks = failures = 0


def check(what, good, why=""):
    global checks, failures
    checks += 1
    failures += not good
    print(f"ok   {what}" if good else f"FAIL {what}: {why}")


def run(*words):
    return subprocess.run([VANILLIN, *map(str, words)], capture_output=True, text=True, timeout=300)


def compile_model(model, name="net", images=32):
    """What compile said, and the program or None."""
    source, out = work / f"{name}.onnx", work / f"{name}.vnx"
    onnx.save(model, str(source))
    out.unlink(missing_ok=True)
    said = run("compile", source, "--calib", TRAIN, "--images", images, "--target", "8x8", "-o", out)
    return said.stdout + said.stderr, out.read_bytes() if out.exists() else None


def top1(path):
    said = run("eval", path, "--data", DATA, "--images", 2000)
    found = re.search(r"top1=([0-9.]+)", said.stdout)
    return float(found.group(1)) if found else -1.0


# ---- the network in numpy: its own ranges ----

def attributes(node):
    return {a.name: h.get_attribute_value(a) for a in node.attribute}


def conv(x, w, b, a):
    """x: [n][c][h][w]."""
    pad, stride, k = a.get("pads", [0])[0], a.get("strides", [1])[0], w.shape[2]
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows, cols = (x.shape[2] - k) // stride + 1, (x.shape[3] - k) // stride + 1
    y = 0
    for i in range(k):
        for j in range(k):
            part = x[:, :, i:i + rows * stride:stride, j:j + cols * stride:stride][:, :, :rows, :cols]
            y = y + (part * w[:, 0, i, j][:, None, None] if a.get("group", 1) > 1 else
                     np.einsum("nchw,oc->nohw", part, w[:, :, i, j], optimize=True))
    return y + b[:, None, None]


def ranges_of(model):
    """Smallest and largest value of every tensor on the way, over some training images."""
    with gzip.open(TRAIN) as f:
        pixels = np.frombuffer(f.read(16 + 48 * 784)[16:], np.uint8).reshape(-1, 1, 28, 28)
    size = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    edge = (size[2] - 28) // 2
    pixels = np.pad(pixels, ((0, 0), (0, 0), (edge, edge), (edge, edge)))
    x = (pixels / 255 - MEAN) / STD
    weights = {t.name: nh.to_array(t).astype(float) for t in model.graph.initializer}
    ranges = {model.graph.input[0].name: (x.min(), x.max())}
    for node in model.graph.node:
        if node.op_type == "Conv":
            x = conv(x, weights[node.input[1]], weights[node.input[2]], attributes(node))
        elif node.op_type == "Relu":
            x = np.maximum(x, 0)
        elif node.op_type == "GlobalAveragePool":
            x = x.mean((2, 3), keepdims=True)
        elif node.op_type == "MaxPool":
            a = attributes(node)
            assert a["kernel_shape"] == a["strides"] == [2, 2], a
            x = x[:, :, :x.shape[2] // 2 * 2, :x.shape[3] // 2 * 2]
            x = x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).max((3, 5))
        ranges[node.output[0]] = (float(x.min()), float(x.max()))
    return ranges


# ---- quantised forms ----

def plain():
    return onnx.load(NET)


def constant(model, name, value):
    model.graph.initializer.append(nh.from_array(np.asarray(value), name))
    return name


def quantise_weights(model, form, axis=0):
    """form: "dq" (stored integers), "float" (what those mean), "qdq" or "clip" (float, rounded in the graph).  axis None: one
    scale a tensor.  Biases are int32 under dq."""
    stored = {t.name: t for t in model.graph.initializer}
    fresh = []
    for node in [n for n in model.graph.node if n.op_type == "Conv"]:
        w, b = nh.to_array(stored[node.input[1]]), nh.to_array(stored[node.input[2]])
        most = np.abs(w).max((1, 2, 3)) if axis is not None else np.abs(w).max()
        scale = (most / np.float32(127)).astype(np.float32)
        wide = scale.reshape(-1, 1, 1, 1)
        q = np.clip(np.rint(w / wide), -127, 127).astype(np.int8)
        bias_scale = (scale / np.float32(64)).astype(np.float32)
        qb = np.rint(b / bias_scale).astype(np.int32)
        means = {1: q.astype(np.float32) * wide, 2: qb.astype(np.float32) * bias_scale}
        for slot, integers, s, zero in ((1, q, scale, np.zeros(scale.shape, np.int8)), (2, qb, bias_scale, None)):
            name, along = node.input[slot], {} if axis is None else {"axis": axis if slot == 1 else -1}
            if form == "float" or (slot == 2 and form != "dq"):
                node.input[slot] = constant(model, name + ".v", means[slot].astype(np.float32))
                continue
            numbers = [constant(model, name + ".s", s)] + ([constant(model, name + ".z", zero)] if zero is not None else [])
            if form == "dq":
                last = constant(model, name + ".q", integers)
            else:
                fresh.append(h.make_node("QuantizeLinear", [name, *numbers], [name + ".q"], name=name + ".Q", **along))
                last = name + ".q"
            if form == "clip":
                ends = [constant(model, name + ".min", np.int8(-127)), constant(model, name + ".max", np.int8(127))]
                fresh.append(h.make_node("Clip", [last, *ends], [name + ".c"], name=name + ".C"))
                last = name + ".c"
            fresh.append(h.make_node("DequantizeLinear", [last, *numbers], [name + ".d"], name=name + ".D", **along))
            node.input[slot] = name + ".d"
    nodes = fresh + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def pair(model, tensor, scale, zero, back=None):
    """Q and DQ behind a tensor.  zero None: none."""
    numbers = [constant(model, tensor + ".s", np.asarray(scale, np.float32))]
    numbers += [constant(model, tensor + ".z", zero)] if zero is not None else []
    again = numbers if back is None else [constant(model, tensor + ".s2", np.float32(back)), *numbers[1:]]
    nodes = list(model.graph.node)
    for node in nodes:
        for slot, name in enumerate(node.input):
            if name == tensor:
                node.input[slot] = tensor + ".d"
    at = next((i for i, n in enumerate(nodes) if tensor in n.output), -1)
    nodes[at + 1:at + 1] = [h.make_node("QuantizeLinear", [tensor, *numbers], [tensor + ".q"], name="theQ"),
                            h.make_node("DequantizeLinear", [tensor + ".q", *again], [tensor + ".d"], name="theD")]
    for output in model.graph.output:
        if output.name == tensor:
            output.name = tensor + ".d"
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def outputs(model, op, depthwise=False):
    return [n.output[0] for n in model.graph.node if n.op_type == op and (not depthwise or attributes(n).get("group", 1) > 1)]


def quantise_maps(model, ranges, signed=False, factor=1.0):
    """Behind the image, every ReLU, every depthwise kernel, the average and the logits."""
    relu = outputs(model, "Relu")
    places = [model.graph.input[0].name, *relu, *outputs(model, "Conv", True), *outputs(model, "GlobalAveragePool"), "logits"]
    for place in places:
        low, high = (min(0, ranges[place][0]) * factor, max(0, ranges[place][1]) * factor)
        scale = (high - low) / 255
        zero = int(np.rint(-low / scale))
        pair(model, place, scale, np.int8(zero - 128) if signed else np.uint8(zero))
    return model, len(places)


def without_relu(model):
    """What saturates at 0 needs no ReLU before it."""
    for relu in [n for n in model.graph.node if n.op_type == "Relu"]:
        for node in model.graph.node:
            for slot, name in enumerate(node.input):
                if name == relu.output[0]:
                    node.input[slot] = relu.input[0]
        model.graph.node.remove(relu)
    return model


# ---- weights ----

def same(what, model, other):
    said, got = compile_model(model)
    check(what, got is not None and got == other, said.strip()[:300] if got is None else "another program")
    return said


want = compile_model(quantise_weights(plain(), "float"))[1]
said = same("int8 weights per channel, int32 biases", quantise_weights(plain(), "dq"), want)
check("a note on the weights", "weights are the file's dequantised values" in said, said)
same("the axis counted from the end", quantise_weights(plain(), "dq", axis=-4), want)
same("float weights, rounded in the graph", quantise_weights(plain(), "qdq"), want)
same("and clipped to [-127, 127]", quantise_weights(plain(), "clip"), want)
check("which is not the unrounded network", want != compile_model(plain())[1])
want = compile_model(quantise_weights(plain(), "float", axis=None))[1]
same("one scale for each tensor", quantise_weights(plain(), "dq", axis=None), want)
same("rounded in the graph", quantise_weights(plain(), "qdq", axis=None), want)

# ---- activations ----

net = plain()
RANGES = ranges_of(net)
float_net = compile_model(net)[1]
for signed in (False, True):
    model, places = quantise_maps(quantise_weights(plain(), "dq"), RANGES, signed)
    said, whole = compile_model(model, f"qdq{signed:d}", 256)
    check(f"a whole network, {'int8' if signed else 'uint8'} activations", whole is not None, said)
    check("its notes", f"of {places} quantised activations, the ranges of {places - 2} are taken" in said, said)
compile_model(plain(), "plain", 256)
reference = top1(work / "plain.vnx")
for signed in (False, True):
    now = top1(work / f"qdq{signed:d}.vnx")
    check(f"top-1 {now} as {reference} of the plain network", reference > 90 and abs(now - reference) <= 1)

same("ranges far wider than calibration's change nothing", quantise_maps(plain(), RANGES, factor=100)[0], float_net)
said, narrow = compile_model(quantise_maps(plain(), RANGES, factor=0.5)[0])
check("narrower ones are taken", narrow is not None and narrow != float_net, said)
for kind, places in (("Relu", outputs(net, "Relu")[1:2]), ("output", outputs(net, "Conv", True)[1:2]),
                     ("average", outputs(net, "GlobalAveragePool"))):
    model = pair(plain(), places[0], RANGES[places[0]][1] / 4 / 127, np.int8(0))
    said, got = compile_model(model)
    check(f"one on a {kind} is taken", got is not None and got != float_net and "the ranges of 1 are" in said, said)

# ReLU left out: uint8 with a zero point of 0 is one.
relus = plain()
for place in outputs(relus, "Relu"):
    pair(relus, place, RANGES[place][1] / 300, np.uint8(0))
want = compile_model(relus)[1]
same("ReLU left out before uint8", without_relu(relus), want)
no_zero = plain()
for place in outputs(no_zero, "Relu"):
    pair(no_zero, place, RANGES[place][1] / 300, None)
same("a zero point left out is uint8's 0", no_zero, want)
same("an image quantised", pair(plain(), "input", 4 / 255, np.uint8(120)), float_net)

# One picture has not shown the ends of the ranges; the file knows them.
few = compile_model(plain(), images=1)[1]
said, told = compile_model(quantise_maps(plain(), RANGES)[0], images=1)
check("ranges of the file where calibration shows one picture", told is not None and told != few, said)


# ---- refusals ----

def refused(what, model, sentence, node="theQ"):
    said, got = compile_model(model)
    check(f"refused: {what}", got is None and re.search(f"node '?{node}'? .*{sentence}", said) is not None, said)


RELU = outputs(net, "Relu")[1]
one = np.uint8(0)
refused("a scale of 0", pair(plain(), RELU, 0, one), "its scale 0 is not a positive finite number")
refused("a negative scale", pair(plain(), RELU, -1, one), "its scale -1 is not")
refused("an infinite scale", pair(plain(), RELU, np.inf, one), "its scale inf is not")
refused("a scale that is no number", pair(plain(), RELU, np.nan, one), "its scale -?nan is not")
refused("another scale behind", pair(plain(), RELU, 0.1, one, back=0.2), "another scale or zero point")
refused("a scale for each channel", pair(plain(), RELU, np.full(128, 0.1), one), "input 1 has 128 values; an activation has one")
refused("integers of 32 bits", pair(plain(), RELU, 0.1, np.int32(0)), "of ONNX's type 6, not of 8 or 16 bits")
alone = pair(plain(), RELU, 0.1, one)
for n in list(alone.graph.node):
    if n.name == "theD":
        n.op_type = "Identity"
        del n.input[1:]
refused("no DequantizeLinear", alone, "no DequantizeLinear follows it")
alone = pair(plain(), RELU, 0.1, one)
for n in list(alone.graph.node):
    if n.name == "theQ":
        n.op_type = "Identity"
        del n.input[1:]
refused("no QuantizeLinear", alone, "no QuantizeLinear is before it", "theD")
bad = quantise_weights(plain(), "dq")
for t in bad.graph.initializer:
    if t.name == "stem.1.weight.s":
        t.CopyFrom(nh.from_array(np.full(64, -1, np.float32), t.name))
refused("weights of a negative scale", bad, "its scale -1 is not a positive", "stem.1.weight.D")
bad = quantise_weights(plain(), "dq")
for t in bad.graph.initializer:
    if t.name in ("stem.1.weight.s", "stem.1.weight.z"):
        t.CopyFrom(nh.from_array(nh.to_array(t)[:63], t.name))
refused("63 scales for 64 channels", bad, "do not fit together", "stem.1.weight.D")

shutil.rmtree(work)
print(f"FAIL {failures} of {checks} checks" if failures or not checks else f"PASS {checks} checks")
sys.exit(1 if failures or not checks else 0)
