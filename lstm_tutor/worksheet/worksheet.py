"""Worksheets: a computation in Markdown with blanks to write on, and the key to it.

A sheet has the scenario, of the computed numbers only those that the blanks need, and a
table of blanks per time step. It carries its scenario, so that a filled-in one can be
checked. Ids head the rows; the words of other tables are chosen so that no reader takes
their numbers for answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.render.line import View, numbers, operands_relation
from lstm_tutor.render.markdown import escaped, forge_math, step_title, table_head, table_row
from lstm_tutor.scenario.blanks import Blanks, blanks_line
from lstm_tutor.scenario.embedded import CLOSING, OPENING
from lstm_tutor.scenario.plain import scenario_yaml
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace
from lstm_tutor.worksheet.given import given
from lstm_tutor.worksheet.paper import Latex, Mathematics, Paper, rows
from lstm_tutor.worksheet.partial import partial_results
from lstm_tutor.worksheet.points import points_text
from lstm_tutor.worksheet.start import needed, starts

MOST_BLANKS = 64
"""Numbers of one value that can be left blank."""
_BLANKS = ("_" * 16, "_" * 12, "_" * 10)  # for a number, in a vector, in a matrix
_WORK = "_" * 32  # to put numbers in
_MOST_LINES = 4
_DERIVATION = 3  # lines more where the formula is asked for too
_SIGNS = {
    r"\odot": ("⊙", "multiplies entry by entry"),
    r"\otimes": ("⊗", "makes a matrix of two vectors"),
    r"\sigma": ("σ", "is the logistic function"),
}
_NUMBER = re.compile(r"[^][, ]+")
FORGE = Latex(forge_math)


class TooLarge(LookupError):  # noqa: N818  # the user's choice, reported as such
    """A blank with more numbers than a person works by hand."""


def default_blank(scenario: Scenario) -> list[str]:
    """Return what is left blank where nothing is said."""
    return ["backward" if scenario.labelled.any() else "forward"]


def worksheet(
    trace: Trace,
    indices: Sequence[int],
    view: View,
    asked: Sequence[str],
    *,
    answered: bool = False,
    formulas: bool = True,
    points: Mapping[str, float] | None = None,
    mathematics: Mathematics = FORGE,
) -> str:
    """Return a sheet to work by hand, or the key to it.

    Args:
        trace: the computation.
        indices: which of its steps are blank, in order; each has an expression.
        view: notation, and the digits of an answer.
        asked: the words that the blanks were chosen by.
        answered: write the key: every blank filled in, with the numbers that lead there.
        formulas: tell the formulas of the blanks; else they are asked for too.
        points: what each blank is worth, by id; not told where it is None, and then 1.
        mathematics: how formulas stand in it.

    Raises:
        TooLarge: if a blank would have more than `MOST_BLANKS` numbers.
    """
    sheet = Paper(trace, indices, view, mathematics, answered, formulas, points or {})
    _require_small(trace, indices)
    lines = [
        *_opening(sheet),
        *task(sheet),
        *_blanks(sheet),
        *_closing(sheet, asked),
    ]
    return "".join(f"{line}\n" for line in lines)


def task(sheet: Paper) -> Iterator[str]:
    """Yield what is given and what is worked out already."""
    yield from given(sheet)
    yield from _signs(sheet)
    yield ""
    yield from needed(sheet)


def _require_small(trace: Trace, indices: Sequence[int]) -> None:
    for index in indices:
        size = np.size(trace[index].value)
        if size > MOST_BLANKS:
            raise TooLarge(
                f"{trace[index].id} has {size:,} numbers, and a blank at most {MOST_BLANKS}: "
                "choose others with --blank, or a smaller scenario"
            )


def _opening(sheet: Paper) -> Iterator[str]:
    scenario = sheet.trace.scenario
    yield f"# {'Key: ' if sheet.answered else ''}{escaped(scenario.title)}"
    yield ""
    if scenario.source:
        yield f"Source: {escaped(scenario.source)}"
        yield ""
    if scenario.about:
        yield escaped(scenario.about)
        yield ""
    total = points_text(sum(sheet.points.values())) if sheet.points else ""
    if not sheet.answered:
        points = f" Points: {_BLANKS[2]} of {total}" if total else ""
        yield f"Name: {_BLANKS[0] * 2} Date: {_BLANKS[2 if total else 0]}{points}"
        yield ""
    elif total:
        yield f"{total} points in all"
        yield ""


def _signs(sheet: Paper) -> Iterator[str]:
    """Yield what the signs in the formulas mean."""
    told = [sheet.trace[index].expression for index in sheet.indices if sheet.told]
    told += [one.expression for one in starts(sheet).values() if one and sheet.formulas]
    notation = sheet.view.notation
    text = " ".join(notation.formula_latex(node) for node in told if node is not None)
    meanings = [
        f"{sheet.mathematics.sign(latex, unicode)} {words}"
        for latex, (unicode, words) in _SIGNS.items()
        if latex in text
    ]
    if meanings:
        yield f"- {', '.join(meanings)}"


def _blanks(sheet: Paper) -> Iterator[str]:
    """Yield a table per phase and time step: id, formula with room below it, blank."""
    trace = sheet.trace

    def title(index: int) -> str:
        return step_title(trace.scenario, *trace.key(index))

    what = "formula, numbers put in" if sheet.told else "your formula, numbers put in"
    heads = ["id", what, "value", *["points"] * bool(sheet.points)]
    for heading, members in groupby(sheet.indices, key=title):
        yield f"### {heading}"
        yield ""
        yield from table_head(heads)
        for index in members:
            yield table_row(_row(sheet, trace[index]))
        yield ""


def _row(sheet: Paper, step: Step) -> Iterator[str]:
    if step.expression is None:
        raise TypeError(step.id)
    yield f"`{step.id}`"
    value = array_text(np.asarray(step.value), sheet.view.digits)
    if sheet.answered:
        yield "<br>".join([_told(sheet, step), *_worked(sheet, step)])
        yield f"**{rows(value)}**"
    else:
        lines = min(len(np.atleast_1d(step.value)), _MOST_LINES)
        left = _told(sheet, step)
        if not sheet.told:
            lines += _DERIVATION
        room = f"<br>{sheet.view.relation(False)} {_WORK}" * lines
        yield f"{left}{room}"
        yield _blank(value, np.ndim(step.value))
    if sheet.points:
        yield points_text(sheet.points[step.id])


def _told(sheet: Paper, step: Step) -> str:
    """Write a step's equation; where that is asked for, what it is of."""
    if step.expression is None:
        raise TypeError(step.id)
    if sheet.told:
        return sheet.mathematics.equation(step.target, step.expression, sheet.view)
    return f"{sheet.called(step.equation)} {sheet.symbol(step.target)}"


def _worked(sheet: Paper, step: Step) -> Iterator[str]:
    """Yield the numbers put in, and what its parts come to."""
    note = f" ({escaped(step.note)})" if step.note else ""
    yield f"`{operands_relation(step, sheet.finer)} {numbers(step, sheet.finer)}`{note}"
    yield from (f"`{line}`" for line in partial_results(step, sheet.finer))


def _blank(text: str, axes: int) -> str:
    """Put a blank for each number, each entry of a vector on a line of its own. The space
    before it keeps Markdown from seeing emphasis.
    """
    if "[" not in text:
        return _BLANKS[0]
    spaced = _NUMBER.sub(f" {_BLANKS[axes]}", text).replace(",  ", ", ")
    return rows(spaced) if axes > 1 else spaced.replace(", ", ",<br> ")


def _closing(sheet: Paper, asked: Sequence[str]) -> Iterator[str]:
    scenario = sheet.trace.scenario
    about = f"{escaped(scenario.name)}, blank: {escaped(', '.join(asked))}"
    yield "---"
    yield ""
    if sheet.answered:
        yield f"Key to the worksheet {about}."
    else:
        yield f"Worksheet {about}. `lstm-tutor check` reads it when it is filled in."
    yield ""
    ids = [sheet.trace[index].id for index in sheet.indices]
    points = {id_: sheet.points.get(id_, 1) for id_ in ids}
    yield blanks_line(Blanks(points, sheet.answered))
    yield OPENING
    yield from (line.replace("-->", "--\\u003e") for line in scenario_yaml(scenario))
    yield CLOSING
    yield "-->"
