"""Learners who work lessons; `python -m lessons` in tests/support plays every bundled
one, `python -m lessons carry` for one.

A learner has mistakes, slips, and gives a mistake up more often when it is named. Those are
assumptions: the table shows that the lessons keep their rules, not that they teach.
`--golden` writes the transcript that the tests compare anew.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from command import invoke

from lstm_tutor.dialects.notation import notation
from lstm_tutor.lessons.catalog import Entry, Route, route
from lstm_tutor.lessons.lesson import Aim
from lstm_tutor.lessons.page import Page
from lstm_tutor.lessons.record import Event, Part, Result
from lstm_tutor.lessons.talk import Ask, Left, Teacher
from lstm_tutor.lessons.trial import play, problems, table
from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.questions.question import ErrorQuestion
from lstm_tutor.questions.quiz import Quiz
from lstm_tutor.render.line import View

GOLDEN = Path(__file__).parents[1] / "data" / "lesson-twice.txt"
GOLDEN_LESSON = "twice"
_SEEDS = 10
NAMED, ONLY_WRONG = 0.5, 0.1  # how likely a mistake is given up


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


@dataclass
class Learner:
    """Makes a mistake wherever it can be made, until it is given up.

    Attributes:
        entry: the lesson.
        aim: the mistake; None once it is given up.
        slip: how often a digit or sign is off.
        random: decides.
    """

    entry: Entry
    aim: Aim | None
    slip: float
    random: np.random.Generator
    named_first: list[bool] = field(default_factory=list)
    _made: bool = False
    _aimed: Aim | None = None

    def answer(self, ask: Ask) -> str:
        """Type a line."""
        self._made = False
        if ask.quiz is None or isinstance(ask.quiz.question, ErrorQuestion):
            return right(ask)
        step = ask.quiz.question.step
        value = step.value
        if self.aim and self.aim.symbol == step.symbol and self._own(ask.quiz):
            value = Page(ask.quiz.tutor).wrong(step.id, self.aim)
            self._made, self._aimed = True, self.aim
        elif self.random.random() < self.slip:
            value = -value if self.random.random() < 0.5 else value * 1.1
        return text(value, self.entry.lesson.digits)

    def _own(self, quiz: Quiz) -> bool:
        return quiz.trace.program is self.entry.practice.page.trace.program or (
            quiz.trace.scenario.cell == self.entry.practice.page.trace.scenario.cell
        )

    def heard(self, event: Event) -> None:
        """Take what the lesson says to a wrong answer."""
        if event.outcome is not Result.WRONG or not self._made or self.aim is None:
            return
        named = event.mistake == str(self.aim)
        self.named_first.append(named)
        if self.random.random() < (NAMED if named else ONLY_WRONG):
            self.aim = None


def simulated(entry: Entry, path: Route, seeds: int, slip: float) -> Iterator[tuple[str, ...]]:
    """Yield for each aim what became of learners who had it."""
    for aim in (None, *entry.lesson.aims):
        held = master = 0
        numbers: list[int] = []
        named: list[bool] = []
        for seed in range(seeds):
            learner = Learner(entry, aim, slip, np.random.default_rng(seed))
            found = talked(teacher(entry, path, []), learner.answer, learner.heard)
            done = [e for e in found.events if e.part is Part.PRACTICE]
            numbers.append(sum(e.outcome is not Result.WRONG for e in done))
            named += learner.named_first
            held += learner.aim is not None
            master += learner.aim is not None and not any(
                s.stuck for s in teacher(entry, path, found.events).standing().values()
            )
        share = f"{sum(named)}/{len(named)}" if named else "-"
        yield (
            str(aim or "knows"),
            f"{seeds - held}/{seeds}",
            f"{master}",
            f"{int(np.median(numbers))}",
            share,
        )


def main() -> int:
    """Play every bundled lesson, and let learners work it."""
    if "--golden" in sys.argv:
        write_golden()
        return 0
    path, failed = route(), 0
    for entry in [e for e in path.entries if e.id in sys.argv[1:] or len(sys.argv) == 1]:
        trial = play(entry.practice)
        wrong = list(problems(entry.practice, trial))
        print(entry.id, *table(entry.practice, trial), sep="\n")
        for problem in wrong:
            print(*problem.lines(), sep="\n")
        failed += bool(wrong)
        for slip in (0.0, 0.05):
            print(f"  slips {slip}: mistake, given up, held by a master, numbers, named first")
            for row in simulated(entry, path, _SEEDS, slip):
                print("   ", *row, sep="  ")
    return failed


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
            return text(Page(ask.quiz.tutor).wrong(step.id, entry.lesson.aims[0]), 4)
        return {3: "?", 4: "?"}.get(state["number"]) or right(ask)

    return talked(teacher(entry, path, []), answer).typed


def golden() -> str:
    """Return the transcript of a whole lesson through the command."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        lines = "".join(f"{line}\n" for line in [*golden_lines(), "q"])
        return invoke("learn", GOLDEN_LESSON, lines=lines.encode()).out


def write_golden() -> None:
    """Write the transcript that the tests compare."""
    GOLDEN.write_text(golden(), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
