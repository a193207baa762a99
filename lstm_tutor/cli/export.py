"""`export`: a computation as a file: Markdown, JSON, CSV or NumPy arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lstm_tutor.cli.option import (
    DetailName,
    DetailOption,
    Digits,
    NotationName,
    Only,
    Phases,
    ScenarioName,
)
from lstm_tutor.export.format import FORMATS, writer
from lstm_tutor.scenario.catalog import DEFAULT, DEFAULT_NOTATION


def export(
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FILE", help=f"File ending in {', '.join(FORMATS)}."
        ),
    ],
    scenario: ScenarioName = DEFAULT,
    phase: Phases = None,
    only: Only = None,
    digits: Digits = 6,
    detail: DetailOption = DetailName.NUMBERS,
    notation: NotationName = DEFAULT_NOTATION,
) -> None:
    """Write a computation to a file.

    Its suffix names the format: .md is a transcript that renders on a forge and that
    `verify` re-checks; .json, .csv and .npz carry the numbers at full precision.
    """
    if output.suffix not in FORMATS:
        raise typer.BadParameter(
            f"{output.name!r} does not end in one of {', '.join(FORMATS)}",
            param_hint="'-o'",
        )
    from lstm_tutor.files.writing import write_file
    from lstm_tutor.model.equation import Phase
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.progress import watched
    from lstm_tutor.terminal.screen import viewed
    from lstm_tutor.trace.selection import select
    from lstm_tutor.trace.trace import compute

    trace = compute(load(scenario))
    indices = select(trace, [Phase(name) for name in phase or ()], only or ())
    view = viewed(trace, notation, digits, detail, to_file=True)
    chunks = writer(output.suffix)(trace, indices, view)
    write_file(output, watched(chunks, "writing", len(indices)))
    typer.echo(f"wrote {output}: {len(indices):,} steps", err=True)
