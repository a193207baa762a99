"""Worksheets: a computation in Markdown with blanks to write on, and the key to it.

A sheet has the scenario, of the computed numbers only those that the blanks need, and a
table of blanks per time step. It carries its scenario, so that a filled-in one can be
checked. Ids head the rows; the words of other tables are chosen so that no reader takes
their numbers for answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from lstm_tutor.algebra.expression import Parameter, Signal, Symbol, symbols
from lstm_tutor.derivation.updating import Updates
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.text import named
from lstm_tutor.model.equation import Equation, Phase, Role
from lstm_tutor.model.symbol import INPUT, RATE, Id, layer_of, old, parameter
from lstm_tutor.model.update import DEFAULT
from lstm_tutor.numbers.numeral import FULL, array_text
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.line import View, numbers, operands_relation
from lstm_tutor.render.markdown import escaped, step_title
from lstm_tutor.render.words import time_name
from lstm_tutor.scenario.embedded import CLOSING, OPENING, WORKSHEET
from lstm_tutor.scenario.plain import scenario_yaml
from lstm_tutor.trace.trace import Step, Trace

MOST_BLANKS = 64
"""Numbers of one value that can be left blank."""
_BLANKS = ("_" * 16, "_" * 12, "_" * 10)  # for a number, in a vector, in a matrix
_WORK = "_" * 32  # to put numbers in
_MOST_LINES = 4
_GUARD = 2  # digits that given numbers have more, so that rounding them shows in no answer
_ROOM = 80  # columns of numbers that a page has beside their names
_SIGNS = {
    r"\odot": "multiplies entry by entry",
    r"\otimes": "makes a matrix of two vectors",
    r"\sigma": "is the logistic function",
}
_NUMBER = re.compile(r"[^][, ]+")


class TooLarge(LookupError):  # noqa: N818  # the user's choice, reported as such
    """A blank with more numbers than a person works by hand."""


@dataclass(frozen=True)
class _Paper:
    """What is written: a trace, which of its steps are blank, or answered in the key."""

    trace: Trace
    indices: Sequence[int]
    view: View
    answered: bool

    @property
    def finer(self) -> View:
        """How given numbers are written."""
        return replace(self.view, digits=min(FULL, self.view.digits + _GUARD))

    def given(self, value: object) -> str:
        """Write numbers that a person starts from."""
        return _rows(array_text(np.asarray(value), self.finer.digits))

    def symbol(self, symbol: Symbol) -> str:
        """Write a symbol as mathematics."""
        return _math(self.view.notation.symbol_latex(symbol))


def worksheet(
    trace: Trace,
    indices: Sequence[int],
    view: View,
    asked: Sequence[str],
    *,
    answered: bool = False,
) -> str:
    """Return a sheet to work by hand, or the key to it.

    Args:
        trace: the computation.
        indices: which of its steps are blank, in order; each has an expression.
        view: notation, and the digits of an answer.
        asked: the words that the blanks were chosen by.
        answered: write the key: every blank filled in, with the numbers that lead there.

    Raises:
        TooLarge: if a blank would have more than `MOST_BLANKS` numbers.
    """
    sheet = _Paper(trace, indices, view, answered)
    _require_small(trace, indices)
    work = [*_needed(sheet), *_blanks(sheet)]
    lines = [
        *_opening(sheet),
        *_given(sheet),
        *_signs("".join(work)),
        "",
        *work,
        *_closing(sheet, asked),
    ]
    return "".join(f"{line}\n" for line in lines)


def _require_small(trace: Trace, indices: Sequence[int]) -> None:
    for index in indices:
        size = np.size(trace[index].value)
        if size > MOST_BLANKS:
            raise TooLarge(
                f"{trace[index].id} has {size:,} numbers, and a blank at most {MOST_BLANKS}: "
                "choose others with --blank, or a smaller scenario"
            )


def _opening(sheet: _Paper) -> Iterator[str]:
    scenario = sheet.trace.scenario
    yield f"# {'Key: ' if sheet.answered else ''}{escaped(scenario.title)}"
    yield ""
    if scenario.source:
        yield f"Source: {escaped(scenario.source)}"
        yield ""
    if scenario.about:
        yield escaped(scenario.about)
        yield ""
    if not sheet.answered:
        yield f"Name: {_BLANKS[0] * 2} Date: {_BLANKS[0]}"
        yield ""


def _given(sheet: _Paper) -> Iterator[str]:
    """Yield what the scenario gives: series over time, weights gate by gate, facts."""
    scenario = sheet.trace.scenario
    inputs = {t: sheet.given(row) for t, row in enumerate(scenario.inputs)}
    rows = {f"{escaped(scenario.cell.call(INPUT))} {sheet.symbol(Signal(INPUT))}": inputs}
    if scenario.has_labels:
        labels = {t: sheet.given(scenario.labels[t]) for t in scenario.labelled_times}
        rows[f"label {sheet.symbol(Signal('y'))}"] = labels
    for name, given in scenario.outside.items():
        there = {t: sheet.given(given.values[t]) for t in given.times}
        rows[f"gradient from outside {sheet.symbol(Signal(name))}"] = there
    yield "### Given"
    yield ""
    yield from _over_time("", rows)
    yield from _weights(sheet)
    yield from _facts(sheet)


def _over_time(head: str, rows: Mapping[str, Mapping[int, str]]) -> Iterator[str]:
    """Yield tables with a column per time step, as many as there is room for on a page."""
    times = sorted({t for row in rows.values() for t in row})
    for piece in _fitting(rows, times):
        yield f"| {head} | {' | '.join(f't = {t}' for t in piece)} |"
        yield "| --- |" + " --- |" * len(piece)
        for name, row in rows.items():
            yield f"| {name} | {' | '.join(row.get(t, '') for t in piece)} |"
        yield ""


def _fitting(rows: Mapping[str, Mapping[int, str]], times: Sequence[int]) -> list[list[int]]:
    pieces: list[list[int]] = []
    room = 0
    for t in times:
        cells = [row.get(t, "").split("<br>") for row in rows.values()]
        need = 3 + max(columns(line) for lines in [["t = 00"], *cells] for line in lines)
        if not pieces or need > room:
            pieces.append([])
            room = _ROOM
        pieces[-1].append(t)
        room -= need
    return pieces


def _weights(sheet: _Paper) -> Iterator[str]:
    """Yield the parameters, layer by layer: a table with a row per gate and a column per
    block, and one of those that belong to no gate.
    """
    cell = sheet.trace.scenario.cell
    for layer in dict.fromkeys(map(layer_of, cell.blocks)):
        own = [block for block in cell.blocks if layer_of(block) == layer]
        gated = [block for block in own if any(cell.rows[p][1] for p in cell.blocks[block])]
        if gated:
            yield from _gates(sheet, layer, gated)
        alone = [block for block in own if block not in gated]
        if alone:
            names = [_block(sheet, block) for block in alone]
            yield f"| {' | '.join(names)} |"
            yield "|" + " --- |" * len(names)
            values = (sheet.given(sheet.trace.scenario.parameters[block]) for block in alone)
            yield f"| {' | '.join(values)} |"
            yield ""


def _block(sheet: _Paper, block: str) -> str:
    name = sheet.trace.scenario.cell.names.get(block, block)
    return f"{escaped(name)} {sheet.symbol(Parameter(block))}"


def _gates(sheet: _Paper, layer: str, blocks: Sequence[str]) -> Iterator[str]:
    scenario = sheet.trace.scenario
    cell = scenario.cell
    gates = [gate for gate in cell.gates if layer_of(gate) == layer]
    yield f"| gate | {' | '.join(_block(sheet, block) for block in blocks)} |"
    yield "| --- |" + " --- |" * len(blocks)
    for gate in sorted(gates, key=sheet.view.notation.order.index):
        names = (parameter(block, gate) for block in blocks)
        cells = [
            sheet.given(scenario.parameters[name]) if name in scenario.parameters else ""
            for name in names
        ]
        name = f"{escaped(cell.gates[gate])} {sheet.symbol(Parameter(gate))}"
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""


def _facts(sheet: _Paper) -> Iterator[str]:
    scenario, loss = sheet.trace.scenario, sheet.trace.program.loss
    steps = scenario.steps
    states: dict[str, list[str]] = {}
    for place, value in scenario.beyond.items():
        t, name = place.t or 0, sheet.symbol(place.node)
        called = escaped(scenario.cell.call(place.name))
        states.setdefault(time_name(t, steps), []).append(
            f"{called} {name} = {sheet.given(value)}"
        )
    used = symbols(loss.expression) if loss.expression else ()
    constants = "".join(
        f", {sheet.symbol(Parameter(name))} = {sheet.given(value)}"
        for name, value in scenario.constants.items()
        if Parameter(name) in used
    )
    yield from (f"- {when}: {', '.join(own)}" for when, own in states.items())
    if scenario.has_labels:
        yield f"- {escaped(loss.caption)}: {_formula(sheet, loss)}{constants}"
        yield from _training(sheet)
    if scenario.truncate:
        cut = counted(scenario.truncate, "time step")
        yield f"- gradients are cut every {cut}: none passes from one piece to the one before"
    texts = {"inputs": scenario.vocabulary, "labels": scenario.classes}
    both = len(set(texts.values())) == 1
    for what, letters in texts.items() if not both else [("", scenario.vocabulary)]:
        if letters:
            of = f" of the {what}" if what else ""
            yield f"- characters{of}, in order: {escaped(', '.join(map(named, letters)))}"
    if scenario.batch:
        yield "- a batch: one column for each sequence"
    digits = counted(sheet.view.digits, "significant digit")
    yield f"- give each number with {digits}; work with {_GUARD} more"


def _training(sheet: _Paper) -> Iterator[str]:
    """Yield the numbers that the update names, and what it has kept so far."""
    scenario = sheet.trace.scenario
    own = scenario.updating
    for page in own.pages:
        rate = sheet.given(scenario.learning_rate)
        said = [f"learning rate {sheet.symbol(Parameter(RATE))} = {rate}"]
        said = [] if page.clips else said
        for name, number in own.constants.items():
            if name in page.reads:
                said.append(f"{sheet.symbol(Parameter(name))} = {sheet.given(number)}")
        title = "" if page.name == DEFAULT else escaped(page.title)
        yield f"- {': '.join(filter(None, (title, ', '.join(said))))}"
        for name in page.initial:
            called = escaped(page.call(name))
            keys = Updates(scenario.cell, (page,)).names_of(name)
            first = float(own.kept[keys[0]].flat[0])
            if all(np.all(own.kept[key] == first) for key in keys):
                yield f"- {called}, before this update: {sheet.given(first)} everywhere"
                continue
            for key in keys:
                symbol, value = sheet.symbol(Parameter(key)), sheet.given(own.kept[key])
                called = escaped(scenario.cell.call(key))
                yield f"- {called}, before this update: {symbol} = {value}"


def _signs(text: str) -> Iterator[str]:
    """Yield what the signs in a text mean."""
    meanings = [f"{_math(sign)} {words}" for sign, words in _SIGNS.items() if sign in text]
    if meanings:
        yield f"- {', '.join(meanings)}"


def _needed(sheet: _Paper) -> Iterator[str]:
    """Yield the computed numbers that the blanks start from, with their formulas."""
    timed: dict[str, dict[int, str]] = {}
    fixed: dict[str, str] = {}
    for symbol, equation in _starts(sheet).items():
        name = _formula(sheet, equation) if equation else _renewed(sheet, symbol)
        text = sheet.given(sheet.trace.value(symbol))
        if isinstance(symbol, Signal):
            timed.setdefault(name, {})[symbol.shift] = text
        else:
            fixed[name] = text
    if timed or fixed:
        yield "### Already worked out"
        yield ""
    if timed:
        yield from _over_time("given", timed)
    if fixed:
        yield "| given | number |"
        yield "| --- | --- |"
        for name, text in fixed.items():
            yield f"| {name} | {text} |"
        yield ""


def _starts(sheet: _Paper) -> dict[Symbol, Equation | None]:
    """Return what the blanks use and is neither blank nor given, with its equation; None
    for what has no step.
    """
    trace = sheet.trace
    blank = set(sheet.indices)
    found: dict[Symbol, Equation | None] = {}
    for symbol in {symbol: None for index in blank for symbol in trace[index].operands}:
        if symbol.name in trace.scenario.constants:
            continue
        try:
            position = trace.position(Id.of(symbol))
        except KeyError:  # an output with the new weights
            found[symbol] = None
            continue
        equation, _ = trace.key(position)
        if position not in blank and equation.phase is not Phase.GIVEN:
            found[symbol] = equation
    order = {name: number for number, name in enumerate(trace.symbols())}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0].name, len(order))))


def _renewed(sheet: _Paper, symbol: Symbol) -> str:
    """Name an output with the new weights, which is computed without steps."""
    caption = sheet.trace.scenario.cell.call(old(symbol.name))
    return f"{escaped(caption)} {sheet.symbol(Signal(symbol.name))}, with the new weights"


def _formula(sheet: _Paper, equation: Equation) -> str:
    """Write an equation for any time step."""
    notation = sheet.view.notation
    if equation.expression is None:
        raise TypeError(equation.target)
    sums = equation.role is Role.SUM_OVER_TIME  # L is both a sum and, at a time step, its part
    timed = equation.target in sheet.trace.signals and not sums
    target = Signal(equation.target) if timed else Parameter(equation.target)
    left = notation.symbol_latex(target)
    return _math(f"{left} = {notation.formula_latex(equation.expression)}")


def _blanks(sheet: _Paper) -> Iterator[str]:
    """Yield a table per phase and time step: id, formula with room below it, blank."""
    trace = sheet.trace

    def title(index: int) -> str:
        return step_title(trace.scenario, *trace.key(index))

    for heading, members in groupby(sheet.indices, key=title):
        yield f"### {heading}"
        yield ""
        yield "| id | formula, numbers put in | value |"
        yield "| --- | --- | --- |"
        for index in members:
            yield _row(sheet, trace[index])
        yield ""


def _row(sheet: _Paper, step: Step) -> str:
    notation = sheet.view.notation
    if step.expression is None:
        raise TypeError(step.id)
    left = notation.symbol_latex(step.target)
    written = _math(f"{left} = {notation.formula_latex(step.expression)}")
    value = array_text(np.asarray(step.value), sheet.view.digits)
    if sheet.answered:
        worked = f"`{operands_relation(step, sheet.finer)} {numbers(step, sheet.finer)}`"
        note = f" ({escaped(step.note)})" if step.note else ""
        return f"| `{step.id}` | {written}<br>{worked}{note} | **{_rows(value)}** |"
    lines = min(len(np.atleast_1d(step.value)), _MOST_LINES)
    room = f"<br>{sheet.view.relation(False)} {_WORK}" * lines
    return f"| `{step.id}` | {written}{room} | {_blank(value, np.ndim(step.value))} |"


def _blank(text: str, axes: int) -> str:
    """Put a blank for each number, each entry of a vector on a line of its own. The space
    before it keeps Markdown from seeing emphasis.
    """
    if "[" not in text:
        return _BLANKS[0]
    spaced = _NUMBER.sub(f" {_BLANKS[axes]}", text).replace(",  ", ", ")
    return _rows(spaced) if axes > 1 else spaced.replace(", ", ",<br> ")


def _rows(text: str) -> str:
    """Put each row of a matrix on a line of its own."""
    return text.replace("], [", "],<br>[")


def _math(latex: str) -> str:
    return f"$`{latex}`$"


def _closing(sheet: _Paper, asked: Sequence[str]) -> Iterator[str]:
    scenario = sheet.trace.scenario
    about = f"{escaped(scenario.name)}, blank: {escaped(', '.join(asked))}"
    yield "---"
    yield ""
    if sheet.answered:
        yield f"Key to the worksheet {about}."
    else:
        yield f"Worksheet {about}. `lstm-tutor check` reads it when it is filled in."
    yield ""
    yield WORKSHEET
    yield OPENING
    yield from (line.replace("-->", "--\\u003e") for line in scenario_yaml(scenario))
    yield CLOSING
    yield "-->"
