"""`export`: a computation as a file: Markdown, JSON, CSV or NumPy arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from lstm_tutor.scenario.catalog import DEFAULT, DEFAULT_NOTATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lstm_tutor.render.line import View
    from lstm_tutor.trace.trace import Trace

SUFFIXES = (".md", ".json", ".csv", ".npz")


def export(
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FILE", help=f"File ending in {', '.join(SUFFIXES)}."
        ),
    ],
    scenario: ScenarioName = DEFAULT,
    phase: Phases = None,
    only: Only = None,
    digits: Digits = 6,
    detail: DetailOption = DetailName.NUMBERS,
    notation: NotationName = DEFAULT_NOTATION,
) -> None:
    """Write a computation to a file, in the format that its suffix names.

    .md is a transcript that renders on a forge and that `verify` re-checks; .json, .csv
    and .npz carry the numbers at full precision.
    """
    if output.suffix not in SUFFIXES:
        raise typer.BadParameter(
            f"{output.name!r} does not end in one of {', '.join(SUFFIXES)}",
            param_hint="'-o'",
        )
    from lstm_tutor.files.writing import write_bytes, write_file
    from lstm_tutor.model.equation import Phase
    from lstm_tutor.scenario.scenario import load
    from lstm_tutor.terminal.screen import viewed
    from lstm_tutor.trace.selection import select
    from lstm_tutor.trace.trace import compute

    trace = compute(load(scenario))
    indices = select(trace, [Phase(name) for name in phase or ()], only or ())
    view = viewed(trace, notation, digits, detail, to_file=True)
    if output.suffix == ".npz":
        write_bytes(output, _npz(trace, indices))
    else:
        write_file(output, _watched(_chunks(output.suffix, trace, indices, view), indices))
    typer.echo(f"wrote {output}: {len(indices):,} steps", err=True)


def _chunks(suffix: str, trace: Trace, indices: Sequence[int], view: View) -> Iterator[str]:
    if suffix == ".json":
        from lstm_tutor.export.data import json_chunks

        return json_chunks(trace, indices)
    if suffix == ".csv":
        return _csv(trace, indices)
    from lstm_tutor.export.transcript import transcript

    return transcript(trace, indices, view)


def _csv(trace: Trace, indices: Sequence[int]) -> Iterator[str]:
    import csv
    from io import StringIO

    from lstm_tutor.export.figures import csv_rows

    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in csv_rows(trace, indices):
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _npz(trace: Trace, indices: Sequence[int]) -> bytes:
    from io import BytesIO

    import numpy as np

    from lstm_tutor.export.figures import arrays

    buffer = BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays(trace, indices))
    return buffer.getvalue()


def _watched(chunks: Iterator[str], indices: Sequence[int]) -> Iterator[str]:
    """Show a progress bar on a terminal while a long file is written."""
    from lstm_tutor.terminal.screen import error_console

    screen = error_console()
    if not screen.is_terminal or len(indices) < 5_000:
        yield from chunks
        return
    from rich.progress import Progress

    with Progress(console=screen, transient=True) as progress:
        task = progress.add_task("writing", total=len(indices))
        for number, chunk in enumerate(chunks):
            if number % 1_000 == 0:
                progress.update(task, completed=min(number, len(indices)))
            yield chunk
