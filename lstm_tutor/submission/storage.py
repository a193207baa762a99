"""Files of arrays as entries: one per array, precise to the last bits of its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.archive import BadArchive, array_of, arrays_in
from lstm_tutor.files.graph import SETTINGS
from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.files.tensors import BINARY, PICKLES, tensors
from lstm_tutor.numbers.written import (
    LARGEST,
    Entry,
    Ignored,
    Submission,
    clean,
    require_few,
    stored,
)
from lstm_tutor.submission.precision import DECIMALS, DIGITS, Precision, shortest

_MOST_LOOKED_AT = 2000  # numbers, by which rounding is told
_LONGEST_NAME = 200  # characters; frameworks put the names of all that an array is in before it
_ROUNDED = 12  # significant digits; a program that rounds keeps no more
_ZIP, _NPY = (b"PK\x03\x04", b"PK\x05\x06"), b"\x93NUMPY"


def is_stored(content: bytes, name: str) -> bool:
    """Whether it is a file of arrays, by its first bytes or its name."""
    endings = (".npz", ".npy", *BINARY, *PICKLES)
    return content.startswith((*_ZIP, _NPY)) or name.lower().endswith(endings)


def arrays(content: bytes, name: str) -> Submission:
    """Read an .npz or .npy file, or one of a framework.

    Raises:
        BadInput: if it is damaged or too large.
    """
    place = Place(name)
    try:
        found = list(_arrays(content, name))
    except BadArchive as error:
        raise BadInput([Problem(str(error), place, "arrays of plain numbers")]) from None
    require_few(sum(array.size for _, array in found), name)
    kept = [(label, array) for label, array in found if not _why(array)]
    rounded = _rounded([array for _, array in kept])
    entries = [_entry(label, array, rounded) for label, array in kept]
    return Submission(tuple(entries), tuple(_others(found)))


def _arrays(content: bytes, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    if name.lower().endswith((*BINARY, *PICKLES)):
        every = tensors(content, name).arrays
        yield from (one for one in every if one[0].rpartition(".")[2] not in SETTINGS)
    elif content.startswith(_NPY) or name.lower().endswith(".npy"):
        yield "", array_of(content, name)
    else:
        yield from arrays_in(content, LARGEST)


def _entry(label: str, array: NDArray[Any], rounded: Precision | None) -> Entry:
    kept = stored(array)
    unit = kept.unit
    if rounded and array.dtype.kind == "f":
        unit = np.maximum(unit, rounded.unit(kept.value))
    return Entry(clean(label, _LONGEST_NAME), kept.value, unit)


def _rounded(found: list[NDArray[Any]]) -> Precision | None:
    """Return to what numbers in double precision were rounded before they were stored."""
    doubles = [np.ravel(array) for array in found if array.dtype == np.float64]
    values = np.concatenate(doubles) if doubles else np.zeros(0)
    values = values[np.isfinite(values)]
    step = max(1, len(values) // _MOST_LOOKED_AT)
    digits, decimals = shortest(values[::step].tolist())
    if not 3 <= digits <= _ROUNDED:  # whole numbers and halves are exact
        return None
    if decimals < digits:
        return Precision(DECIMALS, decimals)
    return Precision(DIGITS, digits)


def _others(found: list[tuple[str, NDArray[Any]]]) -> Iterator[Ignored]:
    for label, array in found:
        if _why(array):
            yield Ignored(clean(label), 0, _why(array))


def _why(array: NDArray[Any]) -> str:
    """Say why an array is no array of numbers; "" if it is one."""
    if not array.size:
        return "an empty array"
    return "" if array.dtype.kind in "fiu" else f"an array of type {array.dtype}"
