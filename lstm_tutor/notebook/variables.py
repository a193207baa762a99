"""Numbers of a Python program, modules of frameworks among them, as a person's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.notebook import keras, pytorch
from lstm_tutor.numbers.written import Entry, Submission, stored, written
from lstm_tutor.submission.precision import shortest

Array = NDArray[Any]
_SHORT = {"float64": 8, "float32": 5}  # significant digits up to which an array was rounded
_MOST_LOOKED_AT = 2000  # numbers, by which rounding is told
_BRAIN, _BRAIN_STEP = "bfloat16", 2.0**-8
_MOST_ENTRIES = 100_000


def submission_of(numbers: Mapping[str, Any]) -> Submission:
    """Return named numbers, arrays, lists of them and dicts as what a person handed in."""
    entries = []
    for name, value in named_values("", numbers):
        found = entry_of(name, value)
        if found is not None:
            entries.append(found)
    return Submission(tuple(entries[:_MOST_ENTRIES]))


def named_values(before: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what stands in nested dicts, each with its keys joined by dots."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from named_values(f"{before}.{key}" if before else str(key), inner)
    else:
        yield before, value


def entry_of(name: str, value: Any) -> Entry | None:
    """Return a value as an entry; None if it is no number or array of numbers.

    A Python number counts at the digits that it shows, and so does an array whose numbers
    were all rounded; other arrays are exact to the last bits of their type.
    """
    array = array_of(value)
    if array is None or not array.size:
        return None
    if _type_of(value) == _BRAIN:
        return Entry(name, array.astype(float), np.abs(array) * _BRAIN_STEP)
    if isinstance(value, float | int) or _is_rounded(array):
        found = written([str(number) for number in array.ravel()], array.shape)
    else:
        found = stored(array)
    return Entry(name, found.value, found.unit)


def _is_rounded(array: Array) -> bool:
    """Whether the numbers of an array, which are not all whole, have few digits."""
    flat = array.ravel()
    most = _SHORT.get(array.dtype.name, 0)
    if shortest([float(str(flat[0]))])[0] > most:  # one tells, and mostly does
        return False
    sample = flat[:: max(1, flat.size // _MOST_LOOKED_AT)]
    digits, _ = shortest([float(str(number)) for number in sample])
    return 0 < digits <= most and not _whole(array)


def _whole(array: Array) -> bool:
    return bool(np.all(array == np.round(array)))


def _type_of(value: Any) -> str:
    """Return the name of the type of an array's or tensor's numbers; "" for others."""
    return str(getattr(value, "dtype", "")).rpartition(".")[2]


def array_of(value: Any) -> Array | None:
    """Return numbers as an array, a tensor's too; None for what holds no real numbers."""
    for method in ("detach", "cpu", "float" if _type_of(value) == _BRAIN else ""):
        own = getattr(value, method, None) if method else None
        if callable(own) and hasattr(value, "numpy"):
            value = own()
    if isinstance(value, str | bytes | bool | type) or callable(value):
        return None
    if isinstance(value, Sequence):
        parts = [array_of(part) for part in value]
        if not parts or any(part is None for part in parts):
            return None
        if len({part.shape for part in parts if part is not None}) > 1:
            return None
        return np.array(parts)
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    if array.dtype.name == _BRAIN:
        array = array.astype(np.float32)
    return array if array.dtype.kind in "fiu" else None


def is_module(value: Any) -> bool:
    """Whether a value is a module or layer with parameters."""
    return keras.is_keras(value) or pytorch.is_torch(value)


def module_arrays(module: Any) -> dict[str, Any]:
    """Return a module's parameters by name, and gradients where it has them."""
    if keras.is_keras(module):
        return keras.parameters(module)
    return pytorch.parameters(module)


def arrays_of(values: Mapping[str, Any]) -> dict[str, Array]:
    """Return what is an array of numbers among named values, also in nested dicts."""
    found = {name: array_of(value) for name, value in named_values("", values)}
    return {name: array for name, array in found.items() if array is not None}
