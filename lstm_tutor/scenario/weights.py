"""Weights that are not written in the scenario: drawn by a scheme, or in a file of arrays.

Nothing here knows the other entries of a scenario, or makes one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.dialects.arrays import NoLayouts, layouts
from lstm_tutor.dialects.assignment import Assigned, NotAssigned, assigned
from lstm_tutor.dialects.layout import Layouts
from lstm_tutor.dialects.states import states_in
from lstm_tutor.files.document import Document, KeyPath
from lstm_tutor.files.phrase import listed
from lstm_tutor.files.problem import Problem, did_you_mean
from lstm_tutor.files.text import quoted, visible
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.composition import Layer, Part, parts_of
from lstm_tutor.model.symbol import bare
from lstm_tutor.scenario.arrays import FileArray, nested_array, nested_problems
from lstm_tutor.scenario.entries import Entries, kind_of
from lstm_tutor.scenario.laid import LaidArray
from lstm_tutor.scenario.plain import keys_of, tree_of
from lstm_tutor.scenario.schema import FileWeights, GeneratedWeights, Init, LaidWeights
from lstm_tutor.scenario.states import LaidStates
from lstm_tutor.scenario.stored import Arrays, BadArrays, arrays_of

Array = NDArray[np.float64]
_NAMED_AT = ("weights", "file")


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


@dataclass(frozen=True)
class Weights:
    """The parameters that a scenario gives, wherever they are written.

    Attributes:
        arrays: each by its name.
        told: how arrays of a dialect were read, in sentences.
        states: the initial states that stand beside them.
    """

    arrays: tuple[tuple[str, FileArray], ...] = ()
    told: tuple[str, ...] = ()
    states: tuple[LaidStates, ...] = ()


def read_weights(
    entries: Entries, weights: object, cell: Cell, layers: Sequence[Layer]
) -> Weights:
    """Return the parameters that are written in a scenario, or in a file that it names.

    Args:
        entries: where problems are added.
        weights: the scenario's entry, of the right structure.
        cell: the whole model, whose parameters they are.
        layers: its pages.
    """
    parts = parts_of(layers or (Layer(cell),))
    match weights:
        case GeneratedWeights():
            return Weights()
        case FileWeights():
            return _from_file(entries, weights, cell, parts)
        case LaidWeights():
            return _from_arrays(entries, weights, cell, parts)
    names = {tuple(keys_of(cell, name)): name for name in cell.parameters}
    tree = tree_of((keys, cell.parameters[name]) for keys, name in names.items())
    found = []
    for path, axes, value in entries.leaves(("weights",), weights, tree, cell, all_of_it=True):
        entry = entries.array(path, axes, value)
        if entry:
            found.append((names[tuple(map(str, path[1:]))], entry))
    return Weights(tuple(found))


def _from_file(
    entries: Entries, weights: FileWeights, cell: Cell, parts: Sequence[Part]
) -> Weights:
    file, folder = weights.file, entries.folder
    try:
        if not weights.dialect:
            return Weights(tuple(stored_weights(folder, file, cell)))
        laid = layouts(weights.dialect, folder)
        chosen = arrays_of(folder / file, "weights", weights.prefix)
        _require_usual(chosen, parts)
        source = f"of {quoted(file)}"
        called = f"weights: {visible(file)}, "
        elsewhere = set(_named_elsewhere(entries.document.value, file))
        numbers = {
            name: array
            for name, array in chosen.numbers.items()
            if name not in elsewhere or laid.holds(name)
        }
        found = _laid(laid, numbers, cell, parts, called, source)
        left = (
            f"weights: {visible(file)}: {told}" for told in (*chosen.unread, *chosen.special)
        )
        return replace(found, told=(*found.told, *left))
    except BadArrays as error:
        entries.problem(("weights", "file"), f"weights file {quoted(file)}: {error}")
    except NoLayouts as error:
        entries.problem(("weights", "dialect"), str(error))
    return Weights()


def _named_elsewhere(value: Any, file: str) -> Iterator[str]:
    """Yield the arrays of a file that other entries of the scenario name."""
    if isinstance(value, Mapping):
        if value.get("file") == file and isinstance(value.get("name"), str):
            yield value["name"]
        for inner in value.values():
            yield from _named_elsewhere(inner, file)


def _require_usual(chosen: Arrays, parts: Sequence[Part]) -> None:
    """Refuse a file whose model does what bundled pages do not.

    Raises:
        BadArrays: unless a page of the person's own is there, which may do it.
    """
    if chosen.special and all(part.cell.page is None for part in parts):
        raise BadArrays(
            f"{chosen.special[0]}, which no bundled page does: write the cell's equations in a "
            "file (such as 'lstm-tutor show lstm' prints), and name its path after 'cell'"
        )


def _from_arrays(
    entries: Entries, weights: LaidWeights, cell: Cell, parts: Sequence[Part]
) -> Weights:
    """Read arrays of a dialect that are written in the scenario itself."""
    before = len(entries.problems)
    arrays = dict(_inline(entries, ("weights",), weights.model_extra or {}))
    if len(entries.problems) > before:
        return Weights()
    try:
        laid = layouts(weights.dialect, entries.folder)
        return _laid(laid, arrays, cell, parts, "weights: ", "of weights")
    except BadArrays as error:
        entries.problem(("weights",), f"weights: {error}", key=True)
    except NoLayouts as error:
        entries.problem(("weights", "dialect"), str(error))
    return Weights()


def _inline(
    entries: Entries, path: KeyPath, value: Mapping[str, Any], before: str = ""
) -> Iterator[tuple[str, Array]]:
    """Yield the arrays of a tree of names; what is no array of numbers is a problem."""
    for key, inner in value.items():
        here = (*path, key)
        if isinstance(inner, Mapping):
            yield from _inline(entries, here, inner, f"{before}{key}.")
            continue
        problems = list(nested_problems(entries.document, here, inner))
        entries.problems.extend(problems)
        if not problems:
            yield f"{before}{key}", nested_array(inner)


def _laid(
    laid: Layouts,
    arrays: Mapping[str, Array],
    cell: Cell,
    parts: Sequence[Part],
    called: str,
    source: str,
) -> Weights:
    """Return the parameters of a model from the arrays of a framework or a course.

    Raises:
        BadArrays: at the first array that is missing, too many or of another shape.
    """
    try:
        found = assigned(laid, parts, arrays)
        parameters = found.parameters()
    except NotAssigned as error:
        raise BadArrays(str(error)) from None
    entries = []
    for name, value in parameters.items():
        label = f"{name} in {' + '.join(dict.fromkeys(found.sources[name]))} {source}"
        entry = FileArray(("weights", name), cell.parameters[name], value, label, _NAMED_AT)
        entries.append((name, entry))
    states = tuple(
        LaidStates(one.states, LaidArray(one.values, one.axes, label, _NAMED_AT))
        for one in states_in(laid, parts, arrays, found.prefixes)
        for label in [f"{one.array} {source}"]
        if one.values.any()
    )
    return Weights(tuple(entries), (_told(called, laid, found),), states)


def _told(called: str, laid: Layouts, found: Assigned) -> str:
    """Say how arrays were read."""
    sums = {
        tuple(_kind_of(source) for source in sources)
        for sources in found.sources.values()
        if len(sources) > 1
    }
    said = [f"{called}read as {laid.title}'s arrays"]
    for names in sorted(sums):
        several = len(set(names)) > 1
        what = listed(names) if several else f"both halves of {names[0]}"
        said.append(f"{what} are added")
    if found.missing:
        said.append(f"it has no {listed(sorted({bare(name) for name in found.missing}))}: 0")
    return "; ".join(said)


def _kind_of(name: str) -> str:
    """Return the name of an array without its layer: ``bias_ih`` of ``lstm.bias_ih_l0``."""
    return re.sub(r"_l\d+.*", "", re.split("[./:]", name)[-1])


def stored_weights(folder: Path, file: str, cell: Cell) -> Iterator[tuple[str, FileArray]]:
    """Yield every parameter of a cell from an .npz file, by name.

    Args:
        folder: where the file is looked for.
        file: its name, as the scenario writes it.
        cell: whose parameters they are.

    Raises:
        BadArrays: at the first thing that is wrong.
    """
    yield from _by_parameter(arrays_of(folder / file, "weights").numbers, cell, file)


def _by_parameter(
    arrays: dict[str, Array], cell: Cell, file: str
) -> Iterator[tuple[str, FileArray]]:
    """Give each parameter its array, from a block of its own or a stacked one."""
    known = dict.fromkeys([*cell.blocks, *cell.parameters])
    for name in arrays:
        if name not in known:
            message = f"the {kind_of(cell)} {cell.name} has no array {quoted(name)}"
            raise BadArrays(f"{message}; {did_you_mean(name, known)}")
    for block, members in cell.blocks.items():
        if members == (block,):
            if block not in arrays:
                raise BadArrays(f"it lacks the array {block}")
            name, axes = f"{block} in {quoted(file)}", cell.parameters[block]
            yield block, FileArray(("weights", block), axes, arrays[block], name, _NAMED_AT)
            continue
        stacked = _unstack(arrays[block], block, len(members)) if block in arrays else None
        for index, member in enumerate(members):
            if stacked is None and member not in arrays:
                raise BadArrays(f"it lacks the array {block}, or one per gate ({member}, …)")
            if stacked is not None and member in arrays:
                raise BadArrays(f"it holds {block} and {member}; one of them is too many")
            array = arrays[member] if stacked is None else stacked[index]
            path = ("weights", *cell.rows[member])
            name = f"{member} in {quoted(file)}"
            if stacked is not None:
                name = f"each gate's {block} in {quoted(file)}"
            yield member, FileArray(path, cell.parameters[member], array, name, _NAMED_AT)


def _unstack(array: Array, block: str, gates: int) -> Array:
    """Split a stacked block by gate: (gates, …) as it is, (gates·hidden, …) cut."""
    if array.ndim and array.shape[0] == gates:
        return array
    if array.ndim and array.shape[0] % gates == 0:
        return array.reshape(gates, array.shape[0] // gates, *array.shape[1:])
    shape = " × ".join(str(size) for size in array.shape) or "a single number"
    raise BadArrays(f"{block} has shape {shape}; its first axis must hold the {gates} gates")
