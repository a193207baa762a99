"""The arrays of an ONNX graph: the stored inputs of its recurrent and linear nodes.

Only what is stored is read, nothing is computed; what else the graph says is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.archive import BadArchive
from lstm_tutor.files.phrase import agreeing, listed

Array = NDArray[Any]
SETTINGS = ("reverse", "linear_before_reset", "relu")
"""What the names of settings end in, which a graph has beside its arrays."""
_USUAL = {"LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}
_LENGTHS, _STATES = "sequence_lens", ("initial_h", "initial_c")
_INPUTS = {
    "LSTM": ("X", "W", "R", "B", _LENGTHS, *_STATES, "P"),
    **dict.fromkeys(("GRU", "RNN"), ("X", "W", "R", "B", _LENGTHS, _STATES[0])),
    "Gemm": ("X", "weight", "bias"),
    "MatMul": ("X", "weight"),
}
_WEIGHTS = ("W", "R", "B", "P", "weight", "bias")
_KEEPING = (
    "Cast",
    "Expand",
    "Identity",
    "Reshape",
    "Slice",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
)
_MOVING = (
    *_KEEPING,
    *(
        "Concat",
        "Constant",
        "ConstantOfShape",
        "Dropout",
        "Flatten",
        "Gather",
        "Shape",
        "Split",
    ),
)
"""Nodes that compute nothing: they move numbers, or leave them as they are."""
_READOUTS = ("Sigmoid", "Softmax")
_MOST_NAMED = 6


@dataclass(frozen=True)
class Stored:
    """What a file of arrays holds.

    Attributes:
        arrays: the name and array of each, in its order.
        unread: what else it says, in sentences.
        special: what its nodes do that no bundled page does, in sentences.
    """

    arrays: tuple[tuple[str, Array], ...]
    unread: tuple[str, ...] = ()
    special: tuple[str, ...] = ()


def graph_arrays(graph: Any, held: Mapping[str, Array]) -> Stored:
    """Return the arrays of a graph, each named by its node and the input that it is.

    A linear layer is one node, or a product and a sum; its weight is (output, input). States
    are (directions, batch, hidden).

    Args:
        graph: the ONNX graph.
        held: its initializers, by name.

    Raises:
        BadArchive: if the weights of a recurrent node are not stored.
    """
    return _Graph(graph.node, held).stored()


class _Graph:
    def __init__(self, nodes: Sequence[Any], held: Mapping[str, Array]) -> None:
        self._nodes = nodes
        self._made = {name: node for node in nodes for name in node.output}
        self._held = dict(held)
        self._other: dict[str, None] = {}
        self._unread: list[str] = []
        self._special: list[str] = []
        for node in nodes:
            if node.op_type == "Identity" and node.input[0] in self._held:
                self._held[node.output[0]] = self._held[node.input[0]]

    def stored(self) -> Stored:
        """Return what is read, and say what is not."""
        found = tuple(self._arrays())
        if self._other:
            names = list(self._other)
            more = f" and {len(names) - _MOST_NAMED} kinds more" * (len(names) > _MOST_NAMED)
            what = agreeing(len(names), "it is", "they are")
            self._unread.append(
                f"it also has {listed(names[:_MOST_NAMED])}{more}: {what} not read"
            )
        return Stored(found, tuple(self._unread), tuple(self._special))

    def _arrays(self) -> Iterator[tuple[str, Array]]:
        products: dict[str, str] = {}
        for number, node in enumerate(self._nodes):
            name, kind = node.name or str(number), node.op_type
            if kind in _USUAL:
                yield from self._recurrent(name, node)
            elif kind in ("Gemm", "MatMul"):
                read = dict(self._linear(name, node))
                yield from read.items()
                if kind == "MatMul" and read:
                    products[node.output[0]] = name
                elif not read:
                    self._other[kind] = None
            elif kind == "Add":
                of = [products[one] for one in node.input if one in products]
                biases = [self._held[one] for one in node.input if one in self._held]
                yield from ((f"{one}.bias", bias) for one in of for bias in biases)
                if not of or not biases:
                    self._other[kind] = None
            elif kind not in (*_MOVING, *_READOUTS):
                self._other[kind] = None

    def _linear(self, name: str, node: Any) -> Iterator[tuple[str, Array]]:
        turned = any(one.name == "transB" and one.i for one in node.attribute)
        for what, source in zip(_INPUTS[node.op_type], node.input, strict=False):
            if what in _WEIGHTS and source in self._held:
                array = self._held[source]
                yield f"{name}.{what}", array.T if what == "weight" and not turned else array

    def _recurrent(self, name: str, node: Any) -> Iterator[tuple[str, Array]]:
        own = {one.name: one for one in node.attribute}
        called = f"its {node.op_type}" + (f" {node.name}" if node.name else "")
        yield from ((f"{name}.{key}", np.array(v)) for key, v in self._settings(called, node))
        given = dict(zip(_INPUTS[node.op_type], node.input, strict=False))
        for what, source in given.items():
            if not source or what == "X":
                continue
            if what == _LENGTHS:
                said = "has sequence_lens, which are not read: every sequence is taken whole"
                self._unread.append(f"{called} {said}")
            elif what in _WEIGHTS and source not in self._held:
                raise BadArchive(
                    f"the input {what} of {called} is computed, or given when it runs; only "
                    "stored arrays are read: export the model with its constants folded, or "
                    f"write {what} as an array of an .npz file"
                )
            elif what in _WEIGHTS:
                yield f"{name}.{what}", self._held[source]
            elif source in self._held:
                yield f"{name}.{what}", self._state(own, self._held[source])
            elif not self._zero(source):
                key = "h" if what == _STATES[0] else "C"
                said = f"is computed, or given when it runs: {key} starts at 0 unless 'initial'"
                self._unread.append(f"the {what} of {called} {said} says otherwise")

    def _state(self, own: Mapping[str, Any], array: Array) -> Array:
        """Return an initial state with its directions first, as the usual layout has it."""
        turned = "layout" in own and own["layout"].i and array.ndim == 3
        return array.transpose(1, 0, 2) if turned else array

    def _zero(self, name: str) -> bool:
        """Whether a value is 0 everywhere, whatever its shape."""
        if name in self._held:
            return not self._held[name].any()
        node = self._made.get(name)
        if node is None:
            return False
        if node.op_type == "ConstantOfShape":
            own = [one.t for one in node.attribute if one.name == "value"]
            return not own or (not any(own[0].float_data) and not any(own[0].raw_data))
        if node.op_type == "Concat":
            return all(map(self._zero, node.input))
        return node.op_type in _KEEPING and self._zero(node.input[0])

    def _settings(self, called: str, node: Any) -> Iterator[tuple[str, int]]:
        """Yield what a recurrent node's attributes say; note what no bundled page does."""
        own = {one.name: one for one in node.attribute}
        texts = (
            [text.decode() for text in own["activations"].strings]
            if ("activations" in own)
            else []
        )
        usual = _USUAL[node.op_type]
        relu = node.op_type == "RNN" and set(texts) == {"Relu"}
        if texts and not relu and texts != list(usual) * (len(texts) // len(usual)):
            self._special.append(f"{called} has the activations {', '.join(texts)}")
        if "clip" in own and own["clip"].f:
            limit = f"{own['clip'].f:g}"
            self._special.append(
                f"{called} clips every pre-activation at -{limit} and {limit} (clip)"
            )
        if "input_forget" in own and own["input_forget"].i:
            self._special.append(f"{called} takes 1 - i for its forget gate (input_forget)")
        direction = own["direction"].s.decode() if "direction" in own else "forward"
        if direction != "bidirectional":
            yield "reverse", int(direction == "reverse")
        if node.op_type == "GRU":
            before = own.get("linear_before_reset")
            yield "linear_before_reset", before.i if before else 0
        if node.op_type == "RNN":
            yield "relu", int(relu)
