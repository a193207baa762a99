"""What a quiz says at its end: a tally by skill, and what to practise next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lstm_tutor.files.text import visible
from lstm_tutor.questions.question import SOLVED, Outcome, Record
from lstm_tutor.questions.quiz import Quiz
from lstm_tutor.quiz.exercise import Exercise
from lstm_tutor.quiz.skill import Skill, skill_of
from lstm_tutor.render.sheet import Cell, Sheet
from lstm_tutor.render.words import words
from lstm_tutor.trace.step import Step

COLUMNS = {
    "asked": tuple(Outcome),
    "alone": (Outcome.ALONE,),
    "hints": (Outcome.HINTED,),
    "carried": (Outcome.CARRIED,),
    "shown": (Outcome.SHOWN,),
    "open": (Outcome.OWN, Outcome.SKIPPED, Outcome.OPEN),
}
"""The outcomes that each column of a tally counts; wrong tries come after them."""
_MOST_SYMBOLS = 3
_NARROW = 72  # columns that the table needs
_UNSOLVED = 1.0
_CARRIED = 0.25  # the step itself was right
_HELPED = 0.5


@dataclass(frozen=True)
class Advice:
    """What to practise next: the weakest skill, what to be asked for again, and the id of
    the first step that was hard.
    """

    skill: Skill
    symbols: tuple[str, ...]
    id: str


def _reached(quiz: Quiz) -> list[tuple[Skill, Step, Record]]:
    """Return the questions that have been touched: the skill, the step, what happened."""
    return [
        (skill_of(quiz.trace.program, question.step.equation), question.step, record)
        for question, record in zip(quiz.questions, quiz.records, strict=True)
        if record.touched
    ]


def tallies(quiz: Quiz) -> dict[Skill, tuple[int, ...]]:
    """Return for each skill that has been reached, in the order of the computation, how
    often each of `COLUMNS` was the outcome, and the wrong tries.
    """
    by_skill: dict[Skill, list[Record]] = {skill: [] for skill in Skill}
    for skill, _, record in _reached(quiz):
        by_skill[skill].append(record)
    return {skill: _counts(records) for skill, records in by_skill.items() if records}


def _counts(records: list[Record]) -> tuple[int, ...]:
    stand = (sum(record.outcome in column for record in records) for column in COLUMNS.values())
    return (*stand, sum(record.wrong for record in records))


def advice(quiz: Quiz) -> Advice | None:
    """Return what to practise next: of the skill with most trouble per question, the
    symbols that gave it; None if there was no trouble.
    """
    reached = _reached(quiz)
    hard = [(skill, step) for skill, step, record in reached if _trouble(record)]
    if not hard:
        return None

    def mean(skill: Skill) -> float:
        amounts = [_trouble(record) for other, _, record in reached if other is skill]
        return sum(amounts) / len(amounts)

    weakest = max(dict.fromkeys(skill for skill, _ in hard), key=mean)
    steps = [step for skill, step in hard if skill is weakest]
    symbols = tuple(dict.fromkeys(step.symbol for step in steps))
    return Advice(weakest, symbols[:_MOST_SYMBOLS], steps[0].id)


def _trouble(record: Record) -> float:
    """Return how much trouble a question gave."""
    amount = _HELPED * (min(record.wrong, 2) + (record.hints > 0))
    if record.outcome is Outcome.CARRIED:
        return amount + _CARRIED
    return amount if record.outcome in SOLVED else amount + _UNSOLVED


def closing(quiz: Quiz, exercise: Exercise, width: int) -> Iterator[Cell | Sheet]:
    """Yield the results by skill and what to do next, if anything has been answered."""
    if quiz.touched:
        yield (("", ""),)
        yield results(quiz, width)
        yield (("", ""), *_next(quiz, exercise))


def results(quiz: Quiz, width: int) -> Sheet | Cell:
    """Return the results by skill: a table, or lines where there is no room for one."""
    found = tallies(quiz)
    header = (*COLUMNS, "wrong tries")
    if width < _NARROW:
        lines: list[tuple[str, str]] = []
        for skill, counts in found.items():
            parts = [f"{n} {name}" for n, name in zip(counts, header, strict=True) if n]
            lines += words(f"{skill}: {', '.join(parts)}", width)
        return tuple(lines)
    rows = [(skill.value, counts) for skill, counts in found.items()]
    if len(rows) > 1:
        rows.append(("together", tuple(np.sum(list(found.values()), axis=0).tolist())))
    cells = tuple(
        (((name, ""),), *(((str(count), ""),) for count in counts)) for name, counts in rows
    )
    return Sheet("Results", ("skill", *header), cells)


def _next(quiz: Quiz, exercise: Exercise) -> Iterator[tuple[str, str]]:
    """What to do next, each with a command."""
    again = replace(exercise, variant=(exercise.variant or 0) + 1)
    found = advice(quiz)
    ways = [] if quiz.done else [("go on:", exercise.command)]
    if found is not None:
        only = () if exercise.find_the_error else found.symbols
        practice = replace(again, phases=(), only=only, fade=None)
        ways.append((f"practise next, {found.skill}:", practice.command))
        if exercise.variant is None:
            why = shlex.join(["lstm-tutor", "why", found.id, exercise.scenario])
            ways.append((f"read why {found.id} is what it is:", visible(why)))
    elif quiz.done:
        ways.append(("all without help; the same with fresh numbers:", again.command))
    for text, command in ways:
        yield text, ""
        yield f"  {command}", "bold"
