"""Words and formulas broken into the lines of a quiz, each with its style."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from lstm_tutor.model.equation import Phase
from lstm_tutor.render.line import View, columns
from lstm_tutor.render.sheet import Cell, wrap

_WIDEST = 72


def words(text: str, width: int, indent: int = 0, style: str = "") -> Iterator[tuple[str, str]]:
    """Break words into lines of a style, indented."""
    lead = " " * indent
    for line in textwrap.wrap(text, width - indent, break_on_hyphens=False) or [""]:
        yield lead + line, style


def wrapped(
    text: str, width: int, indent: int = 2, style: str = ""
) -> Iterator[tuple[str, str]]:
    """Break a formula into lines of a style, indented."""
    for line in wrap(text, width - indent):
        yield " " * indent + line, style


def rule(text: str, view: View, width: int) -> tuple[str, str]:
    """Return a line across the screen with a text in it."""
    dash = "-" if view.plain else "─"
    lead = f"{dash * 2} {text} "
    return (lead + dash * width)[: min(width, _WIDEST)], "dim"


def part_name(phase: Phase, t: int | None) -> str:
    """Name a part of the computation: ``backward, t = 1``."""
    if t is None:
        return phase.value
    if t < 0:
        return f"{phase.value}, before the first time step"
    return f"{phase.value}, t = {t}"


def table_of(rows: Sequence[tuple[str, str]], width: int) -> Cell:
    """Return two columns: what can be typed, and what it does."""
    size = max(len(left) for left, _ in rows) + 2
    lines: list[tuple[str, str]] = []
    for left, right in rows:
        first, *rest = textwrap.wrap(right, max(width - size - 2, 16))
        lines.append((f"  {left:<{size}}{first}", ""))
        lines += [(" " * (size + 2) + line, "") for line in rest]
    return tuple(lines)


def packed(texts: Iterable[str], width: int) -> Iterator[tuple[str, str]]:
    """Put as many formulas on a line as fit, indented; one that is too long is broken."""
    line = ""
    for text in texts:
        if line and columns(line) + columns(text) + 5 > width:
            yield from wrapped(line, width)
            line = ""
        line = f"{line}   {text}" if line else text
    if line:
        yield from wrapped(line, width)
