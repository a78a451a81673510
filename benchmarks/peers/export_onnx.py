"""Writes the float and int8 networks that ONNX Runtime runs in the benchmarks.

    python3 benchmarks/peers/export_onnx.py [folder]        (default: benchmarks/target/onnx)

Needs numpy, onnx and onnxruntime. The weights are random: the time of a prediction does not depend
on them. Batch normalization is folded into the weights, as ONNX Runtime folds it. The int8 networks
have 8-bit activations and per-channel 8-bit weights, calibrated on random inputs; U8U8 and U8S8 are
both written where the processor may prefer either.
"""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (CalibrationDataReader, QuantFormat, QuantType,
                                      quantize_static)

RANDOM = np.random.default_rng(0)


class Graph:
    """A growing list of nodes, each named after its output."""

    def __init__(self):
        self.nodes, self.initializers = [], []

    def constant(self, array):
        name = f"c{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(array.astype(np.float32), name))
        return name

    def add(self, kind, *inputs, output=None, **attributes):
        name = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def linear(self, x, inputs, units, output=None):
        w = self.constant(RANDOM.normal(0, (2 / inputs) ** 0.5, (inputs, units)))
        b = self.constant(RANDOM.normal(0, 0.1, units))
        return self.add("Gemm", x, w, b, output=output)

    def convolution(self, x, inputs, units, size, stride):
        scale = (2 / (inputs * size * size)) ** 0.5
        w = self.constant(RANDOM.normal(0, scale, (units, inputs, size, size)))
        b = self.constant(RANDOM.normal(0, 0.1, units))
        return self.add("Conv", x, w, b, kernel_shape=[size] * 2, strides=[stride] * 2,
                        pads=[size // 2] * 4)

    def save(self, path, shape):
        inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])]
        outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 10])]
        graph = helper.make_graph(self.nodes, "net", inputs, outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)


def mlp():
    """784-1024-1024-10 with ReLU."""
    g = Graph()
    x = g.add("Relu", g.linear("x", 784, 1024))
    x = g.add("Relu", g.linear(x, 1024, 1024))
    g.linear(x, 1024, 10, output="y")
    return g, (784,)


def resnet18():
    """ResNet-18 in its CIFAR form: a 3x3 stem without pooling, then 2, 2, 2, 2 blocks."""
    g = Graph()
    x = g.add("Relu", g.convolution("x", 3, 64, 3, 1))
    channels = 64
    for units, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        for block in range(2):
            step = stride if block == 0 else 1
            y = g.add("Relu", g.convolution(x, channels, units, 3, step))
            y = g.convolution(y, units, units, 3, 1)
            if step != 1 or channels != units:
                x = g.convolution(x, channels, units, 1, step)
            x = g.add("Relu", g.add("Add", x, y))
            channels = units
    x = g.add("Flatten", g.add("GlobalAveragePool", x))
    g.linear(x, 512, 10, output="y")
    return g, (3, 32, 32)


class Calibration(CalibrationDataReader):
    """A few random batches."""

    def __init__(self, shape):
        self.batches = iter([{"x": RANDOM.random((8, *shape), dtype=np.float32)} for _ in range(8)])

    def get_next(self):
        return next(self.batches, None)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "benchmarks/target/onnx"
    os.makedirs(folder, exist_ok=True)
    for name, build in (("mlp", mlp), ("resnet18", resnet18)):
        graph, shape = build()
        source = os.path.join(folder, f"{name}.onnx")
        graph.save(source, shape)
        for kind, weights in (("", QuantType.QInt8), ("-u8u8", QuantType.QUInt8)):
            quantize_static(source, os.path.join(folder, f"{name}-int8{kind}.onnx"),
                            Calibration(shape), quant_format=QuantFormat.QOperator,
                            activation_type=QuantType.QUInt8, weight_type=weights,
                            per_channel=kind == "")
        print(source)


if __name__ == "__main__":
    main()
