#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""bench_also.py - one other library for `vanillin bench --also`: runs the same ONNX file on the same pictures.

usage: bench_also.py ort|openvino|torch f32|int8 NET.onnx THREADS PICTURES C H W FED

PICTURES: float32 [all][C][H][W], normalised, all of them for calibration, the first FED to be fed.  Writes "ready NAME VERSION", or
"absent WHY"; then for each line "BATCH" of stdin runs the first BATCH pictures and answers "SECONDS CPU-SECONDS CLASS...".
"""
import os
import sys
import tempfile
import time


class Absent(Exception):
    pass


def has_vnni():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return any(flag in f.read() for flag in ("avx512_vnni", "avx_vnni"))


def quantised(path, pictures, folder):
    """The network in int8 as ONNX Runtime's static quantiser writes it: QDQ, u8 maps, s8 weights by channel, min/max."""
    try:
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    except ImportError as e:
        raise Absent(f"int8 needs onnxruntime and onnx: {e}") from e
    import onnx

    name = onnx.load(path).graph.input[0].name

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.left = iter(pictures)

        def get_next(self):
            picture = next(self.left, None)
            return None if picture is None else {name: picture[None]}

    out = os.path.join(folder, "int8.onnx")
    quantize_static(path, out, Reader(), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=not has_vnni(),
                    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    return out


def ort(kind, path, threads, pictures, folder):
    import onnxruntime as o

    options = o.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    path = quantised(path, pictures, folder) if kind == "int8" else path
    session = o.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return f"ONNX Runtime {o.__version__}", lambda x: session.run(None, {name: x})[0]


def openvino(kind, path, threads, pictures, folder):
    import openvino as o

    path = quantised(path, pictures, folder) if kind == "int8" else path
    settings = {"INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    core = o.Core()
    requests = {}

    def run(x):
        if len(x) not in requests:
            model = core.read_model(path)
            model.reshape({model.inputs[0]: list(x.shape)})
            requests[len(x)] = core.compile_model(model, "CPU", settings).create_infer_request()
        return next(iter(requests[len(x)].infer({0: x}).values()))

    return f"OpenVINO {o.__version__.split('-')[0]}", run


def torch_layers(path):
    """The nodes of a VanillaNet in deploy form as modules of PyTorch, one after the other."""
    import onnx
    from onnx import numpy_helper
    import torch
    from torch import nn

    graph = onnx.load(path).graph
    weights = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in graph.initializer}
    layers = []
    for node in graph.node:
        a = {x.name: onnx.helper.get_attribute_value(x) for x in node.attribute}
        if node.op_type == "Conv":
            w = weights[node.input[1]]
            groups = a.get("group", 1)
            conv = nn.Conv2d(w.shape[1] * groups, w.shape[0], tuple(w.shape[2:]), tuple(a.get("strides", (1, 1))),
                             tuple(a.get("pads", (0, 0))[:2]), groups=groups)
            conv.weight.data, conv.bias.data = w, weights[node.input[2]]
            layers.append(conv)
        elif node.op_type == "Gemm" and a.get("transB"):
            w = weights[node.input[1]]
            fc = nn.Linear(w.shape[1], w.shape[0])
            fc.weight.data, fc.bias.data = w, weights[node.input[2]]
            layers.append(fc)
        elif node.op_type == "MaxPool":
            layers.append(nn.MaxPool2d(tuple(a["kernel_shape"]), tuple(a["strides"]), tuple(a.get("pads", (0, 0))[:2])))
        elif node.op_type == "Relu":
            layers.append(nn.ReLU())
        elif node.op_type == "GlobalAveragePool":
            layers.append(nn.AdaptiveAvgPool2d(1))
        elif node.op_type == "Flatten":
            layers.append(nn.Flatten())
        else:
            raise Absent(f"PyTorch: this reads networks in deploy form only, and {path} has {node.op_type}")
    return nn.Sequential(*layers).eval()


def torch_int8(net, pictures):
    import torch
    from torch.ao.quantization import get_default_qconfig_mapping
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    engine = next((e for e in ("x86", "fbgemm", "onednn") if e in torch.backends.quantized.supported_engines), None)
    if not engine:
        raise Absent("this PyTorch was built without int8 for x86")
    torch.backends.quantized.engine = engine
    x = torch.from_numpy(pictures)
    prepared = prepare_fx(net, get_default_qconfig_mapping(engine), (x[:1],))
    for i in range(len(x)):
        prepared(x[i:i + 1])
    return convert_fx(prepared)


def torch_(kind, path, threads, pictures, _):
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    net = torch_layers(path)
    net = torch_int8(net, pictures) if kind == "int8" else net
    if kind == "f32":
        net = torch.jit.optimize_for_inference(torch.jit.trace(net, torch.from_numpy(pictures[:1])))

    return f"PyTorch {torch.__version__.split('+')[0]}", lambda x: net(torch.from_numpy(x)).numpy()


def serve(run, pictures, say):
    for line in sys.stdin:
        x = pictures[:int(line)]
        begun, cpu = time.perf_counter(), time.process_time()
        y = run(x)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
        say(f"{seconds:.9f} {cpu:.9f} " + " ".join(str(k) for k in y.reshape(len(x), -1).argmax(1)))


def main(which, kind, path, threads, file, c, h, w, _fed):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer

    def say(text):
        print(text.replace("\n", " "), file=answers, flush=True)

    os.environ["OMP_NUM_THREADS"] = threads
    try:
        import numpy

        pictures = numpy.fromfile(file, numpy.float32).reshape(-1, int(c), int(h), int(w))
        with tempfile.TemporaryDirectory() as folder:
            make = {"ort": ort, "openvino": openvino, "torch": torch_}[which]
            about, run = make(kind, path, int(threads), pictures, folder)
            say(f"ready {about}")
            serve(run, pictures, say)
    except (ImportError, Absent) as e:
        say(f"absent {e}")
    except Exception as e:  # pylint: disable=broad-except
        say(f"failed {type(e).__name__}: {e}")


if __name__ == "__main__":
    main(*sys.argv[1:])
