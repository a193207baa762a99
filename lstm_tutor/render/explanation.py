"""Why a value is what it is: operands, terms with their origins, and the losses behind.

Sentences are made from the equations; no cell's mathematics is written down here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.render.breaking import columns, padded
from lstm_tutor.render.line import View, formula, numbers, operands_relation, substituted
from lstm_tutor.render.losses import Losses
from lstm_tutor.render.reasons import Reasons, is_symbol, values_of
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.value import result_lines
from lstm_tutor.render.words import words, wrapped
from lstm_tutor.trace.provenance import is_gradient_in_time
from lstm_tutor.trace.step import Step, StepTerm
from lstm_tutor.trace.trace import Trace

_MOST_TERMS = 8


def explanation(trace: Trace, step: Step, view: View, width: int) -> Cell:
    """Return the answer to "why this value?" as lines with their styles."""
    writer = _Writer(trace, view, width)
    lines = [*writer.equation(step)]
    if step.expression is None and not step.rows:
        lines += writer.given(step)
    elif step.rows:
        lines += writer.block(step)
    elif step.terms and step.equation.role is not Role.SUM_OVER_TIME:
        lines += writer.terms(step)
    else:
        lines += writer.operands(step)
    if is_gradient_in_time(step):
        lines += Losses(trace, view, width).shares(step)
    elif step.phase is Phase.GRADIENTS and not step.rows:
        lines += Losses(trace, view, width).matrix(step)
    return tuple(lines)


class _Writer:
    """Writes the parts of one answer."""

    def __init__(self, trace: Trace, view: View, width: int) -> None:
        self._trace = trace
        self._view = view
        self._width = width
        self._reasons = Reasons(trace, view, width)

    def equation(self, step: Step) -> Iterator[tuple[str, str]]:
        """The step as everywhere: formula, numbers, value."""
        view = self._view
        yield from words(f"{step.id}  {step.equation.caption}", self._width, 0, "bold")
        yield from wrapped(formula(step, view), self._width, 2)
        if step.expression is not None:
            relation = operands_relation(step, view)
            yield from wrapped(f"{relation} {numbers(step, view)}", self._width, 2)
        for line in result_lines(step, view, self._width - 2):
            yield f"  {line}", "bold"
        if step.note:
            yield f"  ({step.note})", "dim"

    def given(self, step: Step) -> Iterator[tuple[str, str]]:
        """Nothing is computed: the scenario says so."""
        scenario = self._trace.scenario
        yield "", ""
        text = f"It is given by the scenario {scenario.name}; nothing is computed."
        if step.place in scenario.beyond.keys() - scenario.initial.keys():
            text = "Nothing is given beyond the ends of the sequence: what is read there is 0."
        yield from words(text, self._width, 2, "")

    def block(self, step: Step) -> Iterator[tuple[str, str]]:
        """The rows of a block have answers of their own."""
        yield "", ""
        yield "It holds, gate by gate", "bold"
        for part in step.inputs:
            yield f"  {part}", ""
        yield f"  Ask for one of them, such as: why {step.inputs[0]}", "dim"

    def operands(self, step: Step) -> Iterator[tuple[str, str]]:
        """What a value is made of, and where each part came from."""
        yield "", ""
        if not step.operands:
            yield from words(
                "No value reaches it: there is nothing to add.", self._width, 2, ""
            )
            return
        yield "What it is made of", "bold"
        rows = [
            (
                self._view.notation.symbol(symbol),
                self._reasons.shown(value),
                self._reasons.source(symbol),
            )
            for symbol, value in islice(step.operands.items(), 2 * _MOST_TERMS)
        ]
        yield from self._columns(rows)
        left_out = len(step.operands) - len(rows)
        if left_out:
            yield f"  {self._view.ellipsis} and {left_out:,} more", "dim"
        yield from self._reasons.direction(step)

    def _columns(self, rows: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        """Write rows in columns, or each with its last one below it."""
        widths = [max(columns(row[column]) for row in rows) for column in range(len(rows[0]))]
        if sum(widths) + 2 * len(widths) <= self._width:
            for row in rows:
                cells = [padded(cell, size) for cell, size in zip(row, widths, strict=True)]
                yield f"  {'  '.join(cells)}".rstrip(), ""
            return
        for row in rows:
            yield from wrapped(" ".join(row[:-1]), self._width, 2)
            yield from words(row[-1], self._width, 6, "dim")

    def terms(self, step: Step) -> Iterator[tuple[str, str]]:
        """Every term of a gradient: where it comes from, and its numbers."""
        count = len(step.terms)
        yield "", ""
        yield ("Its one term" if count == 1 else f"Its {count:,} terms"), "bold"
        for term in step.terms:
            yield from self._term(step, term)
        if count > 1:
            text = f"their sum: {self._view.array(step.value)}"
            yield from wrapped(text, self._width, 2, "bold")

    def _term(self, step: Step, term: StepTerm) -> Iterator[tuple[str, str]]:
        view = self._view
        yield from wrapped(self._reasons.formula(term.expression), self._width, 2, "bold")
        if term.missing:
            yield f"    = 0: {term.missing}", "dim"
        else:
            values = substituted(term.expression, step.operands, view, view.notation.style)
            shown = self._reasons.shown(term.value)
            relation = self._reasons.relation(values_of(term.expression, step.operands))
            lead = f"{relation} {values} " if not is_symbol(term.expression) else ""
            yield from wrapped(lead + shown, self._width, 4)
        yield from self._reasons.of_term(step, term)
