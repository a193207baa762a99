"""What a quiz is to be about, in the words of the command line, and its questions."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.files.text import visible
from lstm_tutor.model.equation import Phase
from lstm_tutor.questions.error import error_questions
from lstm_tutor.questions.question import ValueQuestion
from lstm_tutor.questions.quiz import Quiz
from lstm_tutor.submission.typed import typed_ids
from lstm_tutor.trace.selection import NoSuchStep, askable, select
from lstm_tutor.trace.trace import Trace

LARGEST = 6  # entries of a value that is asked for without being named
NAMED_LARGEST = 64  # and of one that is


@dataclass(frozen=True)
class Exercise:
    """What is asked for.

    Attributes:
        scenario: its name or path.
        phases: only steps of these phases; all if there are none.
        only: only steps that match one of these; all if there are none.
        fade: of a worked example is left blank 1: the last step; 2: the backward pass and
            what follows; 3: everything. None if none is shown.
        find_the_error: whether worked lines are shown, one of them wrong.
        variant: the seed of fresh numbers; None for the scenario's own.
    """

    scenario: str
    phases: tuple[Phase, ...] = ()
    only: tuple[str, ...] = ()
    fade: int | None = None
    find_the_error: bool = False
    variant: int | None = None

    @property
    def command(self) -> str:
        """The command that asks for the same questions."""
        words = ["lstm-tutor", "quiz", self.scenario]
        for phase in self.phases:
            words += ["--phase", phase.value]
        for pattern in self.only:
            words += ["--only", pattern]
        words += ["--fade", str(self.fade)] if self.fade else []
        words += ["--find-the-error"] * self.find_the_error
        words += [] if self.variant is None else ["--variant", str(self.variant)]
        return visible(shlex.join(words))

    def chosen(self, trace: Trace, dialect: str = DEFAULT_NOTATION) -> list[int]:
        """Return the indices of its steps; NoSuchStep if nothing matches."""
        return select(trace, self.phases, typed_ids(trace, self.only, dialect))


def quiz_of(trace: Trace, exercise: Exercise, dialect: str = DEFAULT_NOTATION) -> Quiz:
    """Return the quiz that is asked for, its answers in a notation's names or ours;
    NoSuchStep if there is nothing to ask.
    """
    largest = NAMED_LARGEST if exercise.only else LARGEST
    indices = askable(trace, exercise.chosen(trace, dialect), largest)
    if not indices:
        raise NoSuchStep(
            "there is nothing to ask for: what is given, blocks (dW), values of more than "
            f"{largest} numbers and the new loss are not asked"
        )
    tutor = Tutor(trace)
    if exercise.find_the_error:
        found = error_questions(tutor, indices, exercise.variant or 0)
        if not found:
            raise NoSuchStep("too few steps to hide a wrong one among: ask for more of them")
        return Quiz(tutor, found, dialect=dialect)
    early = (Phase.FORWARD, Phase.LOSS)
    if exercise.fade == 1:
        indices = indices[-1:]
    elif exercise.fade == 2:
        indices = [index for index in indices if trace.key(index)[0].phase not in early]
    if not indices:
        raise NoSuchStep("no step is left blank: --phase and --only exclude the backward pass")
    questions = tuple(ValueQuestion(trace[index]) for index in indices)
    return Quiz(tutor, questions, dialect=dialect)
