"""How large the axes of a scenario are: what its entries agree on, or generated weights name.

Sizes are checked by named axes: the entries vote on how large an axis is, and whoever
differs is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lstm_tutor.algebra.axes import size_of
from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.files.problem import Problem, did_you_mean
from lstm_tutor.files.text import quoted
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import bare, layer_of
from lstm_tutor.numbers.numeral import shape_text
from lstm_tutor.scenario.arrays import REMEDIES, FileArray
from lstm_tutor.scenario.entries import Entries, kind_of
from lstm_tutor.scenario.schema import GeneratedWeights
from lstm_tutor.scenario.weights import limit_problems

HIDDEN = "hidden"
_SERIES = {"inputs": 1, "labels": 1, "upstream": 2}
"""What is given at every time step, and how long its path is."""
JOINED = "+"
"""What stands between the parts of an axis that is joined of several."""


@dataclass(frozen=True)
class Claim:
    """A size that an entry names, or that follows from it, and that is not voted on.

    Attributes:
        axis: whose size.
        size: the size.
        path: the entry.
        said: what the entry has, for messages.
    """

    axis: str
    size: int
    path: KeyPath
    said: str


def generated_sizes(entries: Entries, weights: Any, cell: Cell) -> Iterator[Claim]:
    """Yield the sizes that generated weights name."""
    if not isinstance(weights, GeneratedWeights):
        return
    entries.problems.extend(limit_problems(entries.document, weights.init))
    yield from _hidden(entries, weights.hidden, cell)
    output = cell.signals[cell.output][0]
    if weights.outputs is not None:
        path: KeyPath = ("weights", "outputs")
        if bare(output) == HIDDEN or JOINED in output:
            message = "weights.outputs sizes a readout, and the model ends without one"
            remedy = "remove it: what comes out are the hidden units, as many as weights.hidden"
            entries.problem(path, message, remedy=remedy, key=True)
        else:
            yield _claim(output, weights.outputs, path)
    known = [axis for axis in _axes(cell) if JOINED not in axis]
    for axis, size in weights.sizes.items():
        path = ("weights", "sizes", axis)
        if axis in known:
            yield _claim(axis, size, path)
        else:
            message = f"the {kind_of(cell)} {cell.name} has no axis {quoted(axis)}"
            entries.problem(path, message, remedy=did_you_mean(axis, known), key=True)


def _claim(axis: str, size: int, path: KeyPath) -> Claim:
    return Claim(axis, size, path, f"{dotted(path)} is {size}")


def _hidden(
    entries: Entries, hidden: int | dict[str, int] | None, cell: Cell
) -> Iterator[Claim]:
    """Yield how many hidden units there are: in every layer, or in each that is named."""
    path: KeyPath = ("weights", "hidden")
    axes = [axis for axis in _axes(cell) if bare(axis) == HIDDEN and JOINED not in axis]
    layers = list(filter(None, map(layer_of, axes)))
    if hidden is None:
        return
    if not axes:
        message = f"the {kind_of(cell)} {cell.name} has no axis {HIDDEN!r}"
        entries.problem(path, message, remedy="write weights.sizes", key=True)
    elif not isinstance(hidden, dict):
        yield from (_claim(axis, hidden, path) for axis in axes)
    elif not layers:
        message = "weights.hidden has entries, and there is one layer"
        entries.problem(path, message, "one number: hidden: 2")
    else:
        for name, size in hidden.items():
            named = [axis for axis in axes if _stands_in(layer_of(axis), name)]
            if not named:
                entries.unknown((*path, name), layers, cell)
            yield from (_claim(axis, size, (*path, name)) for axis in named)


def _stands_in(layer: str, name: str) -> bool:
    """Whether a layer is the one of a name, or a direction of it."""
    return bool(name) and (layer == name or layer.startswith(f"{name}."))


def _axes(cell: Cell) -> list[str]:
    """Return the axes of a model, those that are joined too."""
    every = (*cell.parameters.values(), *cell.signals.values())
    return list(dict.fromkeys(axis for own in every for axis in own))


def every_size(
    entries: Entries, cell: Cell, sizes: Mapping[str, int], *, generated: bool
) -> None:
    """Say which axes no entry has, and what to write."""
    for axis in _axes(cell):
        if axis in sizes or JOINED in axis:
            continue
        remedy = f"write weights.sizes: {{{axis}: …}}"
        if not generated:
            states = [name for name in cell.states if axis in cell.signals[name]]
            remedy = f"write initial.{states[0]}" if states else ""
        elif bare(axis) == HIDDEN:
            layer = layer_of(axis)
            remedy = (
                f"write weights.hidden: {{{layer}: …}}" if layer else "write weights.hidden"
            )
        elif axis in cell.signals[cell.output]:
            remedy = "write weights.outputs"
        message = f"no entry says how large the axis {axis!r} is"
        entries.problem(("weights",), message, remedy=remedy, key=True)


def agreed_sizes(
    document: Document, arrays: Sequence[FileArray], claims: Sequence[Claim], cell: Cell
) -> tuple[dict[str, int], list[Problem]]:
    """Let the arrays vote on the size of each axis that no claim is made of.

    A joined axis is as large as its parts together.

    Args:
        document: where the arrays are written.
        arrays: those that vote.
        claims: the sizes that are known; of several for one axis the first one holds.
        cell: whose axes they are.

    Returns:
        The sizes, and a problem for each array or claim that differs.
    """
    sizes: dict[str, int] = {}
    setters: dict[str, str] = {}
    setting: dict[str, KeyPath] = {}
    problems: list[Problem] = []
    held = {claim.axis: claim for claim in reversed(claims)}
    written = (axis for array in arrays for axis in array.axes)
    names = dict.fromkeys([*written, *held, *_axes(cell)])
    for axis in sorted(names, key=lambda name: JOINED in name):
        parts = axis.split(JOINED)
        if len(parts) > 1 and sizes.keys() >= set(parts):
            sizes[axis] = size_of(axis, sizes)
            by = "; ".join(f"{part} is {setters[part]}" for part in parts)
            setters[axis] = f"{sizes[axis]} together: {by}"
        elif len(parts) > 1:
            continue
        else:
            found = _size(axis, arrays, held.get(axis))
            if found is None:
                continue
            sizes[axis], label, path = found
            line = document.place(path).line
            setters[axis] = f"{sizes[axis]}, as set by {label} (line {line})"
            setting[axis] = path
        place = setting.get(axis, ())
        problems += _all_differing(document, arrays, axis, sizes[axis], setters[axis], place)
    for claim in claims:
        if claim.axis in sizes and sizes[claim.axis] != claim.size:
            problems.append(document.problem(claim.path, claim.said, setters[claim.axis]))
    for array in arrays:
        if array.dropped < 0:
            message = f"{array.label} has shape {shape_text(array.array.shape)}"
            expected = f"axes ({', '.join(array.axes)})"
            problems.append(document.problem(array.written, message, expected))
    return sizes, problems


def _size(
    axis: str, arrays: Sequence[FileArray], claim: Claim | None
) -> tuple[int, str, KeyPath] | None:
    """Return an axis' size, and the entry that sets it: what it is called, and where."""
    if claim is not None:
        return claim.size, dotted(claim.path), claim.path
    votes = [(array.sizes[axis], array) for array in arrays if axis in array.sizes]
    if not votes:
        return None
    size = _elected([(vote, array.group) for vote, array in votes])
    first = next(array for vote, array in votes if vote == size)
    return size, first.label, first.written


def _elected(votes: list[tuple[int, KeyPath]]) -> int:
    """Elect a size: each group has one vote, which its entries share; the first wins a tie."""
    members = Counter(group for _, group in votes)
    shares: dict[int, float] = {}
    for (size, group), count in Counter(votes).items():
        shares[size] = shares.get(size, 0) + count / members[group]
    return max(shares, key=lambda size: shares[size])


def _all_differing(
    document: Document,
    arrays: Sequence[FileArray],
    axis: str,
    size: int,
    expected: str,
    by: KeyPath,
) -> Iterator[Problem]:
    """Yield what differs from an entry's size; where a series and the arrays of a file or a
    dialect do, with what to write.
    """
    series: dict[KeyPath, list[FileArray]] = {}
    for array in arrays:
        count = _SERIES.get(str(array.path[0]))
        if count is None or axis not in array.axes:
            length = _SERIES.get(str(by[0]) if by else "", 0) if array.name else 0
            for problem in _differing(document, array, axis, size, expected):
                yield _with_layout(problem, axis, by[:length])
        else:
            series.setdefault(array.path[:count], []).append(array)
    for path, rows in series.items():
        found = [p for row in rows for p in _differing(document, row, axis, size, expected)]
        alike = len({row.shape for row in rows}) == 1
        if len(rows) == 1 or len(found) < len(rows) or not alike:
            yield from found
            continue
        first, *others = found
        yield _with_layout(first, axis, path)
        yield from () if rows[0].name else others


def _with_layout(problem: Problem, axis: str, path: KeyPath) -> Problem:
    """Return a problem with what to write if the axes of a series stand in another order."""
    if problem.remedy or not path:
        return problem
    what = f"{dotted(path)}: {{axes: [{bare(axis)}, batch, time], values: …}}"
    return replace(problem, remedy=f"if {dotted(path)} is laid otherwise, say how: {what}")


def _differing(
    document: Document, entry: FileArray, axis: str, size: int, expected: str
) -> Iterator[Problem]:
    wrong = [
        index
        for index, name in enumerate(entry.axes)
        if name == axis and entry.shape[index] != size
    ]
    if not wrong:
        return
    words = ("row", "column") if len(entry.axes) == 2 else ("number",)
    counts = listed([counted(entry.shape[index], words[index]) for index in wrong])
    not_written = wrong[0] < entry.dropped and not entry.name
    remedy = entry.hint or (REMEDIES[len(entry.axes)] if not_written else "")
    message = f"{entry.label} has {counts} on the axis {axis!r}"
    yield document.problem(entry.written, message, expected, remedy)
