"""Transcripts: a computation as Markdown that renders on a forge and can be re-checked.

Formulas are LaTeX on lines of their own; numbers stand in code spans, where nothing in
them means anything to Markdown. Written step by step: a long one takes no memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from lstm_tutor.algebra.expression import Parameter, Symbol
from lstm_tutor.execution.existence import missing
from lstm_tutor.export.template import Filler
from lstm_tutor.files.phrase import counted
from lstm_tutor.model.equation import Equation, Phase, Role
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS, Id, gradient, new
from lstm_tutor.render.layout import closing
from lstm_tutor.render.line import (
    Detail,
    View,
    arithmetic,
    formula,
    numbers,
    operands_relation,
    written,
)
from lstm_tutor.render.markdown import escaped, step_title, table_head, table_row
from lstm_tutor.render.recipe import recipe
from lstm_tutor.render.value import order, result_lines
from lstm_tutor.scenario.embedded import CLOSING, OPENING, TRANSCRIPT
from lstm_tutor.scenario.plain import scenario_hash, scenario_yaml
from lstm_tutor.trace.gradcheck import TOLERANCE, Check, gradcheck
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace

_MOST_TIMES = 12  # time steps that a summary table and the contents still list
_MOST_RUNS = 20_000  # time steps to recompute for the gradient check
_MOST_SIZE = 8


def transcript(trace: Trace, indices: Sequence[int], view: View) -> Iterator[str]:
    """Yield a transcript of the chosen steps, piece by piece.

    Args:
        trace: the computation.
        indices: which of its steps, in order.
        view: notation, digits and detail.
    """
    yield _opening(trace, indices, view)
    yield from _steps(trace, indices, view)
    yield from _summary(trace, view)
    yield from _gradient_check(trace, view)
    yield f"Scenario SHA-256: `{scenario_hash(trace.scenario)}`\n"


def _opening(trace: Trace, indices: Sequence[int], view: View) -> str:
    scenario = trace.scenario
    made = recipe(TRANSCRIPT, view, indices)
    lines = [f"# {escaped(scenario.title)}", "", made, ""]
    if scenario.source:
        lines += [f"Source: {escaped(scenario.source)}", ""]
    if scenario.about:
        lines += [escaped(scenario.about), ""]
    lines += [OPENING, *scenario_yaml(scenario), CLOSING, ""]
    lines += table_head(("symbol", "what it is", "shape"))
    lines += map(table_row, _shapes(trace, view))
    lines += ["", "Contents:", ""]
    lines += [f"- [{title}](#{_anchor(title)})" for title in _titles(trace, indices)]
    return "\n".join([*lines, "", ""])


def _shapes(trace: Trace, view: View) -> Iterator[tuple[str, str, str]]:
    """Yield the symbol, name and shape of the input, the states and the parameters."""
    cell = trace.scenario.cell

    def call(symbol: str, name: str) -> str:
        written = view.notation.symbol(Parameter(symbol))
        return escaped(name) + (f", written `{written}`" if written != symbol else "")

    sizes = {"time": trace.scenario.steps, **trace.scenario.sizes}
    for signal in (INPUT, *cell.states):
        axes = ("time", *cell.signals[signal])
        yield f"`{signal}`", call(signal, cell.call(signal)), _axes(axes, sizes)
    for block, members in cell.blocks.items():
        axes = cell.parameters[members[0]]
        caption = call(block, cell.names.get(block, block))
        gates = "" if members == (block,) else f"{counted(len(members), 'gate')} × "
        yield f"`{block}`", caption, f"{gates}{_axes(axes, sizes)}"


def _axes(axes: tuple[str, ...], sizes: dict[str, int]) -> str:
    return " × ".join(f"{sizes[axis]} {axis}" for axis in axes)


def _titles(trace: Trace, indices: Sequence[int]) -> list[str]:
    """Return the headings of the contents: phases, with time steps if they are few."""
    few = trace.scenario.steps <= _MOST_TIMES
    found: dict[str, None] = {}
    for index in indices:
        equation, t = trace.key(index)
        found[
            step_title(trace.scenario, equation, t) if few else equation.phase.capitalize()
        ] = None
        if not few and len(found) == len(Phase):
            break
    return [*found, "Summary", "Gradient check"]


def _anchor(title: str) -> str:
    """Return the anchor that forges give a heading."""
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")


def _steps(trace: Trace, indices: Sequence[int], view: View) -> Iterator[str]:
    filler = Filler(trace, view)
    scenario = trace.scenario
    few = scenario.steps <= _MOST_TIMES
    phase = None
    keys = ((index, *trace.key(index)) for index in indices)
    for title, members in groupby(keys, key=lambda key: step_title(scenario, key[1], key[2])):
        for number, (index, equation, t) in enumerate(members):
            if not few and equation.phase != phase:
                yield f"## {equation.phase.capitalize()}\n\n"
            if number == 0 and (few or title != equation.phase.capitalize()):
                yield f"{'##' if few else '###'} {title}\n\n"
            phase = equation.phase
            yield _step(trace, index, equation, t, view, filler)


def _step(
    trace: Trace, index: int, equation: Equation, t: int | None, view: View, filler: Filler
) -> str:
    head = f"**`{Id(equation.target, t)}`** {escaped(equation.caption)}\n\n"
    alone = trace.scenario.batch is None
    quick = alone and equation.role in (Role.COMPUTE, Role.LABEL, Role.CARRY)
    if not quick or view.detail is not Detail.NUMBERS:
        return f"{head}{_slow_step(trace[index], view)}{_reason(trace, equation, t)}\n"
    letters = trace.letters(equation)
    said = filter(None, [filler.missing(equation, t), order(letters, None, ())])
    note = escaped("; ".join(said))
    return (
        f"{head}$$\n{filler.formula(equation, t)}\n$$\n\n"
        f"- numbers: `{filler.numbers(equation, t)}`\n"
        f"- value: `{filler.value(equation, t)}`{f' ({note})' if note else ''}\n"
        f"{_reason(trace, equation, t)}\n"
    )


def _slow_step(step: Step, view: View) -> str:
    """Write a step whose equation is no formula over time, or in another detail."""
    text = ""
    lines = []
    if step.expression is not None:
        left = view.notation.symbol_latex(step.target)
        text = f"$$\n{left} = {view.notation.formula_latex(written(step))}\n$$\n\n"
        if view.detail is not Detail.FORMULA:
            lines.append(f"numbers: `{operands_relation(step, view)} {numbers(step, view)}`")
        if view.detail is Detail.ARITHMETIC:
            lines += [f"arithmetic: `{line}`" for line in arithmetic(step, view)]
    elif step.rows:
        lines.append(f"rows: `{formula(step, view)}`")
    ordered = "" if step.character else order(step.letters, step.batch, step.value.shape)
    said = "; ".join(filter(None, [step.note, ordered if step.t is not None else ""]))
    note = f" ({escaped(said)})" if said else ""
    lines += [f"value: `{line}`{note}" for line in result_lines(step, view)]
    return text + "".join(f"- {line}\n" for line in lines)


def _reason(trace: Trace, equation: Equation, t: int | None) -> str:
    """Say in one line which equations use the quantity: why each term is there."""
    if t is None:
        return ""
    used: dict[str, list[str]] = {}
    for term in equation.terms:
        if term.links and not missing(trace.scenario, term, t):
            link = term.links[-1]
            users = used.setdefault(_id_at(link.operand, t), [])
            users.append(f"`{Id(link.consumer, link.shift + t)}`")
    reasons = (
        f"`{quantity}` is used by {', '.join(dict.fromkeys(users))}"
        for quantity, users in used.items()
    )
    return f"- because {' and '.join(reasons)}\n" if used else ""


def _id_at(symbol: Symbol, t: int) -> str:
    shift = None if isinstance(symbol, Parameter) else symbol.shift + t
    return str(Id(symbol.name, shift))


def _summary(trace: Trace, view: View) -> Iterator[str]:
    yield "## Summary\n\n"
    steps = trace.scenario.steps
    if steps <= _MOST_TIMES and max(trace.scenario.sizes.values()) <= _MOST_SIZE:
        every = [(series.first, series.last) for series in trace.signals.values()]
        times = range(min(first for first, _ in every), 1 + max(last for _, last in every))
        yield _lines(*table_head(["step", *(f"t = {t}" for t in times)]))
        for symbol, series in trace.signals.items():
            if symbol not in trace.symbols():
                continue
            cells = [view.array(series.at(t)) if series.has(t) else "" for t in times]
            if symbol in (LOSS, new(LOSS), LABEL):
                labelled = trace.scenario.labelled
                cells = [
                    cell if 0 <= t < steps and labelled[t].any() else ""
                    for cell, t in zip(cells, times, strict=True)
                ]
            yield _lines(table_row([f"`{symbol}`", *cells]))
        yield "\n"
    yield _lines(*table_head(("parameter", "value", "gradient", "new value")))
    for name in trace.scenario.cell.parameters:
        known = trace.parameters
        keys = (name, gradient(name), new(name))
        cells = [view.array(known[key]) if key in known else "" for key in keys]
        yield _lines(table_row([f"`{name}`", *cells]))
    if trace.loss_before is None or trace.loss_after is None:
        yield f"\n{closing(trace, view)}\n\n"
        return
    before, after = view.number(trace.loss_before), view.number(trace.loss_after)
    yield f"\nLoss: {before} before, {after} after one update.\n\n"


def _gradient_check(trace: Trace, view: View) -> Iterator[str]:
    yield "## Gradient check\n\n"
    if not trace.program.derivation.gradients:
        yield "There are no labels, and so no gradients.\n\n"
        return
    entries = sum(np.size(value) for value in trace.scenario.parameters.values())
    if entries * trace.scenario.steps > _MOST_RUNS:
        yield "Left out, since it would take long; `lstm-tutor gradcheck` makes it.\n\n"
        return
    yield _lines(*table_head(("gradient", "derived", "complex step", "agree")))
    for check in gradcheck(trace, central=False):
        values = (view.array(check.derived), view.array(check.complex_step))
        yield _lines(table_row((f"`{check.id}`", *values, _agreed(check))))
    yield f"\nThey agree if they differ by at most {TOLERANCE:.0e} of the largest entry.\n\n"


def _lines(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def _agreed(check: Check) -> str:
    if not check.steady:
        return "not comparable"
    return "yes" if check.passed else "NO"
