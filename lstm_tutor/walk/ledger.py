"""The ledger: symbols down, time steps across, filled in as a walk goes.

For parameters, which have no time step: value, gradient and new value across.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Signal
from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.model.symbol import Id, gradient, new
from lstm_tutor.render.line import View, columns, padded
from lstm_tutor.render.sheet import Cell
from lstm_tutor.trace.trace import Step, Trace

_DIGITS = 4
_WIDEST = 18
_ENTRIES = 2
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
    marks = f"{CURRENT} this step  {OPERAND} its operands"
    if len(body) > height - 2:
        here = next((n for n, (line, _) in enumerate(body) if CURRENT in line[:-1]), 0)
        start = max(0, min(here - (height - 2) // 2, len(body) - height + 2))
        body = body[start : start + height - 2]
    return (head, *body, (marks, "dim"))


@dataclass(frozen=True, eq=False)
class _Ledger:
    trace: Trace
    step: Step
    view: View

    def times(self, width: int) -> list[tuple[str, str]]:
        """One column per time step, one row per symbol of the phase."""
        here = self.step.t or 0
        symbols = self._symbols()
        names = {symbol: self._name(symbol) for symbol in symbols}
        lead = max(map(columns, names.values())) + 1
        signals, steps = self.trace.signals, self.trace.scenario.steps
        own = [signals[symbol] for symbol in symbols if symbol in signals]
        first = min([0, *(series.first for series in own)])
        every = range(first, 1 + max([steps - 1, *(series.last for series in own)]))
        cells = {t: self._column(symbols, t) for t in every if abs(t - here) <= width // 6}
        shown = _window(
            {
                t: max(columns(text) for text in [f"t={t}", *column])
                for t, column in cells.items()
            },
            here,
            width - lead - 2,
        )
        widths = {t: max(columns(text) for text in [f"t={t}", *cells[t]]) for t in shown}
        left = "<" if shown and shown[0] > every[0] else " "
        right = " >" if shown and shown[-1] < every[-1] else ""
        head = left + " " * (lead - 1) + "".join(f"  {f't={t}':<{widths[t]}}" for t in shown)
        rows = [(head + right, "dim")]
        for number, symbol in enumerate(symbols):
            line = padded(names[symbol], lead)
            line += "".join(f"  {padded(cells[t][number], widths[t])}" for t in shown)
            style = "bold" if symbol == self.step.symbol else ""
            rows.append((line.rstrip(), style))
        return rows

    def _name(self, symbol: str) -> str:
        """Write a symbol without its time."""
        text = self.view.notation.symbol(Signal(symbol))
        return text.removesuffix("[t]").replace("[t]", "").replace("[>t]", "")

    def _symbols(self) -> list[str]:
        """The signals that the phase computes, and those that the step reads besides."""
        phase = self.step.phase
        wanted = {
            equation.target
            for equation in self.trace.program.equations()
            if equation.phase is phase and equation.role is not Role.BLOCK
        }
        wanted |= {symbol.name for symbol in self.step.operands}
        wanted &= set(self.trace.signals)
        return [symbol for symbol in self.trace.symbols() if symbol in wanted]

    def _column(self, symbols: list[str], t: int) -> list[str]:
        return [self._cell(symbol, t) for symbol in symbols]

    def _cell(self, symbol: str, t: int) -> str:
        """Write a value that has been computed by now, with its mark; else nothing."""
        id_ = Id(symbol, t)
        try:
            if self.trace.position(id_) > self.step.index:
                return ""
        except KeyError:
            return ""
        return self._marked(id_, np.asarray(self.trace.signals[symbol].at(t)))

    def _marked(self, id_: Id, value: NDArray[np.float64]) -> str:
        operands = {Id.of(symbol) for symbol in self.step.operands}
        mark = CURRENT if id_ == self.step.place else OPERAND if id_ in operands else " "
        return mark + _short(value, self.view)

    def parameters(self, width: int) -> list[tuple[str, str]]:
        """One row per parameter: value, gradient, new value, as far as they are known."""
        rows: list[tuple[str, ...]] = [("", "value", "gradient", "new value")]
        for name in self.trace.scenario.cell.parameters:
            names = (name, gradient(name), new(name))
            rows.append((name, *map(self._parameter, names)))
        widths = [max(columns(row[column]) for row in rows) for column in range(4)]
        lines = [
            "  ".join(padded(cell, size) for cell, size in zip(row, widths, strict=True))
            for row in rows
        ]
        return [
            (line.rstrip()[:width], "dim" if n == 0 else "") for n, line in enumerate(lines)
        ]

    def _parameter(self, name: str) -> str:
        try:
            position = self.trace.position(Id(name))
        except KeyError:  # nothing is updated
            return ""
        given = self.trace.key(position)[0].phase is Phase.GIVEN
        if position > self.step.index and not given:
            return ""
        return self._marked(Id(name), np.asarray(self.trace.parameters[name]))


def _short(value: NDArray[np.float64], view: View) -> str:
    """Write a value in little room: few digits, the first entries of an array."""
    small = View(view.notation, _DIGITS)
    flat = np.ravel(value)
    if flat.size == 1:
        return small.number(float(flat[0]))
    text = ", ".join(small.number(float(entry)) for entry in flat[:_ENTRIES])
    rest = f", {view.ellipsis}" if flat.size > _ENTRIES else ""
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
