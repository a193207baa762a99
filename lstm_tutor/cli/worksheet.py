"""`worksheet`: a scenario as a sheet with blanks to print, and the key to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstm_tutor.cli.option import (
    Digits,
    MathName,
    MathOption,
    NotationName,
    ScenarioName,
    complete_blank,
    words_of,
)
from lstm_tutor.dialects.catalog import DEFAULT_NOTATION
from lstm_tutor.scenario.catalog import DEFAULT

if TYPE_CHECKING:
    from lstm_tutor.trace.trace import Trace

_SUFFIXES = (".md", ".html")
_MOST_NAMED = 3


def worksheet(
    scenario: ScenarioName = DEFAULT,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help=f"Write to a file ending in {' or '.join(_SUFFIXES)}, a page to print.",
            show_default=False,
        ),
    ] = None,
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
    formulas: Annotated[
        bool,
        typer.Option(
            "--formulas/--no-formulas", help="Tell the blanks' formulas, or ask for them too."
        ),
    ] = True,
    points: Annotated[
        str,
        typer.Option(
            "--points",
            metavar="RULE",
            help="Print what each blank is worth: 2 for all, or 1,dW=2,dC@0=3.",
        ),
    ] = "",
    math: MathOption = MathName.FORGE,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that are there.")
    ] = False,
    digits: Digits = 4,
    notation: NotationName = DEFAULT_NOTATION,
) -> None:
    """Make a sheet with blanks, and its key.

    It is worked by hand. With -o FILE.md the key goes to FILE-key.md; N variants go to
    FILE-01.md, FILE-01-key.md and so on. FILE.html is a page to print. A filled-in sheet in
    Markdown can be given to `check` as it is, so none is replaced without --force.
    """
    _require_usable(output, variants, key)
    from lstm_tutor.scenario.loading import load
    from lstm_tutor.trace.trace import compute
    from lstm_tutor.trace.variant import varied
    from lstm_tutor.worksheet.worksheet import default_blank

    original = load(scenario)
    asked = words_of(blank or default_blank(original))
    suffix = output.suffix if output else _SUFFIXES[0]
    style = _Style(tuple(asked), digits, notation, formulas, points, math, suffix)
    if output is None:
        trace = compute(original if seed is None else varied(original, seed))
        typer.echo(style.text(trace, answered=key, to_file=False), nl=False)
        return
    first = 1 if variants and seed is None else seed
    seeds = [None] if first is None else list(range(first, first + (variants or 1)))
    pairs = [
        (_path(output, number, variants, ""), _path(output, number, variants, "-key"))
        for number, _ in enumerate(seeds, 1)
    ]
    _require_free([path for pair in pairs for path in pair], force=force)
    from lstm_tutor.files.writing import write_file
    from lstm_tutor.terminal.progress import watched

    for one, (sheet, its_key) in watched(list(zip(seeds, pairs, strict=True)), "writing"):
        trace = compute(original if one is None else varied(original, one))
        write_file(sheet, [style.text(trace, answered=False)])
        write_file(its_key, [style.text(trace, answered=True)])
    _report(pairs)


def _require_usable(output: Path | None, variants: int | None, key: bool) -> None:
    if output is None and variants:
        raise typer.BadParameter("needs -o FILE.md to write to", param_hint="'--variants'")
    if output is not None and key:
        raise typer.BadParameter(
            "with -o the key is written beside the sheet anyway", param_hint="'--key'"
        )
    if output is not None and output.suffix not in _SUFFIXES:
        raise typer.BadParameter(
            f"{output.name!r} does not end in {' or '.join(_SUFFIXES)}", param_hint="'-o'"
        )


def _require_free(paths: Sequence[Path], *, force: bool) -> None:
    """Refuse to replace files, which somebody may have filled in."""
    from lstm_tutor.files.phrase import listed
    from lstm_tutor.files.writing import check_writable

    check_writable(paths[0])
    there = [] if force else [path for path in paths if path.is_file()]
    if there:
        names = list(map(str, there[:_MOST_NAMED]))
        names += [f"{len(there) - _MOST_NAMED} more"] * (len(there) > _MOST_NAMED)
        one = len(there) == 1
        raise typer.BadParameter(
            f"{listed(names)} {'is' if one else 'are'} there already, and may have been filled "
            f"in: take another name, or replace {'it' if one else 'them'} with --force",
            param_hint="'-o'",
        )


def _path(output: Path, number: int, variants: int | None, end: str) -> Path:
    """Return the path of a sheet, with its number if there are many."""
    stem = output.with_suffix("").name
    if variants:
        stem = f"{stem}-{number:0{max(2, len(str(variants)))}}"
    return output.with_name(f"{stem}{end}{output.suffix}")


@dataclass(frozen=True)
class _Style:
    """What sheets are like."""

    asked: Sequence[str]
    digits: int
    notation: str
    formulas: bool
    points: str
    math: MathName
    suffix: str

    def text(self, trace: Trace, *, answered: bool, to_file: bool = True) -> str:
        """Return a sheet or its key as the text of a file."""
        from lstm_tutor.render.markdown import dollar_math
        from lstm_tutor.terminal.screen import viewed
        from lstm_tutor.trace.selection import to_work
        from lstm_tutor.worksheet.page import Page
        from lstm_tutor.worksheet.paper import Latex
        from lstm_tutor.worksheet.points import points_of
        from lstm_tutor.worksheet.worksheet import FORGE
        from lstm_tutor.worksheet.worksheet import worksheet as sheet_of

        view = viewed(trace, self.notation, self.digits, to_file=to_file)
        indices = to_work(trace, self.asked)
        page = Page() if self.suffix == ".html" else None
        found = sheet_of(
            trace,
            indices,
            view,
            self.asked,
            answered=answered,
            formulas=self.formulas,
            points=points_of(self.points, trace, indices) if self.points else None,
            mathematics=page
            or (Latex(dollar_math) if self.math is MathName.DOLLARS else FORGE),
        )
        return page.page(found) if page else found


def _report(pairs: Sequence[tuple[Path, Path]]) -> None:
    if len(pairs) == 1:
        sheet, key = pairs[0]
        typer.echo(f"wrote {sheet} and its key {key}", err=True)
        return
    first, last = pairs[0][0], pairs[-1][1]
    typer.echo(f"wrote {len(pairs)} sheets and their keys: {first} to {last}", err=True)
