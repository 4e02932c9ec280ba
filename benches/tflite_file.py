"""An ONNX file of the nets a to e as a TFLite file of a fixed batch: convolutions become NHWC, all else stays in order."""

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import numpy_helper

OPERATORS = schema.BuiltinOperator
OPTIONS = schema.BuiltinOptions
RELU = schema.ActivationFunctionType.RELU


class File:
    def __init__(self):
        self.graph, self.model = schema.SubGraphT(), schema.ModelT()
        self.graph.tensors, self.graph.operators = [], []
        self.model.version, self.model.buffers, self.model.operatorCodes = 3, [schema.BufferT()], []

    def tensor(self, shape, data=None):
        t = schema.TensorT()
        t.shape, t.name, t.buffer = [int(n) for n in shape], f"t{len(self.graph.tensors)}", 0
        t.type = schema.TensorType.FLOAT32
        if data is not None:
            t.type = schema.TensorType.INT32 if data.dtype == np.int32 else t.type
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), dtype=np.uint8)
            t.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(t)
        return len(self.graph.tensors) - 1

    def constant(self, data):
        return self.tensor(data.shape, np.ascontiguousarray(data))

    def operator(self, kind, inputs, shape, options=(0, None)):
        code, node, out = schema.OperatorCodeT(), schema.OperatorT(), self.tensor(shape)
        code.builtinCode, code.deprecatedBuiltinCode, code.version = kind, min(kind, 127), 1
        self.model.operatorCodes.append(code)
        node.opcodeIndex, node.inputs, node.outputs = len(self.model.operatorCodes) - 1, inputs, [out]
        node.builtinOptionsType, node.builtinOptions = options
        self.graph.operators.append(node)
        return out

    def bytes(self, x, y):
        self.graph.inputs, self.graph.outputs, self.model.subgraphs = [x], [y], [self.graph]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())


def dense(file, x, shape, weights, bias):
    options = schema.FullyConnectedOptionsT()
    shape = [shape[0], weights.shape[0]]
    inputs = [x, file.constant(weights), file.constant(bias)]
    return file.operator(OPERATORS.FULLY_CONNECTED, inputs, shape, (OPTIONS.FullyConnectedOptions, options)), shape


def conv(file, x, shape, filters, bias, strides):
    options = schema.Conv2DOptionsT()
    options.padding = schema.Padding.VALID
    options.strideH, options.strideW = strides
    options.dilationHFactor = options.dilationWFactor = 1
    size = [(n - f) // s + 1 for n, f, s in zip(shape[1:3], filters.shape[2:], strides)]
    shape = [shape[0], *size, len(filters)]
    inputs = [x, file.constant(filters.transpose(0, 2, 3, 1)), file.constant(bias)]
    return file.operator(OPERATORS.CONV_2D, inputs, shape, (OPTIONS.Conv2DOptions, options)), shape


def flatten(file, x, shape):
    options = schema.ReshapeOptionsT()
    options.newShape = shape = [shape[0], int(np.prod(shape[1:]))]
    inputs = [x, file.constant(np.array(shape, dtype=np.int32))]
    return file.operator(OPERATORS.RESHAPE, inputs, shape, (OPTIONS.ReshapeOptions, options)), shape


def converted(path, batch):
    """The bytes of the TFLite file."""
    graph = onnx.load(path).graph
    constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    shape = [batch, *[d.dim_value for d in graph.input[0].type.tensor_type.shape.dim][1:]]
    picture = len(shape) == 4 and shape[1:].count(1) < 2
    shape = [shape[0], *shape[2:], shape[1]] if picture else [batch, int(np.prod(shape[1:]))]
    file = File()
    x = start = file.tensor(shape)
    channels = None
    for node in graph.node:
        values = [constants[name] for name in node.input if name in constants]
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Conv":
            x, shape = conv(file, x, shape, *values, attributes["strides"])
            channels = shape[1:]
        elif node.op_type == "Gemm":
            weights = values[0] if attributes.get("transB") else values[0].T
            if channels:
                v, h, d = channels
                weights = weights.reshape(len(weights), d, v, h).transpose(0, 2, 3, 1).reshape(weights.shape)
                channels = None
            x, shape = dense(file, x, shape, weights, values[1])
        elif node.op_type in ("Flatten", "Reshape"):
            x, shape = flatten(file, x, shape) if len(shape) == 4 else (x, shape)
        elif node.op_type == "Relu":
            file.graph.operators[-1].builtinOptions.fusedActivationFunction = RELU
        elif node.op_type == "Tanh":
            x = file.operator(OPERATORS.TANH, [x], shape)
        elif node.op_type == "Softmax":
            options = schema.SoftmaxOptionsT()
            options.beta = 1.0
            x = file.operator(OPERATORS.SOFTMAX, [x], shape, (OPTIONS.SoftmaxOptions, options))
        else:
            raise ValueError(f"{path}: {node.op_type} has no counterpart here")
    return file.bytes(start, x)
