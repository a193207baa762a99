"""Mistakes as the formulas that a program reads instead of its own."""

from __future__ import annotations

from collections.abc import Iterable

from lstm_tutor.algebra.expression import Expression, rebuild
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.execution.prepared import SUM
from lstm_tutor.execution.rules import TOTAL
from lstm_tutor.execution.world import World
from lstm_tutor.mistakes.mistake import REPORTED, Edit, Mistake
from lstm_tutor.mistakes.table import kinds
from lstm_tutor.model.symbol import Id


def world(mistakes: Iterable[Mistake] = (), *, carried: bool = False) -> World:
    """Return the program with some mistakes in it.

    What concerns only what is reported of a value (`REPORTED`) changes no equation.

    Args:
        mistakes: the mistakes; of two in one formula the later one.
        carried: whether the person's own values are put in.
    """
    everywhere: dict[str, Expression] = {}
    once: dict[Id, Expression] = {}
    for mistake in mistakes:
        for edit in mistake.edits:
            if edit.kind not in REPORTED:
                _add(edit, mistake.at, everywhere, once)
    return World(everywhere, once, carried)


def _add(
    edit: Edit, at: Id | None, everywhere: dict[str, Expression], once: dict[Id, Expression]
) -> None:
    learner, key = edit.learner, edit.target
    if summed_over_time(edit.right) is not None:
        inside = summed_over_time(learner)
        if inside is not None:
            learner = inside
            at = None if at and at.t is None else at
        else:
            learner, key = _with_total(learner), f"{key}{SUM}"
    if at is None and edit.right is not None and kinds()[edit.kind].once:
        at = edit.place
    if at is not None:
        once[at] = learner
        return
    everywhere[key] = learner
    if edit.first is not None:
        everywhere[str(Id(key, edit.first_at))] = edit.first


def _with_total(node: Expression) -> Expression:
    return rebuild(node, _with_total) if summed_over_time(node) is None else TOTAL
