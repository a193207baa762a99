"""What a quiz shows before its first question: pure functions from its state to text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstm_tutor.files.phrase import counted
from lstm_tutor.questions.drawing import place, values
from lstm_tutor.questions.question import ErrorQuestion
from lstm_tutor.questions.quiz import Quiz
from lstm_tutor.quiz.exercise import Exercise
from lstm_tutor.render.layout import sheets
from lstm_tutor.render.line import View
from lstm_tutor.render.sheet import Cell, Sheet
from lstm_tutor.render.words import words

_BLANK: Cell = (("", ""),)


def opening(quiz: Quiz, width: int) -> Cell:
    """Return what the quiz is, and how to answer."""
    question, scenario = quiz.questions[0], quiz.trace.scenario
    count = counted(len(quiz.questions), question.word)
    if isinstance(question, ErrorQuestion):
        text = f"{count}. In each, one line is wrong: which? Type its id; help says more."
    else:
        text = f"{count}, in the order of the computation. Type a value, ? for a hint, or help."
    title = scenario.title or scenario.name
    return (*words(title, width, style="bold"), *words(text, width))


def going_on(quiz: Quiz, width: int) -> Cell:
    """Return where a quiz that was left before goes on."""
    text = "all done" if quiz.done else f"going on at {place(quiz)}"
    return tuple(words(f"{text}; --fresh starts over", width, style="dim"))


def beginning(quiz: Quiz, exercise: Exercise, view: View, width: int) -> Iterator[Cell | Sheet]:
    """Yield what is there to begin with: the worked lines up to the first question of a
    worked example, and the values to work with.
    """
    before: list[int] = []
    if exercise.fade:
        first = quiz.questions[0].step.index
        before = [index for index in exercise.chosen(quiz.trace) if index < first]
    for sheet in sheets(quiz.trace, before, view, width):
        yield from (_BLANK, sheet)
    known = values(replace(quiz, at=0), view, width, before)
    if known:
        yield (*_BLANK, *known)
