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
from lstm_tutor.files.graph import Stored, graph_arrays
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


def tensors(content: bytes, name: str) -> Stored:
    """Return the arrays in a file, and what it says that is not read.

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
    found = _READERS[ending](content)
    return found if isinstance(found, Stored) else Stored(tuple(found))


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


def _onnx(content: bytes) -> Stored:
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise BadArchive(_missing("ONNX files", "onnx")) from None
    try:
        graph = onnx.load_model_from_string(content).graph
        outside = [one.name for one in graph.initializer if one.external_data]
        constants = [
            (node.output[0], one.t)
            for node in graph.node
            for one in node.attribute
            if node.op_type == "Constant" and one.name == "value"
        ]
        tensors = [(one.name, one) for one in graph.initializer] + constants
        held = {name: numpy_helper.to_array(one) for name, one in tensors if not outside}
    except Exception:  # of the library that parses it, whatever it is
        raise BadArchive("it is not an ONNX file, or damaged") from None
    if outside:
        raise BadArchive(
            "it keeps its arrays in a file of their own; write them into one, in Python: "
            "onnx.save(onnx.load('model.onnx'), 'whole.onnx')"
        )
    return graph_arrays(graph, held)


def _missing(what: str, package: str) -> str:
    return f"{what} are read with the package {package}: pip install {package}"


_READERS: dict[str, Callable[[bytes], Iterator[tuple[str, Array]] | Stored]] = {
    ".npz": _archive,
    ".json": _json,
    ".safetensors": tensors_in,
    ".h5": _hdf5,
    ".keras": _keras,
    ".onnx": _onnx,
}
