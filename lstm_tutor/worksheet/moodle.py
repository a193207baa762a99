"""Moodle XML: a question for each number of the blanks, and one of them all (Cloze).

A numerical question has a tolerance, and beside the right answer the wrong ones that usual
mistakes give, each with what to say of it. Moodle takes the first answer that fits, so no two
of them overlap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from lstm_tutor.diagnosis.finding import said
from lstm_tutor.diagnosis.judgement import Diagnosis
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.prepared import SUM
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.all_edits import AllEdits, all_edits
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.mistakes.table import cost
from lstm_tutor.mistakes.wording import misconception
from lstm_tutor.numbers.numeral import FULL
from lstm_tutor.render.line import View
from lstm_tutor.render.markdown import escaped, step_title, table_head, table_row
from lstm_tutor.trace.selection import askable
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace
from lstm_tutor.worksheet.page import Page
from lstm_tutor.worksheet.paper import GUARD, Latex, Paper
from lstm_tutor.worksheet.worksheet import MOST_BLANKS, task

_MOST_WRONG = 12
_NOTHING = 1e-9  # how far off 0 may be
_MARGIN = 1.001e-14  # that Moodle adds to a tolerance, for a value of up to 1
_HELD = str.maketrans({"{": "(", "}": ")", "~": "∼", "#": "", "\\": "/", "<": "‹", ">": "›"})
_GAP = re.compile(r"\x03(\d+)\x03")


def _tex(page: Page) -> Latex:
    """Return formulas as LaTeX in backslashed brackets, as Moodle's filters take them."""
    return Latex(lambda latex: page.kept(rf"\({escape(latex, quote=False)}\)"))


@dataclass(frozen=True)
class Answer:
    """An answer that Moodle knows.

    Attributes:
        value: the number.
        tolerance: how far off it may be.
        says: what to say of it; empty for nothing.
    """

    value: float
    tolerance: float
    says: str = ""

    def overlaps(self, other: Answer) -> bool:
        """Whether Moodle could take a number for both answers."""
        margins = _MARGIN * (max(1.0, abs(self.value)) + max(1.0, abs(other.value)))
        reach = 1.001 * (self.tolerance + other.tolerance) + margins
        return abs(self.value - other.value) <= reach


def moodle(trace: Trace, indices: Sequence[int], view: View) -> Iterator[str]:
    """Yield Moodle XML, question by question.

    Args:
        trace: the computation.
        indices: the steps to ask for; what nobody works by hand is left out.
        view: notation, and the digits of an answer.
    """
    asked = [n for n in askable(trace, indices, MOST_BLANKS) if not trace[n].rows]
    edits = all_edits(trace.scenario, trace.program)
    right = Runs(trace.places, [world()])
    answers = [list(_answers(trace[n], trace, edits, right, view)) for n in asked]
    title = trace.scenario.title
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
    yield _category(f"{title}/number by number")
    for index, own in zip(asked, answers, strict=True):
        for number, one in enumerate(own):
            yield _numerical(trace, index, number, one, view)
    yield _category(f"{title}/all at once")
    yield _cloze(trace, asked, answers, view)
    yield "</quiz>\n"


def _answers(
    step: Step, trace: Trace, edits: AllEdits, right: Runs, view: View
) -> Iterator[list[Answer]]:
    """Yield the answers to each number of a step, the right one first."""
    wrong = list(_wrong_values(step, trace, edits, right, view))
    for number, value in enumerate(np.ravel(step.value).tolist()):
        kept = [_answer(value, view)]
        for array, says in wrong:
            one = _answer(float(np.ravel(array)[number]), view, says)
            if len(kept) <= _MOST_WRONG and not any(map(one.overlaps, kept)):
                kept.append(one)
        yield kept


def _answer(value: float, view: View, says: str = "") -> Answer:
    """Return an answer that may be off by one in its last place."""
    digits = min(FULL, view.digits + GUARD)
    shown = float(f"{value:.{digits}g}")
    if not shown:
        return Answer(0.0, _NOTHING, says)
    place = np.floor(np.log10(abs(shown)))
    return Answer(shown, float(f"{10.0 ** (place - view.digits + 1):.1e}"), says)


def _wrong_values(
    step: Step, trace: Trace, edits: AllEdits, right: Runs, view: View
) -> Iterator[tuple[np.ndarray, str]]:
    """Yield what mistakes in a step's own equation give, the usual ones first."""
    rule = trace.places.rule(step.place)
    own = edits.of.get(rule.key.removesuffix(SUM), ())
    mistakes = [Mistake((edit,), step.place) for edit in own if edit.right == rule.right]
    for mistake in sorted(mistakes, key=cost):
        value = np.asarray(right.predicted(step.place, 0, world([mistake])))
        if value.shape == np.shape(step.value) and np.isfinite(value).all():
            diagnosis = Diagnosis(step.id, mistake, 1.0)
            why = misconception(mistake, diagnosis.edit, trace.scenario)
            yield value, f"{said(trace, diagnosis, view)} {why}".strip()


def _category(name: str) -> str:
    path = "/".join(part.replace("/", "//") for part in name.rsplit("/", 1))
    text = escape(f"$course$/top/{path}", quote=False)
    return f'<question type="category"><category><text>{text}</text></category></question>\n'


def _numerical(
    trace: Trace, index: int, number: int, answers: Sequence[Answer], view: View
) -> str:
    step = trace[index]
    which = _which(step, number)
    page = Page()
    paper = Paper(trace, [index], view, _tex(page))
    ask = f"What is {_called(paper, step)}{f', {which}' if which else ''}?"
    body = page.fragment([*task(paper), ask])
    known = "".join(_answer_xml(one, 100 if not n else 0) for n, one in enumerate(answers))
    return (
        f'<question type="numerical">\n<name><text>{escape(_name(step, which))}</text></name>\n'
        f'<questiontext format="html"><text>{escape(body, quote=False)}</text></questiontext>\n'
        '<generalfeedback format="html"><text></text></generalfeedback>\n'
        "<defaultgrade>1</defaultgrade>\n<penalty>0.3333333</penalty>\n<hidden>0</hidden>\n"
        f"{known}<unitgradingtype>0</unitgradingtype>\n<unitpenalty>0.1</unitpenalty>\n"
        "<showunits>3</showunits>\n<unitsleft>0</unitsleft>\n</question>\n"
    )


def _answer_xml(one: Answer, fraction: int) -> str:
    says = escape(escape(one.says, quote=False), quote=False)
    return (
        f'<answer fraction="{fraction}" format="moodle_auto_format">'
        f"<text>{one.value!r}</text><tolerance>{one.tolerance!r}</tolerance>"
        f'<feedback format="html"><text>{says}</text></feedback></answer>\n'
    )


def _name(step: Step, which: str) -> str:
    return f"{step.id}, {which}" if which else step.id


def _which(step: Step, number: int) -> str:
    """Say which of several numbers is meant; empty where there is one."""
    shape = np.shape(step.value)
    if np.size(step.value) == 1:
        return ""
    if len(shape) == 1:
        return f"entry {number + 1}"
    row, column = np.unravel_index(number, shape)
    return f"row {row + 1}, column {column + 1}"


def _called(paper: Paper, step: Step) -> str:
    return f"`{step.id}`, {escaped(step.equation.caption)}: {_formula(paper, step)}"


def _formula(paper: Paper, step: Step) -> str:
    if step.expression is None:
        raise TypeError(step.id)
    return paper.mathematics.equation(step.target, step.expression, paper.view)


def _cloze(
    trace: Trace,
    asked: Sequence[int],
    answers: Sequence[Sequence[Sequence[Answer]]],
    view: View,
) -> str:
    page = Page()
    paper = Paper(trace, asked, view, _tex(page))
    every: list[Sequence[Answer]] = []
    lines = list(task(paper))
    heading = ""
    for index, own in zip(asked, answers, strict=True):
        step = trace[index]
        title = step_title(trace.scenario, *trace.key(index))
        if title != heading:
            lines += ["", f"### {title}", "", *table_head(("id", "formula", "value"))]
            heading = title
        gaps = []
        for one in own:
            gaps.append(f"\x03{len(every)}\x03")
            every.append(one)
        lines.append(table_row((f"`{step.id}`", _formula(paper, step), "<br>".join(gaps))))
    body = page.fragment(lines)
    body = _GAP.sub(lambda gap: _gap_text(every[int(gap[1])]), body)
    title = escape(trace.scenario.title)
    return (
        f'<question type="cloze">\n<name><text>{title}</text></name>\n'
        f'<questiontext format="html"><text>{escape(body, quote=False)}</text></questiontext>\n'
        '<generalfeedback format="html"><text></text></generalfeedback>\n'
        "<penalty>0.3333333</penalty>\n<hidden>0</hidden>\n</question>\n"
    )


def _gap_text(answers: Sequence[Answer]) -> str:
    """Write a gap: nothing in it has a meaning that it should not have."""
    right, *wrong = answers
    parts = [f"={right.value!r}:{right.tolerance!r}"]
    parts += [
        f"%0%{one.value!r}:{one.tolerance!r}#{one.says.translate(_HELD)}" for one in wrong
    ]
    return f"{{1:NUMERICAL:{'~'.join(parts)}}}"
