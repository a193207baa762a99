"""Words broken into lines; what a part of a computation is called.

A word is never broken at its hyphen, nor a name between backticks at its blanks.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from lstm_tutor.model.equation import Phase
from lstm_tutor.render.breaking import columns, wrap
from lstm_tutor.render.sheet import Cell

_WIDEST = 72
_QUOTED = re.compile("`[^`]*`")
_HELD = "\x00"  # stands for a blank that no line ends at


def lines_of(text: str, width: int, hang: int = 0) -> list[str]:
    """Break words into lines; those after the first are indented. No words are no line."""
    held = _QUOTED.sub(lambda name: name[0].replace(" ", _HELD), text)
    found = textwrap.wrap(
        held,
        width,
        subsequent_indent=" " * hang,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace(_HELD, " ") for line in found]


def shortened(text: str, width: int) -> str:
    """Return text on one line, cut between two words if it is longer."""
    return textwrap.shorten(text, width)


def words(
    text: str, width: int, indent: int = 0, style: str = "", hang: int = 0
) -> Iterator[tuple[str, str]]:
    """Break words into lines of a style, indented; those after the first by more."""
    for line in lines_of(text, width - indent, hang):
        yield " " * indent + line, style


def wrapped(
    text: str, width: int, indent: int = 2, style: str = ""
) -> Iterator[tuple[str, str]]:
    """Break a formula into lines of a style, indented."""
    for line in wrap(text, width - indent):
        yield " " * indent + line, style


def rule(text: str, width: int, *, plain: bool) -> tuple[str, str]:
    """Return a line across the screen with a text in it; plain in ASCII."""
    dash = "-" if plain else "─"
    lead = f"{dash * 2} {text} "
    return (lead + dash * width)[: min(width, _WIDEST)], "dim"


def time_name(t: int, steps: int) -> str:
    """Name one of so many time steps, ``t = 1``, or the time before or after all of them."""
    if 0 <= t < steps:
        return f"t = {t}"
    return "before the first time step" if t < 0 else "after the last time step"


def part_name(phase: Phase, t: int | None, steps: int, layer: str = "") -> str:
    """Name a part of the computation: ``backward, l2, t = 1``."""
    time = [] if t is None else [time_name(t, steps)]
    return ", ".join([phase.value, *filter(None, [layer]), *time])


def table_of(rows: Sequence[tuple[str, str]], width: int) -> Cell:
    """Return two columns: what can be typed, and what it does."""
    size = max(len(left) for left, _ in rows) + 2
    lines: list[tuple[str, str]] = []
    for left, right in rows:
        first, *rest = lines_of(right, max(width - size - 2, 16))
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
