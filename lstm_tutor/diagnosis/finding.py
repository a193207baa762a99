"""A wrong value and the mistake behind it, as lines of text.

What the person seems to have worked, what is right, why, and how sure that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Signal,
    Symbol,
    at,
    walk,
)
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.diagnosis.judgement import Diagnosis, Judgement, sure
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.mistakes.given import MIXED
from lstm_tutor.mistakes.mistake import COPIED, SECOND
from lstm_tutor.mistakes.wording import misconception, sentence
from lstm_tutor.model.equation import Phase, Role
from lstm_tutor.model.symbol import parse
from lstm_tutor.numbers.numeral import FULL, rounded, same
from lstm_tutor.render.line import (
    View,
    added_up,
    formula,
    numbers,
    operands_relation,
    substituted,
    value_relation,
)
from lstm_tutor.render.reasons import reasons
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.words import words, wrapped
from lstm_tutor.trace.step import Step, StepTerm
from lstm_tutor.trace.trace import Trace

Array = NDArray[Any]
_WHOLE = (
    *SECOND,
    "permuted-gates",
    "drop-carries",
    "only-last-loss",
    MIXED,
)  # said of all at once
_NUMBERS = (
    *COPIED,
    *SECOND,
    MIXED,
    "initial-state",
    "initial-state-one",
)  # no formula is changed
_MOST_TIES = 3
_APART = 1e-3  # of a value, beyond which it is no rounding


def finding(trace: Trace, judgement: Judgement, view: View, width: int) -> Cell:
    """Return what is to be said of a wrong value.

    Args:
        trace: the right computation.
        judgement: of a value with the status "wrong".
        view: how formulas and numbers are written.
        width: columns.
    """
    return tuple(_Writer(trace, view, width).lines(judgement))


def said(trace: Trace, diagnosis: Diagnosis, view: View) -> str:
    """Return in one sentence what a person did."""
    return _Writer(trace, view, 80).said(diagnosis)


def formulas(trace: Trace, diagnosis: Diagnosis) -> tuple[Symbol, Expression, Expression]:
    """Return whose equation is wrong, the right side as it was worked, and as it is right.

    The formulas are at the value's time step if they are its own, else at any; of one
    time step's term of a sum, they are the term.
    """
    edit, t = diagnosis.edit, _time(diagnosis)
    name, first = edit.place
    learner, right = edit.learner, edit.right if edit.right is not None else edit.part
    if t is not None and edit.in_every_term:
        learner, right = _term(learner), _term(right)
    target: Symbol = Parameter(name)
    summed = edit.right is not None and summed_over_time(edit.right) is not None
    if first is not None or (name in trace.signals and not summed) or t is not None:
        fixed = t if first is None else first
        target = Signal(name) if fixed is None else Signal(name, fixed, fixed=True)
    if t is None and edit.right is not None:
        t = first
    learner, right = (node if t is None else at(node, t) for node in (learner, right))
    if trace.scenario.batch is not None and summed:
        matrix = len(trace.scenario.cell.parameters.get(_of(trace, name), ())) == 2
        learner, right = (added_up(node, matrix=matrix) for node in (learner, right))
    return target, learner, right


def _of(trace: Trace, name: str) -> str:
    """Return the parameter that a gradient is of."""
    step = trace.find(name) if name in trace.parameters else None
    return step.equation.of if step is not None else ""


def _term(node: Expression) -> Expression:
    return summed_over_time(node) or node


class _Writer:
    """Writes the parts of one finding."""

    def __init__(self, trace: Trace, view: View, width: int) -> None:
        self._trace = trace
        self._view = view
        self._width = width

    def lines(self, judgement: Judgement) -> Iterator[tuple[str, str]]:
        """Yield the whole finding."""
        given = judgement.given
        step = self._step(given.id)
        name = f" (yours: {given.name})" if given.name not in ("", given.id) else ""
        caption = f"  {step.equation.caption}" if step else ""
        yield from words(f"{given.id}{name}{caption}", self._width, 0, "bold")
        yield from self._values(judgement)
        if judgement.because and not judgement.diagnoses:
            yield from words(f"The same mistake as in {judgement.because}.", self._width, 2, "")
        elif not judgement.diagnoses:
            yield from self._unknown(step, sought=judgement.sought)
        else:
            yield from self._mistake(judgement.diagnoses[0], step)
            yield from self._ties(judgement.diagnoses)

    def _step(self, id_: str) -> Step | None:
        try:
            return self._trace.find(id_)
        except KeyError:
            return None

    def _values(self, judgement: Judgement) -> Iterator[tuple[str, str]]:
        rows = [("given", judgement.given.value), ("right", judgement.expected)]
        if not _close(judgement.own, judgement.expected):
            rows.append(("from your values", judgement.own))
        width = max(len(name) for name, _ in rows)
        exact = self._telling(judgement)
        for name, value in rows:
            yield from wrapped(f"{name:<{width}}  {exact.array(value)}", self._width, 2)

    def _telling(self, judgement: Judgement) -> View:
        """Return the view with digits enough to tell the given from the right value."""
        view = self._view
        for digits in range(view.digits, FULL + 1):
            view = replace(self._view, digits=digits)
            if view.array(judgement.given.value) != view.array(judgement.expected):
                break
        return view

    def _unknown(self, step: Step | None, *, sought: bool) -> Iterator[tuple[str, str]]:
        text = "Unknown: the first deviation is here, and no mistake that I know gives it."
        if not sought:
            text = "Not looked into: mend the wrong values before it first, then check again."
        yield from words(text, self._width, 2, "")
        if step is not None and step.expression is not None:
            yield from self._right(step)
        elif step is not None and step.phase is Phase.GIVEN:
            yield from words(
                "The scenario gives it; nothing is computed.", self._width, 2, "dim"
            )

    def _right(self, step: Step) -> Iterator[tuple[str, str]]:
        view = self._view
        yield "  right:", "dim"
        yield from wrapped(formula(step, view), self._width, 4)
        text = f"{operands_relation(step, view)} {numbers(step, view)}"
        if np.size(step.value) == 1:
            text += f" {value_relation(step, view)} {view.array(step.value)}"
        yield from wrapped(text, self._width, 4)

    def _mistake(self, diagnosis: Diagnosis, step: Step | None) -> Iterator[tuple[str, str]]:
        yield from words(f"{_lead(diagnosis)}{self.said(diagnosis)}", self._width, 2, "bold")
        if diagnosis.besides:
            text = f"The mistake in {diagnosis.besides} is in this value too."
            yield from words(text, self._width, 2, "")
        if diagnosis.mistake.reported or diagnosis.mistake.kind in _NUMBERS:
            yield from self._why(diagnosis)
            return
        yield from self._learner(diagnosis)
        if step is not None and diagnosis.here and step.expression is not None:
            yield from self._right(step)
            term = _concerned(step, diagnosis)
            if term is not None:
                found = reasons(self._trace, step, term, self._view, self._width - 2)
                if found:
                    yield "  why it belongs there:", "dim"
                    yield from ((line, "") for line, _ in found)
        else:
            yield "  right:", "dim"
            target, _, right = formulas(self._trace, diagnosis)
            left = self._view.notation.symbol(target)
            yield from wrapped(f"{left} = {self._view.notation.formula(right)}", self._width, 4)
        yield from self._why(diagnosis)

    def _why(self, diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
        why = misconception(diagnosis.mistake, diagnosis.edit, self._trace.scenario)
        yield from words(why, self._width, 2, "dim")

    def said(self, diagnosis: Diagnosis) -> str:
        """Say what was done, and where else."""
        edit, mistake = diagnosis.edit, diagnosis.mistake
        t = _time(diagnosis)
        text = sentence(mistake, edit, self._trace.scenario, self._view.notation.formula, t)
        own = edit.place.name
        others = [e.place.name for e in mistake.edits if e.place.name != own]
        whole = edit.right is not None and summed_over_time(edit.right) is not None
        timed = edit.in_every_term or not whole
        several = self._trace.scenario.steps > 1
        everywhere = several and mistake.at is None and edit.place.t is None and t is None
        if everywhere and not (mistake.together or edit.way) and timed:
            text += " At every time step."
        if others and mistake.kind not in _WHOLE:
            names = ", ".join(dict.fromkeys(others[:6]))
            more = f" and {len(others) - 6} more" if len(others) > 6 else ""
            text += f" The same in {names}{more}."
        return text

    def _learner(self, diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
        view = self._view
        where = "you seem to have worked:" if diagnosis.here else "your numbers fit:"
        yield f"  {where}", "dim"
        target, learner, _ = formulas(self._trace, diagnosis)
        left = view.notation.symbol(target)
        yield from wrapped(f"{left} = {view.notation.formula(learner)}", self._width, 4)
        values = diagnosis.operands
        if values:
            exact = all(same(value, rounded(value, view.digits)) for value in values.values())
            text = substituted(learner, values, view, view.notation.style)
            result = self._result(diagnosis)
            if result.size == 1:
                text += f" {view.relation(False)} {view.array(result)}"
            yield from wrapped(f"{view.relation(exact)} {text}", self._width, 4)

    def _result(self, diagnosis: Diagnosis) -> Array:
        """Return what a wrong formula gives with the person's values."""
        edit, t, lookup = diagnosis.edit, _time(diagnosis), diagnosis.operands.__getitem__
        node = edit.learner if t is None else at(edit.learner, t)
        summed = edit.right is not None and summed_over_time(edit.right) is not None
        batch = self._trace.scenario.batch
        with np.errstate(all="ignore"):
            return np.asarray(evaluated(node, lookup, batch, summed=summed))

    def _ties(self, diagnoses: tuple[Diagnosis, ...]) -> Iterator[tuple[str, str]]:
        once = {self.said(other): other for other in reversed(diagnoses)}
        tied = [other for other in reversed(once.values()) if other.tied]
        if not tied:
            return
        yield "  the numbers fit as well:", "dim"
        for other in tied[:_MOST_TIES]:
            decider = f" ({other.decided_by} would decide)" if other.decided_by else ""
            yield from words(f"{self.said(other)}{decider}", self._width, 4, "")
        if len(tied) > _MOST_TIES:
            yield f"    and {len(tied) - _MOST_TIES} more", "dim"


def _close(one: Array, other: Array) -> bool:
    scale = np.max(np.abs(other), initial=0.0)
    same_shape = np.shape(one) == np.shape(other)
    return same_shape and bool(np.all(np.abs(one - other) <= _APART * scale))


def _lead(diagnosis: Diagnosis) -> str:
    if sure(diagnosis):
        return ""
    return (
        "Perhaps (with so few digits it may be chance): "
        if diagnosis.confidence < 0.4
        else "Probably: "
    )


def _time(diagnosis: Diagnosis) -> int | None:
    """Return the time step to write a mistake's formulas at; None for any."""
    mistake = diagnosis.mistake
    if mistake.at is not None:
        return mistake.at.t
    return parse(diagnosis.id).t if diagnosis.here else None


def _concerned(step: Step, diagnosis: Diagnosis) -> StepTerm | None:
    """Return the term of a gradient that a mistake concerns."""
    if step.equation.role is Role.SUM_OVER_TIME or step.t is None:
        return None
    part = at(diagnosis.edit.part, step.t)
    found = [term for term in step.terms if part in set(walk(term.expression))]
    return found[0] if len(found) == 1 else None
