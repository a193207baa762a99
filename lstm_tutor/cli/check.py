"""`check`: says which of a person's numbers are right, and which mistake made the others."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.option import Digits, NotationName, Output, complete_scenario
from lstm_tutor.scenario.catalog import DEFAULT_NOTATION
from lstm_tutor.terminal.failure import BAD_INPUT

if TYPE_CHECKING:
    from lstm_tutor.check.checking import Checked
    from lstm_tutor.diagnosis.diagnosis import Tutor

_STDIN = "-"


class CheckFormat(StrEnum):
    """How the report is written."""

    TEXT = "text"
    JSON = "json"


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="NUMBERS...",
            help="Files with numbers: printed output, JSON, YAML, CSV, .npz, a notebook, "
            "a worksheet or transcript; - for standard input.",
        ),
    ],
    scenario: Annotated[
        str | None,
        typer.Option(
            "--scenario",
            metavar="SCENARIO",
            help="What was computed: a bundled name or a file; by default the scenario that "
            "the file itself holds, else gomez.",
            autocompletion=complete_scenario,
            show_default=False,
        ),
    ] = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="One row per file: for a class.")
    ] = False,
    output: Output = None,
    format: Annotated[
        CheckFormat, typer.Option("--format", help="Text, or JSON for other programs.")
    ] = CheckFormat.TEXT,
    digits: Digits = 6,
    notation: NotationName = DEFAULT_NOTATION,
) -> None:
    """Say which numbers are right, and from a wrong one which mistake made it.

    Each value is judged against your own earlier values, at the digits that you give. For
    the first wrong one you see what you seem to have worked, what is right, and why. Exits
    with 1 if something is wrong. With --summary, -o writes the table as CSV.
    """
    from lstm_tutor.files.writing import check_writable

    if output is not None and not summary:
        raise typer.BadParameter(
            "it is for --summary, whose table it writes as CSV", param_hint="-o"
        )
    if summary:
        if output is not None:
            check_writable(output)
        right = _class(files, scenario, output, digits, notation)
    else:
        found = []
        for number, name in enumerate(files):
            lead = "\n" if number else ""
            if len(files) > 1 and format is CheckFormat.TEXT:
                typer.echo(f"{lead}{name}:")
            found.append(_one(name, scenario, format, digits, notation))
        right = all(found)
    if not right:
        raise typer.Exit(BAD_INPUT)


def _one(
    name: str, scenario: str | None, format: CheckFormat, digits: int, notation: str
) -> bool:
    """Check one source and print the report; return whether all of it is right."""
    import json

    from lstm_tutor.check.report import report, report_data
    from lstm_tutor.files.problem import BadInput
    from lstm_tutor.terminal.failure import report as report_problem
    from lstm_tutor.terminal.screen import error_console, show_cell, viewed, width

    try:
        with error_console().status("checking"):  # shown on a terminal alone
            tutor, checked = _checked(name, scenario)
    except BadInput as error:
        report_problem(error)
        return False
    if format is CheckFormat.JSON:
        view = viewed(tutor.trace, notation, digits, to_file=True)
        found = report_data(tutor.trace, checked, view)
        typer.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))
    else:
        view = viewed(tutor.trace, notation, digits)
        show_cell(report(tutor.trace, checked, view, width()))
    return checked.report.right


def _checked(name: str, scenario: str | None) -> tuple[Tutor, Checked]:
    from lstm_tutor.check.checking import checked
    from lstm_tutor.diagnosis.diagnosis import Tutor
    from lstm_tutor.scenario.catalog import DEFAULT
    from lstm_tutor.scenario.embedded import embedded_scenario
    from lstm_tutor.scenario.scenario import load
    from lstm_tutor.submission.reading import submission_of
    from lstm_tutor.trace.trace import compute

    content = _content(name)
    submission = submission_of(content, name)
    held = None if scenario else embedded_scenario(content.decode(errors="replace"), Path(name))
    tutor = Tutor(compute(held or load(scenario or DEFAULT)))
    return tutor, checked(tutor, submission)


def _content(name: str) -> bytes:
    """Return what stands in a file, or on standard input; at most so much of it."""
    import sys

    from lstm_tutor.files.reading import read_bytes, read_stream
    from lstm_tutor.numbers.written import LARGEST

    if name == _STDIN:
        return read_stream(sys.stdin.buffer, name, LARGEST)
    return read_bytes(Path(name), name, "numbers", LARGEST)


def _class(
    files: list[str], scenario: str | None, output: Path | None, digits: int, notation: str
) -> bool:
    """Check the files of a class; print the table, and write it as CSV."""
    from rich.progress import track

    from lstm_tutor.check.report import summary_row
    from lstm_tutor.files.problem import BadInput
    from lstm_tutor.files.text import visible
    from lstm_tutor.terminal.failure import report as report_problem
    from lstm_tutor.terminal.screen import error_console, viewed

    progress = error_console()
    rows: list[tuple[str, ...]] = []
    reports: list[Checked] = []
    unread = False
    for name in track(
        files, "checking", console=progress, transient=True, disable=not progress.is_terminal
    ):
        try:
            tutor, found = _checked(name, scenario)
        except BadInput as error:
            report_problem(error)
            rows.append((visible(name), "", "", "", "", "cannot be read"))
            unread = True
            continue
        view = viewed(tutor.trace, notation, digits)
        rows.append(summary_row(tutor.trace, name, found, view))
        reports.append(found)
    _show_class(rows, reports)
    if output is not None:
        _write_csv(output, rows)
    return not unread and all(found.report.right for found in reports)


def _show_class(rows: list[tuple[str, ...]], reports: list[Checked]) -> None:
    from lstm_tutor.check.report import misconceptions, summary
    from lstm_tutor.mistakes.wording import called
    from lstm_tutor.render.text import text
    from lstm_tutor.terminal.screen import console, encoding, on_terminal, width

    sheet, plain = summary(rows, width()), not encoding().lower().startswith("utf")
    if on_terminal():
        from lstm_tutor.render.table import table

        console().print(table(sheet, plain=plain))
    else:
        typer.echo(text(sheet, plain=plain), nl=False)
    found = misconceptions(reports)
    if found:
        typer.echo("\nMistakes, by the number of files that have them:")
        for kind, count in found:
            typer.echo(f"  {count:>3}  {called(kind)}")


def _write_csv(output: Path, rows: list[tuple[str, ...]]) -> None:
    import csv
    import io

    from lstm_tutor.check.report import HEADER
    from lstm_tutor.files.writing import write_file

    stream = io.StringIO()
    csv.writer(stream).writerows([HEADER, *rows])
    write_file(output, [stream.getvalue()])
