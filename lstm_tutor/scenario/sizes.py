"""How large the axes of a scenario are: what its entries agree on, or generated weights name.

Sizes are checked by named axes: the entries vote on how large an axis is, and whoever
differs is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lstm_tutor.algebra.axes import size_of
from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.files.problem import Problem
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import bare, layer_of, layered
from lstm_tutor.numbers.numeral import shape_text
from lstm_tutor.scenario.arrays import REMEDIES, FileArray
from lstm_tutor.scenario.entries import Entries
from lstm_tutor.scenario.schema import GeneratedWeights
from lstm_tutor.scenario.weights import limit_problems


def given_sizes(entries: Entries, weights: Any, cell: Cell) -> dict[str, tuple[int, KeyPath]]:
    """Return the sizes that generated weights name."""
    if not isinstance(weights, GeneratedWeights):
        return {}
    entries.problems.extend(limit_problems(entries.document, weights.init))
    found: dict[str, tuple[int, KeyPath]] = {}
    axes = {axis: None for own in cell.parameters.values() for axis in own}
    hidden = [axis for axis in axes if bare(axis) == "hidden"]
    if isinstance(weights.hidden, dict):
        known = [layer_of(axis) for axis in hidden]
        for layer, size in weights.hidden.items():
            if layer not in known:
                entries.unknown(("weights", "hidden", layer), known, cell)
            else:
                path = ("weights", "hidden", layer)
                found[layered(layer, "hidden")] = size, path
        missing = [layer for layer in known if layer not in weights.hidden]
        if missing:
            message = f"weights.hidden lacks {', '.join(missing)}"
            entries.problem(("weights", "hidden"), message, "a size for each layer", key=True)
    else:
        for axis in hidden:
            found[axis] = weights.hidden, ("weights", "hidden")
    if weights.outputs is not None:
        found[cell.signals[cell.output][0]] = weights.outputs, ("weights", "outputs")
    return found


def every_size(entries: Entries, cell: Cell, sizes: dict[str, int]) -> None:
    """Add the sizes of what is joined, and say which axes no entry has."""
    axes = (*cell.parameters.values(), *cell.signals.values())
    for axis in dict.fromkeys(axis for own in axes for axis in own):
        if sizes.keys() >= set(axis.split("+")):
            sizes[axis] = size_of(axis, sizes)
        if axis not in sizes and not entries.problems:
            output = axis in cell.signals[cell.output]
            remedy = "write weights.outputs" if output else "write the weights out"
            message = f"no entry says how large the axis {axis!r} is"
            entries.problem(("weights",), message, remedy=remedy, key=True)


def agreed_sizes(
    document: Document, entries: Sequence[FileArray], given: Mapping[str, tuple[int, KeyPath]]
) -> tuple[dict[str, int], list[Problem]]:
    """Let the entries vote on each axis' size.

    Args:
        document: where the entries are written.
        entries: those that vote.
        given: sizes that are not voted on, each with the path that sets it.

    Returns:
        The sizes, and a problem for each entry that differs.
    """
    sizes: dict[str, int] = {}
    problems: list[Problem] = []
    names = dict.fromkeys([*(axis for entry in entries for axis in entry.axes), *given])
    for axis in sorted(names, key=lambda axis: "+" in axis):
        if "+" in axis:
            if sizes.keys() >= set(axis.split("+")):
                problems += _not_the_sum(document, entries, axis, sizes)
            continue
        votes = [(entry.sizes[axis], entry) for entry in entries if axis in entry.sizes]
        if axis in given:
            size, path = given[axis]
            label = dotted(path)
        elif votes:
            size = _elected([(vote, entry.group) for vote, entry in votes])
            first = next(entry for vote, entry in votes if vote == size)
            label, path = first.label, first.written
        else:
            continue
        sizes[axis] = size
        expected = f"{size}, as set by {label} (line {document.place(path).line})"
        for entry in entries:
            problems += _differing(document, entry, axis, size, expected)
    for entry in entries:
        if entry.dropped < 0:
            message = f"{entry.label} has shape {shape_text(entry.array.shape)}"
            expected = f"axes ({', '.join(entry.axes)})"
            problems.append(document.problem(entry.written, message, expected))
    return sizes, problems


def _not_the_sum(
    document: Document, entries: Sequence[FileArray], axis: str, sizes: dict[str, int]
) -> Iterator[Problem]:
    """Add the size of a joined axis, and yield a problem for each entry that differs."""
    size = sizes[axis] = size_of(axis, sizes)
    parts = " + ".join(str(sizes[part]) for part in axis.split("+"))
    for entry in entries:
        yield from _differing(document, entry, axis, size, f"{size} = {parts}")


def _elected(votes: list[tuple[int, KeyPath]]) -> int:
    """Elect a size: each group has one vote, which its entries share; the first wins a tie."""
    members = Counter(group for _, group in votes)
    shares: dict[int, float] = {}
    for (size, group), count in Counter(votes).items():
        shares[size] = shares.get(size, 0) + count / members[group]
    return max(shares, key=lambda size: shares[size])


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
    remedy = REMEDIES[len(entry.axes)] if not_written else ""
    message = f"{entry.label} has {counts} on the axis {axis!r}"
    yield document.problem(entry.written, message, expected, remedy)
