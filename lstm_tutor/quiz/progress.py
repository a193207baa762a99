"""A quiz's progress as a text that a person can read, and back.

One line per question that has been touched, its parts separated by tabs. Where the text
is kept is not known here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lstm_tutor.numbers.numeral import FULL, array_text
from lstm_tutor.questions.answer import Array, Typed
from lstm_tutor.questions.question import ErrorQuestion, Outcome, Record
from lstm_tutor.questions.quiz import Quiz
from lstm_tutor.scenario.plain import scenario_data

LARGEST = 1 << 20  # characters of a progress file
_TITLE = "# lstm-tutor quiz, progress"
_COLUMNS = "question\tid\toutcome\thints\twrong answers\tvalue\tknown to within\tmistake"
_PLACE = "now at\t"
_LONGEST_COUNT = 8
_FOR_PEOPLE = ("name", "title", "source", "about")


class Damaged(ValueError):  # noqa: N818  # a state of the file, reported as such
    """A text that is no progress of this quiz; the message says in one line why."""


def file_name(quiz: Quiz) -> str:
    """Return the name of a quiz's file: the same for the same numbers, equations and
    questions; another one for another format of the file.
    """
    scenario = quiz.trace.scenario
    data = scenario_data(scenario)
    numbers = {key: value for key, value in data.items() if key not in _FOR_PEOPLE}
    equations = repr(scenario.cell.equations), repr(scenario.loss.expression)
    text = [_TITLE, _COLUMNS, json.dumps(numbers), *equations]
    for question in quiz.questions:
        error = question.mistake.id if isinstance(question, ErrorQuestion) else ""
        text.append(f"{question.word} {question.step.id} {error}")
    digest = hashlib.sha256("\n".join(text).encode(errors="replace")).hexdigest()
    name = re.sub(r"[^A-Za-z0-9-]+", "-", scenario.name)[:40]
    return f"quiz-{name}-{digest[:12]}.tsv"


def progress_text(quiz: Quiz, about: str) -> str:
    """Write progress; ``about`` is the command that goes on with it."""
    lines = [_TITLE, f"# go on with: {about}", f"{_PLACE}{quiz.at + 1}", _COLUMNS]
    for number, (question, record) in enumerate(
        zip(quiz.questions, quiz.records, strict=True), 1
    ):
        if record.touched:
            own = record.own
            numbers = () if own is None else (own.value, own.unit)
            value, unit = [array_text(part, FULL) for part in numbers] or ("", "")
            counts = (str(record.hints), str(record.wrong))
            mistake = record.mistake.id if record.mistake else ""
            fields = (question.step.id, record.outcome.value, *counts, value, unit, mistake)
            lines.append("\t".join((str(number), *fields)))
    return "".join(f"{line}\n" for line in lines)


def resumed(quiz: Quiz, text: str) -> Quiz:
    """Return a quiz as it stood when its progress was written; Damaged if the text is not
    the progress of this quiz.
    """
    lines = [line for line in text.splitlines() if not line.startswith("# go on")]
    try:
        at, count = _count(lines[1].removeprefix(_PLACE)) - 1, len(quiz.questions)
        if (lines[0], lines[2]) != (_TITLE, _COLUMNS) or not 0 <= at <= count:
            raise LookupError
        found = dict(_entry(quiz, line.split("\t")) for line in lines[3:])
        records = tuple(found.get(number, old) for number, old in enumerate(quiz.records))
        return replace(quiz, records=records, at=at, finished=at == count)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        raise Damaged("it is not the progress of this quiz") from None


def _entry(quiz: Quiz, fields: Sequence[str]) -> tuple[int, Record]:
    """Read the position of a question and its record; one of several errors if it is none."""
    number, id_, outcome, hints, wrong, value, unit, mistake = fields
    at = _count(number) - 1
    step = quiz.questions[at].step
    if at < 0 or step.id != id_:
        raise LookupError(id_)
    own, shape = None, step.value.shape
    if value or unit:
        own = Typed(_numbers(value, shape), _numbers(unit, shape))
    found = quiz.tutor.all_edits.mistake(mistake) if mistake else None
    known = found and (found.at is None or found.at in quiz.tutor.places)
    counts = _count(hints), _count(wrong)
    return at, Record(Outcome(outcome), *counts, own, found if known else None)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < _LONGEST_COUNT):
        raise ValueError(text)
    return int(text)


def _numbers(text: str, shape: tuple[int, ...]) -> Array:
    found = np.array(json.loads(text), dtype=float).reshape(shape)
    if not np.isfinite(found).all():
        raise ValueError(text)
    return found
