"""Numbers of a Python program, modules of frameworks among them, as a person's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.notebook import keras, pytorch
from lstm_tutor.numbers.bracketed import Unreadable, whole_value
from lstm_tutor.numbers.written import DEEPEST, MOST_NUMBERS, Entry, Written, stored, written
from lstm_tutor.submission.precision import shortest

Array = NDArray[Any]
_SHORT = {"float64": 8, "float32": 5}  # significant digits up to which an array was rounded
_MOST_LOOKED_AT = 2000  # numbers, by which rounding is told
_BRAIN, _BRAIN_STEP = "bfloat16", 2.0**-8
_MOST_ENTRIES = 100_000
_LONGEST_TEXT = 400  # characters of a text that is looked at as a number


@dataclass(frozen=True)
class Held:
    """What named values hold.

    Attributes:
        entries: numbers and arrays, as what a person handed in.
        unread: values that are neither, and what they are instead.
    """

    entries: tuple[Entry, ...]
    unread: tuple[tuple[str, str], ...]


def held(numbers: Any) -> Held:
    """Return what named numbers, arrays, lists of them, tables and dicts hold."""
    entries: list[Entry] = []
    unread: list[tuple[str, str]] = []
    for name, value in named_values("", numbers):
        found = entry_of(name, value)
        if found is not None and len(entries) < _MOST_ENTRIES:
            entries.append(found)
        elif not _is_remark(value):
            unread.append((name, _why(value)))
    return Held(tuple(entries), tuple(unread))


def named_values(before: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield what stands in nested dicts and tables, each with its keys joined by dots.

    A list that is no array, as where its rows have different lengths or some are missing, is
    one by position; what is missing in it is left out.
    """
    if depth > DEEPEST:
        return
    if is_keyed(value):
        for key, inner in value.items():
            own = ".".join(map(str, key)) if isinstance(key, tuple) else str(key)
            yield from named_values(f"{before}.{own}" if before else own, inner, depth + 1)
    elif _is_by_position(value):
        for number, inner in enumerate(value):
            if inner is not None:
                yield from named_values(f"{before}.{number}", inner, depth + 1)
    else:
        yield before, value


def is_keyed(value: Any) -> bool:
    """Whether a value holds others by name: a dict, a file of arrays, a table with columns."""
    if isinstance(value, Mapping):
        return True
    return not isinstance(value, type) and callable(getattr(value, "items", None))


def _is_by_position(value: Any) -> bool:
    """Whether a list holds numbers, and is no array of them."""
    found = isinstance(value, list | tuple) and any(map(_holds, value))
    return found and array_of(value) is None


def _holds(value: Any) -> bool:
    """Whether a part of a list is, or may hold, numbers."""
    return is_keyed(value) or isinstance(value, list | tuple) or array_of(value) is not None


def entry_of(name: str, value: Any) -> Entry | None:
    """Return a value as an entry; None if it is no number or array of numbers.

    A Python number counts at the digits that it shows, as does one in a text, and an array
    whose numbers were all rounded; other arrays are exact to the last bits of their type.
    """
    array = array_of(value)
    if isinstance(value, str) or (array is None and hasattr(value, "__float__")):
        text = _written(str(value))
        return None if text is None else Entry(name, text.value, text.unit)
    if array is None or not 0 < array.size <= MOST_NUMBERS:
        return None
    if _type_of(value) == _BRAIN:
        return Entry(name, array.astype(float), np.abs(array) * _BRAIN_STEP)
    if isinstance(value, float | int) or _is_rounded(array):
        found = written([str(number) for number in array.ravel()], array.shape)
    else:
        found = stored(array)
    return Entry(name, found.value, found.unit)


def _written(text: str) -> Written | None:
    try:
        return whole_value(text, MOST_NUMBERS) if len(text) <= _LONGEST_TEXT else None
    except Unreadable:
        return None


def _is_remark(value: Any) -> bool:
    """Whether a value is there for people or for the program, and no number that is missing."""
    return isinstance(value, str | bytes | bool | type) or callable(value)


def _why(value: Any) -> str:
    if value is None:
        return "it is None"
    array = array_of(value)
    if array is not None and array.size > MOST_NUMBERS:
        return f"it has {array.size:,} numbers, and at most {MOST_NUMBERS:,} are read"
    if array is not None or (isinstance(value, Sequence) and not value):
        return "it is empty"
    kind = getattr(value, "dtype", None)
    return f"it has the type {kind if kind is not None else type(value).__name__}"


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
        if all(type(part) is float for part in value):
            return np.array(value) if value else None
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
