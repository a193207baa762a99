"""Arrays in safetensors files, read and written: a length, a head of JSON, raw numbers.

Format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.archive import MOST_ARRAYS, BadArchive

Array = NDArray[Any]
_LENGTH = struct.Struct("<Q")
_LONGEST_HEAD = 16 * 1024 * 1024
_TYPES = {
    **{"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2"},
    **{"I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1"},
}
_BRAIN = "BF16"  # the first half of a 32-bit number
_NO_FILE = "it is not a safetensors file, or damaged"


def tensors_in(content: bytes) -> Iterator[tuple[str, Array]]:
    """Yield the name and array of each tensor, in the file's order.

    Raises:
        BadArchive: at the first thing that is wrong.
    """
    head, data = _head(content)
    if len(head) > MOST_ARRAYS:
        raise BadArchive(f"it holds {len(head):,} arrays; at most {MOST_ARRAYS:,} are read")
    for name, entry in head.items():
        if name != "__metadata__":
            yield name, _tensor(name, entry, data)


def _head(content: bytes) -> tuple[dict[str, Any], bytes]:
    if len(content) < _LENGTH.size:
        raise BadArchive(_NO_FILE)
    (length,) = _LENGTH.unpack_from(content)
    end = _LENGTH.size + length
    if length > _LONGEST_HEAD or end > len(content):
        raise BadArchive(_NO_FILE)
    try:
        head = json.loads(content[_LENGTH.size : end], object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise BadArchive(_NO_FILE) from None
    if not isinstance(head, dict):
        raise BadArchive(_NO_FILE)
    return head, content[end:]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(pairs)
    return found


def _tensor(name: str, entry: Any, data: bytes) -> Array:
    kind = entry.get("dtype") if isinstance(entry, dict) else None
    if kind != _BRAIN and kind not in _TYPES:
        raise BadArchive(f"the array {name} has numbers of an unknown type")
    shape, ends = entry.get("shape"), entry.get("data_offsets")
    if not _whole(shape) or not _whole(ends) or len(ends) != 2:
        raise BadArchive(_NO_FILE)
    kept = np.dtype("<u2" if kind == _BRAIN else _TYPES[kind])
    begin, end = ends
    if end > len(data) or end - begin != math.prod(shape) * kept.itemsize:
        raise BadArchive(f"the array {name} holds more or less than its head says")
    numbers = np.frombuffer(data[begin:end], kept).reshape(shape)
    if kind == _BRAIN:
        numbers = (numbers.astype("<u4") << 16).view("<f4")
    return numbers


def _whole(numbers: Any) -> bool:
    return isinstance(numbers, list) and all(
        type(number) is int and 0 <= number < 2**48 for number in numbers
    )


def safetensors(arrays: Mapping[str, Array], about: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the bytes of a file that holds arrays of 64-bit or 32-bit numbers.

    Args:
        arrays: by name.
        about: texts that travel with them, by key.
    """
    head: dict[str, Any] = {"__metadata__": dict(about)}
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        kind = "F32" if array.dtype == np.float32 else "F64"
        head[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [begin, end]}
    text = json.dumps(head, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    yield _LENGTH.pack(len(text)) + text
    for array in arrays.values():
        yield np.ascontiguousarray(
            array, "<f4" if array.dtype == np.float32 else "<f8"
        ).tobytes()
