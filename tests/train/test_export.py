#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ONNX export: nodes kept, names, metadata, both forms; checkpoints in; golden files."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from common import NETWORKS, SMALL, main, random_network

import onnx
import torch

import checkpoint
import export
import golden
from vanillanet import configure


def nodes(model):
    return [n.op_type for n in model.graph.node]


class Export(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "net.onnx")

    def write(self, net, opset=13):
        export.write(net, self.path, export.default_metadata(net.cfg), opset)
        return onnx.load(self.path)

    def test_training_form_keeps_bn_and_leaky_relu(self):
        net, _ = random_network(SMALL)
        for slope in (1.0, 0.25):
            net.set_lambda(slope)
            model = self.write(net)
            block = ["Conv", "BatchNormalization", "LeakyRelu", "Conv", "BatchNormalization"]
            act = ["Relu", "Conv", "BatchNormalization"]
            self.assertEqual(nodes(model), block + act + block + ["MaxPool"] + act + block + act +
                             ["GlobalAveragePool"] + block[:4] + ["Flatten"])
            slopes = [n.attribute[0].f for n in model.graph.node if n.op_type == "LeakyRelu"]
            self.assertEqual(slopes, [slope] * 4)

    def test_deploy_form(self):
        net, _ = random_network(SMALL)
        model = self.write(net.switch_to_deploy())
        self.assertEqual(nodes(model), ["Conv", "Relu", "Conv", "Conv", "MaxPool", "Relu", "Conv",
                                        "Conv", "Relu", "Conv", "GlobalAveragePool", "Conv",
                                        "Flatten"])

    def test_adaptive_pooling_is_one_node_with_its_size(self):
        net, _ = random_network(NETWORKS[6])
        pools = [n for n in self.write(net).graph.node if n.op_type == "AdaptiveMaxPool"]
        self.assertEqual([list(n.attribute[0].ints) for n in pools], [[5, 5], [3, 3]])

    def test_initializers_are_the_state_dict(self):
        net, _ = random_network(SMALL)
        for form in (net, net.switch_to_deploy()):
            model = self.write(form)
            expected = {k for k in form.state_dict() if not k.endswith("num_batches_tracked")}
            self.assertEqual({t.name for t in model.graph.initializer}, expected)

    def test_metadata_batch_axis_and_opset(self):
        net, _ = random_network(SMALL)
        model = self.write(net, opset=11)
        props = {p.key: p.value for p in model.metadata_props}
        self.assertEqual(props["vanillin.mean"], "0.286")
        self.assertEqual(props["vanillin.resize"], "none")
        self.assertEqual(len(props["vanillin.labels"].split("\n")), 10)
        self.assertEqual(model.graph.input[0].type.tensor_type.shape.dim[0].dim_param, "N")
        self.assertEqual(model.opset_import[0].version, 11)
        self.assertNotIn(self.folder.name, str(model))

    def test_reading_back_gives_the_same_network(self):
        for arch in NETWORKS:
            net, image = random_network(arch)
            self.write(net)
            with torch.no_grad():
                back = checkpoint.from_onnx(self.path, configure(arch))
                self.assertTrue(torch.equal(back(image), net(image)), arch)


class Checkpoints(unittest.TestCase):
    def test_published_layout_in_both_forms(self):
        net, image = random_network("fashion:dims=6-8-10,strides=2-1,act_num=2,classes=7")
        with tempfile.TemporaryDirectory() as folder, torch.no_grad():
            path = os.path.join(folder, "x.pth")
            torch.save({"model": configure, "model_ema": net.state_dict()}, path)
            with self.assertRaisesRegex(ValueError, "--trust"):
                checkpoint.network(path, net.cfg)
            back = checkpoint.network(path, configure(SMALL), trust=True)
            self.assertEqual((back.cfg.act_num, back.cfg.classes), (2, 7))
            self.assertTrue(torch.equal(back(image), net(image)))
            torch.save({"model": net.switch_to_deploy().state_dict()}, path)
            self.assertTrue(checkpoint.network(path, configure(SMALL)).deploy)

    def test_foreign_state_dict_is_refused(self):
        net, _ = random_network(SMALL)
        state = net.state_dict()
        with self.assertRaisesRegex(ValueError, "unknown"):
            checkpoint.from_state(dict(state, extra=torch.zeros(1)), net.cfg)
        with self.assertRaisesRegex(ValueError, "not a VanillaNet"):
            checkpoint.from_state({"fc.weight": torch.zeros(1)}, net.cfg)


class Golden(unittest.TestCase):
    def test_both_forms_give_the_same_stages(self):
        net, image = random_network(SMALL)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "v.gold")
            golden.write(path, 3, golden.evaluate(net, image))
            seed, tensors = golden.read(path)
        deploy = golden.evaluate(net.switch_to_deploy(), image)
        self.assertEqual(seed, 3)
        self.assertEqual(list(tensors), ["input", "stem", "block1", "block2", "logits"])
        for name, value in tensors.items():
            self.assertEqual(value.shape, deploy[name].shape)
            self.assertLess(abs(value - deploy[name]).max(), 1e-5 * abs(value).max(), name)


if __name__ == "__main__":
    main()
