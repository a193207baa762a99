"""The first half of a lesson: its text, a guess, a walk through the numbers, one reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from lstm_tutor.lessons import drawing
from lstm_tutor.lessons.lesson import Choice
from lstm_tutor.lessons.live import filled
from lstm_tutor.lessons.page import Page, Practice
from lstm_tutor.lessons.turn import Answered, Talk, chosen, entered
from lstm_tutor.mistakes.wording import called
from lstm_tutor.render.explanation import explanation
from lstm_tutor.render.line import View, formula
from lstm_tutor.render.sheet import Cell
from lstm_tutor.trace.trace import Trace

_WORDS = "Enter: next · b: back · w: why · p: to practice"


@dataclass(frozen=True, eq=False)
class Look:
    """Shows a lesson's own numbers.

    Attributes:
        practice: the lesson with its numbers.
        views: how the steps of a computation are written.
        width: columns.
    """

    practice: Practice
    views: Callable[[Trace], View]
    width: int

    @property
    def page(self) -> Page:
        """The lesson's own numbers."""
        return self.practice.page

    @cached_property
    def view(self) -> View:
        """How the lesson's own steps are written."""
        return self.views(self.page.trace)

    def filled(self, text: str, page: Page | None = None) -> str:
        """Return a text with its live values put in, of another page if one is given."""
        page = page or self.page
        view = self.views(page.trace)
        return drawing.plainly(filled(text, page, self.practice.lesson.aims, view), view)

    def guessed(self) -> Answered:
        """Show the text and ask for a guess; return what is guessed, "" for nothing."""
        predict = self.practice.lesson.predict
        yield drawing.text(self.filled(self.practice.lesson.text), self.width)
        yield drawing.said("First a guess; it does not count.", self.width)
        yield drawing.text(self.filled(predict.says), self.width)
        order = sorted({self._choice(choice) for choice in predict.choices})
        yield drawing.choices(order, self.width)
        guess = yield from chosen("guess: ", order, self.width)
        told = f"You said {guess}. Look what happens to it." if guess else "Look, then."
        yield drawing.said(told, self.width)
        return guess

    def _choice(self, choice: Choice) -> str:
        ask = self.practice.lesson.predict.ask
        if choice.aim:
            wrong = self.page.wrong(ask, choice.aim, everywhere=choice.everywhere)
            return self.view.array(wrong)
        return self.view.array(self.page.trace.find(choice.only or ask).value)

    def walked(self, guess: str = "") -> Talk:
        """Walk through the steps, and say what became of a guess."""
        lesson = self.practice.lesson
        at, seen = 0, -1
        while at < len(lesson.steps):
            if at != seen:
                yield self.step(at)
                if guess and lesson.steps[at] == lesson.predict.ask:
                    yield self._verdict(guess)
            told = "" if at or seen == at else drawing.keys(_WORDS, self.view)
            seen = at
            match (yield from entered(told, ("b", "w", "p", "n"), self.width)):
                case "b":
                    at = max(at - 1, 0)
                case "w":
                    step = self.page.trace.find(lesson.steps[at])
                    yield explanation(self.page.trace, step, self.view, self.width)
                case "p":
                    at = len(lesson.steps)
                case _:
                    at += 1
        if lesson.predict.after:
            yield drawing.text(self.filled(lesson.predict.after), self.width)

    def step(self, at: int) -> Cell:
        """Return one step of the walk, by its number from 0."""
        lesson, trace = self.practice.lesson, self.page.trace
        step = trace.find(lesson.steps[at])
        note = self.filled(lesson.notes.get(step.id, ""))
        count = len(lesson.steps)
        return drawing.step(trace, step, (at + 1, count), note, self.view, self.width)

    def _verdict(self, guess: str) -> Cell:
        """Say what became of a guess, and what a wrong one would come of."""
        predict = self.practice.lesson.predict
        right = self._choice(Choice())
        meant = next(c for c in predict.choices if self._choice(c) == guess)
        of = f"that is {meant.only}" if meant.only else ""
        named = called(meant.aim.kind) if meant.aim else of
        return drawing.verdict(guess, right, named, self.width)

    def reasoned(self) -> Talk:
        """Ask for one reason; right and wrong ones are the uses that the derivation knows."""
        if self.practice.lesson.explain is None:
            return
        term, place = self.practice.lesson.explain
        trace = self.page.trace
        found = drawing.reasons(trace, term, place, self.view)
        if len(found) < 2:
            return
        right, name = found[0], self.view.notation.symbol(trace.find(term).target)
        line = formula(trace.find(place), self.view)
        because = f"Because of one use of {right.used} in the forward pass. Which one?"
        asked = f"One reason. In\n\n    {line}\n\nwhy does {name} stand there? {because}"
        yield drawing.text(asked, self.width)
        texts = sorted(map(str, found))
        yield drawing.choices(texts, self.width)
        answer = yield from chosen("because: ", texts, self.width)
        lead = "yes" if answer == str(right) else "it is"
        yield drawing.said(f"{lead}: {right}", self.width, 2)
