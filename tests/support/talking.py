"""Lessons talked through by a function that answers, and the transcript that tests compare.

`python -m talking` in tests/support writes that transcript anew.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from command import invoke

from lstm_tutor.dialects.notation import notation
from lstm_tutor.lessons.catalog import Entry, Route, route
from lstm_tutor.lessons.page import Page
from lstm_tutor.lessons.reading import practice_of
from lstm_tutor.lessons.record import HEAD, Event, Part
from lstm_tutor.lessons.talk import Teacher
from lstm_tutor.lessons.turn import Ask, Left
from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.questions.question import ErrorQuestion
from lstm_tutor.render.line import View

GOLDEN = Path(__file__).parents[1] / "data" / "lesson-twice.txt"
GOLDEN_LESSON = "twice"


def teacher(entry: Entry, path: Route, events: list[Event], width: int = 80) -> Teacher:
    """Return who gives a lesson, in the usual notation."""

    def views(trace: object) -> View:
        return View(notation("gomez", trace.scenario.cell))  # type: ignore[attr-defined]

    return Teacher(path, entry, events, views, width, now=1_000)


@dataclass
class Talked:
    """What came of a talk: the text, the events, the lines that were typed."""

    events: list[Event] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    left: bool = False


def talked(
    lesson: Teacher,
    answer: Callable[[Ask], str | None],
    heard: Callable[[Event], object] = repr,
) -> Talked:
    """Let somebody answer until the lesson ends, or they say None."""
    found = Talked(lesson.events)
    talk, line = lesson.talk(), None
    while True:
        try:
            said = next(talk) if line is None else talk.send(line)
        except StopIteration:
            return found
        except Left:
            return replace(found, left=True)
        line = ""
        if isinstance(said, Ask):
            line = answer(said)
            if line is None:
                return found
            found.typed.append(line)
            found.shown.append(said.prompt + line)
        elif isinstance(said, Event):
            lesson.events.append(replace(said, time=1_000))
            heard(said)
        else:
            found.shown += [text for text, _ in said]


def right(ask: Ask, digits: int = 4) -> str:
    """Answer as one who knows: at the digits that are asked for; Enter elsewhere."""
    if ask.quiz is None:
        return ""
    step = ask.quiz.question.step
    return step.id if isinstance(ask.quiz.question, ErrorQuestion) else text(step.value, digits)


def text(value: object, digits: int) -> str:
    """Write a value as a learner types it."""
    return array_text(np.asarray(value), digits)


def golden_lines() -> list[str]:
    """Return what one types who guesses, looks, errs once, asks for a hint, and then knows."""
    path = route()
    entry = path.by_id[GOLDEN_LESSON]
    extra = iter(["b", "", "w"])
    state = {"number": 0}

    def answer(ask: Ask) -> str:
        if ask.quiz is None:
            return next(extra, "")
        if isinstance(ask.quiz.question, ErrorQuestion):
            return right(ask)
        state["number"] += 1
        if state["number"] == 1:
            step = ask.quiz.question.step
            return text(
                Page(ask.quiz.tutor).wrong(step.id, practice_of(entry.path).lesson.aims[0]), 4
            )
        return {3: "?", 4: "?"}.get(state["number"]) or right(ask)

    return talked(teacher(entry, path, []), answer).typed


def begun(folder: str, numbers: int = 0) -> None:
    """Begin the record of a learner who gets some numbers, in a state folder."""
    kept = Path(folder) / "lstm-tutor" / "learn.tsv"
    kept.parent.mkdir(parents=True)
    kept.write_text(HEAD + Event("", Part.NUMBERS, draw=numbers).line, "utf-8")


def golden() -> str:
    """Return the transcript of a whole lesson through the command."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        begun(folder)
        lines = "".join(f"{line}\n" for line in ["", *golden_lines(), "q"])
        return invoke("learn", GOLDEN_LESSON, lines=lines.encode()).out


def write_golden() -> None:
    """Write the transcript that the tests compare."""
    GOLDEN.write_text(golden(), "utf-8")


if __name__ == "__main__":
    write_golden()
