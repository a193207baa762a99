"""A step's value as lines: rows and columns headed by what their entries stand for.

What a screen has no room for is left out, and how much that is is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np

from lstm_tutor.files.phrase import counted
from lstm_tutor.files.text import named
from lstm_tutor.render.breaking import columns, padded, wrap
from lstm_tutor.render.line import MOST_VALUE, Array, View, value_relation
from lstm_tutor.trace.step import Step

Line: TypeAlias = tuple[str, bool]
"""A line of a value, and whether it heads the numbers below it."""
WIDE = 1000
"""Columns of what is not written for a screen."""
_MOST_ROWS = 12  # of a matrix
_MOST_LINES = 3  # of one list of numbers


def result_lines(step: Step, view: View, room: int = WIDE) -> list[str]:
    """Write a step's value as what its numbers give: led by = or ≈ if it is one list."""
    lines = _lines(step, view, room)
    if sum(not head for _, head in lines) != 1 or step.expression is None:
        return [text for text, _ in lines]
    lead = f"{value_relation(step, view)} "
    return [
        f"{'' if head else lead:<{len(lead)}}{text}"
        for text, head in _lines(step, view, room - len(lead))
    ]


def value_lines(step: Step, view: View, room: int = WIDE) -> list[str]:
    """Write a step's value; a matrix has one line per row, a block one part per gate.

    Args:
        step: whose value.
        view: how numbers are written.
        room: columns; at `WIDE` nothing is headed, so that each line stands alone.
    """
    return [text for text, _ in _lines(step, view, room)]


def _lines(step: Step, view: View, room: int) -> list[Line]:
    value = np.asarray(step.value)
    if value.size > MOST_VALUE:
        return [(line, False) for line in wrap(view.array(value), room)]
    names = _names(step) if room < WIDE else ()
    if not step.rows:
        return _Grid(view, room, *_of_axes(value, names)).lines(value)
    rows = view.notation.rows(step.rows)
    gates = [view.notation.gate(step.rows[row]) for row in rows]
    width = max(map(columns, gates)) + 2
    found: list[Line] = []
    for gate, row in zip(gates, rows, strict=True):
        grid = _Grid(view, room - width, *_of_axes(value[row], names))
        label = gate
        for text, head in grid.lines(value[row]):
            if head and found:  # they are the same for every gate
                continue
            found.append((padded("" if head else label, width) + text, head))
            label = label if head else ""
    return found


def order(letters: Sequence[str], batch: int | None, shape: Sequence[int]) -> str:
    """Say what entries stand for where nothing is headed; empty if there is nothing to say."""
    places = ("in",) if len(letters) == 1 and batch is None else ("rows in", "columns in")
    said = [
        f"{place} the order {', '.join(map(named, own))}"
        for place, own in zip(places, letters, strict=False)
        if own
    ]
    many = batch is not None and len(shape) > 0 and shape[-1] == batch > 1
    return "; ".join([*said, *["one column for each sequence"] * many])


def _names(step: Step) -> tuple[tuple[str, ...], ...]:
    """Return the names of a value's entries, per axis; none for an axis without names."""
    if step.character:
        return ()
    found = [tuple(map(named, own)) for own in step.letters]
    if step.batch is not None and _batched(step):
        axes = step.value.ndim - bool(step.rows) - 1
        found += [()] * (axes - len(found))
        found.append(tuple(f"sequence {number}" for number in range(step.batch)))
    return tuple(found)


def _batched(step: Step) -> bool:
    """Whether the last axis of a value is that of the sequences."""
    shape = step.value.shape
    timed = step.t is not None
    return timed and len(shape) > 0 and shape[-1] == step.batch


def _of_axes(
    value: Array, names: tuple[tuple[str, ...], ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of rows and of columns; a list of numbers is a row."""
    own = [*names, *[()] * (2 - len(names))]
    if value.ndim < 2:
        return (), own[0]
    return own[0], own[1]


@dataclass(frozen=True)
class _Grid:
    """Numbers in rows, with names before and above them.

    Attributes:
        view: how numbers are written.
        room: columns.
        rows, heads: the names of rows and columns; () for none.
    """

    view: View
    room: int
    rows: tuple[str, ...]
    heads: tuple[str, ...]

    def lines(self, value: Array) -> list[Line]:
        """Write a number, a list of numbers, or a matrix."""
        if value.size == 1 and not self.heads:
            return [(self.view.number(float(value.reshape(()))), False)]
        if value.ndim < 2 or value.shape[0] == 1:
            return self._list([self.view.number(entry) for entry in value.ravel().tolist()])
        texts = [[self.view.number(entry) for entry in row] for row in value.tolist()]
        return self._matrix(texts)

    def _list(self, texts: Sequence[str]) -> list[Line]:
        """Write a list of numbers, on several lines if it must be."""
        if self.room >= WIDE:
            return [(f"[{', '.join(texts)}]", False)]
        cells = self._cells(texts, self.heads)
        found: list[Line] = []
        start = 0
        for number in range(_MOST_LINES):
            stop = start + self._fitting(cells[start:], 1)
            cut = number == _MOST_LINES - 1 and stop < len(cells)
            if cut:
                stop = start + self._fitting(cells[start:], len("[… 64 more]") + 1)
            if self.heads:
                heads = self._padded(self.heads[start:stop], cells[start:stop])
                found.append((f" {heads}".rstrip(), True))
            own = [f"{text}," for text in texts[start:stop]]
            text = self._padded(own, cells[start:stop]) if self.heads else " ".join(own)
            more = f" {self.view.ellipsis} {len(cells) - stop:,} more," if cut else ""
            found.append((f"{' ' if start else '['}{text.rstrip()}{more}", False))
            start = stop
            if cut or start == len(cells):
                break
        last, _ = found.pop()
        return [*found, (f"{last.removesuffix(',')}]", False)]

    def _cells(self, texts: Sequence[str], heads: Sequence[str]) -> list[int]:
        """Return how wide each column is, with the comma and the blank after it."""
        if not heads:
            return [columns(text) + 2 for text in texts]
        return [
            max(columns(text) + 2, columns(head) + 2)
            for text, head in zip(texts, heads, strict=True)
        ]

    def _fitting(self, cells: Sequence[int], aside: int) -> int:
        """Return how many columns have room; at least one."""
        used = aside
        for number, cell in enumerate(cells):
            used += cell
            if used > self.room + 1 and number:  # the last one needs no blank
                return number
        return len(cells)

    def _padded(self, texts: Sequence[str], cells: Sequence[int]) -> str:
        pairs = zip(texts, cells, strict=True)
        return "".join(padded(text, cell) for text, cell in pairs)

    def _matrix(self, texts: Sequence[Sequence[str]]) -> list[Line]:
        """Write a matrix, a line a row; at least one column, and the first rows."""
        across = list(zip(*texts, strict=True))
        widest = [max(column, key=columns) for column in across]
        cells = self._cells(widest, self.heads)
        lead = max(map(columns, self.rows)) + 2 if self.rows else 0
        count = self._fitting(cells, lead + 1)
        if count < len(cells):
            count = self._fitting(cells, lead + len("[…]") + 1)
        down = len(texts) if self.room >= WIDE else min(len(texts), _MOST_ROWS)
        found: list[Line] = []
        if self.heads:
            shown = self._padded(self.heads[:count], cells[:count])
            found.append((f"{'':<{lead}} {shown}".rstrip(), True))
        for number, row in enumerate(islice(texts, down)):
            label = padded(self.rows[number], lead) if self.rows else ""
            ending = "]" if count == len(row) else f", {self.view.ellipsis}]"
            found.append((f"{label}[{self._row(row[:count], cells)}{ending}", False))
        left_out = [
            counted(rest, f"more {thing}")
            for rest, thing in ((len(texts) - down, "row"), (len(cells) - count, "column"))
            if rest
        ]
        if left_out:
            text = f"{self.view.ellipsis} {' and '.join(left_out)} not shown"
            found.append((text, False))
        return found

    def _row(self, texts: Sequence[str], cells: Sequence[int]) -> str:
        if not self.heads:
            return ", ".join(texts)
        *others, last = texts
        return self._padded([f"{text}," for text in others], cells[: len(others)]) + last
