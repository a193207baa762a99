"""`worksheet`: a scenario as a sheet with blanks to print, and the key to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.option import Digits, NotationName, Output, ScenarioName, complete_blank
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.scenario.catalog import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstm_tutor.trace.trace import Trace

_SUFFIX = ".md"


def worksheet(
    scenario: ScenarioName = DEFAULT,
    output: Output = None,
    blank: Annotated[
        list[str] | None,
        typer.Option(
            "--blank",
            metavar="WHAT",
            help="Leave blank: phases, ids, symbols or globs, with commas between them. "
            "Can be repeated.  [default: backward; forward where there is no loss]",
            autocompletion=complete_blank,
            show_default=False,
        ),
    ] = None,
    variants: Annotated[
        int | None,
        typer.Option(
            min=1, max=999, metavar="N", help="Write so many sheets, each with fresh numbers."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="S", help="Fresh numbers: those of variant S, the first of N."
        ),
    ] = None,
    key: Annotated[
        bool, typer.Option("--key", help="Print the key; into files it is always written.")
    ] = False,
    digits: Digits = 4,
    notation: NotationName = DEFAULT_NOTATION,
) -> None:
    """Make a sheet with blanks, and its key.

    It is worked by hand. With -o FILE.md the key goes to FILE-key.md; N variants go to
    FILE-01.md, FILE-01-key.md and so on. A filled-in sheet can be given to `check` as it is.
    """
    _require_usable(output, variants, key)
    from lstm_tutor.files.writing import check_writable, write_file
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.terminal.progress import watched
    from lstm_tutor.trace.trace import compute
    from lstm_tutor.trace.variant import varied

    original = load(scenario)
    asked = _words(blank or ["backward" if original.labelled.any() else "forward"])
    if output is None:
        trace = compute(original if seed is None else varied(original, seed))
        typer.echo(_text(trace, asked, digits, notation, answered=key), nl=False)
        return
    check_writable(output)
    first = 1 if variants and seed is None else seed
    seeds = [None] if first is None else range(first, first + (variants or 1))
    written: list[Path] = []
    for number, one in enumerate(watched(seeds, "writing"), 1):
        trace = compute(original if one is None else varied(original, one))
        stem = _stem(output, number, variants)
        for end, answered in (("", False), ("-key", True)):
            path = stem.with_name(f"{stem.name}{end}{_SUFFIX}")
            text = _text(trace, asked, digits, notation, answered=answered, to_file=True)
            write_file(path, [text])
            written.append(path)
    _report(written)


def _require_usable(output: Path | None, variants: int | None, key: bool) -> None:
    if output is None and variants:
        raise typer.BadParameter("needs -o FILE.md to write to", param_hint="'--variants'")
    if output is not None and key:
        raise typer.BadParameter(
            "with -o the key is written beside the sheet anyway", param_hint="'--key'"
        )
    if output is not None and output.suffix != _SUFFIX:
        raise typer.BadParameter(
            f"{output.name!r} does not end in {_SUFFIX}", param_hint="'-o'"
        )


def _words(texts: Sequence[str]) -> list[str]:
    """Return the words of texts with commas between them."""
    words = [word.strip() for text in texts for word in text.split(",")]
    if not all(words):
        raise typer.BadParameter(
            "needs the name of a phase, an id, a symbol or a glob", param_hint="'--blank'"
        )
    return words


def _stem(output: Path, number: int, variants: int | None) -> Path:
    """Return the path without its suffix, with the number of the sheet if there are many."""
    stem = output.with_suffix("")
    if not variants:
        return stem
    width = max(2, len(str(variants)))
    return stem.with_name(f"{stem.name}-{number:0{width}}")


def _text(
    trace: Trace,
    asked: Sequence[str],
    digits: int,
    notation: str,
    *,
    answered: bool,
    to_file: bool = False,
) -> str:
    from lstm_tutor.terminal.screen import viewed
    from lstm_tutor.trace.selection import to_work
    from lstm_tutor.worksheet.worksheet import worksheet as sheet_of

    view = viewed(trace, notation, digits, to_file=to_file)
    return sheet_of(trace, to_work(trace, asked), view, asked, answered=answered)


def _report(written: Sequence[Path]) -> None:
    first, last = written[0], written[-1]
    if len(written) == 2:
        typer.echo(f"wrote {first} and its key {last}", err=True)
        return
    typer.echo(f"wrote {len(written) // 2} sheets and their keys: {first} to {last}", err=True)
