"""A quiz: from a typed line to a reply and the next state.

A quiz is a value; `entered` is a pure function from a quiz and a line to the next quiz and
what is to be said. How lines are read, replies drawn and progress kept is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from lstm_tutor.algebra.expression import Symbol
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Given, Judgement, Status
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.text import quoted, visible
from lstm_tutor.questions import judging
from lstm_tutor.questions.answer import Array, Typed, Unreadable, known_values, read_answer
from lstm_tutor.questions.question import (
    SOLVED,
    ErrorQuestion,
    Outcome,
    Question,
    Record,
    ValueQuestion,
)
from lstm_tutor.submission.typed import in_our_names, typed_id
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace


class Kind(StrEnum):
    """What a reply says."""

    REMARK = "remark"
    HELP = "help"
    VALUES = "values"
    HINT = "hint"
    SOLUTION = "solution"
    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True)
class Reply:
    """What is to be said after a line.

    Attributes:
        kind: what it is.
        at: the position of the question that it is about.
        text: a remark; of a line that is not the wrong one, its id.
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
        questions: what is asked, in order.
        records: what has happened, per question.
        at: the current question, as a position in ``questions``; their number at the end.
        pending: the wrong answer that the learner may go on with.
        wrong: what is to be said of the last wrong answer to the current question.
        rows: the rows typed so far of a matrix.
        finished: whether the quiz has been left or is done.
        aims: the ids of edits that are named first where numbers cannot tell.
        dialect: the notation in use, whose names may stand in answers.
        deep: whether to look for unusual mistakes too, where no usual one explains an answer.
    """

    tutor: Tutor
    questions: tuple[Question, ...]
    records: tuple[Record, ...] = ()
    at: int = 0
    pending: Record | None = None
    wrong: Judgement | None = None
    rows: tuple[Typed, ...] = ()
    finished: bool = False
    aims: frozenset[str] = frozenset()
    dialect: str = DEFAULT_NOTATION
    deep: bool = True

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
    def touched(self) -> bool:
        """Whether anything has happened at any question."""
        return any(record.touched for record in self.records)

    @property
    def question(self) -> Question:
        """The current question."""
        return self.questions[self.at]

    @property
    def record(self) -> Record:
        """What has happened at the current question."""
        return self.records[self.at]

    def asked(self, before: int) -> Iterator[tuple[Step, Record]]:
        """Yield the steps whose values are asked for before a question, and what happened."""
        pairs = zip(self.questions[:before], self.records, strict=False)
        return ((q.step, record) for q, record in pairs if isinstance(q, ValueQuestion))

    def own(self, before: int) -> dict[Symbol, Array]:
        """Return the learner's own values before a question, in the trace's shapes."""
        return {
            step.target: np.reshape(record.own.value, step.value.shape)
            for step, record in self.asked(before)
            if record.own is not None
        }


Answer: TypeAlias = tuple[Quiz, Reply]


def entered(quiz: Quiz, line: str) -> Answer:
    """Return the quiz after a typed line, and what is to be said.

    A line is a command (see `COMMANDS`; for a value there are more), a value, or the id of a
    line that is wrong. What cannot be read costs nothing.
    """
    text, question = line.strip(), quiz.question
    commands = COMMANDS if isinstance(question, ErrorQuestion) else VALUE_COMMANDS
    if (command := commands.get(text.lower())) is not None:
        return command(quiz)
    if isinstance(question, ErrorQuestion):
        return _pointed(quiz, question, text)
    if not text:
        return _remark(quiz, "type a value, ? for a hint, or help")
    return _answered(quiz, question, text)


def _remark(quiz: Quiz, text: str) -> Answer:
    return quiz, Reply(Kind.REMARK, quiz.at, text)


def _changed(quiz: Quiz, record: Record) -> Quiz:
    records = (*quiz.records[: quiz.at], record, *quiz.records[quiz.at + 1 :])
    return replace(quiz, records=records)


def _moved(quiz: Quiz, at: int) -> Quiz:
    done = at == len(quiz.questions)
    return replace(quiz, at=at, pending=None, wrong=None, rows=(), finished=done)


def _passed(quiz: Quiz, record: Record) -> Quiz:
    return _moved(_changed(quiz, record), quiz.at + 1)


def _hint(quiz: Quiz) -> Answer:
    most = quiz.question.hints
    hint = min(quiz.record.hints + 1, most)
    told = _changed(quiz, replace(quiz.record, hints=hint))
    told, reply = _show(told) if hint == most else (told, Reply(Kind.HINT, quiz.at))
    return told, replace(reply, hint=hint)


def _show(quiz: Quiz) -> Answer:
    """Show the solution; the quiz goes on with it."""
    old, own = quiz.record, None
    outcome = old.outcome if old.outcome in SOLVED else Outcome.SHOWN
    if isinstance(quiz.question, ValueQuestion):
        value = quiz.question.step.value
        own = Typed(value, np.zeros(value.shape))
    passed = _passed(quiz, replace(old, outcome=outcome, own=own, mistake=None))
    return passed, Reply(Kind.SOLUTION, quiz.at, judgement=quiz.wrong)


def _skip(quiz: Quiz) -> Answer:
    record, question = quiz.record, quiz.question
    if record.outcome is Outcome.OPEN:
        record = replace(record, outcome=Outcome.SKIPPED)
    what = f" {question.step.id}" if isinstance(question, ValueQuestion) else ""
    return _passed(quiz, record), Reply(Kind.REMARK, quiz.at, f"skipped{what}")


def _back(quiz: Quiz) -> Answer:
    if quiz.at == 0:
        return _remark(quiz, f"this is the first {quiz.question.word}")
    return _remark(_moved(quiz, quiz.at - 1), "")


def _quit(quiz: Quiz) -> Answer:
    return _remark(replace(quiz, finished=True), "")


def _try_again(quiz: Quiz) -> Answer:
    if quiz.pending is None:
        return _remark(quiz, "type a value")
    return _remark(replace(quiz, pending=None), "type another value")


def _go_on(quiz: Quiz) -> Answer:
    if quiz.pending is None:
        return _remark(quiz, "there is no wrong answer to go on with; skip leaves it out")
    passed = _passed(quiz, replace(quiz.pending, hints=quiz.record.hints))
    return passed, Reply(Kind.REMARK, quiz.at, f"going on with your {quiz.question.step.id}")


COMMANDS: Mapping[str, Callable[[Quiz], Answer]] = {
    **dict.fromkeys(("?", "hint"), _hint),
    "show": _show,
    "skip": _skip,
    "back": _back,
    **dict.fromkeys(("quit", "q", "exit"), _quit),
    "help": lambda quiz: (quiz, Reply(Kind.HELP, quiz.at)),
}
VALUE_COMMANDS: Mapping[str, Callable[[Quiz], Answer]] = {
    **COMMANDS,
    **dict.fromkeys(("t", "try"), _try_again),
    **dict.fromkeys(("g", "go"), _go_on),
    "values": lambda quiz: (quiz, Reply(Kind.VALUES, quiz.at)),
}


def _pointed(quiz: Quiz, question: ErrorQuestion, text: str) -> Answer:
    ids = [line.id for line in question.lines]
    text = typed_id(quiz.trace, text, quiz.dialect)
    if text not in ids:
        what = f"{visible(quoted(text, 20))} is none of them" if text else "which one is wrong?"
        return _remark(quiz, f"{what}: type one of {', '.join(ids)}")
    record = quiz.record
    if text != question.step.id:
        changed = _changed(quiz, replace(record, wrong=record.wrong + 1))
        return changed, Reply(Kind.WRONG, quiz.at, text)
    solved = replace(record, outcome=judging.outcome_of(record, carried=False))
    return _passed(quiz, solved), Reply(Kind.RIGHT, quiz.at)


def _answered(quiz: Quiz, question: ValueQuestion, text: str) -> Answer:
    step = question.step
    own = {other.index: record.own for other, record in quiz.asked(len(quiz.questions))}
    try:
        text = in_our_names(quiz.trace, text, quiz.dialect)
        typed = read_answer(text, step.value.size, known_values(quiz.trace, step, own))
        typed, missing = _collected(quiz, question, typed)
    except Unreadable as error:
        return _remark(replace(quiz, rows=()), str(error))
    if missing:
        rows = (*quiz.rows, typed)
        return _remark(replace(quiz, rows=rows), f"row {len(rows)} of {len(step.value)} taken")
    return _judged(replace(quiz, rows=()), step, typed)


def _collected(quiz: Quiz, question: ValueQuestion, typed: Typed) -> tuple[Typed, bool]:
    """Add a row to those typed before; say whether rows are still missing."""
    shape, size = question.step.value.shape, question.step.value.size
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
    wanted = f"{counted(size, 'number')}, but that is {typed.value.size}"
    raise Unreadable(f"{question.step.id} has {wanted}: {question.form}")


def _judged(quiz: Quiz, step: Step, typed: Typed) -> Answer:
    judgement, old = _judgement(quiz, step, typed), quiz.record
    if judgement.status is not Status.WRONG and judging.coarse(typed, judgement):
        judgement = _exactly(quiz, step, typed) or judgement
        if judgement.status is not Status.WRONG:
            return _remark(quiz, judging.too_few(typed))
    if judgement.status is Status.WRONG:
        record = replace(old, wrong=old.wrong + 1)
        kept = old.outcome not in (Outcome.OPEN, Outcome.SKIPPED)
        pending = replace(
            record,
            outcome=old.outcome if kept else Outcome.OWN,
            own=typed,
            mistake=judgement.diagnoses[0].mistake if judgement.diagnoses else None,
        )
        changed = replace(_changed(quiz, record), pending=pending, wrong=judgement)
        return changed, Reply(Kind.WRONG, quiz.at, judgement=judgement)
    outcome = judging.outcome_of(old, carried=judgement.status is Status.GIVEN)
    record = replace(old, outcome=outcome, own=typed, mistake=None)
    return _passed(quiz, record), Reply(Kind.RIGHT, quiz.at, judgement=judgement)


def _judgement(quiz: Quiz, step: Step, typed: Typed) -> Judgement:
    """Judge an answer by what the learner has answered before."""
    found = _judged_as(quiz, step, typed, typed.unit)
    exactness = judging.meant(typed, step.value)
    if found.status is Status.WRONG and not np.array_equal(exactness, typed.unit):
        again = _judged_as(quiz, step, typed, exactness)
        if again.status is Status.WRONG and again.diagnoses:
            found = replace(again, diagnoses=tuple(map(judging.unsure, again.diagnoses)))
    told = replace(
        found, diagnoses=judging.aimed(judging.likely(found.diagnoses, typed, step), quiz.aims)
    )
    unknown = told.status is Status.WRONG and not told.diagnoses
    return (unknown and judging.short(typed) and _exactly(quiz, step, typed)) or told


def _exactly(quiz: Quiz, step: Step, typed: Typed) -> Judgement | None:
    """Judge a number of few digits as if it were exact; None if no mistake gives just that: an
    aimed one, or any if the right one is as short.
    """
    found = _judged_as(quiz, step, typed, np.zeros_like(typed.unit))
    named = judging.aimed(
        tuple(map(judging.unsure, judging.likely(found.diagnoses, typed, step))), quiz.aims
    )
    just = named and (
        named[0].edit.id in quiz.aims or not np.any(judging.meant(typed, step.value))
    )
    return replace(found, diagnoses=named) if just else None


def _judged_as(quiz: Quiz, step: Step, typed: Typed, unit: Array) -> Judgement:
    """Judge an answer that is known so far, by what the learner has answered before."""
    asked = list(quiz.asked(quiz.at))
    before = [Given(s.id, r.own.value, r.own.unit) for s, r in asked if r.own is not None]
    earlier = {record.mistake: other.id for other, record in asked if record.mistake}
    open_ = {other.place for other, record in asked if record.own is None}
    given = Given(step.id, typed.value, unit, step.id)
    return quiz.tutor.judge(given, before, earlier, open_, deep=quiz.deep)
