"""Numbers and wrong lines asked for: typed, judged, answered, and kept as events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lstm_tutor.diagnosis.judgement import sure
from lstm_tutor.lessons import drawing
from lstm_tutor.lessons.look import Look
from lstm_tutor.lessons.page import Page, Practice
from lstm_tutor.lessons.record import Event, Part, Result
from lstm_tutor.lessons.skill import skills_of
from lstm_tutor.lessons.slip import WAYS, comes_again, slipped
from lstm_tutor.lessons.trial import quiz_on
from lstm_tutor.lessons.turn import Talk, Won, line
from lstm_tutor.mistakes.mistake import COPIED
from lstm_tutor.questions.drawing import prompt, question, reply_lines, values
from lstm_tutor.questions.question import ErrorQuestion, Outcome
from lstm_tutor.questions.quiz import Kind, Quiz, Reply, entered
from lstm_tutor.render.sheet import Cell

_MEANS = {"s": "show", "h": "?", "w": "?"}
_SLIPS = COPIED | {"flip-sign"}  # of the hand, and no misconceptions
_RESULTS = {
    Outcome.ALONE: Result.RIGHT,
    Outcome.CARRIED: Result.RIGHT,
    Outcome.HINTED: Result.HINTED,
    Outcome.SHOWN: Result.SHOWN,
}


class KnowsIt(Exception):  # noqa: N818  # no error: the learner says so
    """The learner knows this, and wants to show it."""


@dataclass(eq=False)
class Asking:
    """Asks, and yields an event for every answer.

    Attributes:
        look: the lesson that is given.
        events: all that has happened, the newest last.
        page: the numbers that were asked about last; None before the first.
    """

    look: Look
    events: Sequence[Event]
    page: Page | None = field(default=None, init=False)

    @property
    def _width(self) -> int:
        return self.look.width

    def number(
        self,
        practice: Practice,
        ids: list[str],
        draw: int,
        part: Part,
        skills: tuple[str, ...] | None = None,
    ) -> Won:
        """Ask for steps with the fresh numbers of a draw; whether all were right at once.

        An answer counts for the skills, or for those that its step needs and that are trained.
        """
        page = practice.fresh(draw, *ids) or practice.fresh(draw, ids[-1])
        if page is None:
            return True
        self.page = page
        quiz = quiz_on(practice, page, ids)
        aims = [(id_, aim) for id_ in ids for aim in practice.aims_at(id_)]
        also = [symbol for id_, aim in aims for symbol in page.read_by(id_, aim)]
        yield values(quiz, self.look.views(page.trace), self._width, also=also)
        return (yield from self.asked(practice, quiz, draw, part, skills))

    def asked(
        self,
        practice: Practice,
        quiz: Quiz,
        draw: int,
        part: Part,
        skills: tuple[str, ...] | None,
    ) -> Won:
        """Ask until it is right or shown, and keep every answer."""
        once, view = part in (Part.KNOWN, Part.CHECK), self.look.views(quiz.trace)
        won, shown = True, -1
        while not quiz.finished:
            if quiz.at != shown and not _single(quiz):
                hunted = isinstance(quiz.question, ErrorQuestion)
                yield question(quiz, view, self._width)[0 if hunted else 1 :]
            shown = quiz.at
            typed = yield from line(prompt(quiz, view), quiz)
            if typed == "k" and part is Part.PRACTICE:
                raise KnowsIt
            if typed in ("l", "back", "skip", "quit", "k", "g", "go"):
                yield from self._aside(typed)
                continue
            if once and typed in ("?", "hint", "h", "w"):
                yield drawing.said("no hints here; s shows it", self._width, 2)
                continue
            before = quiz
            quiz, reply = entered(quiz, _MEANS.get(typed, typed))
            step = before.question.step.id
            names = trained(practice, step) if skills is None else skills
            kept = Event(practice.lesson.id, part, Result.WRONG, names, step, draw)
            if reply.kind is Kind.WRONG:
                kept, slip = self._judged(kept, reply, before, practice.lesson.digits)
                yield self._reply(quiz, reply, before, slip, once=once)
                won = False
                yield kept
                if once:
                    shown_, told = entered(quiz, "show")
                    yield self._reply(shown_, told, quiz)
                    return False
                continue
            yield self._reply(quiz, reply, before)
            if quiz.at > before.at:
                result = _result(quiz, before)
                won &= result is Result.RIGHT
                yield replace(kept, outcome=result)
        return won

    def _judged(self, kept: Event, reply: Reply, quiz: Quiz, digits: int) -> tuple[Event, str]:
        """Return the event of a wrong answer with the mistake that is named, and the slip that
        explains it as well, if it is in doubt.
        """
        mistake, way = _named(reply, quiz), _slip(reply, digits)
        kept = replace(kept, mistake=mistake)
        if not mistake or not way:
            return kept, way
        if comes_again(self.events, kept.lesson, kept.step, mistake):
            return kept, ""
        return replace(kept, outcome=Result.DOUBT), way

    def _reply(
        self, quiz: Quiz, reply: Reply, before: Quiz, slip: str = "", *, once: bool = False
    ) -> Cell:
        """Draw a reply, with the slip that explains a number as well as the mistake that is
        named; what quiz offers and a lesson does not is left out.
        """
        if reply.kind is Kind.HELP:
            return drawing.helped(isinstance(before.question, ErrorQuestion), self._width)
        offer = "" if once else "type another value, ? for a hint, or s to see it"
        view = self.look.views(quiz.trace)
        lines = drawing.without_numbers(reply_lines(quiz, reply, view, self._width, offer))
        if slip:
            told = f"{WAYS[slip]}: a slip of the pen, or this:"
            return (lines[0], *drawing.said(told, self._width, 2), *lines[1:])
        if reply.kind is Kind.RIGHT and not isinstance(before.question, ErrorQuestion):
            if before.record.wrong:
                told = "It counts from the next fresh one on."
            elif before.record.hints:
                told = "Hints are free; three in a row without one make it yours."
            else:
                return lines
            return (*lines, *drawing.said(told, self._width, 2))
        return lines

    def _aside(self, word: str) -> Talk:
        if word == "l":
            for at in range(len(self.look.practice.lesson.steps)):
                yield self.look.step(at)
            return
        told = {
            "g": "a lesson goes on from right numbers: type another, or s to see it",
            "k": "k is a word of practice: there a few right numbers show it",
            "quit": "q leaves; all is kept",
        }
        yield drawing.said(told.get(word, "s shows it and goes on; q leaves"), self._width, 2)


def trained(practice: Practice, id_: str) -> tuple[str, ...]:
    """Return the skills of a lesson that a step of it needs."""
    trace = practice.page.trace
    found = skills_of(trace, trace.find(id_))
    return tuple(skill for skill in practice.lesson.trains if skill in found)


def _single(quiz: Quiz) -> bool:
    """Whether a number is asked for, so that the prompt says all."""
    asked = quiz.question
    return not isinstance(asked, ErrorQuestion) and asked.step.value.size == 1


def _result(quiz: Quiz, before: Quiz) -> Result:
    record = quiz.records[before.at]
    if record.outcome in (Outcome.ALONE, Outcome.CARRIED) and record.wrong:
        return Result.LATER
    return _RESULTS.get(record.outcome, Result.SHOWN)


def _named(reply: Reply, quiz: Quiz) -> str:
    """Return the mistake that was named, if it was named for sure; a number written wrongly,
    and a mere sign, are slips, unless the lesson aims at them.
    """
    judged = reply.judgement
    if judged is None or not judged.diagnoses:
        return ""
    first = judged.diagnoses[0]
    if first.edit.id not in quiz.aims and (first.mistake.kind in _SLIPS or not sure(first)):
        return ""
    return f"{first.mistake.kind} in {first.edit.place.name}"


def _slip(reply: Reply, digits: int) -> str:
    """Return how an answer may have been written wrongly, if that is not what is named."""
    judged = reply.judgement
    if judged is None or not judged.diagnoses:
        return ""
    if judged.diagnoses[0].mistake.kind in COPIED:
        return ""
    return slipped(judged.own, np.asarray(judged.given.value), digits)
