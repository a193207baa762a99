"""What one update does to the loss, with right and wrong gradients: counts and a table."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.audit.descent import Descents, Wrong
from lstm_tutor.mistakes.wording import shown
from lstm_tutor.render.line import View
from lstm_tutor.render.sheet import Cell, Sheet
from lstm_tutor.render.words import words, wrapped
from lstm_tutor.scenario.scenario import Scenario

_BEST = 5


def descent_lines(found: Descents, view: View) -> Iterator[tuple[str, str]]:
    """Yield how many mistakes let the loss fall, as lines with their styles."""
    number = view.number
    tried, lower, better = len(found.wrong), len(found.lower), len(found.better)
    yield f"Loss {number(found.before)} before one update", "bold"
    yield f"Loss {number(found.after)} after it, with the right gradients", ""
    rows = (
        (tried, "different wrong gradients, each of one mistake"),
        (lower, "of them still lower the loss"),
        (better, "of them lower it more than the right gradients do"),
    )
    for count, text in rows:
        yield f"{count:>7,}  {text}", ""


def descent_sheet(found: Descents, scenario: Scenario, view: View, width: int) -> Sheet:
    """Return the losses after one update, the best wrong ones beside the right one."""
    room = max(20, width - 30)
    rows = [_descent_row(one, scenario, view, room) for one in _various(found.better)]
    right: tuple[Cell, ...] = (
        ((view.number(found.after), "bold"),),
        (("", ""),),
        (("the right gradients", "bold"),),
    )
    return Sheet(
        "The lowest, one of each kind", ("loss after", "in", "mistake"), (*rows, right)
    )


def _various(wrong: tuple[Wrong, ...]) -> list[Wrong]:
    """Return the best mistake of each kind, the best of all first."""
    first: dict[str, Wrong] = {}
    for one in wrong:
        first.setdefault(one.edit.kind, one)
    return list(first.values())[:_BEST]


def _descent_row(one: Wrong, scenario: Scenario, view: View, room: int) -> tuple[Cell, ...]:
    said = shown(one.edit, scenario, view.notation.formula)
    wrong = f"= {view.notation.formula(one.edit.learner)}"
    return (
        ((view.number(one.loss), ""),),
        ((one.edit.target, ""),),
        (*words(said, room), *wrapped(wrong, room, 0, "dim")),
    )
