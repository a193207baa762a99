"""A lesson played: whether its mistakes show with fresh numbers, and are named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lstm_tutor.files.phrase import counted
from lstm_tutor.files.problem import Place, Problem
from lstm_tutor.lessons.lesson import Aim
from lstm_tutor.lessons.page import Page, Practice
from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.questions.question import ValueQuestion
from lstm_tutor.questions.quiz import Quiz, entered

DRAWS = 20
_NAMED = 0.9


@dataclass(frozen=True)
class Row:
    """How often a mistake was named first at a step, of so many draws in which it shows; and
    what was named instead, most often.
    """

    aim: Aim
    step: str
    draws: int
    named: int
    instead: str = ""


@dataclass(frozen=True)
class Trial:
    """What playing a lesson has shown.

    Attributes:
        rows: each aim at each step that is asked for and can have it.
        dry: the steps for which there were no, or too few, usable numbers.
        unseen: the aims that no step that is asked for can show.
    """

    rows: tuple[Row, ...]
    dry: tuple[str, ...]
    unseen: tuple[Aim, ...]


def quiz_on(practice: Practice, page: Page, ids: list[str]) -> Quiz:
    """Return a quiz for the values of some steps, the lesson's mistakes named first; what is
    unusual is not looked for, so that the answer is there at once.
    """
    aims = [aim for id_ in ids for aim in practice.aims_at(id_)]
    known = frozenset(edit.id for aim in aims for edit in page.edits(aim))
    questions = tuple(ValueQuestion(page.trace.find(id_)) for id_ in ids)
    return Quiz(page.tutor, questions, aims=known, deep=False)


def play(practice: Practice, draws: int = DRAWS) -> Trial:
    """Answer every question with every aimed mistake, with the numbers of some draws."""
    rows: list[Row] = []
    dry: list[str] = []
    for id_ in practice.lesson.asked:
        pages: list[Page] = []
        while len(pages) < draws and (page := practice.fresh(len(pages), id_)):
            pages.append(page)
        if len(pages) < draws:
            dry.append(id_)
        for aim in practice.aims_at(id_):
            said = Counter(first_named(practice, page, id_, aim) for page in pages)
            named = said.pop("", 0)
            instead = next((name for name, _ in said.most_common(1)), "")
            rows.append(Row(aim, id_, len(pages), named, instead))
    seen = {row.aim for row in rows}
    unseen = tuple(aim for aim in practice.lesson.aims if aim not in seen)
    return Trial(tuple(rows), tuple(dry), unseen)


def first_named(practice: Practice, page: Page, id_: str, aim: Aim) -> str:
    """Return what a learner who makes a mistake, and types its number, is told of first, if
    that is another one; "" for the mistake itself.
    """
    value = page.wrong(id_, aim)
    text = array_text(np.asarray(value), practice.lesson.digits)
    _, reply = entered(quiz_on(practice, page, [id_]), text)
    found = reply.judgement.diagnoses if reply.judgement else ()
    if not found:
        return "no mistake"
    first = found[0]
    right = first.edit.id == page.edits(aim)[0].id
    return "" if right else f"{first.mistake.kind} in {first.edit.place.name}"


def problems(practice: Practice, trial: Trial) -> Iterator[Problem]:
    """Yield what is wrong with a lesson, as playing it has shown."""
    where, nowhere = practice.lesson.where, Place(practice.lesson.id)
    for id_ in trial.dry:
        message = f"there are too few numbers with which {id_} shows every aimed mistake"
        remedy = "give the draw more numbers, ask for another step, or leave an aim out"
        yield Problem(message, where.get(id_, nowhere), remedy=remedy)
    for aim in trial.unseen:
        message = f"no step that is asked for shows {aim}"
        remedy = f"ask for a step {aim.symbol}, or leave the aim out"
        yield Problem(message, where.get(str(aim), nowhere), remedy=remedy)
    for row in trial.rows:
        if row.named < _NAMED * row.draws:
            share = f"{row.named} of {counted(row.draws, 'draw')}"
            instead = f", and {row.instead} in others" if row.instead else ""
            message = f"at {row.step}, {row.aim} is named first in {share} only{instead}"
            expected = "in nine of ten: other mistakes give the same numbers"
            yield Problem(message, where.get(str(row.aim), nowhere), expected)


def table(practice: Practice, trial: Trial) -> list[str]:
    """Return what was played as lines."""
    if not trial.rows:
        return []
    names_ = [str(row.aim) for row in trial.rows]
    width = max(len("mistake"), *map(len, names_)) + 2
    steps = max(len("asked at"), *(len(row.step) for row in trial.rows)) + 2
    lines = [f"  {'mistake':<{width}}{'asked at':<{steps}}named first"]
    for name, row in zip(names_, trial.rows, strict=True):
        lines.append(f"  {name:<{width}}{row.step:<{steps}}{row.named}/{row.draws}")
    return lines
