"""Numbers of a Python program, modules of frameworks among them, as a person's numbers.

Frameworks are never imported: a module is known by what it offers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.numbers.written import Entry, Submission, stored, written

Array = NDArray[Any]
_SHORT = 8  # significant digits up to which an array was rounded
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
    texts = [repr(float(number)) for number in array.ravel().tolist()[:_MOST_ENTRIES]]
    typed = isinstance(value, float | int) or (
        array.dtype == np.float64 and all(map(_is_short, texts)) and not _whole(array)
    )
    found = written(texts, array.shape) if typed and len(texts) == array.size else stored(array)
    return Entry(name, found.value, found.unit)


def _is_short(text: str) -> bool:
    digits = text.partition("e")[0].replace(".", "").replace("-", "").strip("0")
    return len(digits) <= _SHORT


def _whole(array: Array) -> bool:
    return bool(np.all(array == np.round(array)))


def array_of(value: Any) -> Array | None:
    """Return numbers as an array, a tensor's too; None for what holds no real numbers."""
    for method in ("detach", "cpu"):
        own = getattr(value, method, None)
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
    return array if array.dtype.kind in "fiu" else None


def is_module(value: Any) -> bool:
    """Whether a value is a module or layer with parameters."""
    return hasattr(value, "named_parameters") or (
        hasattr(value, "trainable_variables") and not isinstance(value, Mapping)
    )


def module_arrays(module: Any) -> dict[str, Array]:
    """Return a module's parameters by name, and gradients where it has them."""
    if hasattr(module, "named_parameters"):
        found: dict[str, Any] = {}
        for name, parameter in module.named_parameters():
            found[name] = parameter
            if getattr(parameter, "grad", None) is not None:
                found[f"{name}.grad"] = parameter.grad
    else:
        found = {one.path: one for one in module.weights}
    arrays = {name: array_of(value) for name, value in found.items()}
    return {name: array for name, array in arrays.items() if array is not None}
