"""Arrays in files beside a scenario: its weights, or what it gives at every time step.

What the arrays are for is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.archive import BadArchive, array_of
from lstm_tutor.files.document import MOST_ENTRIES
from lstm_tutor.files.phrase import listed
from lstm_tutor.files.problem import did_you_mean
from lstm_tutor.files.reading import Unreadable, content_of
from lstm_tutor.files.tensors import LARGEST, tensors
from lstm_tutor.files.text import quoted

Array = NDArray[np.float64]
_ZIP, _NPY = b"PK", b"\x93NUMPY"
_MOST_NAMED = 6


class BadArrays(Exception):  # noqa: N818  # a state of the file, reported as such
    """Arrays that cannot be used; the message says why."""


@dataclass(frozen=True)
class Arrays:
    """The arrays of a file.

    Attributes:
        numbers: each array by its name.
        unread: what else the file says, in sentences.
        special: what it says of its model that no bundled page does, in sentences.
    """

    numbers: dict[str, Array]
    unread: tuple[str, ...] = ()
    special: tuple[str, ...] = ()


def arrays_of(path: Path, what: str, prefix: str | Sequence[str] = "") -> Arrays:
    """Return the arrays of a file as numbers.

    Args:
        path: the file.
        what: what the file is, for messages.
        prefix: what the names of those that are wanted begin with; or several such texts.

    Raises:
        BadArrays: at the first thing that is wrong.
    """
    wanted = (prefix,) if isinstance(prefix, str) else tuple(prefix)
    try:
        found = tensors(content_of(path, LARGEST, what), path.name)
        chosen = ((name, array) for name, array in found.arrays if name.startswith(wanted))
        numbers = {name: _numbers(name, array, nan=False) for name, array in chosen}
    except (BadArchive, Unreadable) as error:
        raise BadArrays(str(error)) from None
    return Arrays(numbers, found.unread, found.special)


def array_in(path: Path, what: str, *, nan: bool, name: str = "") -> Array:
    """Return one array of a file.

    Args:
        path: the file: an .npy, or one that has arrays by name.
        what: what it holds, for messages.
        nan: whether a number may be NaN, for none.
        name: of the array in the file; "" where it is the only one.

    Raises:
        BadArrays: at the first thing that is wrong.
    """
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
    arrays = dict(tensors(content, f"{file}.npz" if zipped else file).arrays)
    if not name and len(arrays) == 1:
        return next(iter(arrays.values()))
    if not name:
        shown = listed(list(arrays)[:_MOST_NAMED]) or "none"
        raise BadArrays(f"it holds several arrays ({shown}); say which with 'name'")
    if name not in arrays:
        raise BadArrays(f"it has no array {quoted(name)}; {did_you_mean(name, arrays)}")
    return arrays[name]


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
