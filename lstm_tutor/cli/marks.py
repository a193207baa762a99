"""The marks of a class on the screen and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from lstm_tutor.marks.marking import Marking
    from lstm_tutor.marks.rule import Rule
    from lstm_tutor.marks.seen import Seen
    from lstm_tutor.marks.tally import Tally


def mark(
    marking: Marking,
    names: Sequence[str],
    rule: Rule,
    jobs: int,
    output: Path | None,
    *,
    as_json: bool,
) -> bool:
    """Check the files of a class, print what it comes to, and write it to a file.

    Returns:
        Whether all files are right.
    """
    from lstm_tutor.cli.check import content_of
    from lstm_tutor.files.writing import write_file
    from lstm_tutor.marks.document import WRITERS
    from lstm_tutor.marks.seen import Seen
    from lstm_tutor.marks.tally import Tally
    from lstm_tutor.terminal.progress import watched

    tally, seen = Tally(rule), Seen(rule)
    found = seen.passing(
        watched(marking.of_each(names, jobs, content_of), "checking", len(names))
    )
    if output is not None:
        write_file(output, WRITERS[output.suffix](found, tally))
    elif as_json:
        for piece in WRITERS[".json"](found, tally):
            typer.echo(piece, nl=False)
    else:
        for one in found:
            tally.add(one)
    for problem in seen.problems:
        typer.echo(problem, err=True)
    if output is not None:
        _tell_written(output, tally)
    if not as_json:
        _show(seen, tally)
    return seen.right


def _tell_written(output: Path, tally: Tally) -> None:
    from lstm_tutor.files.phrase import counted

    typer.echo(f"wrote {output}: {counted(tally.files, 'file')}", err=True)


def _show(seen: Seen, tally: Tally) -> None:
    from lstm_tutor.marks.drawing import class_sheet, first_mistakes, has_mistakes, summary
    from lstm_tutor.marks.row import told_apart, total_row
    from lstm_tutor.terminal.screen import ascii_only, show, width

    plain, columns = ascii_only(), width()
    rows = told_apart(seen.rows)
    sheet = class_sheet(rows, total_row(tally), columns)
    show(sheet, plain=plain)
    if seen.more:
        text = f"and {seen.more:,} more files, which are in the total; -o FILE has all of them"
        show([(text, "dim")])
    if not has_mistakes(sheet):
        show(first_mistakes(rows, columns))
    show(summary(tally, columns, plain=plain))
