"""What a quiz asks, for a value or for the wrong one of a few lines, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias

from lstm_tutor.files.phrase import counted
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.questions.answer import Typed
from lstm_tutor.trace.step import Step

HINTS = 5  # what it is, what leads into it, formula, numbers, value


@dataclass(frozen=True, eq=False)
class ValueQuestion:
    """Asks for the value of a step."""

    step: Step
    hints: ClassVar[int] = HINTS
    word: ClassVar[str] = "question"

    @property
    def form(self) -> str:
        """Say in words how the value can be typed."""
        shape, size = self.step.value.shape, self.step.value.size
        if size == 1:
            return "type one number"
        if len(shape) == 2 and min(shape) > 1:
            columns = counted(shape[1], "number")
            return f"{shape[0]} rows of {columns}, row by row, or with ; between the rows"
        return f"{size} numbers, with blanks or commas between them"


@dataclass(frozen=True, eq=False)
class ErrorQuestion:
    """Shows a few lines of one phase and time step, of which one was worked wrongly.

    Attributes:
        lines: the steps with the values and operands as they are shown.
        at: position of the wrong one.
        mistake: what was done wrong there.
    """

    lines: tuple[Step, ...]
    at: int
    mistake: Mistake
    word: ClassVar[str] = "round"

    @property
    def step(self) -> Step:
        """The wrong line."""
        return self.lines[self.at]

    @property
    def hints(self) -> int:
        """How many there are: each rules out a right line, the last one shows the wrong one."""
        return len(self.lines)

    def ruled_out(self, hints: int) -> tuple[str, ...]:
        """Return the ids of the right lines that so many hints rule out, from the last."""
        right = [line.id for line in self.lines if line is not self.step]
        return tuple(reversed(right))[:hints]


Question: TypeAlias = ValueQuestion | ErrorQuestion


class Outcome(StrEnum):
    """How a question stands."""

    OPEN = "open"
    ALONE = "alone"
    HINTED = "with hints"
    CARRIED = "carried forward"
    SHOWN = "shown"
    OWN = "own value"
    SKIPPED = "skipped"


SOLVED = (Outcome.ALONE, Outcome.HINTED, Outcome.CARRIED)


@dataclass(frozen=True)
class Record:
    """What has happened at one question.

    Attributes:
        outcome: how it stands.
        hints: how many hints were taken.
        wrong: how many answers were wrong.
        own: the value that the learner goes on with; None if there is none.
        mistake: the mistake found in that value, if it is wrong and one explains it.
    """

    outcome: Outcome = Outcome.OPEN
    hints: int = 0
    wrong: int = 0
    own: Typed | None = None
    mistake: Mistake | None = None

    @property
    def touched(self) -> bool:
        """Whether anything has happened."""
        return self.outcome is not Outcome.OPEN or self.hints + self.wrong > 0
