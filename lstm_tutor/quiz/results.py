"""What a quiz says about its learner: a tally by skill, and what to practise next.

Data only; how it is worded and drawn is not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tutor.quiz.error import Hunt
from lstm_tutor.quiz.quiz import SOLVED, Outcome, Quiz, Record
from lstm_tutor.quiz.skill import Skill, skill_of
from lstm_tutor.trace.trace import Step

_MOST_SYMBOLS = 3
_UNSOLVED = 1.0
_CARRIED = 0.25  # the step itself was right
_HELPED = 0.5


@dataclass(frozen=True)
class Tally:
    """The questions of one skill, counted by how they stand.

    Attributes:
        asked: all of them that have been reached.
        alone, hinted, carried, shown, unsolved: how they stand; unsolved are those that
            were passed with the learner's own value, or not answered.
        wrong: wrong answers to them.
    """

    asked: int
    alone: int
    hinted: int
    carried: int
    shown: int
    unsolved: int
    wrong: int

    @property
    def solved(self) -> int:
        """The questions that were solved, with or without help."""
        return self.alone + self.hinted + self.carried


@dataclass(frozen=True)
class Advice:
    """What to practise next.

    Attributes:
        skill: the weakest skill.
        symbols: what to be asked for again.
        id: the first step that was hard.
    """

    skill: Skill
    symbols: tuple[str, ...]
    id: str


@dataclass(frozen=True)
class Entry:
    """A question or a round: the step that it is about, its skill, what has happened."""

    step: Step
    skill: Skill
    record: Record


def entries(quiz: Quiz | Hunt) -> list[Entry]:
    """Return every question of a quiz, or every round of a hunt."""
    if isinstance(quiz, Hunt):
        steps = [found.wrong for found in quiz.rounds]
    else:
        steps = [quiz.step(at) for at in range(len(quiz.questions))]
    program = quiz.tutor.trace.program
    return [
        Entry(step, skill_of(program, step.equation), record)
        for step, record in zip(steps, quiz.records, strict=True)
    ]


def tallies(found: Sequence[Entry]) -> dict[Skill, Tally]:
    """Return the tally of each skill, in the order of the computation; what has not been
    reached is left out.
    """
    reached = [entry for entry in found if entry.record != Record()]
    skills = {entry.skill for entry in reached}
    return {
        skill: _tally([entry.record for entry in reached if entry.skill is skill])
        for skill in Skill
        if skill in skills
    }


def _tally(records: Sequence[Record]) -> Tally:
    def count(*outcomes: Outcome) -> int:
        return sum(record.outcome in outcomes for record in records)

    return Tally(
        asked=len(records),
        alone=count(Outcome.ALONE),
        hinted=count(Outcome.HINTED),
        carried=count(Outcome.CARRIED),
        shown=count(Outcome.SHOWN),
        unsolved=count(Outcome.OWN, Outcome.SKIPPED, Outcome.OPEN),
        wrong=sum(record.wrong for record in records),
    )


def advice(found: Sequence[Entry]) -> Advice | None:
    """Return what to practise next: of the skill with most trouble per question, the
    symbols that gave it; None if there was no trouble.
    """
    reached = [entry for entry in found if entry.record != Record()]
    hard = [entry for entry in reached if _trouble(entry.record)]
    if not hard:
        return None

    def mean(skill: Skill) -> float:
        amounts = [_trouble(entry.record) for entry in reached if entry.skill is skill]
        return sum(amounts) / len(amounts)

    weakest = max(dict.fromkeys(entry.skill for entry in hard), key=mean)
    steps = [entry.step for entry in hard if entry.skill is weakest]
    symbols = tuple(dict.fromkeys(step.symbol for step in steps))
    return Advice(weakest, symbols[:_MOST_SYMBOLS], steps[0].id)


def _trouble(record: Record) -> float:
    """Return how much trouble a question gave."""
    amount = _HELPED * (min(record.wrong, 2) + (record.hints > 0))
    if record.outcome is Outcome.CARRIED:
        return amount + _CARRIED
    return amount if record.outcome in SOLVED else amount + _UNSOLVED
