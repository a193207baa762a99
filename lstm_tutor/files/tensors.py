"""Named arrays in the files of frameworks, whichever of the formats it is.

What belongs to no framework is read without one; HDF5 and ONNX need theirs to be
installed, and a pickle is never opened, since opening it would run what is in it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.archive import DAMAGED, MOST_ARRAYS, BadArchive, arrays_in
from lstm_tutor.files.safetensors import tensors_in
from lstm_tutor.files.text import decoded

Array = NDArray[Any]
LARGEST = 64 * 1024 * 1024
_DEEPEST = 12
PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")
BINARY = (".safetensors", ".h5", ".keras", ".onnx")
_CONVERTED = (
    "write it anew, in Python: from safetensors.torch import save_file; "
    "save_file(model.state_dict(), 'model.safetensors')"
)


def tensors(content: bytes, name: str) -> list[tuple[str, Array]]:
    """Return the name and array of each array in a file, in its order.

    Args:
        content: the file.
        name: its name, whose ending says what it is.

    Raises:
        BadArchive: if it cannot be read; the message says why, and what to do.
    """
    ending = Path(name.lower()).suffix
    if ending in PICKLES:
        raise BadArchive(f"a pickle could run anything when it is opened; {_CONVERTED}")
    if ending not in _READERS:
        known = ", ".join(_READERS)
        raise BadArchive(f"its name ends in {ending or 'nothing'}; read are {known}")
    return list(_READERS[ending](content))


def _archive(content: bytes) -> Iterator[tuple[str, Array]]:
    return arrays_in(content, LARGEST)


def _json(content: bytes) -> Iterator[tuple[str, Array]]:
    try:
        value = json.loads(decoded(content))
    except (ValueError, RecursionError):
        raise BadArchive("it is not whole JSON") from None
    if not isinstance(value, dict):
        raise BadArchive("it holds no names")
    yield from _named("", value, 0)


def _named(before: str, value: dict[str, Any], depth: int) -> Iterator[tuple[str, Array]]:
    if depth > _DEEPEST:
        raise BadArchive(f"its names are nested deeper than {_DEEPEST} levels")
    for key, inner in value.items():
        name = f"{before}{key}"
        if isinstance(inner, dict):
            yield from _named(f"{name}.", inner, depth + 1)
            continue
        try:
            array = np.array(inner)
        except (ValueError, OverflowError, RecursionError):
            raise BadArchive(f"the rows of {name} have different lengths") from None
        yield name, array


def _hdf5(content: bytes) -> Iterator[tuple[str, Array]]:
    try:
        import h5py
    except ImportError:
        raise BadArchive(_missing("HDF5 files", "h5py")) from None
    try:
        with h5py.File(BytesIO(content), "r") as file:
            names: list[str] = []
            file.visititems(
                lambda name, item: (
                    names.append(name) if isinstance(item, h5py.Dataset) else None
                )
            )
            if len(names) > MOST_ARRAYS:
                raise BadArchive(f"it holds more than {MOST_ARRAYS:,} arrays")
            sizes = [file[name].size * file[name].dtype.itemsize for name in names]
            if sum(sizes) > LARGEST:
                raise BadArchive(f"it holds too many bytes; at most {LARGEST:,} are read")
            yield from ((name, np.asarray(file[name])) for name in names)
    except DAMAGED:
        raise BadArchive("it is not an HDF5 file, or damaged") from None


def _keras(content: bytes) -> Iterator[tuple[str, Array]]:
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        with archive.open("model.weights.h5") as stream:
            inside = stream.read(LARGEST + 1)
    except DAMAGED:
        raise BadArchive("it is not a Keras file, or damaged") from None
    if len(inside) > LARGEST:
        raise BadArchive(f"it holds too many bytes; at most {LARGEST:,} are read")
    yield from _hdf5(inside)


def _onnx(content: bytes) -> Iterator[tuple[str, Array]]:
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise BadArchive(_missing("ONNX files", "onnx")) from None
    try:
        graph = onnx.load_model_from_string(content).graph
        held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    except Exception:  # of the library that parses it, whatever it is
        raise BadArchive("it is not an ONNX file, or damaged") from None
    yield from _onnx_weights(graph.node, held)


def _onnx_weights(nodes: Any, held: dict[str, Array]) -> Iterator[tuple[str, Array]]:
    """Yield the weights of the nodes of a graph that have some, by node and input.

    A linear layer is one node, or a product and a sum; its weight is (output, input).
    """
    products: dict[str, str] = {}
    for number, node in enumerate(nodes):
        name = node.name or str(number)
        for key, value in _onnx_settings(node):
            yield f"{name}.{key}", np.array(value)
        given = dict(zip(_ONNX_INPUTS.get(node.op_type, ()), node.input, strict=False))
        for what, source in given.items():
            if what in _ONNX_WEIGHTS and source in held:
                turned = any(one.name == "transB" and one.i for one in node.attribute)
                array = held[source]
                yield f"{name}.{what}", array.T if what == "weight" and not turned else array
        if node.op_type == "MatMul":
            products[node.output[0]] = name
        if node.op_type == "Add":
            of = [products[one] for one in node.input if one in products]
            biases = [held[one] for one in node.input if one in held]
            yield from ((f"{one}.bias", bias) for one in of for bias in biases)


def _onnx_settings(node: Any) -> Iterator[tuple[str, int]]:
    """Yield what a recurrent node's attributes say; refuse what no page does."""
    if node.op_type not in _ONNX_ACTIVATIONS:
        return
    own = {one.name: one for one in node.attribute}
    given = own["activations"].strings if "activations" in own else ()
    texts = [text.decode() for text in given]
    usual = _ONNX_ACTIVATIONS[node.op_type]
    relu = node.op_type == "RNN" and set(texts) == {"Relu"}
    if texts and not relu and texts != list(usual) * (len(texts) // len(usual)):
        raise BadArchive(f"its {node.op_type} has the activations {', '.join(texts)}")
    for key in ("clip", "input_forget"):
        if key in own and (own[key].f or own[key].i):
            raise BadArchive(f"its {node.op_type} has the attribute {key}, which no page has")
    direction = own["direction"].s.decode() if "direction" in own else "forward"
    if direction != "bidirectional":
        yield "reverse", int(direction == "reverse")
    if node.op_type == "GRU":
        before = own.get("linear_before_reset")
        yield "linear_before_reset", before.i if before else 0
    if node.op_type == "RNN":
        yield "relu", int(relu)


SETTINGS = ("reverse", "linear_before_reset", "relu")
"""What the names of settings end in, which an .onnx file has beside its arrays."""
_ONNX_ACTIVATIONS = {
    "LSTM": ("Sigmoid", "Tanh", "Tanh"),
    "GRU": ("Sigmoid", "Tanh"),
    "RNN": ("Tanh",),
}
_ONNX_INPUTS = {
    "LSTM": ("X", "W", "R", "B", "lengths", "h", "c", "P"),
    "GRU": ("X", "W", "R", "B"),
    "RNN": ("X", "W", "R", "B"),
    "Gemm": ("X", "weight", "bias"),
    "MatMul": ("X", "weight"),
}
_ONNX_WEIGHTS = ("W", "R", "B", "P", "weight", "bias")


def _missing(what: str, package: str) -> str:
    return f"{what} are read with the package {package}: pip install {package}"


_READERS: dict[str, Callable[[bytes], Iterator[tuple[str, Array]]]] = {
    ".npz": _archive,
    ".json": _json,
    ".safetensors": tensors_in,
    ".h5": _hdf5,
    ".keras": _keras,
    ".onnx": _onnx,
}
