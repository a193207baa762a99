"""`run`: the whole computation as tables, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.option import (
    DetailName,
    DetailOption,
    Digits,
    NotationName,
    Only,
    Output,
    Phases,
    ScenarioName,
)
from lstm_tutor.scenario.catalog import DEFAULT, DEFAULT_NOTATION

if TYPE_CHECKING:
    from lstm_tutor.render.line import View
    from lstm_tutor.scenario.scenario import Scenario
    from lstm_tutor.trace.trace import Trace


class Format(StrEnum):
    """How `run` writes its result."""

    TABLE = "table"
    JSON = "json"


def run(
    scenario: ScenarioName = DEFAULT,
    phase: Phases = None,
    only: Only = None,
    digits: Digits = 6,
    detail: DetailOption = DetailName.NUMBERS,
    notation: NotationName = DEFAULT_NOTATION,
    epochs: Annotated[
        int,
        typer.Option(min=1, max=1_000_000, help="Repeat the update so often; show the last."),
    ] = 1,
    format: Annotated[  # the option's name
        Format | None,
        typer.Option(
            help="table, or json at full precision; by default as FILE's suffix says.",
            show_default=False,
        ),
    ] = None,
    output: Output = None,
) -> None:
    """Compute a scenario and show every value beside its formula.

    Runs the forward pass, the loss, the backward pass through time, the gradients and
    one update, and shows each equation, the same with numbers, and its value.
    """
    from lstm_tutor.model.equation import Phase
    from lstm_tutor.scenario.scenario import load
    from lstm_tutor.terminal.screen import FILE_WIDTH, emit, on_terminal, viewed, width
    from lstm_tutor.trace.selection import select
    from lstm_tutor.trace.trace import compute

    losses, last = _train(load(scenario), epochs)
    trace = compute(last)
    indices = select(trace, [Phase(name) for name in phase or ()], only or ())
    as_json = output is not None and output.suffix == ".json"
    if (format or (Format.JSON if as_json else Format.TABLE)) is Format.JSON:
        from lstm_tutor.export.data import json_chunks

        emit(output, json_chunks(trace, indices, losses))
        return
    view = viewed(trace, notation, digits, detail, to_file=output is not None)
    whole = not (phase or only)
    if output is None and on_terminal():
        _draw(trace, indices, view, losses, whole=whole)
    else:
        columns = FILE_WIDTH if output else width()
        emit(output, _write(trace, indices, view, columns, losses, whole=whole))


def _draw(
    trace: Trace, indices: Sequence[int], view: View, losses: Sequence[float], *, whole: bool
) -> None:
    """Show the computation on the terminal; heading and closing only around the whole."""
    from rich.panel import Panel
    from rich.text import Text

    from lstm_tutor.render.layout import closing, epoch_sheet, heading, sheets
    from lstm_tutor.render.table import lines, table
    from lstm_tutor.terminal.screen import console

    screen = console()
    if whole:
        screen.print(lines(heading(trace.scenario, view, screen.width)), "")
    if losses:
        screen.print(table(epoch_sheet(losses, view), plain=view.plain), "")
    for sheet in sheets(trace, indices, view, screen.width):
        screen.print(table(sheet, plain=view.plain), "")
    if whole:
        screen.print(Panel(Text(closing(trace, view)), expand=False))


def _write(
    trace: Trace,
    indices: Sequence[int],
    view: View,
    columns: int,
    losses: Sequence[float],
    *,
    whole: bool,
) -> Iterator[str]:
    """Yield the same as plain text, for a file or a pipe."""
    from textwrap import fill

    from lstm_tutor.render.layout import closing, epoch_sheet, heading, sheets
    from lstm_tutor.render.text import text

    if whole:
        for line, _ in heading(trace.scenario, view, columns):
            yield f"{line}\n"
        yield "\n"
    if losses:
        yield text(epoch_sheet(losses, view), plain=view.plain) + "\n"
    for sheet in sheets(trace, indices, view, columns):
        yield text(sheet, plain=view.plain) + "\n"
    if whole:
        yield fill(closing(trace, view), columns) + "\n"


def _train(scenario: Scenario, epochs: int) -> tuple[list[float], Scenario]:
    """Repeat the update; return the loss before each, and the scenario of the last."""
    if epochs == 1:
        return [], scenario
    from rich.progress import track

    from lstm_tutor.execution.training import train
    from lstm_tutor.terminal.screen import error_console

    losses = []
    progress = error_console()
    for epoch in track(
        train(scenario, epochs),
        description="training",
        total=epochs,
        console=progress,
        transient=True,
        disable=not progress.is_terminal,
    ):
        losses.append(epoch.loss)
        scenario = epoch.scenario
    return losses, scenario
