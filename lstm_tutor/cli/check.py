"""`check`: says which of a person's numbers are right, and which mistake made the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.option import (
    Digits,
    NotationName,
    complete_blank,
    complete_notation,
    complete_scenario,
    words_of,
)
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION, notations
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.terminal.failure import BAD_INPUT

if TYPE_CHECKING:
    from lstm_tutor.check.source import Source, Sources, Unread
    from lstm_tutor.render.line import View
    from lstm_tutor.submission.convention import Asked
    from lstm_tutor.trace.trace import Trace

_MARKS = (".csv", ".json", ".md")


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
            "a worksheet or transcript; folders of them; - for standard input.",
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
        bool, typer.Option("--summary", help="Marks for a class: one row per file.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help=f"Write the marks to a file ending in {', '.join(_MARKS)}.",
            show_default=False,
        ),
    ] = None,
    marks: Annotated[
        str,
        typer.Option(
            "--marks",
            metavar="RULE",
            help="How much of its points a blank gets: for right, given (right given earlier "
            "errors, by default as right), wrong, blank, unreadable; none more than right.",
        ),
    ] = "right=1,given=1,wrong=0",
    blank: Annotated[
        list[str] | None,
        typer.Option(
            "--blank",
            metavar="WHAT",
            help="What was asked for, as in `worksheet`, where no sheet says it.",
            autocompletion=complete_blank,
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=256, metavar="N", help="Check N files at once.")
    ] = 1,
    format: Annotated[
        CheckFormat, typer.Option("--format", help="Text, or JSON for other programs.")
    ] = CheckFormat.TEXT,
    digits: Digits = 6,
    notation: NotationName = DEFAULT_NOTATION,
    dialect: Annotated[
        str | None,
        typer.Option(
            "--dialect",
            metavar="NAME",
            help=f"Whose names and gate order the numbers have: {', '.join(notations())}, or a "
            "YAML file's; by default what explains the most names.",
            autocompletion=complete_notation,
            show_default=False,
        ),
    ] = None,
    first_step: Annotated[
        int | None,
        typer.Option(
            "--first-step",
            min=0,
            max=1,
            metavar="0|1",
            help="What the first time step is called in them.",
            show_default=False,
        ),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            "--precision",
            metavar="KIND",
            help="How precise they are: digits:4, decimals:4, float32, float16 or bfloat16; "
            "with ,down if cut off instead of rounded; with ,in:bfloat16 (or float16, tf32, "
            "float32) if they were worked in less.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Find the mistakes behind wrong numbers.

    Says which of your numbers are right, and of a wrong one which mistake made it. Each is
    judged against your own earlier values, at the digits that you give. For the first wrong
    one you see what you seem to have worked, what is right, and why. The first line says how
    all of it was read; --dialect, --first-step and --precision overrule that. Exits with 1 if
    something is wrong, or nothing is recognised. --format json prints one document.

    With --summary a class gets marks: per file how many of the blanks that its sheet has are
    right, right given earlier errors, wrong, blank and unreadable, then the mistakes by how
    many files have them. Names stand on the sheets; keys of worksheets are passed over.
    """
    from lstm_tutor.files.folder import files_in
    from lstm_tutor.files.writing import check_writable
    from lstm_tutor.submission.convention import Asked
    from lstm_tutor.submission.precision import precision_of
    from lstm_tutor.terminal.screen import ascii_only

    _require_usable(summary, output, blank, jobs)
    if output is not None:
        check_writable(output)
    kind = precision_of(precision) if precision is not None else None
    if precision is not None and kind is None:
        raise typer.BadParameter(
            f"{precision!r} is no precision: write digits:4, decimals:4, float32, float16, "
            "bfloat16 or float64, with ,down after it if numbers are cut off, and with "
            "float32,in:bfloat16 if they were worked in less than they are stored in",
            param_hint="--precision",
        )
    _no_scenario_among(files)
    asked = Asked(dialect, first_step, kind)
    names = list(files_in(files))
    _require_files(names, files)
    report = _Report(scenario, digits, notation, asked)
    if summary:
        from lstm_tutor.cli.marks import mark
        from lstm_tutor.marks.marking import Marking
        from lstm_tutor.marks.rule import rule_of

        marking = Marking(
            scenario,
            asked,
            tuple(words_of(blank or [])),
            digits,
            notation,
            plain=ascii_only() and output is None,
        )
        as_json = format is CheckFormat.JSON
        right = mark(marking, names, rule_of(marks), jobs, output, as_json=as_json)
    elif format is CheckFormat.JSON:
        right = report.as_json(names)
    else:
        right = report.as_text(names)
    if not right:
        raise typer.Exit(BAD_INPUT)


def _require_usable(
    summary: bool, output: Path | None, blank: Sequence[str] | None, jobs: int
) -> None:
    """Refuse what is for a class where there is none, and files that nothing writes."""
    for option, given in (("-o", output), ("--blank", blank), ("--jobs", jobs > 1)):
        if given and not summary:
            raise typer.BadParameter(
                "it is for --summary, the marks of a class", param_hint=option
            )
    if output is not None and output.suffix not in _MARKS:
        endings = ", ".join(_MARKS)
        raise typer.BadParameter(
            f"{output.name!r} does not end in one of {endings}", param_hint="'-o'"
        )


def _require_files(names: Sequence[str], given: Sequence[str]) -> None:
    if not names:
        raise typer.BadParameter(f"no file is in {', '.join(given)}", param_hint="NUMBERS")


def _no_scenario_among(files: Sequence[str]) -> None:
    """Refuse a bundled scenario's name where a file with numbers is expected."""
    for name in files:
        if name in bundled() and not Path(name).exists():
            raise typer.BadParameter(
                f"{name} is a scenario, and there is no file of this name; did you mean "
                f"--scenario {name}?",
                param_hint="NUMBERS",
            )


@dataclass(frozen=True)
class _Report:
    """Checks files and prints what is to be said of them; tells whether all is right."""

    scenario: str | None
    digits: int
    notation: str
    asked: Asked

    def as_text(self, names: Sequence[str]) -> bool:
        """Report on one file after the other."""
        from lstm_tutor.check.report import report
        from lstm_tutor.check.source import Source
        from lstm_tutor.terminal.screen import show, width

        right = True
        for number, name in enumerate(names):
            if len(names) > 1:
                show([("", "")] * bool(number) + [(f"{name}:", "")])
            (source,) = self._checked([name])
            if isinstance(source, Source):
                show(report(source.trace, source.checked, self._view(source.trace), width()))
            right = right and source.right
        return right

    def as_json(self, names: Sequence[str]) -> bool:
        """Print one document: of a single file its report, else all of them."""
        import json

        from lstm_tutor.check.data import source_data, sources_data
        from lstm_tutor.check.source import Source

        def view_of(trace: Trace) -> View:
            return self._view(trace, to_file=True)

        sources = self._checked(names)
        found = None
        if len(sources) > 1:
            found = sources_data(sources, view_of)
        elif isinstance(sources[0], Source):
            found = source_data(sources[0], view_of(sources[0].trace))
        if found is not None:
            typer.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return all(source.right for source in sources)

    def _view(self, trace: Trace, *, to_file: bool = False) -> View:
        from lstm_tutor.terminal.screen import viewed

        return viewed(trace, self.notation, self.digits, to_file=to_file)

    def _checked(self, names: Sequence[str]) -> list[Source | Unread]:
        from lstm_tutor.check.source import Unread
        from lstm_tutor.terminal.failure import show_problems
        from lstm_tutor.terminal.progress import watched

        sources = list(map(self._source, watched(names, "checking")))
        for source in sources:
            if isinstance(source, Unread):
                show_problems(source.error, source.name)
        return sources

    @cached_property
    def _sources(self) -> Sources:
        from lstm_tutor.check.source import Sources

        return Sources(self.scenario, self.asked)

    def _source(self, name: str) -> Source | Unread:
        from lstm_tutor.check.source import Unread
        from lstm_tutor.files.problem import BadInput

        try:
            return self._sources.of(content_of(name), name)
        except (BadInput, ArithmeticError) as error:
            return Unread(name, error)


def content_of(name: str) -> bytes:
    """Return what stands in a file, or on standard input; at most so much of it."""
    import sys

    from lstm_tutor.files.reading import read_bytes, read_stream
    from lstm_tutor.numbers.written import LARGEST

    if name == "-":
        return read_stream(sys.stdin.buffer, name, LARGEST)
    return read_bytes(Path(name), name, "numbers", LARGEST)
