# SPDX-License-Identifier: Apache-2.0
"""The plain form of the network that test_onnx_forms.py writes in many forms, and the ways to change it."""
import os
import struct
import zlib

import numpy as np
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper as nh

SEED = int(os.environ.get("SEED", "1"))
rng = np.random.default_rng(SEED)


def write_png(path, pixels):
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + pixels[y].tobytes() for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


# ---- the plain form ----

def small(*shape):
    """Multiples of 1/32 below 4: exact in every format, and so is what they are folded into."""
    return (rng.integers(-60, 61, shape) / 32).astype(np.float32)


PLAIN = {"sw": small(6, 3, 4, 4), "sb": small(6), "sa": small(6, 1, 3, 3), "sab": small(6), "w1": small(8, 6, 1, 1), "b1": small(8),
         "a1": small(8, 1, 3, 3), "ab1": small(8), "w2": small(9, 8, 1, 1), "b2": small(9), "a2": small(9, 1, 3, 3), "ab2": small(9),
         "fw": small(5, 9), "fb": small(5)}


def plain(opset=13):
    nodes = [h.make_node("Conv", ["x", "sw", "sb"], ["c0"], kernel_shape=[4, 4], strides=[4, 4]),
             h.make_node("Relu", ["c0"], ["r0"]),
             h.make_node("Conv", ["r0", "sa", "sab"], ["d0"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=6),
             h.make_node("Conv", ["d0", "w1", "b1"], ["c1"], kernel_shape=[1, 1]),
             h.make_node("MaxPool", ["c1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
             h.make_node("Relu", ["p1"], ["r1"]),
             h.make_node("Conv", ["r1", "a1", "ab1"], ["d1"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=8),
             h.make_node("Conv", ["d1", "w2", "b2"], ["c2"], kernel_shape=[1, 1]),
             h.make_node("Relu", ["c2"], ["r2"]),
             h.make_node("Conv", ["r2", "a2", "ab2"], ["d2"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=9),
             h.make_node("GlobalAveragePool", ["d2"], ["g"]),
             h.make_node("Flatten", ["g"], ["f"], axis=1),
             h.make_node("Gemm", ["f", "fw", "fb"], ["y"], transB=1)]
    graph = h.make_graph(nodes, "g", [h.make_tensor_value_info("x", T.FLOAT, [1, 3, 32, 32])],
                         [h.make_tensor_value_info("y", T.FLOAT, [1, 5])], [nh.from_array(v, k) for k, v in PLAIN.items()])
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", opset)])
    model.ir_version = 8
    return model


# ---- changing a model ----

def at(m, output):
    """Index of the node that makes @output."""
    return next(i for i, n in enumerate(m.graph.node) if output in n.output)


def put(m, index, *nodes):
    for k, n in enumerate(nodes):
        m.graph.node.insert(index + k, n)


def between(m, output, *chain):
    """Nodes (op, extra inputs, attributes) between the node that makes @output and its readers."""
    node = m.graph.node[at(m, output)]
    index = at(m, output) + 1
    node.output[0] = output + "_0"
    for k, (op, extra, attributes) in enumerate(chain):
        last = k == len(chain) - 1
        put(m, index + k, h.make_node(op, [f"{output}_{k}" if e == "@" else e for e in (extra if "@" in extra else ["@", *extra])],
                                      [output if last else f"{output}_{k + 1}"], **attributes))


def before_stem(m, *chain):
    """The same between the image and the first node."""
    name = "x"
    for k, (op, extra, attributes) in enumerate(chain):
        inputs = [name if e == "@" else e for e in (extra if "@" in extra else ["@", *extra])]
        put(m, k, h.make_node(op, inputs, [f"x_{k}"], **attributes))
        name = f"x_{k}"
    m.graph.node[len(chain)].input[0] = name


def const(m, name, value, dtype=np.float32):
    m.graph.initializer.append(nh.from_array(np.asarray(value, dtype), name))
    return name


def drop(m, name):
    tensor = next(t for t in m.graph.initializer if t.name == name)
    m.graph.initializer.remove(tensor)
    return nh.to_array(tensor)


def replace(m, name, value):
    drop(m, name)
    const(m, name, value)


def replace_node(m, output, node):
    i = at(m, output)
    m.graph.node.remove(m.graph.node[i])
    put(m, i, node)


def computed(m, name, nodes, **constants):
    """Initialiser @name is made by @nodes instead."""
    drop(m, name)
    for key, value in constants.items():
        m.graph.initializer.append(value if isinstance(value, T) else nh.from_array(np.asarray(value), key))
    put(m, 0, *nodes)


def typed(name, value, kind):
    """@value in the element type @kind, as raw bytes."""
    value = np.asarray(value, np.float32)
    raw = {T.FLOAT16: lambda: value.astype(np.float16).tobytes(), T.DOUBLE: lambda: value.astype(np.float64).tobytes(),
           T.BFLOAT16: lambda: (value.view(np.uint32) >> 16).astype(np.uint16).tobytes()}[kind]()
    return T(name=name, data_type=kind, dims=value.shape, raw_data=raw)
