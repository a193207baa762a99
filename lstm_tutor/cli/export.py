"""`export`: a computation as a file: Markdown, a page, JSON, CSV or NumPy arrays."""

from __future__ import annotations

from enum import StrEnum
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
    complete_notation,
    complete_picture,
)
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.export.format import (
    ARRAYS,
    FORMATS,
    LARGEST_PAGE,
    NAMES,
    array_writer,
    suffix_of,
    writer,
)
from lstm_tutor.scenario.catalog import DEFAULT

if TYPE_CHECKING:
    from lstm_tutor.trace.trace import Trace


class QuizName(StrEnum):
    """What a page can ask for: the backward pass, everything, the last step."""

    BACKWARD = "backward"
    ALL = "all"
    LAST = "last"


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
    dialect: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            help="Write parameters, gradients and signals as the arrays of pytorch, keras, "
            "onnx, … (.npz, .safetensors).",
            autocompletion=complete_notation,
        ),
    ] = "",
    plot: Annotated[
        str,
        typer.Option(
            metavar="PICTURE",
            help="Write a picture (.svg): gates, 'gradient flow' or loss.",
            autocompletion=complete_picture,
        ),
    ] = "",
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="NAME",
            help=f"The format, whatever the suffix: {', '.join(NAMES)}.",
        ),
    ] = "",
    quiz: Annotated[
        QuizName | None,
        typer.Option(
            "--quiz",
            help="What a page (.html) asks for when it opens.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a computation to a file.

    Its suffix names the format: .md is a transcript, .html a page for a browser, which
    --quiz lets ask first; `verify` re-checks both. .json, .csv, .npz and .safetensors carry
    the numbers, .program.json the equations and their mistakes, .xml questions for Moodle
    with what to say of usual wrong answers. With --dialect the arrays have a framework's
    names, orders and shapes.
    """
    if plot:
        _export_picture(scenario, output, plot)
        return
    if not (suffix := NAMES.get(format, "") if format else suffix_of(output.name)):
        wrong = f"{format!r} is" if format else f"{output.name!r} ends in"
        raise typer.BadParameter(f"{wrong} none of {', '.join(NAMES if format else FORMATS)}")
    if quiz and suffix != ".html":
        raise typer.BadParameter("only a page (.html) asks", param_hint="--quiz")
    from lstm_tutor.files.writing import write_file
    from lstm_tutor.model.equation import Phase
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.submission.typed import typed_ids
    from lstm_tutor.terminal.progress import watched
    from lstm_tutor.terminal.screen import viewed
    from lstm_tutor.trace.selection import select
    from lstm_tutor.trace.trace import compute

    trace = compute(load(scenario))
    if dialect:
        _export_arrays(trace, output, dialect)
        return
    asked = typed_ids(trace, only or (), notation)
    indices = select(trace, [Phase(name) for name in phase or ()], asked)
    view = viewed(trace, notation, digits, detail, to_file=True)
    if suffix == ".html" and len(indices) > LARGEST_PAGE:
        many = f"at most {LARGEST_PAGE:,} steps, not {len(indices):,}"
        raise typer.BadParameter(f"a page holds {many}: choose with --only, or write .md")
    chunks = writer(suffix)(trace, indices, view, *([quiz] if quiz else []))
    write_file(output, watched(chunks, "writing", len(indices)))
    typer.echo(f"wrote {output}: {len(indices):,} steps", err=True)


def _export_picture(scenario: str, output: Path, plot: str) -> None:
    """Write a picture of a computation."""
    from lstm_tutor.export.picture import NoPicture, picture
    from lstm_tutor.files.writing import write_file
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.trace.trace import compute

    if output.suffix != ".svg":
        message = f"a picture is written to .svg, not to {output.name!r}"
        raise typer.BadParameter(message, param_hint="'-o'")
    try:
        drawn = picture(compute(load(scenario)), plot)
    except NoPicture as error:
        raise typer.BadParameter(str(error), param_hint="'--plot'") from None
    write_file(output, [drawn])
    typer.echo(f"wrote {output}: {plot}", err=True)


def _export_arrays(trace: Trace, output: Path, dialect: str) -> None:
    """Write the arrays of a framework or a course."""
    from lstm_tutor.dialects.arrays import NoLayouts, layouts
    from lstm_tutor.dialects.assignment import NotAssigned
    from lstm_tutor.files.phrase import counted
    from lstm_tutor.files.writing import write_file
    from lstm_tutor.trace.golden import golden

    if output.suffix not in ARRAYS:
        endings = " or ".join(ARRAYS)
        message = f"arrays of a dialect are written to {endings}, not to {output.name!r}"
        raise typer.BadParameter(message, param_hint="'-o'")
    try:
        arrays = golden(trace, layouts(dialect, Path()))
    except (NoLayouts, NotAssigned) as error:
        raise typer.BadParameter(str(error), param_hint="'--dialect'") from None
    write_file(output, array_writer(output.suffix)(arrays))
    typer.echo(f"wrote {output}: {counted(len(arrays), 'array')}", err=True)
