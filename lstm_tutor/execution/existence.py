"""Which terms of a gradient exist at which time step: said here once, asked by everyone.

A term exists if every place that it comes through lies in the sequence, no cut of a
truncated sequence lies between it and the gradient, and its loss has a label.
"""

from __future__ import annotations

from lstm_tutor.algebra.expression import symbols
from lstm_tutor.model.equation import Term
from lstm_tutor.scenario.scenario import Scenario


def missing(scenario: Scenario, term: Term, t: int) -> str:
    """Say why a term does not exist at a time step; empty if it does."""
    for link in term.links:
        place = t + link.shift
        if not 0 <= place < scenario.steps:
            return "no future step" if place > t else "no earlier step"
        if link.shift and crosses(scenario, t, place):
            return "cut by truncation"
    if term.gradient is not None:
        return ""
    if not term.links:
        names = (symbol.name for symbol in symbols(term.expression))
        there = next(scenario.outside[n].there for n in names if n in scenario.outside)
        return "" if there[t] else "no gradient from outside at this step"
    return "" if scenario.labelled[t + term.links[0].shift] else "no label at this step"


def crosses(scenario: Scenario, t: int, other: int) -> bool:
    """Whether a cut of a truncated sequence lies between two time steps."""
    first, last = min(t, other), max(t, other)
    return any(scenario.cut_after(step) for step in range(first, last))
