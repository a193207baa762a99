"""What a quiz is about, as the command line asks for it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lstm_tutor.cli.option import Only, Phases

if TYPE_CHECKING:
    from lstm_tutor.quiz.quiz import Quiz
    from lstm_tutor.quiz.spot import Hunt
    from lstm_tutor.trace.trace import Trace

_NAMED_LARGEST = 64  # entries of a value that is asked for by name


class Fade(StrEnum):
    """How much of a worked example is left blank, by number or by name."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    LAST = "last"
    BACKWARD = "backward"
    ALL = "all"

    @property
    def level(self) -> int:
        """From 1, the last step, to 3, everything."""
        return list(Fade).index(self) % 3 + 1


@dataclass(frozen=True)
class Exercise:
    """What the command line asks for."""

    scenario: str
    phase: Phases
    only: Only
    fade: Fade | None
    find_the_error: bool
    variant: int | None

    @property
    def options(self) -> list[str]:
        """The words that ask for the same questions."""
        found: list[str] = []
        for name in self.phase or ():
            found += ["--phase", str(name)]
        for pattern in self.only or ():
            found += ["--only", pattern]
        if self.fade:
            found += ["--fade", str(self.fade.level)]
        found += ["--find-the-error"] * self.find_the_error
        return found if self.variant is None else [*found, "--variant", str(self.variant)]

    @property
    def command(self) -> str:
        """The command that asks for the same questions."""
        from lstm_tutor.files.text import visible

        return visible(shlex.join(["lstm-tutor", "quiz", self.scenario, *self.options]))


def _askable(trace: Trace, asked: Exercise) -> tuple[int, ...]:
    from lstm_tutor.model.equation import Phase
    from lstm_tutor.quiz.choice import LARGEST, askable
    from lstm_tutor.trace.selection import NoSuchStep, select

    indices = select(trace, [Phase(name) for name in asked.phase or ()], asked.only or ())
    largest = _NAMED_LARGEST if asked.only else LARGEST
    found = askable(trace, indices, largest=largest)
    if not found:
        raise NoSuchStep(
            "there is nothing to ask for: what is given, blocks (dW), values of more than "
            f"{largest} numbers and the new loss are not asked"
        )
    return found


def questions(trace: Trace, asked: Exercise) -> Quiz:
    """Return the quiz; NoSuchStep if nothing is left to ask for."""
    from lstm_tutor.diagnosis.diagnosis import Tutor
    from lstm_tutor.quiz.choice import blank
    from lstm_tutor.quiz.quiz import Quiz
    from lstm_tutor.trace.selection import NoSuchStep

    found = blank(trace, _askable(trace, asked), asked.fade.level if asked.fade else 3)
    if not found:
        raise NoSuchStep("no step is left blank: --phase and --only exclude the backward pass")
    return Quiz(Tutor(trace), found)


def hunt(trace: Trace, asked: Exercise) -> Hunt:
    """Return the rounds of worked lines; NoSuchStep if there are none."""
    from lstm_tutor.diagnosis.diagnosis import Tutor
    from lstm_tutor.quiz.spot import Hunt, rounds_of
    from lstm_tutor.trace.selection import NoSuchStep

    tutor = Tutor(trace)
    rounds = rounds_of(tutor, _askable(trace, asked), asked.variant or 0)
    if not rounds:
        raise NoSuchStep("too few steps to hide a wrong one among: ask for more of them")
    return Hunt(tutor, rounds)
