"""Steps laid out in sheets, one per phase and time step (or parameter block).

Decides what stands where at a width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from lstm_tutor.files.phrase import counted
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import LOSS, new
from lstm_tutor.render.breaking import columns, wrap
from lstm_tutor.render.facts import rate_of, sizes_of, training_of
from lstm_tutor.render.line import Detail, View, arithmetic, formula, numbers, operands_relation
from lstm_tutor.render.sections import layer_part
from lstm_tutor.render.sheet import GAP, Cell, Sheet
from lstm_tutor.render.value import result_lines
from lstm_tutor.render.words import lines_of, time_name, words
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.trace import Trace

_WIDE = 150  # columns at which formula and numbers stand side by side
_CAPTIONED = 120  # columns at which there is room for the caption
_CAPTION = 30
_NARROWEST = 36  # columns that a formula needs beside its value
_LEAST = 20  # columns that it gets below its value, even beside a very long id
_BAR = 24
_MOST_BESIDE = 4  # lines of a formula that its value stands beside, come what may


def heading(scenario: Scenario, view: View, width: int) -> Cell:
    """Return what the scenario is: title, source, what it teaches, sizes."""
    dot = "-" if view.plain else "·"
    facts = [
        scenario.cell.title,
        *sizes_of(scenario),
    ]
    facts += training_of(scenario, view.number) if scenario.has_labels else ()
    if scenario.truncate:
        facts.append(f"gradients cut every {counted(scenario.truncate, 'time step')}")
    parts = [
        (scenario.title, "bold"),
        (scenario.source, ""),
        (scenario.about, "italic"),
        (f" {dot} ".join(facts), "dim"),
        *((told, "dim") for told in scenario.told),
    ]
    return tuple((line, style) for text, style in parts for line in lines_of(text, width))


def parts_of(
    trace: Trace,
    indices: Sequence[int],
    view: View,
    width: int,
    losses: Sequence[float] = (),
    *,
    whole: bool,
) -> Iterator[Sheet | Cell]:
    """Yield a computation for people: what it is, its losses, its steps.

    Args:
        trace: the computation.
        indices: which of its steps.
        view: how they are written.
        width: columns.
        losses: the loss before each epoch's update, if it was repeated.
        whole: whether to say what the scenario is.
    """
    if whole:
        yield heading(trace.scenario, view, width)
    if losses:
        yield epoch_sheet(losses, view)
    yield from sheets(trace, indices, view, width)


def sheets(trace: Trace, indices: Sequence[int], view: View, width: int) -> Iterator[Sheet]:
    """Yield one sheet per phase and time step, or per block of parameters."""

    def group(index: int) -> tuple[Phase, str]:
        equation, t = trace.key(index)
        return equation.phase, _part(trace, equation, t)

    for (phase, part), members in groupby(indices, key=group):
        title = f"{phase.capitalize()}, {part}" if part else phase.capitalize()
        steps = _without_parts([trace[index] for index in members])
        yield _sheet(title, steps, view, width)


def _part(trace: Trace, equation: Equation, t: int | None) -> str:
    """Name the part of a phase that shares a sheet: a time step or a parameter block."""
    if equation.phase in (Phase.GIVEN, Phase.LOSS):
        return ""
    if equation.target == new(LOSS):
        return "new loss"
    cell = trace.scenario.cell
    if t is not None:
        layer, name = layer_part(cell, equation), time_name(t, trace.scenario.steps)
        return f"{layer}, {name}" if layer else name
    what = cell.quantities[equation.target]
    block = cell.rows[what.weight][0] if what.weight in cell.rows else what.weight or what.block
    return cell.names.get(block, block)


def _without_parts(steps: list[Step]) -> list[Step]:
    """Leave out given weights that stand in the row of their block."""
    parts = {
        part for step in steps if step.phase is Phase.GIVEN for part in step.equation.parts
    }
    return [step for step in steps if step.id not in parts]


@dataclass(frozen=True)
class _Layout:
    """Which columns a sheet has, and how wide the formula's is.

    Narrow: the value stands below the formula. Wide: the numbers stand beside it.
    """

    room: int
    narrow: bool
    wide: bool
    captioned: bool

    @property
    def header(self) -> tuple[str, ...]:
        middle = ("formula", "with numbers") if self.wide else ("formula",)
        columns = ("formula, numbers, value",) if self.narrow else (*middle, "value")
        return ("step", *columns, *("",) * self.captioned)


def _layout(steps: list[Step], values: list[Cell], view: View, width: int) -> _Layout:
    captioned = width >= _CAPTIONED
    ids = max(len("step"), *(len(step.id) for step in steps)) + GAP
    left = width - ids - captioned * (_CAPTION + GAP)
    beside = left - max(columns(line) for value in values for line, _ in value) - GAP
    if beside < _NARROWEST and beside < _widest(steps, view):
        return _Layout(max(left, _LEAST), narrow=True, wide=False, captioned=captioned)
    wide = width >= _WIDE and view.detail is not Detail.FORMULA
    return _Layout((beside - GAP) // 2 if wide else beside, False, wide, captioned)


def _widest(steps: list[Step], view: View) -> int:
    """Return how wide the longest formula or formula with numbers is."""
    texts = [formula(step, view) for step in steps]
    texts += [f"= {numbers(step, view)}" for step in steps if step.expression is not None]
    return max(columns(text) for text in [*texts, *(f"({step.note})" for step in steps)])


def _sheet(title: str, steps: list[Step], view: View, width: int) -> Sheet:
    ids = max(len("step"), *(len(step.id) for step in steps)) + GAP
    room = max(width - ids - (width >= _CAPTIONED) * (_CAPTION + GAP), _LEAST)
    values = [_value(step, view, room) for step in steps]
    layout = _layout(steps, values, view, width)

    def laid(chosen: _Layout) -> Sheet:
        pairs = zip(steps, values, strict=True)
        rows = (_row(step, value, view, chosen) for step, value in pairs)
        return Sheet(title, chosen.header, tuple(rows))

    found = laid(layout)
    if layout.narrow or not any(_crowded(row, layout) for row in found.rows):
        return found
    below = laid(replace(layout, room=room, narrow=True, wide=False))
    return min(found, below, key=_height)


def _crowded(row: tuple[Cell, ...], layout: _Layout) -> bool:
    """Whether a formula is broken into many lines beside its value."""
    return max(map(len, row[1 : 2 + layout.wide])) > max(
        _MOST_BESIDE, len(row[2 + layout.wide])
    )


def _height(sheet: Sheet) -> int:
    return sum(max(map(len, row)) for row in sheet.rows)


def _row(step: Step, value: Cell, view: View, layout: _Layout) -> tuple[Cell, ...]:
    written = _lines(formula(step, view), layout.room, "bold")
    worked = _worked(step, view, layout.room)
    note = _lines(f"({step.note})", layout.room, "dim") if step.note else ()
    cells: tuple[Cell, ...]
    if layout.wide:
        cells = (written + note, worked, value)
    elif layout.narrow:
        cells = (written + worked + value + note,)
    else:
        cells = (written + worked + note, value)
    caption = tuple(words(step.equation.caption, _CAPTION, style="dim"))
    return (((step.id, ""),), *cells, *(caption,) * layout.captioned)


def _worked(step: Step, view: View, room: int) -> Cell:
    """Return the formula with numbers, or its arithmetic."""
    if view.detail is Detail.FORMULA or step.expression is None:
        return ()
    relation = operands_relation(step, view)
    lines = arithmetic(step, view) if view.detail is Detail.ARITHMETIC else []
    if len(lines) > 1:
        return tuple(part for line in lines for part in _lines(line, room, ""))
    right = lines[0] if lines else numbers(step, view)
    return _lines(f"{relation} {right}", room, "")


def _value(step: Step, view: View, room: int) -> Cell:
    return tuple((line, "bold") for line in result_lines(step, view, room))


def _lines(text: str, room: int, style: str) -> Cell:
    return tuple((line, style) for line in wrap(text, room))


def epoch_sheet(losses: Sequence[float], view: View, most: int = 12) -> Sheet:
    """Return the loss before each epoch's update, with a bar to look at."""
    highest = max(losses)
    mark = "#" if view.plain else "█"
    rows = []
    for number in _spread(len(losses), most):
        loss = losses[number]
        bar = mark * round(_BAR * loss / highest) if highest else ""
        rows.append((_lines(str(number + 1), 9, ""), ((view.number(loss), ""),), ((bar, ""),)))
    return Sheet("Loss per epoch", ("epoch", "loss", ""), tuple(rows))


def _spread(count: int, most: int) -> list[int]:
    """Return all positions, or so many evenly spread ones, first and last included."""
    if count <= most:
        return list(range(count))
    return sorted({round(step * (count - 1) / (most - 1)) for step in range(most)})


def closing(trace: Trace, view: View) -> str:
    """Return the loss before and after one update, and whether it fell."""
    before, after = trace.loss_before, trace.loss_after
    if before is not None and after is None:
        return f"Loss {view.number(before)}; there are no weights, and nothing is updated."
    if before is None or after is None:
        there = trace.scenario.upstream
        return (
            "Gradients come from outside: there is no loss, and nothing is updated."
            if there
            else "There are no labels: no loss, no gradients, and nothing is updated."
        )
    verdict = "it fell" if after < before else "it did not fall"
    return (
        f"Loss {view.number(before)} before, {view.number(after)} after one update "
        f"with {rate_of(trace.scenario, view.number)}: {verdict}."
    )
