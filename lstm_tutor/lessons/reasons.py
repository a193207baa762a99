"""Why each skill stands as it does, in words."""

from __future__ import annotations

from collections.abc import Sequence

from lstm_tutor.files.phrase import counted
from lstm_tutor.lessons.drawing import stands
from lstm_tutor.lessons.map import Sight
from lstm_tutor.lessons.record import CHECKS, ROW, Standing
from lstm_tutor.mistakes.table import kinds
from lstm_tutor.mistakes.wording import called
from lstm_tutor.render.sheet import Cell
from lstm_tutor.render.words import words


def skill_lines(found: Sequence[Sight], now: int, width: int) -> Cell:
    """Say of every skill how it stands, and why."""
    lines: list[tuple[str, str]] = []
    for sight in found:
        if sight.begun:
            lines += words(f"{sight.entry.id}  {sight.entry.title}", width, style="bold")
            for skill, standing in sight.standing.items():
                lines += words(f"{skill}: {_why(standing, now)}", width, 2, hang=2)
    return tuple(lines) or tuple(words("No lesson has been begun.", width))


def _why(found: Standing, now: int) -> str:
    numbers = counted(found.asked, "number")
    if found.own:
        passed = f"{found.checks} of {len(CHECKS)} checks passed"
        return f"yours, after {numbers}; {passed}{', the next one is due' * found.due(now)}"
    emptied = f"; the row began anew: {_said(found.emptied)}" if found.emptied else ""
    here = f"{stands(found)} after {numbers}"
    places = counted(len(found.places), "place")
    short = found.row >= ROW
    return f"{here}, at {places}: one more is wanted" if short else f"{here}{emptied}"


def _said(emptied: str) -> str:
    """Say what emptied a row; of a mistake that was named, what it is called."""
    kind, _, symbol = emptied.partition(" in ")
    return f"{called(kind)}, in {symbol}" if kind in kinds() else emptied
