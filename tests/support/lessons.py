"""Learners who work lessons through the command; `python -m lessons` in tests/support.

Each has planted mistakes, whose numbers are those of worlds with the mistake, slips of a
digit or sign, and a habit of taking hints. A mistake is given up with 0.5 if it is named and
with 0.1 if a number is only called wrong, and comes back with 0.1 in another lesson. Those
are assumptions: the table shows that the lessons keep their rules, not that people hold
these mistakes, that a name makes them give one up, that texts are understood, or that
anything is remembered.

    python -m lessons play            every bundled lesson with twenty draws
    python -m lessons single 20       thirteen lessons, each aim alone and pairs, 20 seeds
    python -m lessons path 20         the whole path, with and without its parts
    python -m lessons single 20 carry only some lessons
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from itertools import combinations
from typing import Any
from unittest.mock import patch

import numpy as np
from command import invoke
from talking import begun, right, text

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.lessons.asking import trained
from lstm_tutor.lessons.catalog import route
from lstm_tutor.lessons.lesson import Aim
from lstm_tutor.lessons.page import Page, Practice
from lstm_tutor.lessons.reading import practice_of
from lstm_tutor.lessons.record import DAY, Event, Part, Result, standings
from lstm_tutor.lessons.skill import skills_of
from lstm_tutor.lessons.talk import Teacher
from lstm_tutor.lessons.trial import play, problems, quiz_on, table
from lstm_tutor.lessons.turn import Ask, Said
from lstm_tutor.questions.error import error_questions
from lstm_tutor.questions.question import ErrorQuestion
from lstm_tutor.questions.quiz import Quiz, entered

NAMED, ONLY_WRONG, RELAPSE = 0.5, 0.1, 0.1  # how likely one gives a mistake up; gets it back
SLIPS = (0.0, 0.05, 0.15)
HABITS = ("never", "when wrong", "abuser", "clicker")
_TRIES = 3  # at a number before one lets it be shown
ROUND = 5  # seeds of learners who get the same fresh numbers
AS_IT_IS = "as it is"
PATH = route()


@dataclass(frozen=True)
class Planted:
    """A mistake in a lesson's equations."""

    lesson: str
    aim: Aim

    @property
    def practice(self) -> Practice:
        """The lesson that it belongs to."""
        return practice_of(PATH.by_id[self.lesson].path)


@dataclass
class Learner:
    """Makes each mistake wherever it can be made, until it is given up.

    Attributes:
        planted: the mistakes there ever were.
        slip: how often a digit or sign is off.
        habit: when hints are taken.
        random: decides.
        numbers: whose fresh numbers are drawn.
    """

    planted: Sequence[Planted]
    slip: float
    habit: str
    random: np.random.Generator
    numbers: int = 0
    held: set[Planted] = field(init=False)
    back: set[Planted] = field(default_factory=set)
    ask: Ask | None = None
    events: list[Event] = field(default_factory=list)
    typed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    _made: Planted | None = None
    _slipped: bool = False
    _wrong: int = 0
    _before: Quiz | None = None

    def __post_init__(self) -> None:
        self.held = set(self.planted)

    def line(self) -> str:
        """Type a line."""
        self.typed += 1
        if self.ask is None or self.ask.quiz is None:
            return ""
        if isinstance(self.ask.quiz.question, ErrorQuestion):
            return right(self.ask)
        if self._helped():
            return "?"
        if self._wrong >= _TRIES or (self.habit == "clicker" and self.random.random() < 0.1):
            return "s"
        number = self._number(self.ask)
        self._before, before = self.ask.quiz, self._before
        return self._longer(number) if before is self.ask.quiz else number

    @staticmethod
    def _longer(number: str) -> str:
        """Write a number with more digits, as one does who is asked for them."""
        return f"{number}000" if "." in number else f"{number}.000"

    def _helped(self) -> bool:
        if self.habit == "abuser":
            return bool(self.random.random() < 0.3)
        return self.habit == "when wrong" and self._wrong == 1 and self.random.random() < 0.5

    def _number(self, ask: Ask) -> str:
        quiz = ask.quiz
        if quiz is None:
            raise TypeError(ask)
        step = quiz.question.step
        self._made, self._slipped, value = None, False, step.value
        for one in sorted(self.held, key=str):
            same = one.practice.lesson.scenario.cell == quiz.trace.scenario.cell
            page = Page(quiz.tutor)
            if same and one.aim.symbol == step.symbol and len(page.edits(one.aim)) == 1:
                wrong = _wrong(quiz.tutor, step.id, one.aim)
                if text(wrong, 4) != text(value, 4):
                    self._made, value = one, wrong
                    break
        if self._made is None and self.random.random() < self.slip:
            self._slipped, typed = True, text(value, 4)
            return self._off(typed)
        return text(value, 4)

    def _off(self, typed: str) -> str:
        """Return a number with a digit or the sign off."""
        digits = [n for n, character in enumerate(typed) if character in "123456789"]
        if not digits or self.random.random() < 0.3:
            return typed[1:] if typed.startswith("-") else f"-{typed}"
        at = int(self.random.choice(digits))
        other = str((int(typed[at]) + int(self.random.integers(1, 9))) % 10)
        return typed[:at] + other + typed[at + 1 :]

    def heard(self, event: Event) -> None:
        """Take what the lesson says."""
        self.events.append(event)
        if event.part is Part.DONE:
            self._again()
        if event.outcome not in (Result.WRONG, Result.DOUBT):
            self._wrong = 0 if event.step else self._wrong
            return
        self._wrong += 1
        if self._slipped:
            self.counts["slips"] += 1
            self.counts["slips named"] += event.outcome is Result.WRONG and bool(event.mistake)
        if self._made is not None:
            named = event.mistake == str(self._made.aim)
            self.counts["made"] += 1
            self.counts["named"] += named
            self.counts["doubted"] += event.outcome is Result.DOUBT
            self.counts[f"made {self._made.aim}"] += 1
            self.counts[f"named {self._made.aim}"] += named
            if self.random.random() < (NAMED if event.mistake else ONLY_WRONG):
                self.held.discard(self._made)

    def _again(self) -> None:
        """Fall back into mistakes that had been given up, sometimes; nobody has asked yet."""
        gone = [one for one in self.planted if one not in self.held]
        self.back = {one for one in gone if self.random.random() < RELAPSE}
        self.held |= self.back


@contextmanager
def remembered() -> Iterator[None]:
    """Let what is computed of the same numbers and words be computed once, for all learners.

    Fresh numbers, and the reply to a line, are pure functions: what is remembered of them is
    what they gave.
    """
    errors = cache(error_questions)
    quizzes = cache(lambda practice, page, ids: quiz_on(practice, page, list(ids)))

    def quiz(practice: Practice, page: Page, ids: list[str]) -> Quiz:
        return quizzes(practice, page, tuple(ids))

    def error(tutor: Tutor, lines: list[int], seed: int) -> tuple[ErrorQuestion, ...]:
        return errors(tutor, tuple(lines), seed)

    with ExitStack() as stack:
        stack.enter_context(patch("lstm_tutor.lessons.talk.error_questions", error))
        for room in ("asking", "talk"):
            stack.enter_context(patch(f"lstm_tutor.lessons.{room}.quiz_on", quiz))
            stack.enter_context(patch(f"lstm_tutor.lessons.{room}.trained", cache(trained)))
        stack.enter_context(patch("lstm_tutor.lessons.asking.entered", cache(entered)))
        stack.enter_context(patch("lstm_tutor.lessons.catalog.route", cache(route)))
        stack.enter_context(patch.object(Practice, "fresh", cache(_fresh)))
        yield
    _wrong.cache_clear()


@cache
def _wrong(tutor: Tutor, id_: str, aim: Aim) -> Any:
    """Return the value of a step in the world with a mistake."""
    return Page(tutor).wrong(id_, aim)


class Typist(StringIO):
    """A stream of lines that a function types."""

    def __init__(self, types: Callable[[], str | None]) -> None:
        super().__init__()
        self._types = types

    def readline(self, _size: int | None = -1) -> str:  # type: ignore[override]
        line = self._types()
        return "" if line is None else f"{line}\n"


@contextmanager
def _watched(learner: Learner) -> Iterator[None]:
    """Let a learner see what is asked and hear what is kept; the talk itself is as it is."""
    whole = Teacher.talk

    def talk(teacher: Teacher) -> Generator[Said, str, None]:
        inner, answer = whole(teacher), None
        while True:
            try:
                said = next(inner) if answer is None else inner.send(answer)
            except StopIteration:
                learner.ask = None
                return
            learner.ask = said if isinstance(said, Ask) else learner.ask
            if isinstance(said, Event):
                learner.heard(said)
            answer = (yield said) or ""

    with patch.object(Teacher, "talk", talk):
        yield


@dataclass(frozen=True)
class Without:
    """What is left out of the lessons, to see whether it does anything."""

    diagnosis: bool = False
    filter: bool = False
    checks: bool = False
    order: bool = False

    @contextmanager
    def patched(self) -> Iterator[None]:
        """Leave it out."""
        with ExitStack() as stack:
            if self.diagnosis:
                stack.enter_context(patch("lstm_tutor.lessons.asking._named", lambda *_: ""))
            if self.filter:
                stack.enter_context(patch.object(Practice, "usable", _any_numbers))
                stack.enter_context(patch.object(Practice, "fresh", cache(_fresh)))
            if self.checks:
                stack.enter_context(patch.object(Teacher, "_checked", lambda _: iter(())))
            yield

    def __str__(self) -> str:
        names = [name for name, out in vars(self).items() if out]
        return f"without {', '.join(names)}" if names else AS_IT_IS


CASES = (
    *((slip, Without()) for slip in SLIPS),
    (0.05, Without(diagnosis=True)),
    (0.05, Without(filter=True)),
)


_fresh = Practice.fresh


def _any_numbers(practice: Practice, page: Page, *_: str) -> bool:
    return practice._kept(page.trace)


def worked(learner: Learner, lesson: str, without: Without = Without()) -> None:
    """Let a learner work one lesson through the command."""

    def types() -> str | None:
        return learner.line() if learner.ask else None

    learner.ask = Ask("")
    _run(learner, types, without, lesson)


def walked(learner: Learner, order: Sequence[str], without: Without = Without()) -> None:
    """Let a learner go the whole path, a lesson a day, and come back a week later."""
    left = iter([*order, *order[-2:]])
    clock = {"now": 1_000_000}

    def types() -> str | None:
        if learner.ask:
            return learner.line()
        clock["now"] += DAY
        learner.ask = Ask("")  # at the lesson's first screen
        return next(left, None)

    with patch("lstm_tutor.cli.learn._now", lambda: clock["now"]):
        _run(learner, types, without)


def _run(
    learner: Learner, types: Callable[[], str | None], without: Without, *arguments: str
) -> None:
    with tempfile.TemporaryDirectory() as folder, _watched(learner), without.patched():
        os.environ["XDG_STATE_HOME"] = folder
        begun(folder, learner.numbers)
        answer = invoke("learn", *arguments, typist=Typist(types))
    if answer.code or answer.err:
        raise AssertionError(f"{answer.code}: {answer.err}{answer.out[-400:]}")


@dataclass
class Row:
    """What became of some learners, and of the mistakes that were planted in them."""

    learners: int = 0
    planted: int = 0
    held: int = 0
    masters: int = 0
    stuck: int = 0
    numbers: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, learner: Learner, held: set[Planted], lessons: Sequence[str]) -> None:
        """Count a learner who held some mistakes when the last lesson was done."""
        self.learners += 1
        self.planted += len(learner.planted)
        self.held += len(held)
        skills = 0
        own: dict[tuple[str, str], bool] = {}
        for id_ in lessons:
            for skill, found in standings(id_, PATH.by_id[id_].trains, learner.events).items():
                own[id_, skill] = found.own
                self.stuck += not found.own
                skills += 1
        self.masters += sum(_certified(one, own) for one in held)
        asked = [e for e in learner.events if e.part is Part.PRACTICE]
        number = sum(
            len(e.skills) * (e.outcome not in (Result.WRONG, Result.DOUBT)) for e in asked
        )
        self.numbers.append(number / max(1, skills))
        self.counts += learner.counts

    def line(self, name: str) -> str:
        """Return the row as text."""
        named = _share(self.counts["named"], self.counts["made"])
        slips = _share(self.counts["slips named"], self.counts["slips"])
        return (
            f"{name:<34}{self.learners:>6}{_share(self.planted - self.held, self.planted):>8}"
            f"{_share(self.masters, self.planted):>8}{np.median(self.numbers):>7.1f}"
            f"{np.mean(self.numbers):>7.1f}{self.stuck:>6}{named:>8}{slips:>8}"
        )


COLUMNS = (
    f"{'':<34}{'who':>6}{'rid':>8}{'false':>8}{'median':>7}{'mean':>7}{'left':>6}"
    f"{'named':>8}{'slips':>8}"
)
LEGEND = """rid: planted mistakes that are gone at the end; false: those held by one who
is called master of all that they are made in; median and mean: numbers worked for a skill;
left: skills left for another day; named: the mistake is named first where it is made; slips:
those that are called a mistake"""


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "-"


def _certified(one: Planted, own: dict[tuple[str, str], bool]) -> bool:
    """Whether a learner is called master of all that a mistake is made in."""
    trace, lesson = one.practice.page.trace, one.practice.lesson
    ids = [id_ for id_ in lesson.asked if trace.find(id_).symbol == one.aim.symbol]
    skills = {s for id_ in ids for s in skills_of(trace, trace.find(id_))} & set(lesson.trains)
    found = [own[one.lesson, skill] for skill in skills if (one.lesson, skill) in own]
    return bool(found) and all(found)


def single(seeds: int, lessons: Sequence[str]) -> None:
    """Print what becomes of learners of each lesson, each aim alone and in pairs.

    In rounds, each with fresh numbers of its own; after each the table is that of all so far.
    """
    rows: dict[tuple[str, ...], Row] = defaultdict(Row)
    for first in range(0, seeds, ROUND):
        started = time.process_time()
        last = min(first + ROUND, seeds)
        for id_ in lessons:
            with remembered():
                for slip, without in CASES:
                    _round(range(first, last), id_, slip, without, rows)
            print(*(row.line(" ".join(n)) for n, row in rows.items() if n[0] == id_), sep="\n")
            sys.stdout.flush()
        print(f"{last} seeds, {time.process_time() - started:.0f} s more", COLUMNS, sep="\n")
        print(*(row.line(" ".join(n)) for n, row in sorted(rows.items())), sep="\n")
        print(*_rarely(rows), LEGEND, sep="\n", flush=True)


def _round(
    seeds: range,
    id_: str,
    slip: float,
    without: Without,
    rows: dict[tuple[str, ...], Row],
) -> None:
    """Let learners work a lesson; those with two mistakes for one seed of a round."""
    aims = [Planted(id_, aim) for aim in practice_of(PATH.by_id[id_].path).lesson.aims]
    groups = [(), *((aim,) for aim in aims), *combinations(aims, 2)]
    for number, planted in enumerate(groups):
        who = ("knows", "one", "two")[len(planted)]
        if who == "two" and str(without) != AS_IT_IS:
            continue
        for seed in seeds[:1] if who == "two" else seeds:
            random = np.random.default_rng([seed, number, int(100 * slip)])
            habit = HABITS[seed % 4 * bool(planted)]
            learner = Learner(planted, slip, habit, random, seeds[0] // ROUND)
            worked(learner, id_, without)
            for name in ("ALL", id_):
                row = rows[name, str(slip), str(without), who]
                row.add(learner, learner.held - learner.back, [id_])


def _rarely(rows: dict[tuple[str, ...], Row]) -> Iterator[str]:
    """Yield the mistakes that are named first too seldom where nothing is left out."""
    for (id_, slip, without, who), row in sorted(rows.items()):
        for aim in (word[5:] for word in row.counts if word.startswith("made ")):
            made, named = row.counts[f"made {aim}"], row.counts[f"named {aim}"]
            if id_ != "ALL" and without == AS_IT_IS and named < 0.9 * made:
                yield f"  {id_} {slip} {who}: {aim} named first in {named} of {made}"


def path(seeds: int) -> None:
    """Print what becomes of learners of the whole path, with and without its parts."""
    cases = [Without(), Without(checks=True), Without(order=True)]
    cases += [Without(diagnosis=True), Without(filter=True)]
    rows: dict[str, Row] = defaultdict(Row)
    for seed in range(seeds):
        with remembered():
            for without in cases:
                _went(seed, without, rows[f"path 0.05 {without}"])
        print(f"{seed + 1} seeds", COLUMNS, sep="\n")
        print(*(row.line(name) for name, row in rows.items()), LEGEND, sep="\n", flush=True)


def _went(seed: int, without: Without, row: Row) -> None:
    """Let one learner go the path, with one mistake of each lesson."""
    order = [entry.id for entry in PATH.entries]
    random = np.random.default_rng([seed, 7])
    planted = []
    for id_ in order:
        aims = practice_of(PATH.by_id[id_].path).lesson.aims
        planted.append(Planted(id_, aims[int(random.integers(len(aims)))]))
    learner = Learner(planted, 0.05, HABITS[seed % 4], random, seed)
    taken = [str(id_) for id_ in random.permutation(order)] if without.order else order
    walked(learner, taken, without)
    row.add(learner, learner.held - learner.back, order)


def played(lessons: Sequence[str]) -> int:
    """Play lessons with twenty draws; return how many have problems."""
    failed = 0
    for id_ in lessons:
        practice = practice_of(PATH.by_id[id_].path)
        trial = play(practice)
        wrong = list(problems(practice, trial))
        print(id_, *table(practice, trial), sep="\n", flush=True)
        for problem in wrong:
            print(*problem.lines(), sep="\n")
        failed += bool(wrong)
    return failed


def main() -> int:
    """Do what is asked for."""
    what, *rest = sys.argv[1:] or ["play"]
    numbers = [int(word) for word in rest if word.isdigit()]
    lessons = [word for word in rest if not word.isdigit()]
    seeds = numbers[0] if numbers else 4
    lessons = lessons or [entry.id for entry in PATH.entries]
    if what == "play":
        return played(lessons)
    if what == "path":
        path(seeds)
    else:
        single(seeds, lessons)
    return 0


if __name__ == "__main__":
    sys.exit(main())
