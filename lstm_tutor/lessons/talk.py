"""A lesson as a conversation: its parts in their order, and what is asked next.

See `turn` for what a talk yields and gets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lstm_tutor.files.phrase import counted
from lstm_tutor.files.problem import BadInput
from lstm_tutor.lessons import drawing
from lstm_tutor.lessons.asking import Asking, KnowsIt, trained
from lstm_tutor.lessons.catalog import Entry, Route
from lstm_tutor.lessons.lesson import Lesson
from lstm_tutor.lessons.look import Look
from lstm_tutor.lessons.page import Page, Practice
from lstm_tutor.lessons.reading import practice_of
from lstm_tutor.lessons.record import (
    DRAWS,
    MOST,
    Event,
    Part,
    Result,
    Standing,
    of_lesson,
    standings,
)
from lstm_tutor.lessons.trial import quiz_on
from lstm_tutor.lessons.turn import Talk, Won, entered
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import parse
from lstm_tutor.questions.drawing import values
from lstm_tutor.questions.error import error_questions
from lstm_tutor.questions.quiz import Quiz
from lstm_tutor.render.line import View
from lstm_tutor.render.words import words
from lstm_tutor.trace.selection import askable
from lstm_tutor.trace.trace import Trace

_CHECKS = 3  # of other lessons at the head of one


@dataclass(eq=False)
class Teacher:
    """Gives one lesson; what has happened is added to ``events`` by who keeps it.

    Attributes:
        route: the path that the lesson is on.
        entry: the lesson.
        events: all that has happened, the newest last.
        views: how the steps of a computation are written.
        width: columns.
        now: seconds since 1970.
        knows: whether the learner says to know all this already.
    """

    route: Route
    entry: Entry
    events: list[Event]
    views: Callable[[Trace], View]
    width: int
    now: int
    knows: bool = False
    practice: Practice = field(init=False)
    draws: int = field(init=False)

    def __post_init__(self) -> None:
        self.practice = practice_of(self.entry.path)
        self.draws = last_draw(self.events, self.entry.id)
        self._look = Look(self.practice, self.views, self.width)
        self._asking = Asking(self._look, self.events)

    @property
    def lesson(self) -> Lesson:
        """What is taught."""
        return self.practice.lesson

    def standing(self) -> dict[str, Standing]:
        """How each of the lesson's skills stands by now."""
        return standings(self.lesson.id, self.lesson.trains, self.events)

    def _past(self, part: Part) -> bool:
        return any(event.part is part for event in of_lesson(self.events, self.lesson.id))

    def talk(self) -> Talk:
        """Give the lesson, from where it was left."""
        yield from self._checked()
        known = self.knows and (yield from self._knows())
        if self._past(Part.LOOK):
            if not known:
                yield drawing.said("You have looked at it before; l looks again.", self.width)
        else:
            known = known or (yield from self._shown())
            yield Event(self.lesson.id, Part.LOOK)
        if not known:
            yield from self._practised()
            if not self._past(Part.SPOT):
                yield from self._spotted()
            if not self._past(Part.TRANSFER):
                yield from self._transferred()
        yield drawing.ending(self.lesson, self.standing(), self._look.view, self.width)
        yield Event(self.lesson.id, Part.DONE)

    def _checked(self) -> Talk:
        """Ask again for what is due of other lessons."""
        for entry, skill in due(self.route, self.events, self.now, self.lesson.id)[:_CHECKS]:
            practice = practice_of(entry.path)
            ids = [id_ for id_ in practice.lesson.asked if skill in trained(practice, id_)]
            if ids:
                yield drawing.said(f"First once more, from {entry.title}: {skill}.", self.width)
                draw = last_draw(self.events, entry.id) + 1
                id_ = ids[draw % len(ids)]
                yield from self._asking.number(practice, [id_], draw, Part.CHECK, (skill,))

    def _shown(self) -> Won:
        """Text, guess, look, reason; whether the learner knows all this already."""
        guess = yield from self._look.guessed()
        told = "Enter: look · k: I know this · m: map · q: quit"
        told = drawing.keys(told, self._look.view)
        if (yield from entered(told, ("k",), self.width)) and (yield from self._knows()):
            return True
        yield from self._look.walked(guess)
        yield from self._look.reasoned()
        return False

    def _knows(self) -> Won:
        """Ask for the numbers that show that a learner knows: no hints, one try each."""
        told = (
            f"{counted(len(self.lesson.known), 'fresh number')}, without hints, one try each."
        )
        yield drawing.said(f"{told} What is right counts as known.", self.width)
        failed: set[str] = set()
        for id_ in self.lesson.known:
            self.draws += 1
            ask = self._asking.number(self.practice, [id_], self.draws, Part.KNOWN, ())
            if not (yield from ask):
                failed.update(trained(self.practice, id_))
        for skill in self.lesson.trains:
            if skill not in failed:
                yield Event(self.lesson.id, Part.KNOWN, Result.RIGHT, (skill,))
        told = "Known. It comes once in another lesson, to be sure."
        if failed:
            told = f"To practise, then: {', '.join(sorted(failed))}."
        yield drawing.said(told, self.width)
        return not failed

    def _practised(self) -> Talk:
        """Ask with fresh numbers until each skill is the learner's own, or is left."""
        if self._next()[0]:
            keys = "? hint · w why · l look again · s show · k I know this · m map · q quit"
            told = f"Practice, with fresh numbers; {self.lesson.digits} digits are enough."
            yield drawing.said(told, self.width)
            keys = drawing.keys(keys, self._look.view)
            yield tuple(words(keys, self.width, style="dim"))
        while (found := self._next())[0]:
            skill, id_ = found
            self.draws += 1
            number = self.draws - first_draw(self.events)
            yield drawing.rows(self.standing(), number, self._look.view, self.width)
            ids = self._faded(id_, self.standing()[skill].row)
            try:
                yield from self._asking.number(self.practice, ids, self.draws, Part.PRACTICE)
            except KnowsIt:
                yield from self._knows()
            if self.standing()[skill].stuck:
                yield from self._left(skill, id_)

    def _left(self, skill: str, id_: str) -> Talk:
        """Show the numbers that were worked last, and go on without a skill."""
        page = self._asking.page or self._look.page
        view = self.views(page.trace)
        step = page.trace.find(id_)
        yield drawing.step(page.trace, step, (1, 1), "", view, self.width)
        told = f"{skill}: enough for today. It needs another day; the lesson goes on."
        yield drawing.said(told, self.width)

    def _next(self) -> tuple[str, str]:
        """Return the skill to be practised next, and a step for it; "" if there is none."""
        if skill := self._next_skill():
            return skill, self._next_step(skill)
        id_ = self._unshown()
        return (trained(self.practice, id_)[0], id_) if id_ else ("", "")

    def _unshown(self) -> str:
        """Return a step where a mistake is aimed at that may still be made: the last answer
        there was not right at once; "" if there is none, or enough was asked today.
        """
        answers = [
            event
            for event in of_lesson(self.events, self.lesson.id)
            if event.part in (Part.PRACTICE, Part.KNOWN) and event.step
        ]
        last = {parse(event.step).name: event.outcome for event in answers}
        standing = self.standing()
        for id_ in self.lesson.asked:
            worked = max(standing[skill].today for skill in trained(self.practice, id_))
            aimed = self.practice.aims_at(id_)
            if aimed and worked < MOST and last.get(parse(id_).name) is not Result.RIGHT:
                return id_
        return ""

    def _next_skill(self) -> str:
        """Return the skill that is furthest from being the learner's own; "" if none is."""
        open_ = {s: found for s, found in self.standing().items() if not found.own}
        going = [skill for skill, found in open_.items() if not found.stuck]
        return min(going, key=lambda skill: open_[skill].row, default="")

    def _next_step(self, skill: str) -> str:
        """Return a step for a skill: first where it was not asked, then the longest ago."""
        ids = [id_ for id_ in self.lesson.asked if skill in trained(self.practice, id_)]
        asked = [e.step for e in of_lesson(self.events, self.lesson.id) if e.skills]
        last = {id_: number for number, id_ in enumerate(asked)}
        return min(ids, key=lambda id_: last.get(id_, -1))

    def _faded(self, id_: str, row: int) -> list[str]:
        """Return what is left blank: as a learner gets better, what leads there too, as far
        as it trains what is not the learner's own yet.
        """
        if not self.lesson.fade or row == 0:
            return [id_]
        open_ = {skill for skill, found in self.standing().items() if not found.own}
        into = self._look.page.trace.find(id_).inputs
        before = [other for other in self.lesson.asked if other in into]
        return [*(o for o in before if open_ & set(trained(self.practice, o))), id_]

    def _spotted(self) -> Talk:
        """Show worked lines of which one is wrong."""
        for _ in range(self.lesson.spot):
            self.draws += 1
            page = self.practice.fresh(self.draws, self.lesson.asked[0])
            if page is None:
                return
            trace = page.trace
            lines = [n for n in askable(trace, range(len(trace)), 4) if _late(page, n)]
            found = error_questions(page.tutor, lines, self.draws)
            if not found:
                return
            yield drawing.said("One more kind: which line is wrong?", self.width)
            asked = {trace.find(id_).symbol for id_ in self.lesson.asked}
            found = tuple(q for q in found if q.step.symbol in asked) or found
            quiz = Quiz(page.tutor, (found[self.draws % len(found)],))
            yield from self._asking.asked(self.practice, quiz, self.draws, Part.SPOT, ())

    def _transferred(self) -> Talk:
        """Ask for one number on another page."""
        transfer, page = self.lesson.transfer, self.practice.transfer
        if transfer is None or page is None:
            return
        yield drawing.said("Now somewhere else.", self.width)
        yield drawing.text(self._look.filled(transfer.says, page), self.width)
        quiz = quiz_on(self.practice, page, [transfer.ask])
        view = self.views(page.trace)
        yield drawing.page_lines(page.trace, view, self.width)
        yield values(quiz, view, self.width)
        skills = (transfer.skill,)
        yield from self._asking.asked(self.practice, quiz, 0, Part.TRANSFER, skills)


def _late(page: Page, index: int) -> bool:
    equation, _ = page.trace.key(index)
    return equation.phase in (Phase.BACKWARD, Phase.GRADIENTS)


def first_draw(events: Sequence[Event]) -> int:
    """Return the number before a learner's first draw: each learner has draws of their own."""
    return next((DRAWS * e.draw for e in reversed(events) if e.part is Part.NUMBERS), 0)


def last_draw(events: Sequence[Event], lesson: str) -> int:
    """Return the number of the last draw of a lesson, or the one before the first."""
    drawn = (event.draw for event in events if event.lesson == lesson)
    return max(first_draw(events), 0, *drawn)


def due(
    route: Route, events: Sequence[Event], now: int, here: str = ""
) -> list[tuple[Entry, str]]:
    """Return the skills that are to be checked again in a lesson, those of others first.

    What a lesson trains is checked in itself only when it has been done before.
    """
    begun = {event.lesson for event in events}
    done = {event.lesson for event in events if event.part is Part.DONE}
    entries = [e for e in route.entries if e.id in begun and (e.id != here or e.id in done)]
    return [
        (entry, skill)
        for entry in sorted(entries, key=lambda entry: entry.id == here)
        for skill, standing in standings(entry.id, entry.trains, events).items()
        if standing.due(now)
    ]


def prepare(lesson: Path) -> None:
    """Compute what a lesson begins with; what is wrong with it is said when it is given."""
    with suppress(BadInput):
        practice_of(lesson)
