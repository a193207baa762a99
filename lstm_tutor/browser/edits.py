"""The mistakes of a program as plain data: each edit of an equation, and what is said of it.

A page tries them on a wrong answer. Its formula is written as what differs from the right
one: where in the tree, and what stands there.
"""

from __future__ import annotations

from typing import Any

from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.browser.program import equations_of, tree
from lstm_tutor.execution.existence import ENDS, missing
from lstm_tutor.mistakes.all_edits import all_edits
from lstm_tutor.mistakes.mistake import MISPRINT, Edit, Mistake
from lstm_tutor.mistakes.table import cost, kinds
from lstm_tutor.mistakes.wording import sentence
from lstm_tutor.model.equation import Equation, Role
from lstm_tutor.model.symbol import Id
from lstm_tutor.render.line import View
from lstm_tutor.trace.trace import Trace

_MOST = 6000
"""More edits than this no page carries; `check` knows them all."""


def mistakes_data(trace: Trace, view: View) -> dict[str, Any]:
    """Return every edit of a program's equations by what it is an edit of, as plain data.

    ``kinds`` has each kind's name and how unusual it is. ``edits`` has for each equation, by
    its number, rows with the more usual edits first: the kind's number, the sentence with
    ``t`` for the time step, the way down the right formula's tree, what stands there, and
    how unusual it is where that differs from its kind. ``unsaid`` has the time steps at which
    nothing is said of an equation. ``other`` is what is said of a value that is reported
    under another's name.
    """
    known = all_edits(trace.scenario, trace.program)
    found: dict[str, list[Edit]] = {}
    unsaid = {str(n): _unsaid(trace, e) for n, e in enumerate(equations_of(trace.program))}
    for number, equation in enumerate(equations_of(trace.program)):
        own = [
            edit
            for place in _places(trace, equation)
            for edit in known.of.get(place, ())
            if edit.right is not None and edit.sequence is None
            if edit.right == equation.expression and not _is_of_given(edit, equation)
        ]
        if own and sum(map(len, found.values())) < _MOST:
            found[str(number)] = sorted(own, key=_cost)
    names = list(dict.fromkeys(edit.kind for edits in found.values() for edit in edits))
    numbers = {name: number for number, name in enumerate(names)}
    other = kinds()[MISPRINT]
    return {
        "kinds": [[name, kinds()[name].cost] for name in names],
        "edits": {
            key: [_row(trace, view, numbers[edit.kind], edit) for edit in edits]
            for key, edits in found.items()
        },
        "unsaid": {number: times for number, times in unsaid.items() if times},
        "other": {"cost": other.cost, "says": other.says[0][1]},
    }


def _places(trace: Trace, equation: Equation) -> list[str]:
    """Return what the edits of an equation are known by: its symbol, or ids beyond the ends."""
    steps = trace.scenario.steps
    sections = (part for part in trace.program.sections if equation in part.equations)
    beyond = (
        t for part in sections for t in part.times if t is not None and not 0 <= t < steps
    )
    ids = [str(Id(equation.target, t)) for t in beyond]
    return ids or [equation.target]


def _is_of_given(edit: Edit, equation: Equation) -> bool:
    """Whether an edit is of what a sum over time of given terms adds up, and not of the sum."""
    given = equation.role is Role.SUM_OVER_TIME and not equation.terms
    return given and summed_over_time(edit.learner) is not None


def _unsaid(trace: Trace, equation: Equation) -> list[int]:
    """Return the time steps at which a term is missing, and not for an end of the sequence."""
    times = {
        t
        for part in trace.program.sections
        if equation in part.equations
        for t in part.times
        if t is not None
        for term in equation.terms
        for sequence in (None, *range(trace.scenario.batch or 0))
        if missing(trace.scenario, term, t, sequence) not in ("", *ENDS)
    }
    return sorted(times)


def _row(trace: Trace, view: View, number: int, edit: Edit) -> list[Any]:
    usual = round(_cost(edit)[0], 3)
    rest = [usual] if usual != kinds()[edit.kind].cost else []
    return [number, said(trace, view, edit), *_change(edit), *rest]


def said(trace: Trace, view: View, edit: Edit) -> str:
    """Say what an edit does, at any time step."""
    write = view.notation.formula
    return sentence(Mistake((edit,), edit.place), edit, trace.scenario, write, None)


def _cost(edit: Edit) -> tuple[float, int, float]:
    """Return how unusual an edit is where it is made once."""
    return cost(Mistake((edit,), edit.place))


def _change(edit: Edit) -> list[Any]:
    """Return the shortest way to what differs in a formula, and what stands there."""
    right, learner = tree(edit.right or edit.learner), tree(edit.learner)
    way: list[int] = []
    while isinstance(right, list) and isinstance(learner, list) and len(right) == len(learner):
        apart = [
            n for n, pair in enumerate(zip(right, learner, strict=True)) if pair[0] != pair[1]
        ]
        if len(apart) != 1 or not isinstance(learner[apart[0]], list):
            break
        way.append(apart[0])
        right, learner = right[apart[0]], learner[apart[0]]
    return [way, learner]
