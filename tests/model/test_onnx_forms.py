#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One network in the many forms that exporters write it in: each must give the plain form's program, byte for byte.

The plain form's numbers have few bits, so that whatever a form folds is exact.  Forms that are no VanillaNet, or that name
files they may not, are refused with a sentence about that node.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    from onnx import TensorProto as T
    from onnx import helper as h
    from onnx import numpy_helper as nh

    from plain_form import PLAIN, SEED, at, before_stem, between, computed, const, drop, plain, put, replace, replace_node, rng, typed, write_png
except ImportError as e:
    print(f"{e} (apt-get install python3-onnx)")
    sys.exit(77)

VANILLIN = os.environ.get("VANILLIN", os.environ.get("B", "build") + "/vanillin")
work = pathlib.Path(tempfile.mkdtemp(prefix="vn_forms."))
checks = failures = 0


# ---- programs ----

def compile_model(path, *options):
    out = work / "out.vnx"
    out.unlink(missing_ok=True)
    run = subprocess.run([VANILLIN, "compile", str(path), "--calib", str(work / "pictures"), "--target", "8x8", "-o", str(out), *options],
                         capture_output=True, text=True, timeout=120)
    return run, out.read_bytes() if out.exists() else None


def fail(name, why):
    global failures
    failures += 1
    print(f"FAIL {name}: {why}; repeat with SEED={SEED}")


# ---- forms ----

FORMS = {}


def form(*options, opset=13, says=None):
    def add(change):
        FORMS[change.__name__] = (change, options, opset, says)
        return change
    return add


def each_type(kind):
    def change(m):
        for name in list(PLAIN):
            drop(m, name)
            m.graph.initializer.append(typed(name, PLAIN[name], kind))
        for value in (*m.graph.input, *m.graph.output):
            value.type.tensor_type.elem_type = kind
    return change


for name, kind in (("model_fp16", T.FLOAT16), ("model_bf16", T.BFLOAT16), ("model_fp64", T.DOUBLE)):
    FORMS[name] = (each_type(kind), (), 13, None)


@form()
def weights_fp16_cast(m):
    computed(m, "w1", [h.make_node("Cast", ["wh"], ["w1"], to=T.FLOAT)], wh=typed("wh", PLAIN["w1"], T.FLOAT16))


@form()
def weights_in_typed_fields(m):
    for name, kind in (("w1", T.FLOAT16), ("w2", T.DOUBLE), ("fw", T.FLOAT)):
        value = drop(m, name)
        m.graph.initializer.append(h.make_tensor(name, kind, value.shape, value.ravel().tolist()))


@form()
def casts_on_the_way(m):
    between(m, "d0", ("Cast", [], {"to": T.FLOAT16}), ("Cast", [], {"to": T.FLOAT}))


@form()
def bias_by_value_floats(m):
    computed(m, "fb", [h.make_node("Constant", [], ["fb"], value_floats=PLAIN["fb"].tolist())])


@form()
def weights_transposed_reshaped_scaled(m):
    computed(m, "w1", [h.make_node("Transpose", ["wt"], ["wu"], perm=[1, 0]), h.make_node("Reshape", ["wu", "ws"], ["wv"]),
                       h.make_node("Div", ["wv", "wd"], ["w1"])],
             wt=PLAIN["w1"][:, :, 0, 0].T.copy() * np.float32(4), ws=np.array([8, 6, 1, 1], np.int64), wd=np.float32(4))


@form()
def weights_transposed_in_four_dimensions(m):
    computed(m, "sw", [h.make_node("Transpose", ["wt"], ["sw"], perm=[3, 2, 0, 1])], wt=PLAIN["sw"].transpose(2, 3, 1, 0).copy())


@form()
def weights_sparse(m):
    value = PLAIN["w1"].copy()
    flat = value.ravel()
    places = np.flatnonzero(flat).astype(np.int64)
    drop(m, "w1")
    m.graph.sparse_initializer.append(h.make_sparse_tensor(nh.from_array(flat[places], "w1"), nh.from_array(places, "w1_i"), value.shape))


@form()
def bias_sparse_in_a_constant(m):
    places = np.flatnonzero(PLAIN["fb"]).astype(np.int64)
    sparse = h.make_sparse_tensor(nh.from_array(PLAIN["fb"][places], "v"), nh.from_array(places[:, None], "i"), [5])
    computed(m, "fb", [h.make_node("Constant", [], ["fb"], sparse_value=sparse)])


@form()
def affine_instead_of_batch_norm(m):
    replace(m, "w1", PLAIN["w1"] * 2)
    replace(m, "b1", PLAIN["b1"] * 2 + 3)
    const(m, "gain", np.full((1, 8, 1, 1), 0.5))
    const(m, "shift", np.full((8, 1, 1), 1.5))
    between(m, "c1", ("Mul", ["gain", "@"], {}), ("Sub", ["shift"], {}))


@form()
def batch_norm_in_pieces(m):
    """(x - mean) / sqrt(var + eps) * gamma + beta with var + eps = 4."""
    replace(m, "b1", PLAIN["b1"] * 2 + 1)
    replace(m, "w1", PLAIN["w1"] * 2)
    for key, value in (("mu", 1), ("var", 3.5), ("eps", 0.5), ("gamma", 1), ("beta", 0)):
        const(m, key, np.full((8, 1, 1), value))
    put(m, 0, h.make_node("Add", ["var", "eps"], ["ve"]), h.make_node("Sqrt", ["ve"], ["sd"]))
    between(m, "c1", ("Sub", ["mu"], {}), ("Div", ["sd"], {}), ("Mul", ["gamma"], {}), ("Add", ["beta", "@"], {}))


@form()
def subtracted_from_a_constant(m):
    """3 - (3 - x)"""
    const(m, "three", np.full((1, 6, 1, 1), 3))
    between(m, "d0", ("Sub", ["three", "@"], {}), ("Sub", ["three", "@"], {}))


@form()
def negated_twice(m):
    between(m, "c0", ("Neg", [], {}), ("Mul", [const(m, "minus", -1)], {}))


@form("--mean", "0.5", "--std", "0.25")
def plain_normalised(m):
    pass


def normalised(name, *chain, input_type=T.FLOAT, layout="NCHW", constants=(), says="normalises its input itself"):
    def change(m):
        for key, value in constants:
            const(m, key, value)
        before_stem(m, *chain)
        m.graph.input[0].type.tensor_type.elem_type = input_type
        if layout == "NHWC":
            for d, size in zip(m.graph.input[0].type.tensor_type.shape.dim, (1, 32, 32, 3)):
                d.dim_value = size
    FORMS[name] = (change, (), 13, says)


CHANNELS = [("mu", np.full((1, 3, 1, 1), 0.5)), ("sd", np.full((1, 3, 1, 1), 0.25))]
LAST = [("mu", np.full(3, 0.5)), ("sd", np.full((1, 1, 1, 3), 0.25))]
TURN = ("Transpose", [], {"perm": [0, 3, 1, 2]})
normalised("normalise_sub_div", ("Sub", ["mu"], {}), ("Div", ["sd"], {}), constants=CHANNELS)
normalised("normalise_mul_add", ("Mul", ["a"], {}), ("Add", ["b", "@"], {}), constants=[("a", 4), ("b", -2)])
normalised("normalise_negative", ("Sub", ["mu", "@"], {}), ("Div", ["sd"], {}), ("Neg", [], {}), constants=CHANNELS)
normalised("normalise_pixels", ("Sub", ["mu"], {}), ("Div", ["sd"], {}), constants=[("mu", 127.5), ("sd", 63.75)])
normalised("normalise_bytes", ("Cast", [], {"to": T.FLOAT}), ("Div", ["d"], {}), ("Sub", ["mu"], {}), ("Div", ["sd"], {}),
           input_type=T.UINT8, constants=[*CHANNELS, ("d", 255)])
normalised("normalise_batch_norm", ("BatchNormalization", ["one", "zero", "half", "var"], {"epsilon": 0.0}),
           constants=[(k, np.full(3, v)) for k, v in (("one", 1), ("zero", 0), ("half", 0.5), ("var", 0.0625))])
normalised("normalise_nhwc", ("Sub", ["mu"], {}), ("Div", ["sd"], {}), TURN, layout="NHWC", constants=LAST)
normalised("nhwc_then_normalise", TURN, ("Sub", ["mu"], {}), ("Div", ["sd"], {}), layout="NHWC", constants=CHANNELS)
NORMALISED = {"plain_normalised", "normalise_sub_div", "normalise_mul_add", "normalise_negative", "normalise_pixels", "normalise_bytes", "normalise_batch_norm",
              "normalise_nhwc", "nhwc_then_normalise"}


@form("--mean", "0", "--std", "1")
def nhwc_input(m):
    before_stem(m, TURN)
    for d, size in zip(m.graph.input[0].type.tensor_type.shape.dim, (1, 32, 32, 3)):
        d.dim_value = size


@form()
def nhwc_in_the_middle(m):
    between(m, "p1", ("Transpose", [], {"perm": [0, 2, 3, 1]}), ("Mul", [const(m, "two", np.full(8, 2))], {}),
            ("Mul", [const(m, "half", np.full(8, 0.5))], {}), TURN)


@form()
def nhwc_mean(m):
    replace_node(m, "g", h.make_node("ReduceMean", ["t"], ["g"], axes=[1, 2], keepdims=0))
    put(m, at(m, "g"), h.make_node("Transpose", ["d2"], ["t"], perm=[0, 2, 3, 1]))
    replace_node(m, "f", h.make_node("Identity", ["g"], ["f"]))


def head(name, *nodes, opset=13, constants=(), conv=False, says=None):
    """The head from "d2" to "y" by these nodes."""
    def change(m):
        for out in ("g", "f", "y"):
            m.graph.node.remove(m.graph.node[at(m, out)])
        for key, value, dtype in constants:
            const(m, key, value, dtype)
        if conv:
            replace(m, "fw", PLAIN["fw"].reshape(5, 9, 1, 1))
        m.graph.node.extend(nodes)
    FORMS[name] = (change, (), opset, says)


def node(op, inputs, output, **attributes):
    return h.make_node(op, inputs, [output], **attributes)


GEMM = node("Gemm", ["f", "fw", "fb"], "y", transB=1)
I64 = np.int64
head("head_squeeze_no_axes", node("GlobalAveragePool", ["d2"], "g"), node("Conv", ["g", "fw", "fb"], "c"), node("Squeeze", ["c"], "y"), conv=True)
head("head_squeeze_attribute", node("GlobalAveragePool", ["d2"], "g"), node("Squeeze", ["g"], "f", axes=[-1, 2]), GEMM, opset=11)
head("head_squeeze_input", node("GlobalAveragePool", ["d2"], "g"), node("Squeeze", ["g", "s"], "f"), GEMM, constants=[("s", [2, 3], I64)])
head("head_squeeze_batch_back", node("GlobalAveragePool", ["d2"], "g"), node("Squeeze", ["g"], "v"), node("Unsqueeze", ["v", "s"], "f"), GEMM,
     constants=[("s", [0], I64)])
head("head_vector_matmul", node("GlobalAveragePool", ["d2"], "g"), node("Reshape", ["g", "s"], "v"), node("Transpose", ["fw"], "ft"),
     node("MatMul", ["v", "ft"], "m"), node("Add", ["fb", "m"], "y"), constants=[("s", [-1], I64)])
head("head_mean_keepdims", node("ReduceMean", ["d2"], "g", axes=[-1, -2]), node("Flatten", ["g"], "f"), GEMM)
head("head_mean_input", node("ReduceMean", ["d2", "s"], "f", keepdims=0), GEMM, opset=18, constants=[("s", [2, 3], I64)])
head("head_mean_by_steps", node("ReduceMean", ["d2"], "g", axes=[3], keepdims=0), node("ReduceMean", ["g"], "f", axes=[2], keepdims=0), GEMM)
head("head_mean_of_flat", node("Reshape", ["d2", "s"], "p"), node("ReduceMean", ["p"], "f", axes=[2], keepdims=0), GEMM,
     constants=[("s", [0, 9, -1], I64)])
head("head_average_pool_same", node("AveragePool", ["d2"], "g", kernel_shape=[4, 4], strides=[4, 4], auto_pad="SAME_UPPER"),
     node("Flatten", ["g"], "f", axis=-3), GEMM)
head("head_nothing_to_reduce", node("ReduceMean", ["d2"], "n", noop_with_empty_axes=1), node("GlobalAveragePool", ["n"], "g"),
     node("Flatten", ["g"], "f"), GEMM, opset=18)
TO_LOGITS = [node("GlobalAveragePool", ["d2"], "g"), node("Flatten", ["g"], "f"), node("Gemm", ["f", "fw", "fb"], "z", transB=1)]
head("softmax_last", *TO_LOGITS, node("Softmax", ["z"], "y", axis=1), says="softmax")
head("softmax_of_old", *TO_LOGITS, node("Softmax", ["z"], "y"), opset=11, says="softmax")
head("log_softmax_squeezed", node("GlobalAveragePool", ["d2"], "g"), node("Conv", ["g", "fw", "fb"], "c"), node("LogSoftmax", ["c"], "l", axis=1),
     node("Flatten", ["l"], "y"), conv=True, says="softmax")
head("arg_max_last", *TO_LOGITS, node("ArgMax", ["z"], "a", axis=1, keepdims=0), node("Cast", ["a"], "y", to=T.INT32), says="arg max")
head("softmax_arg_max", *TO_LOGITS, node("Softmax", ["z"], "p", axis=-1), node("ArgMax", ["p"], "y", axis=-1), says="softmax")


@form(opset=18)
def pad_with_axes(m):
    const(m, "pads", [1, 1, 1, 1], I64)
    const(m, "axes", [-1, 2], I64)
    i = at(m, "d1")
    m.graph.node[i].input[0] = "z"
    del m.graph.node[i].attribute[:]
    m.graph.node[i].attribute.extend([h.make_attribute("kernel_shape", [3, 3]), h.make_attribute("group", 8)])
    put(m, i, h.make_node("Pad", ["r1", "pads", "", "axes"], ["z"]))


@form()
def pad_of_nothing(m):
    const(m, "pads", np.zeros(8), I64)
    between(m, "p1", ("Pad", ["pads"], {"mode": "reflect"}))


def auto_pad(output, kind, keep):
    def change(m):
        n = m.graph.node[at(m, output)]
        attributes = [a for a in n.attribute if a.name in keep]
        del n.attribute[:]
        n.attribute.extend([*attributes, h.make_attribute("auto_pad", kind)])
    return change


for name, output, kind in (("pool_same_upper", "p1", "SAME_UPPER"), ("pool_same_lower", "p1", "SAME_LOWER"), ("stem_same", "c0", "SAME_UPPER"),
                           ("depthwise_same", "d1", "SAME_LOWER"), ("pool_valid", "p1", "VALID")):
    FORMS[name] = (auto_pad(output, kind, ("kernel_shape", "strides", "group")), (), 13, None)


@form()
def relu_as_clip(m):
    const(m, "lo", 0)
    const(m, "hi", np.inf)
    replace_node(m, "r1", h.make_node("Clip", ["p1", "lo", "hi"], ["r1"]))
    replace_node(m, "r2", h.make_node("Clip", ["c2", "lo"], ["r2"]))
    const(m, "none", -np.inf)
    between(m, "d0", ("Clip", ["none", "hi"], {}))


@form()
def relu_as_max(m):
    replace_node(m, "r1", h.make_node("Max", ["p1", const(m, "zero", 0)], ["r1"]))
    replace_node(m, "r2", h.make_node("Max", [const(m, "zeros", np.zeros((1, 9, 1, 1))), "c2"], ["r2"]))


@form(says="'y' is taken")
def several_outputs(m):
    m.graph.output.extend([h.make_tensor_value_info(n, T.FLOAT, None) for n in ("f", "d0")])


@form(says="'y' is taken")
def features_first(m):
    m.graph.output.insert(0, h.make_tensor_value_info("g", T.FLOAT, None))


@form()
def dangling_nodes_and_inputs(m):
    m.graph.input.append(h.make_tensor_value_info("unused", T.FLOAT, [1]))
    m.graph.node.extend([h.make_node("Relu", ["f"], ["dead"]), h.make_node("Add", ["unused", "dead"], ["dead2"]),
                         h.make_node("NoSuchOperation", ["r0"], ["dead3"])])


@form(opset=16)
def local_functions(m):
    """Conv and ReLU as one function of another, with attributes handed down and a default."""
    conv = h.make_node("Conv", ["a", "w", "b"], ["t"])
    for attribute in ("kernel_shape", "strides"):
        conv.attribute.append(onnx.AttributeProto(name=attribute, type=onnx.AttributeProto.INTS, ref_attr_name=attribute))
    inner = h.make_function("our", "ConvOf", ["a", "w", "b"], ["t"], [conv], [h.make_opsetid("", 16)], ["kernel_shape", "strides"])
    call = h.make_node("ConvOf", ["a", "w", "b"], ["t"], domain="our")
    for attribute in ("kernel_shape", "strides"):
        call.attribute.append(onnx.AttributeProto(name=attribute, type=onnx.AttributeProto.INTS, ref_attr_name=attribute))
    outer = h.make_function("our", "ConvRelu", ["a", "w", "b"], ["o"], [call, h.make_node("Relu", ["t"], ["o"])],
                            [h.make_opsetid("", 16), h.make_opsetid("our", 1)], ["kernel_shape", "strides"])
    m.functions.extend([inner, outer])
    m.opset_import.append(h.make_opsetid("our", 1))
    for conv_out, out, inputs, attributes in (("c0", "r0", ["x", "sw", "sb"], {"kernel_shape": [4, 4], "strides": [4, 4]}),
                                              ("c2", "r2", ["d1", "w2", "b2"], {"kernel_shape": [1, 1]})):
        i = at(m, conv_out)
        m.graph.node.remove(m.graph.node[i])
        replace_node(m, out, h.make_node("ConvRelu", inputs, [out], domain="our", **attributes))


# ---- external data ----

def external(m, folder, location="weights.data", **changes):
    """All weights in folder/weights.data; entries of w1 changed."""
    data = b""
    for t in m.graph.initializer:
        raw = bytes(t.raw_data)
        entries = {"location": location, "offset": str(len(data)), "length": str(len(raw))}
        entries.update(changes if t.name == "w1" else {})
        data += raw + bytes(-len(raw) % 64)
        t.ClearField("raw_data")
        t.data_location = T.EXTERNAL
        for key, value in entries.items():
            if value is not None:
                t.external_data.add(key=key, value=value)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights.data").write_bytes(data)
    (folder / "net.onnx").write_bytes(m.SerializeToString())
    return folder / "net.onnx"


def external_folders(want):
    inside = external(plain(), work / "e1")
    (work / "e2" / "sub").mkdir(parents=True)
    (work / "e2" / "sub" / "w").write_bytes((work / "e1" / "weights.data").read_bytes())
    below = external(plain(), work / "e2", "sub/../sub/w")
    link = external(plain(), work / "e3", "link")
    (work / "e3" / "link").symlink_to("weights.data")
    for name, path in (("beside the network", inside), ("by a link within its folder", link)):
        accept("external data " + name, path, (), want, None)
    no_length = external(plain(), work / "e4", length=None)
    accept("external data without a length", no_length, (), want, None)
    out = external(plain(), work / "e5", "out")
    (work / "e5" / "out").symlink_to(work / "e1" / "weights.data")
    refused = [("by a link out of it", out, "outside of the network's folder"), ("with ..", below, "outside of the network's folder"),
               ("by an absolute path", external(plain(), work / "e6", str(work / "e1" / "weights.data")), "outside of the network's folder"),
               ("missing", external(plain(), work / "e7", "nowhere"), "node 'c0' (Conv): its weights are in 'nowhere': No such file"),
               ("a folder", external(plain(), work / "e8", "sub"), "which is not a file"),
               ("past its end", external(plain(), work / "e9", offset="100000"), "ends before its weights"),
               ("another length", external(plain(), work / "e10", length="4"), "has 192 bytes of weights, and 4 are said"),
               ("no number", external(plain(), work / "e11", offset="-1"), "is not a number"),
               ("no location", external(plain(), work / "e12", location=None), "in another file that is not named")]
    (work / "e8" / "sub").mkdir()
    for name, path, sentence in refused:
        refuse("external data " + name, path, sentence)


# ---- refusals ----

REFUSED = {}


def refused(sentence, opset=13):
    def add(change):
        REFUSED[change.__name__] = (change, sentence, opset)
        return change
    return add


@refused("node 'r1' (Clip): it limits to 0..6, which is not a ReLU")
def relu6(m):
    replace_node(m, "r1", h.make_node("Clip", ["p1", const(m, "lo", 0), const(m, "hi", 6)], ["r1"]))


@refused("node 'r1' (Max): it limits to other numbers than 0")
def max_of_one(m):
    replace_node(m, "r1", h.make_node("Max", ["p1", const(m, "one", 1)], ["r1"]))


@refused("(Div): it divides by the map")
def divided_by_the_map(m):
    between(m, "d0", ("Div", [const(m, "one", 1), "@"], {}))


@refused("divides channel 2 by zero")
def divided_by_zero(m):
    between(m, "d0", ("Div", [const(m, "z", np.array([1, 1, 0, 1, 1, 1]).reshape(6, 1, 1))], {}))


@refused("a second path begins here")
def multiplied_with_itself(m):
    between(m, "d0", ("Mul", ["@", "d0_0"], {}))


@refused("node 'p' (Softmax): it stands before the classifier")
def softmax_inside(m):
    between(m, "f", ("Softmax", [], {"axis": 1}))
    m.graph.node[at(m, "f")].name = "p"


@refused("(Softmax): axis 2 is not the one of the classes")
def softmax_over_pixels(m):
    m.graph.node[at(m, "g")].input[0] = "d2"
    for out in ("f", "y"):
        m.graph.node.remove(m.graph.node[at(m, out)])
    replace(m, "fw", PLAIN["fw"].reshape(5, 9, 1, 1))
    m.graph.node.extend([h.make_node("Conv", ["g", "fw", "fb"], ["c"]), h.make_node("Softmax", ["c"], ["y"], axis=2)])


@refused("nothing may be computed from the softmax")
def relu_after_softmax(m):
    between(m, "y", ("Softmax", [], {"axis": 1}), ("Relu", [], {}))


@refused("auto_pad is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER")
def unknown_auto_pad(m):
    auto_pad("p1", "SAME", ("kernel_shape", "strides"))(m)


@refused("padding must be the same on all four sides")
def same_of_an_even_kernel(m):
    n = m.graph.node[at(m, "c0")]
    del n.attribute[:]
    n.attribute.extend([h.make_attribute("kernel_shape", [4, 4]), h.make_attribute("strides", [1, 1]), h.make_attribute("auto_pad", "SAME_UPPER")])


@refused("it meets a map in another order than [N][C][H][W]")
def conv_on_nhwc(m):
    between(m, "p1", ("Transpose", [], {"perm": [0, 2, 3, 1]}))


@refused("it makes integers of the map")
def cast_to_integers(m):
    between(m, "d0", ("Cast", [], {"to": T.INT32}))


@refused("a second path begins here")
def shortcut(m):
    between(m, "r2", ("Add", ["@", "r1"], {}))


@refused("the graph has more than one input")
def second_input_used(m):
    m.graph.input.append(h.make_tensor_value_info("u", T.FLOAT, [1]))
    between(m, "d0", ("Mul", ["u"], {}))


@refused("it pools 8 pixels to 2, and the compute unit at most 3 to 1")
def pooling_of_four(m):
    n = m.graph.node[at(m, "p1")]
    del n.attribute[:]
    n.attribute.extend([h.make_attribute("kernel_shape", [4, 4]), h.make_attribute("strides", [4, 4])])


@refused("functions call each other more than 16 deep", 16)
def function_calls_itself(m):
    m.functions.append(h.make_function("our", "F", ["a"], ["o"], [h.make_node("F", ["a"], ["o"], domain="our")], [h.make_opsetid("our", 1)]))
    m.opset_import.append(h.make_opsetid("our", 1))
    between(m, "d0", ("F", [], {"domain": "our"}))


@refused("its functions would make a far larger file", 16)
def functions_that_double(m):
    for k in range(15):
        inner = "Relu" if k == 0 else f"F{k - 1}"
        domain = "" if k == 0 else "our"
        nodes = [h.make_node(inner, ["a" if i == 0 else f"t{i}"], ["o" if i == 7 else f"t{i + 1}"], domain=domain) for i in range(8)]
        m.functions.append(h.make_function("our", f"F{k}", ["a"], ["o"], nodes, [h.make_opsetid("", 16), h.make_opsetid("our", 1)]))
    m.opset_import.append(h.make_opsetid("our", 1))
    between(m, "c2", ("F14", [], {"domain": "our"}))


@refused("is not one value for each of 6 channels")
def wrong_number_of_channels(m):
    between(m, "d0", ("Mul", [const(m, "v", np.ones((1, 5, 1, 1)))], {}))


@refused("the file computes too much from its constants")
def constants_that_double(m):
    value = drop(m, "w1")
    const(m, "k0", value)
    put(m, 0, *[h.make_node("Add", [f"k{i}", f"k{i}"], [f"k{i + 1}" if i < 29 else "w1"]) for i in range(30)])


# ---- judging ----

def accept(name, path, options, want, says):
    global checks
    checks += 1
    run, program = compile_model(path, *options)
    if program is None:
        fail(name, run.stderr.strip().replace("\n", "; "))
    elif program != want:
        fail(name, "another program than that of the plain form")
    elif says and says not in run.stdout:
        fail(name, f"'{says}' is not said: {run.stdout.strip()}")


def refuse(name, path, sentence):
    global checks
    checks += 1
    run, program = compile_model(path)
    if program is not None or run.returncode != 1:
        fail(name, f"accepted, exit code {run.returncode}")
    elif sentence not in run.stderr or "hint: " not in run.stderr:
        fail(name, f"says {run.stderr.strip()!r}, not '{sentence}'")


def save(m):
    path = work / "net.onnx"
    path.write_bytes(m.SerializeToString())
    return path


def main():
    global checks
    (work / "pictures").mkdir()
    for i in range(4):
        write_png(work / "pictures" / f"{i}.png", rng.integers(0, 256, (32, 32, 3), dtype=np.uint8))
    assumed = compile_model(save(plain()))[1]
    wants = {(): assumed}
    for options in (("--mean", "0.5", "--std", "0.25"), ("--mean", "0", "--std", "1")):
        wants[options] = compile_model(save(plain()), *options)[1]
    if None in wants.values() or len(set(wants.values())) != 3:
        fail("plain", "is not compiled, or --mean changes nothing")
    for name, (change, options, opset, says) in FORMS.items():
        m = plain(opset)
        change(m)
        want = wants[("--mean", "0.5", "--std", "0.25")] if name in NORMALISED else wants[options]
        accept(name, save(m), options, want, says)
    external_folders(assumed)
    for name, (change, sentence, opset) in REFUSED.items():
        m = plain(opset)
        change(m)
        refuse(name, save(m), sentence)
    m = plain()
    FORMS["normalise_sub_div"][0](m)
    run, _ = compile_model(save(m), "--mean", "0.5")
    checks += 1
    if run.returncode != 1 or "normalises its input itself" not in run.stderr:
        fail("--mean beside a graph that normalises", run.stderr)
    subprocess.run(["rm", "-rf", str(work)], check=False)
    print(f"seed={SEED}")
    print(f"FAIL {failures} of {checks} checks" if failures else f"PASS {checks} checks")
    return failures != 0


sys.exit(main())
