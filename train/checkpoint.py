# SPDX-License-Identifier: Apache-2.0
"""Networks from files: checkpoints of train.py, published .pth files, and our own ONNX."""
import dataclasses

import onnx
import onnx.numpy_helper
import torch

from vanillanet import VanillaNet


def network(path, cfg, key="model_ema", trust=False):
    """The network in the checkpoint `path`, in the form it is stored in, in eval mode."""
    try:
        stored = torch.load(path, map_location="cpu", weights_only=not trust)
    except Exception as error:
        if trust:
            raise
        raise ValueError(f"{path}: {error}; hint: if you trust its origin, give --trust") from error
    state = stored
    if "model" in stored or "model_ema" in stored:
        state = stored[key] if key in stored else stored["model"]
    net = from_state(state, cfg)
    net.set_lambda(stored.get("act_learn", 1.0) if isinstance(stored, dict) else 1.0)
    return net


def from_onnx(path, cfg):
    """The network whose initializers carry state-dict names, as export.write() leaves them."""
    model = onnx.load(path)
    state = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy())
             for t in model.graph.initializer}
    net = from_state(state, cfg)
    slopes = [a.f for node in model.graph.node if node.op_type == "LeakyRelu"
              for a in node.attribute if a.name == "alpha"]
    net.set_lambda(slopes[0] if slopes else 1.0)
    return net


def from_state(state, cfg):
    """A network in eval mode; classes, input channels and act_num follow the tensors."""
    deploy = "stem.0.weight" in state
    stem, act, head = (state.get(a, state.get(b)) for a, b in (
        ("stem.0.weight", "stem1.0.weight"), ("stem.1.weight", "stem2.2.weight"),
        ("cls.2.weight", "cls2.0.weight")))
    if stem is None or act is None or head is None:
        raise ValueError("not a VanillaNet state dict: stem, activation or classifier missing")
    cfg = dataclasses.replace(cfg, act_num=act.shape[-1] // 2, classes=head.shape[0],
                              in_chans=stem.shape[1])
    net = VanillaNet(cfg, deploy)
    try:
        missing, unknown = net.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise ValueError(f"tensors do not fit the network: {error}") from error
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unknown:
        raise ValueError(f"names do not fit the network: missing {missing}, unknown {unknown}")
    return net.eval()
