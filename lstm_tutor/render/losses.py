"""Where a gradient comes from: how much from each loss, on which way, at which time step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Parameter, symbols
from lstm_tutor.files.phrase import counted, the
from lstm_tutor.model.symbol import LOSS, OUTPUT, Id
from lstm_tutor.numbers.numeral import significant
from lstm_tutor.render.entries import entry_name
from lstm_tutor.render.line import View
from lstm_tutor.render.words import words
from lstm_tutor.trace.provenance import Share, contributions, reached, shares
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace

_MOST_ENTRIES = 4
_MOST_TIMES = 12
_BAR = 20
_SHADES = " ░▒▓█"
_PLAIN_SHADES = " .:*#"


@dataclass(frozen=True)
class Losses:
    """Writes the parts of a gradient, loss by loss."""

    trace: Trace
    view: View
    width: int

    def shares(self, step: Step) -> Iterator[tuple[str, str]]:
        """How much comes from each loss, and through which state."""
        found = shares(self.trace, step)
        yield "", ""
        labels = self.trace.scenario.has_labels
        yield f"Which {'losses' if labels else 'gradients'} it comes from", "bold"
        if len(found) == 1:
            yield f"  all of it from {self._way(found[0])}", ""
            return
        if found:
            text = "a bar is the size of a part, beside the largest one"
            yield from words(f"({text}{self._directly(found)})", self.width, 2, "dim", 1)
        if not found:
            yield from words(self._nothing(step), self.width, 2, "")
            return
        for index in list(np.ndindex(step.value.shape))[:_MOST_ENTRIES]:
            if step.value.size > 1:
                yield f"  {self._which(step, index)}", "dim"
            total = float(step.value[index])
            yield from self._share_rows(
                [(share, float(share.value[index])) for share in found], total
            )
        rest = step.value.size - _MOST_ENTRIES
        if rest > 0:
            yield (
                f"  {self.view.ellipsis} {counted(rest, 'more entry', 'more entries')}",
                "dim",
            )

    def _which(self, step: Step, index: tuple[int, ...]) -> str:
        """Say what an entry of a gradient belongs to: a hidden unit, an input, a sequence."""
        cell, of = self.trace.scenario.cell, step.equation.of
        axes = cell.parameters[of] if of in cell.parameters else cell.signals[of]
        return entry_name(self.trace.scenario, axes, index)

    def _nothing(self, step: Step) -> str:
        """Say why all shares of a gradient are 0."""
        kind = "loss" if self.trace.scenario.has_labels else "gradient from outside"
        if not reached(self.trace, step):
            late = self.trace.scenario.cell.ahead
            when = "of any time step" if late else "of this or a later time step"
            return f"none: no {kind} {when} reaches it"
        zeros = (
            f"{self.view.notation.symbol(symbol)} = 0"
            for term in step.terms
            for symbol in symbols(term.expression)
            if symbol in step.operands and not step.operands[symbol].any()
        )
        because = ", ".join(dict.fromkeys(zeros))
        text = f"every {kind} that reaches it does so with a factor 0"
        return f"{text}: {because}" if because else text

    def _share_rows(
        self, rows: list[tuple[Share, float]], total: float
    ) -> Iterator[tuple[str, str]]:
        places = _decimals([amount for _, amount in rows], self.view.digits)
        labels = [self._way(share) for share, _ in rows]
        width = max(map(len, [*labels, "total"]))
        largest = max(abs(amount) for _, amount in rows) or 1.0
        mark = "#" if self.view.plain else "█"
        amounts = [f"{amount:+.{places}f}" for _, amount in rows]
        column = max(len(text) for text in [*amounts, f"{total:+.{places}f}"])
        longest = max(0, min(_BAR, self.width - width - column - 6))
        for label, text, (_, amount) in zip(labels, amounts, rows, strict=True):
            bar = mark * round(longest * abs(amount) / largest)
            yield f"  {label:<{width}}  {text:>{column}}  {bar}".rstrip(), ""
        yield f"  {'total':<{width}}  {f'{total:+.{places}f}':>{column}}", "bold"

    def _directly(self, found: Sequence[Share]) -> str:
        """Say what "directly" means, where not everything is direct."""
        ways = {bool(share.through) for share in found}
        return "; directly: not by way of another time step" if len(ways) > 1 else ""

    def _way(self, share: Share) -> str:
        source = self._start(share.loss)
        if not share.through:
            return f"{source} directly"
        if share.through == OUTPUT:
            return f"{source} through {self.view.notation.symbol(Parameter(OUTPUT))}"
        called = self.trace.scenario.cell.call(share.through)
        if called == share.through:
            return f"{source} through {self.view.notation.symbol(Parameter(called))}"
        return f"{source} through {the(called)}"

    def _start(self, t: int) -> str:
        """Say where gradients start at a time step."""
        return str(Id(LOSS, t)) if self.trace.scenario.has_labels else f"outside, t={t}"

    def matrix(self, step: Step) -> Iterator[tuple[str, str]]:
        """A parameter's gradient, split by loss (down) and time step (across)."""
        losses = self.trace.scenario.labelled_times
        entries = list(np.ndindex(step.value.shape))
        entries.sort(key=lambda index: -abs(step.value[index]))
        shown = entries[:_MOST_ENTRIES]
        matrices = contributions(self.trace, step, shown)
        start = "loss" if self.trace.scenario.has_labels else "gradient from outside"
        for index, matrix in zip(shown, matrices, strict=True):
            label = f": {self._which(step, index)}" if len(entries) > 1 else ""
            yield "", ""
            yield from words(
                f"From each {start}, at each time step{label}", self.width, 0, "bold"
            )
            if index == shown[0]:
                text = "(a shade is the size of a part, beside the largest one)"
                yield from words(text, self.width, 2, "dim", 1)
            yield from self._matrix_rows(matrix, losses)
        rest = len(entries) - _MOST_ENTRIES
        if rest > 0:
            text = counted(rest, "smaller entry", "smaller entries")
            yield f"  {self.view.ellipsis} {text} not shown", "dim"

    def _matrix_rows(
        self, matrix: NDArray[np.float64], losses: list[int]
    ) -> Iterator[tuple[str, str]]:
        digits = min(self.view.digits, 4)
        times = list(range(matrix.shape[1]))
        most = max(1, min(_MOST_TIMES, (self.width - 22) // 13))
        if len(times) > most:
            yield f"  the last {most} of {len(times)} time steps and losses", "dim"
        times, losses_shown = times[-most:], losses[-most:]
        largest = float(np.abs(matrix).max()) or 1.0
        head = "".join(f"{f't={t}':>13}" for t in times)
        lead = max(6, *(len(self._start(loss)) + 2 for loss in losses_shown))
        yield f"  {'':<{lead}}{head}{'sum':>12}", "dim"
        for loss in losses_shown:
            row = matrix[losses.index(loss)]
            cells = "".join(self._shaded(float(row[t]), largest, digits) for t in times)
            yield (
                f"  {self._start(loss):<{lead}}{cells}{significant(row.sum(), digits):>12}",
                "",
            )
        sums = matrix.sum(axis=0)
        cells = "".join(self._shaded(float(sums[t]), 0.0, digits) for t in times)
        yield f"  {'sum':<{lead}}{cells}{significant(matrix.sum(), digits):>12}", "bold"

    def _shaded(self, value: float, largest: float, digits: int) -> str:
        """Write a number with a shade for its size, 13 columns wide."""
        shades = _PLAIN_SHADES if self.view.plain else _SHADES
        level = 0 if not largest else round((len(shades) - 1) * (abs(value) / largest) ** 0.5)
        return f"{significant(value, digits):>11}{shades[level] * 2}"


def _decimals(amounts: Sequence[float], digits: int) -> int:
    """Return decimals at which the smallest amount keeps its digits, within reason."""
    sizes = [abs(amount) for amount in amounts if amount]
    if not sizes:
        return digits
    smallest, largest = (int(np.floor(np.log10(size))) for size in (min(sizes), max(sizes)))
    return max(0, min(digits - 1 - smallest, digits + 2 - largest))
