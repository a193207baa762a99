"""A quiz: from a typed line to a reply and the next state.

A quiz is a value; `entered` is a pure function from a quiz and a line to the next quiz
and what is to be said. How lines are read, replies drawn and progress kept is not known
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Given, Judgement, Status
from lstm_tutor.execution.computation import step_id
from lstm_tutor.files.phrase import counted
from lstm_tutor.mistakes.mistake import Mistake, Place, place_of
from lstm_tutor.quiz.answer import Array, Known, Typed, Unreadable, read_answer
from lstm_tutor.quiz.lookup import known_values
from lstm_tutor.trace.trace import Step, Trace

HINTS = 5  # what it is, what leads into it, formula, numbers, value
_COARSE = 0.05  # of a value: half a unit of two significant digits is at most this
_SAME = 1e-9  # relative: a value written exactly


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
_DONE = (*SOLVED, Outcome.SHOWN, Outcome.OWN)


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


class Kind(StrEnum):
    """What a reply says."""

    REMARK = "remark"
    HELP = "help"
    VALUES = "values"
    HINT = "hint"
    SOLUTION = "solution"
    RIGHT = "right"
    WRONG = "wrong"
    MOVED = "moved"


@dataclass(frozen=True)
class Reply:
    """What is to be said after a line.

    Attributes:
        kind: what it is.
        at: the position of the question that it is about.
        text: a remark.
        hint: which hint, from 1.
        judgement: what is to be said of the answer; with a solution, of the last wrong one.
    """

    kind: Kind
    at: int
    text: str = ""
    hint: int = 0
    judgement: Judgement | None = None


@dataclass(frozen=True, eq=False)
class Quiz:
    """Where a learner is.

    Attributes:
        tutor: judges the answers; holds the trace.
        questions: the indices of the steps asked for, in the order of the computation.
        records: what has happened, per question.
        at: the current question, as a position in ``questions``; their number at the end.
        pending: the wrong answer that the learner may go on with.
        wrong: what is to be said of the last wrong answer to the current question.
        rows: the rows typed so far of a matrix.
        finished: whether the quiz has been left or is done.
    """

    tutor: Tutor
    questions: tuple[int, ...]
    records: tuple[Record, ...] = ()
    at: int = 0
    pending: Record | None = None
    wrong: Judgement | None = None
    rows: tuple[Typed, ...] = ()
    finished: bool = False

    def __post_init__(self) -> None:
        missing = len(self.questions) - len(self.records)
        object.__setattr__(self, "records", (*self.records, *(Record(),) * missing))

    @property
    def trace(self) -> Trace:
        """What is asked about."""
        return self.tutor.trace

    @property
    def done(self) -> bool:
        """Whether every question has been passed."""
        return self.at == len(self.questions)

    @property
    def record(self) -> Record:
        """What has happened at the current question."""
        return self.records[self.at]

    def step(self, at: int) -> Step:
        """Return the step that a question asks for."""
        return self.trace[self.questions[at]]

    def id(self, at: int) -> str:
        """Return the id of the step that a question asks for."""
        equation, t = self.trace.key(self.questions[at])
        return step_id(equation.target, t)

    def givens(self, at: int) -> list[Given]:
        """Return the learner's own values before a question."""
        return [
            Given(self.id(earlier), record.own.value, record.own.unit)
            for earlier, record in enumerate(self.records[:at])
            if record.own is not None
        ]

    def own(self, at: int) -> dict[Place, Array]:
        """Return the learner's own values before a question, in the trace's shapes."""
        found = {}
        for given in self.givens(at):
            place = place_of(given.id)
            found[place] = np.reshape(given.value, self.tutor.replay.base(place).shape)
        return found


Answer: TypeAlias = tuple[Quiz, Reply]


def entered(quiz: Quiz, line: str) -> Answer:
    """Return the quiz after a typed line, and what is to be said.

    A line is a command (see `COMMANDS`) or an answer. What cannot be read costs nothing.
    """
    text = line.strip()
    command = COMMANDS.get(text.lower())
    if command is not None:
        return command(quiz)
    if not text:
        return _remark(quiz, "type a value, ? for a hint, or help")
    return _answered(quiz, text)


def _remark(quiz: Quiz, text: str) -> Answer:
    return quiz, Reply(Kind.REMARK, quiz.at, text)


def _changed(quiz: Quiz, record: Record) -> Quiz:
    records = (*quiz.records[: quiz.at], record, *quiz.records[quiz.at + 1 :])
    return replace(quiz, records=records)


def _moved(quiz: Quiz, at: int) -> Quiz:
    done = at == len(quiz.questions)
    return replace(quiz, at=at, pending=None, wrong=None, rows=(), finished=done)


def _help(quiz: Quiz) -> Answer:
    return quiz, Reply(Kind.HELP, quiz.at)


def _values(quiz: Quiz) -> Answer:
    return quiz, Reply(Kind.VALUES, quiz.at)


def _hint(quiz: Quiz) -> Answer:
    hint = quiz.record.hints + 1
    if hint >= HINTS:
        shown, reply = _show(_changed(quiz, replace(quiz.record, hints=HINTS)))
        return shown, replace(reply, hint=HINTS)
    changed = _changed(quiz, replace(quiz.record, hints=hint))
    return changed, Reply(Kind.HINT, quiz.at, hint=hint)


def _show(quiz: Quiz) -> Answer:
    """Show the solution; the quiz goes on with it."""
    value = quiz.step(quiz.at).value
    typed = Typed(value, np.zeros(value.shape))
    old = quiz.record
    outcome = old.outcome if old.outcome in SOLVED else Outcome.SHOWN
    record = replace(old, outcome=outcome, own=typed, mistake=None)
    reply = Reply(Kind.SOLUTION, quiz.at, judgement=quiz.wrong)
    return _moved(_changed(quiz, record), quiz.at + 1), reply


def _skip(quiz: Quiz) -> Answer:
    record = quiz.record
    if record.outcome is Outcome.OPEN:
        record = replace(record, outcome=Outcome.SKIPPED)
    moved = _moved(_changed(quiz, record), quiz.at + 1)
    return moved, Reply(Kind.MOVED, quiz.at, f"skipped {quiz.step(quiz.at).id}")


def _back(quiz: Quiz) -> Answer:
    if quiz.at == 0:
        return _remark(quiz, "this is the first question")
    return _moved(quiz, quiz.at - 1), Reply(Kind.MOVED, quiz.at - 1)


def _quit(quiz: Quiz) -> Answer:
    return replace(quiz, finished=True), Reply(Kind.MOVED, quiz.at)


def _try_again(quiz: Quiz) -> Answer:
    if quiz.pending is None:
        return _remark(quiz, "type a value")
    return replace(quiz, pending=None), Reply(Kind.REMARK, quiz.at, "type another value")


def _go_on(quiz: Quiz) -> Answer:
    if quiz.pending is None:
        return _remark(quiz, "there is no wrong answer to go on with; skip leaves it out")
    text = f"going on with your {quiz.step(quiz.at).id}"
    record = replace(quiz.pending, hints=quiz.record.hints)
    moved = _moved(_changed(quiz, record), quiz.at + 1)
    return moved, Reply(Kind.MOVED, quiz.at, text)


COMMANDS: Mapping[str, Callable[[Quiz], Answer]] = {
    **dict.fromkeys(("?", "hint"), _hint),
    "show": _show,
    "skip": _skip,
    "back": _back,
    **dict.fromkeys(("t", "try"), _try_again),
    **dict.fromkeys(("g", "go"), _go_on),
    "values": _values,
    **dict.fromkeys(("quit", "q", "exit"), _quit),
    "help": _help,
}


def _answered(quiz: Quiz, text: str) -> Answer:
    step = quiz.step(quiz.at)
    try:
        typed = read_answer(text, step.value.size, _known(quiz, step))
        typed, missing = _collected(quiz, step, typed)
    except Unreadable as error:
        return _remark(replace(quiz, rows=()), str(error))
    if missing:
        rows = (*quiz.rows, typed)
        return _remark(replace(quiz, rows=rows), f"row {len(rows)} of {len(step.value)} taken")
    return _judged(replace(quiz, rows=()), step, typed)


def _known(quiz: Quiz, step: Step) -> Known:
    """Return what looks up the values that a learner may name in an answer."""
    own = zip(quiz.questions, (record.own for record in quiz.records), strict=True)
    return known_values(quiz.trace, step, dict(own))


def _collected(quiz: Quiz, step: Step, typed: Typed) -> tuple[Typed, bool]:
    """Add a row to those typed before; say whether rows are still missing."""
    shape, size = step.value.shape, step.value.size
    if typed.value.size == size:
        return typed, False
    if len(shape) == 2 and shape[0] > 1 and typed.value.size == shape[1]:
        rows = (*quiz.rows, typed)
        if len(rows) < shape[0]:
            return typed, True
        value, unit = (
            np.reshape([part.ravel() for part in parts], shape)
            for parts in zip(*((row.value, row.unit) for row in rows), strict=True)
        )
        return Typed(value, unit), False
    wanted = counted(size, "number")
    raise Unreadable(f"{step.id} has {wanted}, but that is {typed.value.size}: {form(step)}")


def form(step: Step) -> str:
    """Say in words how a step's value can be typed."""
    shape = step.value.shape
    if step.value.size == 1:
        return "type one number"
    if len(shape) == 2 and min(shape) > 1:
        columns = counted(shape[1], "number")
        return f"{shape[0]} rows of {columns}, row by row, or with ; between the rows"
    return f"{step.value.size} numbers, with blanks or commas between them"


def _judged(quiz: Quiz, step: Step, typed: Typed) -> Answer:
    given = Given(step.id, typed.value, typed.unit, step.id)
    before = quiz.givens(quiz.at)
    earlier = {
        record.mistake: quiz.step(at).id
        for at, record in enumerate(quiz.records[: quiz.at])
        if record.mistake is not None
    }
    judgement = quiz.tutor.judge(given, before, earlier, _unanswered(quiz))
    old = quiz.record
    if judgement.status is Status.WRONG:
        return _wrong(quiz, replace(old, wrong=old.wrong + 1), typed, judgement)
    if _coarse(typed, judgement):
        return _remark(quiz, "so few digits do not show whether that is right: give more")
    outcome = _outcome(old, judgement.status)
    record = replace(old, outcome=outcome, own=typed, mistake=None)
    reply = Reply(Kind.RIGHT, quiz.at, judgement=judgement)
    return _moved(_changed(quiz, record), quiz.at + 1), reply


def _unanswered(quiz: Quiz) -> set[Place]:
    """Return what is asked before the current question and has no value yet."""
    return {
        place_of(quiz.step(at).id)
        for at, record in enumerate(quiz.records[: quiz.at])
        if record.own is None
    }


def _wrong(quiz: Quiz, record: Record, typed: Typed, judgement: Judgement) -> Answer:
    outcome = record.outcome if record.outcome in _DONE else Outcome.OWN
    mistake = judgement.diagnoses[0].mistake if judgement.diagnoses else None
    pending = replace(record, outcome=outcome, own=typed, mistake=mistake)
    changed = replace(_changed(quiz, record), pending=pending, wrong=judgement)
    return changed, Reply(Kind.WRONG, quiz.at, judgement=judgement)


def _coarse(typed: Typed, judgement: Judgement) -> bool:
    """Whether a value that fits has so few digits that others would fit too."""
    expected = judgement.own if judgement.status is Status.GIVEN else judgement.expected
    scale = float(np.max(np.abs(expected), initial=0.0))
    value = np.reshape(typed.value, expected.shape) if typed.value.size == expected.size else 0
    if np.all(np.abs(value - expected) <= _SAME * scale):
        return False
    return judgement.status is Status.COARSE or bool(np.max(typed.unit) > _COARSE * scale)


def _outcome(record: Record, status: Status) -> Outcome:
    """Return how a question stands after a right answer: what is shown stays shown."""
    if record.outcome in (*SOLVED, Outcome.SHOWN):
        return record.outcome
    if status is Status.GIVEN:
        return Outcome.CARRIED
    return Outcome.HINTED if record.hints else Outcome.ALONE
