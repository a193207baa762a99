"""`run`: the whole computation as tables, or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.option import (
    DetailName,
    DetailOption,
    Digits,
    Format,
    NotationName,
    Only,
    Output,
    Phases,
    ScenarioName,
)
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.scenario.catalog import DEFAULT

if TYPE_CHECKING:
    from lstm_tutor.scenario.scenario import Scenario
    from lstm_tutor.trace.trace import Trace


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
    """Show every value beside its formula.

    Runs the forward pass, the loss, the backward pass through time, the gradients and
    one update, and shows each equation, the same with numbers, and its value.
    """
    from itertools import chain

    from lstm_tutor.model.equation import Phase
    from lstm_tutor.render.layout import closing, parts_of
    from lstm_tutor.render.text import pieces
    from lstm_tutor.render.words import lines_of
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.screen import (
        FILE_WIDTH,
        emit,
        on_terminal,
        show,
        show_box,
        viewed,
        width,
    )
    from lstm_tutor.trace.selection import select
    from lstm_tutor.trace.trace import compute

    losses, last = _train(load(scenario), epochs)
    trace = compute(last)
    indices = select(
        trace, [Phase(name) for name in phase or ()], _asked(trace, only, notation)
    )
    as_json = output is not None and output.suffix == ".json"
    if (format or (Format.JSON if as_json else Format.TABLE)) is Format.JSON:
        from lstm_tutor.export.data import json_chunks

        emit(output, json_chunks(trace, indices, losses))
        return
    view = viewed(trace, notation, digits, detail, to_file=output is not None)
    whole = not (phase or only)
    columns = FILE_WIDTH if output else width()
    parts = parts_of(trace, indices, view, columns, losses, whole=whole)
    if output is not None or not on_terminal():
        end = [f"{line}\n" for line in lines_of(closing(trace, view), columns)] * whole
        emit(output, chain(pieces(parts, plain=view.plain), end))
        return
    for part in parts:
        show(part, plain=view.plain)
        show((("", ""),), plain=view.plain)
    if whole:
        show_box(closing(trace, view))


def _asked(trace: Trace, only: list[str] | None, notation: str) -> list[str]:
    """Return the ids that the typed ones mean."""
    if not only:
        return []
    from lstm_tutor.submission.typed import typed_ids

    return typed_ids(trace, only, notation)


def _train(scenario: Scenario, epochs: int) -> tuple[list[float], Scenario]:
    """Repeat the update; return the loss before each, and the scenario of the last."""
    if epochs == 1:
        return [], scenario
    if not scenario.trainable:
        lack = "weights" if scenario.has_labels else "labels"
        raise typer.BadParameter(
            f"{scenario.name} has no {lack}, and so nothing to train",
            param_hint="--epochs",
        )
    from lstm_tutor.execution.training import train
    from lstm_tutor.terminal.progress import watched

    losses = []
    for epoch in watched(train(scenario, epochs), "training", epochs):
        losses.append(epoch.loss)
        scenario = epoch.scenario
    return losses, scenario
