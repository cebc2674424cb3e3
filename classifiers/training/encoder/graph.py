"""The encoder as an ONNX graph whose matrices are integers. Needs `onnx`, and no torch.

A matrix is kept in integers with one scale for each of its rows; what it is multiplied with is
made eight bits for each message, as `DynamicQuantizeLinear` does. The integers use seven bits: with
eight, sums overflow on processors without VNNI, and the labels would depend on the machine. A few
columns ("loud" ones) carry values a hundred times larger than the others; they are multiplied in
float32 beside the rest, which they would else make coarse.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from classifiers.training.encoder.packed import Floats, Shape

_OPSET = 20
_FORMAT = 9
_SEVEN_BITS = 63
_EIGHT_BITS = 127


class Sizes(Struct, frozen=True):
    """What the graph is made for: classes by head, and the most pieces of a text."""

    shape: Shape
    heads: dict[str, int]
    longest: int


def build(weights: Mapping[str, Floats], sizes: Sizes, loud: Mapping[str, list[int]]) -> bytes:
    """The file that onnxruntime runs: `ids` (1, pieces) int64 in; for each head its logits
    (1, classes) out, and `vector` (1, hidden), the mean they are made of.

    `weights` are named as in `packed`, with `head.NAME.w` (classes, hidden) and `head.NAME.b`;
    `loud` are the loud columns of matrices, by name ("l0.fo").
    """
    shape, heads, longest = sizes.shape, sizes.heads, sizes.longest
    graph = _Graph(loud)
    states = _embedded(graph, weights, shape, longest)
    for layer in range(shape.layers):
        states = _layer(graph, weights, shape, f"l{layer}", states)
    graph.add("ReduceMean", [states, graph.integers("over_pieces", [1])], keepdims=0, out="vector")
    for name in heads:
        matrix = graph.floats(f"{name}_w", np.ascontiguousarray(weights[f"head.{name}.w"].T))
        found = graph.add("MatMul", ["vector", matrix])
        graph.add("Add", [found, graph.floats(f"{name}_b", weights[f"head.{name}.b"])], out=name)
    outputs = [("vector", shape.hidden), *heads.items()]
    made = helper.make_graph(
        graph.nodes,
        "second-judge",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "pieces"])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, size]) for n, size in outputs],
        graph.constants,
    )
    model: ModelProto = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_FORMAT
    )
    checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


class _Graph:
    def __init__(self, loud: Mapping[str, list[int]]) -> None:
        self._loud = loud
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, kind: str, inputs: list[str], *, out: str = "", **attributes: object) -> str:
        return self.add_several(kind, inputs, [out or f"n{len(self.nodes)}"], **attributes)[0]

    def add_several(
        self, kind: str, inputs: list[str], outputs: list[str], **attributes: object
    ) -> list[str]:
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs

    def constant(self, name: str, values: NDArray[np.generic] | np.generic) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def floats(self, name: str, values: Floats) -> str:
        return self.constant(name, values.astype(np.float32))

    def integers(self, name: str, values: list[int]) -> str:
        return self.constant(name, np.array(values, dtype=np.int64))

    def linear(self, name: str, states: str, matrix: Floats, bias: Floats) -> str:
        """`states` times `matrix` (out, in), and `bias`."""
        loud = self._loud.get(name, [])
        aside = ""
        if loud:
            quiet = np.ones(matrix.shape[1], dtype=np.float32)
            quiet[loud] = 0.0
            few = self.add("Gather", [states, self.integers(f"{name}_at", loud)], axis=2)
            rest = self.floats(f"{name}_loud", np.ascontiguousarray(matrix[:, loud].T))
            aside = self.add("MatMul", [few, rest])
            matrix = matrix * quiet
            states = self.add("Mul", [states, self.floats(f"{name}_quiet", quiet)])
        own = f"{name}_given"
        values, scale, zero = self.add_several(
            "DynamicQuantizeLinear", [states], [own, f"{own}_s", f"{own}_z"]
        )
        whole, scales = whole_numbers(matrix, _SEVEN_BITS)
        kept = self.constant(f"{name}_w", np.ascontiguousarray(whole.T))
        product = self.add(
            "MatMulInteger", [values, kept, zero, self.constant(f"{name}_z", np.int8(0))]
        )
        both = self.add("Mul", [scale, self.floats(f"{name}_s", scales[:, 0])])
        found = self.add("Mul", [self.add("Cast", [product], to=TensorProto.FLOAT), both])
        found = self.add("Add", [found, self.floats(f"{name}_b", bias)])
        return self.add("Add", [found, aside]) if aside else found

    def norm(self, name: str, states: str, weights: Mapping[str, Floats], shape: Shape) -> str:
        weight = self.floats(f"{name}_w", weights[f"{name}.w"])
        bias = self.floats(f"{name}_b", weights[f"{name}.b"])
        return self.add(
            "LayerNormalization", [states, weight, bias], axis=-1, epsilon=shape.epsilon
        )


def whole_numbers(matrix: Floats, most: int) -> tuple[NDArray[np.int8], Floats]:
    """(rows, columns) from -`most` to `most`, and the scale (rows, 1) of each row."""
    scales = np.maximum(np.abs(matrix).max(axis=1, keepdims=True) / most, np.float32(1e-12))
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)


def _embedded(graph: _Graph, weights: Mapping[str, Floats], shape: Shape, longest: int) -> str:
    whole, scales = whole_numbers(weights["emb.word"], _EIGHT_BITS)
    rows = graph.add("Gather", [graph.constant("pieces", whole), "ids"])
    steps = graph.add("Gather", [graph.floats("pieces_s", scales), "ids"])
    rows = graph.add("Cast", [rows], to=TensorProto.FLOAT)
    states = graph.add("Mul", [rows, steps])
    places = graph.floats("places", weights["emb.pos"][:longest] + weights["emb.type"][0])
    count = graph.add("Shape", ["ids"], start=1, end=2)
    first = graph.add("Slice", [places, graph.integers("first", [0]), count])
    return graph.norm("emb.ln", graph.add("Add", [states, first]), weights, shape)


def _layer(
    graph: _Graph, weights: Mapping[str, Floats], shape: Shape, own: str, states: str
) -> str:
    size = shape.hidden // shape.heads
    scale = np.float32(1.0 / math.sqrt(size))
    # The query is scaled by what it would be divided by: one operation less over all pairs.
    parts = [(weights[f"{own}.{p}.w"], weights[f"{own}.{p}.b"]) for p in "qkv"]
    parts[0] = (parts[0][0] * scale, parts[0][1] * scale)
    matrix, bias = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    whole = graph.linear(f"{own}.qkv", states, matrix, bias)
    form = graph.integers(f"{own}.form", [1, -1, 3, shape.heads, size])
    whole = graph.add("Reshape", [whole, form])
    names = [f"{own}.query", f"{own}.key", f"{own}.value"]
    split = graph.add_several("Split", [whole], names, axis=2, num_outputs=3)
    drop = graph.integers(f"{own}.drop", [2])
    query, key, value = (graph.add("Squeeze", [name, drop]) for name in split)
    query = graph.add("Transpose", [query], perm=[0, 2, 1, 3])
    key = graph.add("Transpose", [key], perm=[0, 2, 3, 1])
    value = graph.add("Transpose", [value], perm=[0, 2, 1, 3])
    share = graph.add("Softmax", [graph.add("MatMul", [query, key])], axis=-1)
    seen = graph.add("Transpose", [graph.add("MatMul", [share, value])], perm=[0, 2, 1, 3])
    seen = graph.add("Reshape", [seen, graph.integers(f"{own}.back", [1, -1, shape.hidden])])

    def linear(part: str, given: str) -> str:
        name = f"{own}.{part}"
        return graph.linear(name, given, weights[f"{name}.w"], weights[f"{name}.b"])

    states = graph.norm(
        f"{own}.aln", graph.add("Add", [states, linear("ao", seen)]), weights, shape
    )
    inner = graph.add("Gelu", [linear("fi", states)])
    return graph.norm(f"{own}.oln", graph.add("Add", [states, linear("fo", inner)]), weights, shape)
