"""Weights that are not written in the scenario file: drawn by a scheme, or in an .npz file.

Nothing here knows the other entries of a scenario, or makes one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.files.archive import BadArchive, arrays_in
from lstm_tutor.files.document import Document
from lstm_tutor.files.problem import Problem, did_you_mean
from lstm_tutor.files.reading import Unreadable, content_of
from lstm_tutor.files.text import quoted
from lstm_tutor.model.cell import Cell
from lstm_tutor.scenario.arrays import FileArray
from lstm_tutor.scenario.schema import Init

Array = NDArray[np.float64]
_LARGEST_NPZ = 64 * 1024 * 1024


def limit_problems(document: Document, init: Init) -> Iterator[Problem]:
    """Check the limits between which weights are drawn."""
    path = ("weights", "init")
    if init.scheme != "uniform":
        for key in sorted(init.model_fields_set & {"low", "high"}):
            message = f"weights.init.{key} has no effect with the scheme {init.scheme}"
            remedy = "remove it, or use uniform"
            yield document.problem((*path, key), message, remedy=remedy)
    elif init.low > init.high:
        message = f"weights.init.low is {init.low:g}, more than weights.init.high"
        key = "low" if "low" in init.model_fields_set else "high"
        yield document.problem((*path, key), message, f"at most {init.high:g}")
    elif not math.isfinite(init.high - init.low):
        message = "weights.init.low and weights.init.high are too far apart"
        yield document.problem((*path, "high"), message, remedy="use smaller weights")


def drawn_weights(init: Init, cell: Cell, sizes: Mapping[str, int]) -> dict[str, Array]:
    """Draw every parameter in the cell's order from one seeded generator."""
    random = np.random.default_rng(init.seed)
    found = {}
    for name, axes in cell.parameters.items():
        shape = [sizes[axis] for axis in axes]
        if init.scheme == "uniform":
            found[name] = random.uniform(init.low, init.high, shape)
        elif init.scheme == "glorot-uniform" and len(shape) == 2:
            limit = math.sqrt(6 / sum(shape))
            found[name] = random.uniform(-limit, limit, shape)
        else:
            found[name] = np.zeros(shape)
    return found


class BadWeights(Exception):  # noqa: N818  # a state of the file, reported as such
    """A weights file that cannot be used; the message says why."""


def stored_weights(folder: Path, file: str, cell: Cell) -> Iterator[tuple[str, FileArray]]:
    """Yield every parameter of a cell from an .npz file, by name.

    Args:
        folder: where the file is looked for.
        file: its name, as the scenario writes it.
        cell: whose parameters they are.

    Raises:
        BadWeights: at the first thing that is wrong.
    """
    yield from _by_parameter(_arrays(folder / file), cell, file)


def _arrays(path: Path) -> dict[str, Array]:
    try:
        content = content_of(path, _LARGEST_NPZ, "weights")
        return {
            name: _finite_array(name, array) for name, array in arrays_in(content, _LARGEST_NPZ)
        }
    except (BadArchive, Unreadable) as error:
        raise BadWeights(str(error)) from None


def _finite_array(name: str, array: NDArray[Any]) -> Array:
    if array.dtype.kind not in "fiu":
        raise BadWeights(f"the array {name} holds something other than real numbers")
    if not array.size:
        raise BadWeights(f"the array {name} is empty")
    with np.errstate(over="ignore"):
        array = array.astype(float)
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        index = tuple(int(part) for part in bad[0])
        at = f"{name}[{', '.join(str(part) for part in index)}]" if index else name
        raise BadWeights(f"{at} is {array[index]}, not a finite number")
    return array


def _by_parameter(
    arrays: dict[str, Array], cell: Cell, file: str
) -> Iterator[tuple[str, FileArray]]:
    """Give each parameter its array, from a block of its own or a stacked one."""
    known = [*cell.blocks, *cell.parameters]
    for name in arrays:
        if name not in known:
            remedy = did_you_mean(name, known)
            raise BadWeights(f"the cell {cell.name} has no array {quoted(name)}; {remedy}")
    for block, members in cell.blocks.items():
        if members == (block,):
            if block not in arrays:
                raise BadWeights(f"it lacks the array {block}")
            name, axes = f"{block} in {quoted(file)}", cell.parameters[block]
            yield block, FileArray(("weights", block), axes, arrays[block], name)
            continue
        stacked = _unstack(arrays[block], block, len(members)) if block in arrays else None
        for index, member in enumerate(members):
            if stacked is None and member not in arrays:
                raise BadWeights(f"it lacks the array {block}, or one per gate ({member}, …)")
            if stacked is not None and member in arrays:
                raise BadWeights(f"it holds {block} and {member}; one of them is too many")
            array = arrays[member] if stacked is None else stacked[index]
            path = ("weights", *cell.rows[member])
            name = f"{member} in {quoted(file)}"
            if stacked is not None:
                name = f"each gate's {block} in {quoted(file)}"
            yield member, FileArray(path, cell.parameters[member], array, name)


def _unstack(array: Array, block: str, gates: int) -> Array:
    """Split a stacked block by gate: (gates, …) as it is, (gates·hidden, …) cut."""
    if array.ndim and array.shape[0] == gates:
        return array
    if array.ndim and array.shape[0] % gates == 0:
        return array.reshape(gates, array.shape[0] // gates, *array.shape[1:])
    shape = " × ".join(str(size) for size in array.shape) or "a single number"
    raise BadWeights(f"{block} has shape {shape}; its first axis must hold the {gates} gates")
