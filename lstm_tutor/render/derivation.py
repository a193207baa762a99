"""The total derivative of one value by another, and the ways it takes, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Signal, symbols
from lstm_tutor.files.phrase import counted
from lstm_tutor.model.equation import Link
from lstm_tutor.render.line import View
from lstm_tutor.render.reasons import local_derivative, shown_relation, slashed
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.words import words, wrapped
from lstm_tutor.trace.total import Total, Way
from lstm_tutor.trace.trace import Trace

Array = NDArray[np.float64]
_MOST_WAYS = 6
_MOST_MATRICES = 4
_LARGEST = 64  # entries of a matrix that are written out


def derivative_lines(trace: Trace, found: Total, view: View, width: int) -> Cell:
    """Return a total derivative and its ways as lines with their styles."""
    return tuple(_Writer(trace, found, view, width).lines())


class _Writer:
    def __init__(self, trace: Trace, found: Total, view: View, width: int) -> None:
        self._trace = trace
        self._found = found
        self._view = view
        self._width = width
        self._seen: set[Link] = set()
        symbol = view.notation.symbol
        self._of, self._by = symbol(found.of.target), symbol(found.by.target)

    def lines(self) -> Iterator[tuple[str, str]]:
        found = self._found
        title = f"{found.of.id} by {found.by.id}  how the one changes when the other does"
        yield from words(title, self._width, 0, "bold")
        name = slashed(self._of, self._by, self._view)
        if not found.count:
            text = f"{name} = 0: {found.of.id} does not depend on {found.by.id}"
            yield from words(text, self._width, 2, "bold")
            return
        yield from self._value(name, found.value, 2, "bold")
        if np.size(found.value) > max(1, self._sequences):
            yield from words(self._axes(), self._width, 2, "dim")
        if found.of.place != found.by.place:
            yield from self._ways()

    def _axes(self) -> str:
        """Say what the rows and columns of the value are."""
        several, whole = len(self._found.value) > 1, self._found.by.value.ndim
        units = whole - bool(self._sequences and self._found.by.t is not None)
        if several and units == 1:
            return f"a row for each entry of {self._of}, a column for each of {self._by}"
        one = self._by if units else self._of
        return f"in the shape of {one}"

    @property
    def _sequences(self) -> int:
        """How many sequences the value has an axis for."""
        found, batch = self._found, self._trace.scenario.batch
        alone = found.of.t is None and found.by.t is None
        return 0 if alone else batch or 0

    def _value(
        self, name: str, value: Array, indent: int, style: str = ""
    ) -> Iterator[tuple[str, str]]:
        """Write a value: a number or a row beside its name, a matrix below it."""
        if not self._sequences:
            yield from self._one(name, value, indent, style)
            return
        for sequence in range(min(self._sequences, _MOST_MATRICES)):
            text = f"{name} in sequence {sequence}"
            yield from self._one(text, value[..., sequence], indent, style)
        yield from self._rest(self._sequences, "sequence", "sequences", indent)

    def _one(
        self, name: str, value: Array, indent: int, style: str
    ) -> Iterator[tuple[str, str]]:
        view, rows = self._view, len(value)
        whole = value[0] if rows == 1 else value
        whole = whole[0] if whole.ndim == 2 and len(whole) == 1 else whole
        if whole.ndim < 2 or (whole.ndim == 2 and whole.size > _LARGEST):
            text = f"{name} {shown_relation([whole], view)} {view.array(whole)}"
            yield from wrapped(text, self._width, indent, style)
        elif whole.ndim == 2:
            yield f"{' ' * indent}{name} {shown_relation([whole], view)}", style
            for row in whole:
                yield from wrapped(view.array(row), self._width, indent + 2, style)
        else:
            for number in range(min(rows, _MOST_MATRICES)):
                text = f"{name}, entry {number}"
                yield from self._one(text, value[number : number + 1], indent, style)
            yield from self._rest(rows, "entry", "entries", indent)

    def _rest(self, count: int, one: str, many: str, indent: int) -> Iterator[tuple[str, str]]:
        left = count - _MOST_MATRICES
        if left > 0:
            text = counted(left, f"more {one}", f"more {many}")
            yield f"{' ' * indent}{self._view.ellipsis} {text}", "dim"

    def _ways(self) -> Iterator[tuple[str, str]]:
        """Write the ways, the largest first."""
        found, shown = self._found, self._found.ways[:_MOST_WAYS]
        text = f"It goes {found.count:,} ways, which add up; the largest first"
        if found.count == 1:
            text = "It goes one way"
        elif not found.whole:
            text = f"It goes {found.count:,} ways; those that begin with the same use, together"
        yield "", ""
        yield from words(text, self._width, 0, "bold")
        for way in shown:
            yield from self._way(way)
        rest = found.ways[len(shown) :]
        if rest:
            added = np.sum([way.value for way in rest], axis=0)
            name = f"{self._view.ellipsis} and {len(rest):,} more, together"
            yield from self._value(name, added, 2, "dim")
        if len(found.ways) > 1:
            yield from self._value("their sum", found.value, 2, "bold")

    def _way(self, way: Way) -> Iterator[tuple[str, str]]:
        """Write a way: the values on it, each local derivative, and their product."""
        view, whole = self._view, self._found.whole
        places = [
            view.notation.symbol(Signal(link.consumer, link.shift, fixed=True))
            for link in way.links
        ] + [self._by]
        if whole:
            places[0] = self._of
        arrow = "<-" if view.plain else "←"
        chain = f" {arrow} ".join(places if whole else [self._of, view.ellipsis, *places])
        yield from wrapped(chain, self._width, 2)
        for link, (left, right) in zip(way.links, pairwise(places), strict=True):
            name = slashed(left, right, view)
            yield from wrapped(f"{name} {self._local(link)}", self._width, 4)
        said = "their product" if len(way.links) > 1 else "this way"
        yield from self._value(said if whole else "all of them", way.value, 4)

    def _local(self, link: Link) -> str:
        """Write a local derivative: in full the first time, and then its value."""
        view, local = self._view, link.local
        if local is not None and symbols(local) and link in self._seen:
            value = self._trace.evaluate(local)
            return f"{shown_relation([value], view)} {view.array(value)}, as above"
        self._seen.add(link)
        place = f" (place {link.place} of {link.places})" if link.places > 1 else ""
        return f"{local_derivative(self._trace, link, view)}{place}"
