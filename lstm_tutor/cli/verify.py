"""`verify`: says whether the numbers of a transcript are right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lstm_tutor.terminal.failure import BAD_INPUT

_MOST = 10


def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Transcripts, pages.")],
) -> None:
    """Compute transcripts anew and compare.

    Compares every number to the digits shown. Exits with 1 and names each line that differs if
    one does.
    """
    from lstm_tutor.export.verification import LARGEST
    from lstm_tutor.export.verification import verify as check
    from lstm_tutor.files.phrase import agreeing, counted
    from lstm_tutor.files.reading import read_text
    from lstm_tutor.files.text import visible

    failed = False
    for path in files:
        result = check(read_text(path, str(path), "transcript", LARGEST), path)
        if not result.differences:
            typer.echo(f"{path}: all {result.numbers:,} numbers are right")
            continue
        failed = True
        for difference in result.differences[:_MOST]:
            where = f" (step {difference.step})" if difference.step else ""
            typer.echo(f"{path}:{difference.line}: differs{where}")
            typer.echo(f"  found:    {visible(difference.found) or '(no such line)'}")
            typer.echo(f"  computed: {difference.expected or '(no such line)'}")
        count = len(result.differences)
        if count > _MOST:
            typer.echo(f"and {count - _MOST:,} more")
        differ = agreeing(count, "differs", "differ")
        typer.echo(f"{path}: {counted(count, 'line')} of the transcript {differ}")
    if failed:
        raise typer.Exit(BAD_INPUT)
