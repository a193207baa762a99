"""What a sheet gives: inputs, labels, weights, and the facts of the computation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lstm_tutor.algebra.expression import Parameter, Signal, symbols
from lstm_tutor.derivation.updating import Updates
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.text import named
from lstm_tutor.model.symbol import INPUT, RATE, layer_of, parameter
from lstm_tutor.model.update import DEFAULT
from lstm_tutor.render.breaking import columns
from lstm_tutor.render.markdown import escaped, table_head, table_row
from lstm_tutor.render.words import time_name
from lstm_tutor.worksheet.paper import GUARD, Paper

_ROOM = 80  # columns of numbers that a page has beside their names


def given(sheet: Paper) -> Iterator[str]:
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
    yield from over_time("", rows)
    yield from _weights(sheet)
    yield from _facts(sheet)


def over_time(head: str, rows: Mapping[str, Mapping[int, str]]) -> Iterator[str]:
    """Yield tables with a column per time step, as many as there is room for on a page."""
    times = sorted({t for row in rows.values() for t in row})
    for piece in _fitting(rows, times):
        yield from table_head([head, *(f"t = {t}" for t in piece)])
        for name, row in rows.items():
            yield table_row([name, *(row.get(t, "") for t in piece)])
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


def _weights(sheet: Paper) -> Iterator[str]:
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
            yield from table_head(_block(sheet, block) for block in alone)
            values = (sheet.given(sheet.trace.scenario.parameters[block]) for block in alone)
            yield table_row(values)
            yield ""


def _block(sheet: Paper, block: str) -> str:
    name = sheet.trace.scenario.cell.names.get(block, block)
    return f"{escaped(name)} {sheet.symbol(Parameter(block))}"


def _gates(sheet: Paper, layer: str, blocks: Sequence[str]) -> Iterator[str]:
    scenario = sheet.trace.scenario
    cell = scenario.cell
    gates = [gate for gate in cell.gates if layer_of(gate) == layer]
    yield from table_head(["gate", *(_block(sheet, block) for block in blocks)])
    for gate in sorted(gates, key=sheet.view.notation.order.index):
        names = (parameter(block, gate) for block in blocks)
        cells = [
            sheet.given(scenario.parameters[name]) if name in scenario.parameters else ""
            for name in names
        ]
        name = f"{escaped(cell.gates[gate])} {sheet.symbol(Parameter(gate))}"
        yield table_row([name, *cells])
    yield ""


def _facts(sheet: Paper) -> Iterator[str]:
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
        yield f"- {escaped(loss.caption)}: {sheet.formula(loss)}{constants}"
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
    yield f"- give each number with {digits}; work with {GUARD} more"


def _training(sheet: Paper) -> Iterator[str]:
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
