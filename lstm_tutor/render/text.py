"""Sheets as plain text, for files and pipes: the same layout without rich's cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lstm_tutor.render.breaking import columns, padded
from lstm_tutor.render.sheet import GAP, Cell, Sheet


def text(sheet: Sheet, *, plain: bool) -> str:
    """Return a sheet as lines of text, the last one ended.

    Args:
        sheet: what to write.
        plain: draw with ASCII characters only.
    """
    header: tuple[Cell, ...] = tuple(((name, ""),) for name in sheet.header)
    widths = columns_of(sheet)
    rule = ("-" if plain else "─") * (sum(widths) + GAP * (len(widths) - 1))
    lines = [sheet.title] * bool(sheet.title) + [*_row(header, widths), rule]
    for row in sheet.rows:
        lines += _row(row, widths)
    return "".join(f"{line}\n" for line in lines)


def pieces(parts: Iterable[Sheet | Cell], *, plain: bool) -> Iterator[str]:
    """Yield sheets and lines as text, each with a blank line after it."""
    for part in parts:
        if isinstance(part, Sheet):
            yield text(part, plain=plain)
        else:
            yield "".join(f"{line}\n" for line, _ in part)
        yield "\n"


def columns_of(sheet: Sheet) -> list[int]:
    """Return how wide each column is."""
    return [
        max(map(columns, (name, *(line for cell in cells for line, _ in cell))))
        for name, *cells in zip(sheet.header, *sheet.rows, strict=True)
    ]


def _row(cells: tuple[Cell, ...], widths: list[int]) -> list[str]:
    height = max(map(len, cells))
    return [
        (" " * GAP)
        .join(
            padded(cell[number][0] if number < len(cell) else "", width)
            for cell, width in zip(cells, widths, strict=True)
        )
        .rstrip()
        for number in range(height)
    ]
