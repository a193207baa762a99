"""Arrays in files beside a scenario: its weights, or what it gives at every time step.

What the arrays are for is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.archive import BadArchive, array_of
from lstm_tutor.files.document import MOST_ENTRIES
from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.files.problem import did_you_mean
from lstm_tutor.files.reading import Unreadable, content_of
from lstm_tutor.files.tensors import LARGEST, tensors
from lstm_tutor.files.text import quoted

Array = NDArray[np.float64]
TIME, BATCH = "time", "batch"
_ZIP, _NPY = b"PK", b"\x93NUMPY"
_MOST_NAMED = 6


class BadArrays(Exception):  # noqa: N818  # a state of the file, reported as such
    """Arrays that cannot be used; the message says why."""


def arrays_of(path: Path, what: str) -> dict[str, Array]:
    """Return the arrays of a file as numbers, by name.

    Args:
        path: the file.
        what: what the file is, for messages.

    Raises:
        BadArrays: at the first thing that is wrong.
    """
    try:
        members = tensors(content_of(path, LARGEST, what), path.name)
        return {name: _numbers(name, array, nan=False) for name, array in members}
    except (BadArchive, Unreadable) as error:
        raise BadArrays(str(error)) from None


def series_of(
    path: Path, what: str, axes: Sequence[str] | None, unit: str, *, nan: bool, name: str = ""
) -> tuple[Array, bool]:
    """Return what an array of a file gives at every time step.

    Args:
        path: the file: an .npy, or one that has arrays by name.
        what: what it holds, for messages.
        axes: the axes of its array; None for the order that a scenario file is written in.
        unit: what the axis of a row's numbers is called; it may be left out.
        nan: whether a row may be NaN, for none.
        name: of the array in the file; "" where it is the only one.

    Returns:
        (batch, time, units), or without batch if the file has no such axis; a single unit
        where its axis is left out. And whether that axis is left out.

    Raises:
        BadArrays: at the first thing that is wrong.
    """
    array = _array(path, what, name, nan=nan)
    named = _named(axes, array.ndim, unit)
    order = [axis for axis in (BATCH, TIME, unit) if axis in named]
    laid = array.transpose([named.index(axis) for axis in order])
    alone = unit not in named
    return (laid[..., None] if alone else laid), alone


def _array(path: Path, what: str, name: str, *, nan: bool) -> Array:
    try:
        content = content_of(path, LARGEST, what)
        named = path.suffix.lower() != ".npy" or content.startswith(_ZIP)
        plain = content.startswith(_NPY) or not named
        if plain and name:
            raise BadArrays(f"an .npy file holds one array without a name; remove {name!r}")
        array = array_of(content, what) if plain else _member(content, path.name, name)
    except (BadArchive, Unreadable) as error:
        raise BadArrays(str(error)) from None
    if array.size > MOST_ENTRIES:
        raise BadArrays(f"it holds {array.size:,} numbers; at most {MOST_ENTRIES:,} are read")
    return _numbers(what, array, nan=nan)


def _member(content: bytes, file: str, name: str) -> NDArray[Any]:
    """Return an array of a file that has arrays by name; without one, its only array."""
    zipped = content.startswith(_ZIP) and Path(file).suffix.lower() == ".npy"
    arrays = dict(tensors(content, f"{file}.npz" if zipped else file))
    if not name and len(arrays) == 1:
        return next(iter(arrays.values()))
    if not name:
        shown = listed(list(arrays)[:_MOST_NAMED]) or "none"
        raise BadArrays(f"it holds several arrays ({shown}); say which with 'name'")
    if name not in arrays:
        raise BadArrays(f"it has no array {quoted(name)}; {did_you_mean(name, arrays)}")
    return arrays[name]


def _named(axes: Sequence[str] | None, count: int, unit: str) -> tuple[str, ...]:
    """Return the names of an array's axes; BadArrays if they do not fit."""
    usual = {1: (TIME,), 2: (TIME, unit), 3: (BATCH, TIME, unit)}
    if axes is None:
        if count in usual:
            return usual[count]
        has = counted(count, "axis", "axes")
        raise BadArrays(f"its array has {has}; it can have {TIME}, {BATCH} and {unit}")
    known = (BATCH, TIME, unit)
    for axis in axes:
        if axis not in known:
            raise BadArrays(
                f"there is no axis {quoted(axis)} here; {did_you_mean(axis, known)}"
            )
    twice = [axis for axis in known if axes.count(axis) > 1]
    if twice:
        raise BadArrays(f"the axis {twice[0]} is named twice")
    if TIME not in axes:
        raise BadArrays(f"no axis is called {TIME}")
    if len(axes) != count:
        has = counted(count, "axis", "axes")
        raise BadArrays(f"its array has {has}, and named are {len(axes)}: {listed(list(axes))}")
    return tuple(axes)


def _numbers(name: str, array: NDArray[Any], *, nan: bool) -> Array:
    if array.dtype.kind not in "fiu":
        raise BadArrays(f"the array {name} holds something other than real numbers")
    if not array.size:
        raise BadArrays(f"the array {name} is empty")
    with np.errstate(over="ignore"):
        array = array.astype(float)
    good = np.isfinite(array) | np.isnan(array) if nan else np.isfinite(array)
    bad = np.argwhere(~good)
    if len(bad):
        index = tuple(int(part) for part in bad[0])
        at = f"{name}[{', '.join(str(part) for part in index)}]" if index else name
        raise BadArrays(f"{at} is {array[index]}, not a finite number")
    return array
