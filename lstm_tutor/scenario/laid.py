"""Arrays with the names of their axes beside them: of a file, or written in the scenario.

Which axis is which is said once, so that nobody has to turn an array before it can be used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.document import KeyPath, dotted
from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.files.problem import described, did_you_mean
from lstm_tutor.files.text import quoted
from lstm_tutor.scenario.arrays import nested_array, nested_problems
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.instead import AXES
from lstm_tutor.scenario.stored import BadArrays, array_in

Array = NDArray[np.float64]
FILE, VALUES = "file", "values"
_KEYS = (FILE, "name", VALUES, "axes")


@dataclass(frozen=True)
class LaidArray:
    """An array whose axes are known.

    Attributes:
        values: its numbers; NaN for none.
        axes: its axes, in the order in which they were asked for.
        name: what it is called in messages.
        entry: the entry that holds it, or names its file.
    """

    values: Array
    axes: tuple[str, ...]
    name: str
    entry: KeyPath


def is_laid(value: Any) -> bool:
    """Whether an entry is an array with its axes, or one in a file."""
    return isinstance(value, Mapping) and (FILE in value or VALUES in value)


def laid_array(
    entries: Entries,
    path: KeyPath,
    value: Mapping[str, Any],
    known: Sequence[str],
    usual: Mapping[int, tuple[str, ...]],
    *,
    nan: bool = False,
) -> LaidArray | None:
    """Read an array, and bring its axes into order; every problem is noted.

    Args:
        entries: the scenario file.
        path: the entry.
        value: what stands there, for which `is_laid` holds.
        known: the axes that it may have, in the order that is wanted.
        usual: the axes of an array of which they are not named, by their number.
        nan: whether NaN, or null, may stand for none.

    Returns:
        The array, without the axes that it does not have; None if it cannot be used.
    """
    problems = len(entries.problems)
    _check_keys(entries, path, value, known)
    if len(entries.problems) > problems:
        return None
    found = _array(entries, path, value, nan=nan)
    if found is None:
        return None
    values, name, entry = found
    try:
        named = _named(value.get("axes"), values.ndim, known, usual)
    except BadArrays as error:
        said = f"{dotted(path)} file {quoted(value[FILE])}" if FILE in value else dotted(path)
        entries.problem(entry, f"{said}: {error}")
        return None
    order = tuple(axis for axis in known if axis in named)
    return LaidArray(
        values.transpose([named.index(axis) for axis in order]), order, name, entry
    )


def _check_keys(
    entries: Entries, path: KeyPath, value: Mapping[str, Any], known: Sequence[str]
) -> None:
    file, own, axes = value.get(FILE), value.get("name", ""), value.get("axes")
    for key in value:
        if key not in _KEYS:
            message, remedy = f"unknown key {dotted((*path, key))!r}", did_you_mean(key, _KEYS)
            entries.problem((*path, key), message, remedy=remedy, key=True)
    if FILE in value and VALUES in value:
        message = f"{dotted(path)} has both a file and values"
        entries.problem((*path, VALUES), message, remedy="remove one of them", key=True)
    if FILE in value and (not isinstance(file, str) or not file):
        here = (*path, FILE)
        expected = "the path of a file of arrays: .npy, .npz, …"
        entries.problem(here, f"{dotted(here)} is {described(file)}", expected)
    if not isinstance(own, str):
        here = (*path, "name")
        message = f"{dotted(here)} is {described(own)}"
        entries.problem(here, message, "the name of an array in the file")
    is_list = isinstance(axes, list) and all(isinstance(axis, str) for axis in axes)
    if "axes" in value and not is_list:
        here = (*path, "axes")
        expected = f"the array's axes in order, such as [{', '.join(known)}]"
        entries.problem(here, f"{dotted(here)} is {described(axes)}", expected)


def _array(
    entries: Entries, path: KeyPath, value: Mapping[str, Any], *, nan: bool
) -> tuple[Array, str, KeyPath] | None:
    """Return the numbers, what they are called, and where they are."""
    what = dotted(path)
    if FILE not in value:
        here = (*path, VALUES)
        found = list(nested_problems(entries.document, here, value[VALUES], nulls=nan))
        entries.problems.extend(found)
        return None if found else (nested_array(value[VALUES]), dotted(here), here)
    file, here = value[FILE], (*path, FILE)
    try:
        array = array_in(entries.folder / file, what, nan=nan, name=value.get("name", ""))
    except BadArrays as error:
        entries.problem(here, f"{what} file {quoted(file)}: {error}")
        return None
    return array, f"{what} in {quoted(file)}", here


def _named(
    axes: Sequence[str] | None,
    count: int,
    known: Sequence[str],
    usual: Mapping[int, tuple[str, ...]],
) -> tuple[str, ...]:
    """Return the names of an array's axes; BadArrays if they do not fit."""
    has = counted(count, "axis", "axes")
    if axes is None:
        if count in usual:
            return usual[count]
        raise BadArrays(f"its array has {has}; it can have {listed(list(known))}")
    for axis in axes:
        if axis not in known:
            remedy = did_you_mean(axis, known)
            if AXES.get(axis) in known:
                remedy = f"write {AXES[axis]}; the axes are called {', '.join(known)}"
            raise BadArrays(f"there is no axis {quoted(axis)} here; {remedy}")
    twice = [axis for axis in known if axes.count(axis) > 1]
    if twice:
        raise BadArrays(f"the axis {twice[0]} is named twice")
    if len(axes) != count:
        raise BadArrays(f"its array has {has}, and named are {len(axes)}: {listed(list(axes))}")
    return tuple(axes)
