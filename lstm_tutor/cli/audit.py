"""`audit`: what a scenario cannot show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from lstm_tutor.cli.option import Digits, Only, Phases, ScenarioName
from lstm_tutor.scenario.catalog import DEFAULT, DEFAULT_NOTATION

if TYPE_CHECKING:
    from lstm_tutor.render.line import View
    from lstm_tutor.trace.trace import Trace

T = TypeVar("T")


class Format(StrEnum):
    """How `audit` writes its result."""

    TABLE = "table"
    JSON = "json"


def audit(
    scenario: ScenarioName = DEFAULT,
    phase: Phases = None,
    only: Only = None,
    digits: Digits = 6,
    loss: Annotated[
        bool,
        typer.Option("--loss", help="How many mistakes lower the loss, some more than none."),
    ] = False,
    format: Annotated[  # the option's name
        Format, typer.Option(help="table, or json with every mistake's id.")
    ] = Format.TABLE,
) -> None:
    """Find out what a scenario cannot show: mistakes that change no number.

    Makes every typical mistake in every equation and looks at the numbers asked for (all
    by default) at the digits shown: which mistakes change none of them, which give the same
    ones, and the smallest change of the scenario that would show them. Also gradients that
    do not depend on the carries, values that are 0 or 1 by accident, saturated gates, and
    labels out of reach.
    """
    from lstm_tutor.audit.audit import audit as audit_all
    from lstm_tutor.audit.drawing import audit_json, audit_lines
    from lstm_tutor.model.equation import Phase
    from lstm_tutor.scenario.scenario import load
    from lstm_tutor.terminal.screen import show_cell, viewed, width
    from lstm_tutor.trace.selection import select
    from lstm_tutor.trace.trace import compute

    if loss and (phase or only or format is Format.JSON):
        raise typer.BadParameter(
            "the losses are one table: leave out --phase, --only and --format",
            param_hint="--loss",
        )
    trace = compute(load(scenario))
    view = viewed(trace, DEFAULT_NOTATION, digits)
    if loss:
        _show_losses(trace, view)
        return
    indices = select(trace, [Phase(name) for name in phase or ()], only or ())
    found = audit_all(trace, digits, indices, _watched)
    if format is Format.JSON:
        typer.echo(audit_json(found, trace.scenario))
    else:
        show_cell(audit_lines(found, trace.scenario, view, width()))


def _show_losses(trace: Trace, view: View) -> None:
    """Show what one update does to the loss, with each mistake."""
    from lstm_tutor.audit.descent import descents
    from lstm_tutor.audit.descents import descent_lines, descent_sheet
    from lstm_tutor.render.table import table
    from lstm_tutor.render.text import text
    from lstm_tutor.terminal.screen import console, on_terminal, show_cell, width

    found = descents(trace, _watched)
    show_cell(descent_lines(found, view))
    if not found.better:
        return
    sheet = descent_sheet(found, trace.scenario, view, width())
    if on_terminal():
        console().print("", table(sheet, plain=view.plain))
    else:
        typer.echo("\n" + text(sheet, plain=view.plain), nl=False)


def _watched(tried: Sequence[T]) -> Iterable[T]:
    """Pass what is tried on, and show on a terminal how far it is."""
    from rich.progress import track

    from lstm_tutor.terminal.screen import error_console

    progress = error_console()
    return track(
        tried,
        description=f"trying {len(tried):,} mistakes",
        console=progress,
        transient=True,
        disable=not progress.is_terminal,
    )
