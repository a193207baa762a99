"""Which terms of a gradient exist at which time step: said here once, asked by everyone.

A term exists if every place that it comes through lies in the sequence, no cut of a
truncated sequence lies between it and the gradient, and its loss has a label.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Binary,
    Expression,
    Negative,
    Number,
    addends,
    replaced,
    symbols,
    total,
    walk,
)
from lstm_tutor.model.equation import Term
from lstm_tutor.scenario.scenario import Scenario

NEVER = "nothing is computed before the first time step, or after the last"
LATER, EARLIER = "no future step", "no earlier step"
ENDS = (NEVER, LATER, EARLIER)
"""What is said of terms that would come from past an end of the sequence."""


def missing(scenario: Scenario, term: Term, t: int, sequence: int | None = None) -> str:
    """Say why a term does not exist at a time step; empty if it does.

    Args:
        scenario: whose time steps and labels.
        term: the term.
        t: the time step.
        sequence: of a batch; None if it is missing only where it is in all sequences.
    """
    for link in term.links:
        place = t + link.shift
        if not 0 <= place < scenario.steps:
            if not 0 <= t < scenario.steps:
                return NEVER
            return LATER if place > t else EARLIER
        if link.shift and crosses(scenario, t, place):
            return "cut by truncation"
    if not term.starts:
        return ""
    if not term.links:
        names = (symbol.name for symbol in symbols(term.expression))
        there = next(scenario.outside[n].there for n in names if n in scenario.outside)
        if not 0 <= t < scenario.steps:
            return "no gradient from outside at this step"
        return "" if _any(there[t], sequence) else "no gradient from outside at this step"
    there = scenario.labelled[t + term.links[0].shift]
    return "" if _any(there, sequence) else "no label at this step"


def _any(there: NDArray[np.bool_], sequence: int | None) -> bool:
    return bool(np.any(there) if sequence is None or np.ndim(there) == 0 else there[sequence])


def exists(scenario: Scenario, term: Term, times: Sequence[int]) -> NDArray[np.bool_]:
    """Return at which time steps a term exists, (time,); in a batch (time, batch)."""
    batch = scenario.batch
    if batch is None or not term.starts:
        found = np.array([not missing(scenario, term, t) for t in times])
        return found if batch is None else np.repeat(found[:, None], batch, axis=1)
    return np.array([[not missing(scenario, term, t, s) for s in range(batch)] for t in times])


def lacking(
    scenario: Scenario, terms: Sequence[Term], times: Sequence[int]
) -> list[tuple[frozenset[Expression], NDArray[np.bool_]]]:
    """Return which terms that start at a loss do not exist together, and where they do not,
    (time,) or in a batch (time, batch); nothing if they exist everywhere.
    """
    starting = [term for term in terms if term.starts]
    there = np.array([exists(scenario, term, times) for term in starting])
    if there.all():
        return []
    found = []
    for flags in np.unique(there.reshape(len(starting), -1), axis=1).T:
        where = (there == flags.reshape(-1, *(1,) * (there.ndim - 1))).all(axis=0)
        gone = (t.expression for t, here in zip(starting, flags, strict=True) if not here)
        found.append((frozenset(gone), where))
    return found


def without(terms: Sequence[Term], changed: Expression, gone: Set[Expression]) -> Expression:
    """Return a changed formula where some terms of the right one do not exist.

    Args:
        terms: those of the right formula.
        changed: the formula that stands instead of it.
        gone: which of the terms do not exist. One that the change has left as it is becomes
            0, and so does what stands in place of one: what is no other term, nor reads the
            gradient of one that was changed too.
    """
    others = [term for term in terms if term.expression not in gone]
    if not gone or not others:
        return Number(0) if gone else changed

    def zero(part: Expression) -> Expression | None:
        match part:
            case Binary("-", left, right) if Negative(right) in gone:
                return replaced(left, zero)
        return Number(0) if part in gone else None

    found, whole = replaced(changed, zero), _parts(changed)
    if whole >= gone:
        return found
    read = {t.gradient.name for t in others if t.gradient and t.expression not in whole}

    def stays(part: Expression) -> bool:
        inside = _parts(part)
        names = {symbol.name for symbol in symbols(part)}
        return bool(names & read) or any(term.expression in inside for term in others)

    return total(tuple(part for part in addends(found) if stays(part)))


def _parts(node: Expression) -> Set[Expression]:
    """Return all parts of a formula, what it takes away with its sign."""
    parts = set(walk(node))
    taken = (p.right for p in parts if isinstance(p, Binary) and p.operator == "-")
    return parts | {Negative(part) for part in taken}


def crosses(scenario: Scenario, t: int, other: int) -> bool:
    """Whether a cut of a truncated sequence lies between two time steps."""
    first, last = min(t, other), max(t, other)
    return any(scenario.cut_after(step) for step in range(first, last))
