"""`audit`: what a scenario cannot show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from lstm_tutor.cli.option import Digits, Format, Only, Phases, ScenarioName
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.scenario.catalog import DEFAULT

if TYPE_CHECKING:
    from lstm_tutor.render.line import View
    from lstm_tutor.trace.trace import Trace

T = TypeVar("T")


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
    """Find mistakes that a scenario cannot show.

    They change no number. Makes every typical mistake in every equation and looks at the
    numbers asked for (all by default) at the digits shown: which mistakes change none of them,
    which give the same ones, and the smallest change of the scenario that would show them. Also
    gradients that do not depend on the carries, values that are 0 or 1 by accident, saturated
    gates, and labels out of reach.
    """
    from lstm_tutor.audit.audit import audit as audit_all
    from lstm_tutor.audit.data import audit_json
    from lstm_tutor.audit.drawing import audit_lines
    from lstm_tutor.model.equation import Phase
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.submission.typed import typed_ids
    from lstm_tutor.terminal.screen import show, viewed, width
    from lstm_tutor.trace.selection import select
    from lstm_tutor.trace.trace import compute

    if loss and (phase or only or format is Format.JSON):
        raise typer.BadParameter(
            "the losses are one table: leave out --phase, --only and --format",
            param_hint="--loss",
        )
    trace = compute(load(scenario))
    view = viewed(trace, DEFAULT_NOTATION, digits)
    if loss and not trace.scenario.trainable:
        lack = "weights" if trace.scenario.has_labels else "labels"
        message = f"{trace.scenario.name} has no {lack}, and so no loss that an update changes"
        raise typer.BadParameter(message, param_hint="--loss")
    if loss:
        _show_losses(trace, view)
        return
    asked = typed_ids(trace, only or ())
    indices = select(trace, [Phase(name) for name in phase or ()], asked)
    found = audit_all(trace, digits, indices, _watched)
    if format is Format.JSON:
        typer.echo(audit_json(found, trace.scenario))
    else:
        show(audit_lines(found, trace.scenario, view, width()))


def _show_losses(trace: Trace, view: View) -> None:
    """Show what one update does to the loss, with each mistake."""
    from lstm_tutor.audit.descent import descents
    from lstm_tutor.audit.descents import descent_lines, descent_sheet
    from lstm_tutor.terminal.screen import show, width

    found = descents(trace, _watched)
    show(descent_lines(found, view))
    if found.better:
        show((("", ""),))
        show(descent_sheet(found, trace.scenario, view, width()), plain=view.plain)


def _watched(tried: Sequence[T]) -> Iterable[T]:
    """Pass what is tried on, and show on a terminal how far it is."""
    from lstm_tutor.terminal.progress import watched

    return watched(tried, f"trying {len(tried):,} mistakes")
