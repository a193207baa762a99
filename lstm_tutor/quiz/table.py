"""What a quiz begins and ends with: what it is, and the results by skill."""

from __future__ import annotations

import numpy as np

from lstm_tutor.files.phrase import counted
from lstm_tutor.quiz.quiz import Quiz
from lstm_tutor.quiz.results import Tally
from lstm_tutor.quiz.skill import Skill
from lstm_tutor.quiz.spot import Hunt
from lstm_tutor.render.sheet import Cell, Sheet
from lstm_tutor.render.words import words

_NARROW = 72  # columns that the table of results needs
_HEADER = ("skill", "asked", "alone", "hints", "carried", "shown", "open", "wrong tries")


def opening(quiz: Quiz | Hunt, width: int) -> Cell:
    """Return what the quiz is, and how to answer."""
    if isinstance(quiz, Hunt):
        count = counted(len(quiz.rounds), "round")
        text = f"{count}. In each, one line is wrong: which? Type its id; help says more."
    else:
        count = counted(len(quiz.questions), "question")
        text = f"{count}, in the order of the computation. Type a value, ? for a hint, or help."
    title = quiz.tutor.trace.scenario.title or quiz.tutor.trace.scenario.name
    return (*words(title, width, style="bold"), *words(text, width))


def results_sheet(found: dict[Skill, Tally], width: int) -> Sheet | Cell:
    """Return the results by skill: a table, or lines where there is no room for one."""
    if width < _NARROW:
        return tuple(
            line for skill, tally in found.items() for line in words(_told(skill, tally), width)
        )
    rows = [(skill.value, *map(str, _counts(tally))) for skill, tally in found.items()]
    if len(found) > 1:
        sums = np.sum([_counts(tally) for tally in found.values()], axis=0)
        rows.append(("together", *map(str, sums.tolist())))
    cells = tuple(tuple(((text, ""),) for text in row) for row in rows)
    return Sheet("Results", _HEADER, cells)


def _counts(tally: Tally) -> tuple[int, ...]:
    return (
        tally.asked,
        tally.alone,
        tally.hinted,
        tally.carried,
        tally.shown,
        tally.unsolved,
        tally.wrong,
    )


def _told(skill: Skill, tally: Tally) -> str:
    counts = zip(_HEADER[2:], _counts(tally)[1:], strict=True)
    parts = [f"{count} {name}" for name, count in counts if count]
    return f"{skill.value}: {tally.asked} asked, {', '.join(parts)}"
