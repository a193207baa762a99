"""The ledger: symbols down, time steps across, filled in as a walk goes.

For parameters, which have no time step: value, gradient and new value across.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Signal
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.text import named
from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.model.symbol import INPUT, LABEL, Id, gradient, layer_of, new
from lstm_tutor.render.breaking import columns, padded
from lstm_tutor.render.line import View
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.words import words
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace

_DIGITS = 4
_ENTRIES = 2  # of an array
_SEQUENCES = 4  # of a batch
CURRENT, OPERAND = ">", "*"


def ledger(trace: Trace, step: Step, view: View, width: int, height: int = 1000) -> Cell:
    """Return what has been computed so far, up to and including a step.

    Args:
        trace: the computation.
        step: the current step; it is marked, and so are its operands.
        view: notation.
        width: columns; time steps around the current one are shown.
        height: lines; symbols around the current one are shown.
    """
    writer = _Ledger(trace, step, view)
    timed = step.t is not None
    rows = writer.times(width) if timed else writer.parameters(width)
    head, *body = rows
    marks = [f"{CURRENT} this step  {OPERAND} its operands"]
    if any("+" in line for line, _ in body):
        marks.append("+2 two more entries")
    left_out = (trace.scenario.batch or 0) - _SEQUENCES
    if timed and left_out > 0:
        marks.append(counted(left_out, "more sequence"))
    legend = list(words("  ".join(marks), width, 0, "dim"))
    room = height - 1 - len(legend)
    if len(body) > room:
        here = next((n for n, (line, _) in enumerate(body) if CURRENT in line[:-1]), 0)
        start = max(0, min(here - room // 2, len(body) - room))
        body = body[start : start + room]
    return (head, *body, *legend)


@dataclass(frozen=True, eq=False)
class _Ledger:
    trace: Trace
    step: Step
    view: View

    def times(self, width: int) -> list[tuple[str, str]]:
        """One column per time step, one row per symbol of the phase and layer; in a batch
        one for each of the first sequences.
        """
        here = self.step.t or 0
        batch = self.trace.scenario.batch
        sequences = range(min(batch, _SEQUENCES)) if batch else [None]
        places = [(symbol, s) for symbol in self._symbols() for s in sequences]
        names = [self._name(symbol, sequence) for symbol, sequence in places]
        lead = max(map(columns, names)) + 1
        signals, steps = self.trace.signals, self.trace.scenario.steps
        own = [signals[symbol] for symbol, _ in places if symbol in signals]
        first = min([0, *(series.first for series in own)])
        every = range(first, 1 + max([steps - 1, *(series.last for series in own)]))
        cells = {
            t: [self._cell(symbol, sequence, t) for symbol, sequence in places]
            for t in every
            if abs(t - here) <= width // 6
        }
        widths = {
            t: max(columns(text) for text in [f"t={t}", *column]) for t, column in cells.items()
        }
        shown = _window(widths, here, width - lead - 2)
        left = "<" if shown and shown[0] > every[0] else " "
        right = " >" if shown and shown[-1] < every[-1] else ""
        layer = f"{left}{layer_of(self.step.symbol)}"
        head = f"{layer:<{lead}}" + "".join(f"  {f't={t}':<{widths[t]}}" for t in shown)
        rows = [((head + right).rstrip(), "dim")]
        for number, (symbol, _) in enumerate(places):
            line = padded(names[number], lead)
            line += "".join(f"  {padded(cells[t][number], widths[t])}" for t in shown)
            style = "bold" if symbol == self.step.symbol else ""
            rows.append((line.rstrip(), style))
        return rows

    def _name(self, symbol: str, sequence: int | None) -> str:
        """Write a symbol without its time, with its sequence in a batch."""
        text = self.view.notation.symbol(Signal(symbol))
        text = text.removesuffix("[t]") if text.count("[") == 1 else text
        return text if sequence is None else f"{text}, sequence {sequence}"

    def _symbols(self) -> list[str]:
        """The signals that the phase computes in the layer, and those that the step reads."""
        phase, layer = self.step.phase, layer_of(self.step.symbol)
        wanted = {
            equation.target
            for equation in self.trace.program.equations()
            if equation.phase is phase
            and equation.role is not Role.BLOCK
            and layer_of(equation.target) == layer
        }
        wanted |= {symbol.name for symbol in self.step.operands}
        wanted &= set(self.trace.signals)
        return [symbol for symbol in self.trace.symbols() if symbol in wanted]

    def _cell(self, symbol: str, sequence: int | None, t: int) -> str:
        """Write a value that has been computed by now, with its mark; else nothing."""
        id_ = Id(symbol, t)
        try:
            if self.trace.position(id_) > self.step.index:
                return ""
        except KeyError:
            return ""
        if symbol in (INPUT, LABEL) and self.trace.find(id_).character:
            return self._mark(id_) + named(self.trace.find(id_).character)
        value = np.asarray(self.trace.signals[symbol].at(t))
        return self._marked(id_, value if sequence is None else value[..., sequence])

    def _marked(self, id_: Id, value: NDArray[np.float64], entries: int = _ENTRIES) -> str:
        return self._mark(id_) + _short(value, self.view, entries)

    def _mark(self, id_: Id) -> str:
        operands = {Id.of(symbol) for symbol in self.step.operands}
        return CURRENT if id_ == self.step.place else OPERAND if id_ in operands else " "

    def parameters(self, width: int) -> list[tuple[str, str]]:
        """One row per parameter: value, gradient, new value, as far as they are known, and
        as far as there is room.
        """
        for entries, first in ((_ENTRIES, 0), (1, 0), (1, 1), (1, 2)):
            lines = self._parameters(entries, first)
            if max(map(columns, lines)) <= width:
                break
        return [(line, "dim" if n == 0 else "") for n, line in enumerate(lines)]

    def _parameters(self, entries: int, first: int) -> list[str]:
        """Return the rows, without some of the first columns."""
        layer = layer_of(self.step.symbol)
        rows: list[tuple[str, ...]] = [("", *("value", "gradient", "new value")[first:])]
        for name in self.trace.scenario.cell.parameters:
            if layer_of(name) == layer:
                names = (name, gradient(name), new(name))[first:]
                rows.append((name, *(self._parameter(own, entries) for own in names)))
        widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
        return [
            "  ".join(
                padded(cell, size) for cell, size in zip(row, widths, strict=True)
            ).rstrip()
            for row in rows
        ]

    def _parameter(self, name: str, entries: int) -> str:
        try:
            position = self.trace.position(Id(name))
        except KeyError:  # nothing is updated
            return ""
        given = self.trace.key(position)[0].phase is Phase.GIVEN
        if position > self.step.index and not given:
            return ""
        return self._marked(Id(name), np.asarray(self.trace.parameters[name]), entries)


def _short(value: NDArray[np.float64], view: View, entries: int) -> str:
    """Write a value in little room: few digits, the first entries of an array, and how many
    more there are.
    """
    small = View(view.notation, _DIGITS)
    flat = np.ravel(value)
    if flat.size == 1:
        return small.number(float(flat[0]))
    text = ", ".join(small.number(float(entry)) for entry in flat[:entries])
    rest = f", +{flat.size - entries}" if flat.size > entries else ""
    return f"[{text}{rest}]"


def _window(widths: dict[int, int], here: int, room: int) -> list[int]:
    """Return the time steps around the current one whose columns fit."""
    shown = [here] if here in widths else []
    used = widths.get(here, 0) + 2
    before, after = here - 1, here + 1
    while before in widths or after in widths:
        grown = False
        for t in (after, before):
            if t in widths and used + widths[t] + 2 <= room:
                shown.append(t)
                used += widths[t] + 2
                grown = True
                if t == after:
                    after += 1
                else:
                    before -= 1
        if not grown:
            break
    return sorted(shown)
