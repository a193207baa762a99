"""Writes the pictures of the README from the real things: `python -m pictures`.

`docs/page.png` is a page in Chromium, `docs/walk.svg` a walk on a terminal.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path

import browsers
import screens
from documents import ROOT

from lstm_tutor.browser.page import page
from lstm_tutor.dialects.notation import notation
from lstm_tutor.render.line import View
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

_SIZE = (1280, 800)
_COLUMNS, _LINES = 78, 26
_WIDE, _HIGH, _EDGE = 8.43, 18, 14
_COLORS = {
    **dict.fromkeys(("default", "white"), "#e8eaef"),
    **{"cyan": "#86bdff", "blue": "#86bdff", "green": "#79d296", "red": "#ff9a90"},
    **{"brown": "#ffb573", "yellow": "#ffb573", "magenta": "#d9a6ff", "black": "#7b8494"},
}


def page_picture(target: Path) -> None:
    """Write a screenshot of the first example's page at dC@0."""
    trace = compute(load("gomez"))
    text = "".join(page(trace, range(len(trace)), View(notation("gomez", trace.scenario.cell))))
    with tempfile.TemporaryDirectory() as folder, browsers.Browser() as browser:
        source = Path(folder) / "gomez.html"
        source.write_text(text, "utf-8")
        with browser.page(f"{source.as_uri()}#/dC@0", size=_SIZE) as seen:
            target.write_bytes(seen.picture())


def walk_picture(target: Path) -> None:
    """Write a drawing of the terminal in the walk at dC@0, with its reasons."""
    terminal = screens.Terminal(
        *("step", "gomez", "--pause", "--screen", "--from", "dC@0"),
        columns=_COLUMNS,
        lines=_LINES,
    )
    terminal.read_until("dC@0")
    terminal.send("w")
    terminal.read_until("j scroll")  # the last line, which only the reasons make
    target.write_text("".join(f"{line}\n" for line in _svg(terminal)), "utf-8")
    terminal.send("q")
    terminal.ended()


def _svg(terminal: screens.Terminal) -> Iterator[str]:
    rows = terminal.screen.buffer
    width, height = _COLUMNS * _WIDE + 2 * _EDGE, _LINES * _HIGH + 2 * _EDGE
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
        f'width="{width:.0f}" height="{height}" font-size="14" '
        'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace">'
    )
    yield "<title>lstm-tutor step gomez, at the gradient of the cell state</title>"
    yield f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#14171c"/>'
    for y in range(_LINES):
        cells = [(x, rows[y][x]) for x in range(_COLUMNS)]
        for look, run in groupby(cells, key=lambda cell: (cell[1].fg, cell[1].bold)):
            part = list(run)
            text = "".join(cell.data for _, cell in part)
            if text.strip():
                lead = len(text) - len(text.lstrip())
                x = _EDGE + (part[0][0] + lead) * _WIDE
                weight = ' font-weight="bold"' if look[1] else ""
                color = _COLORS.get(look[0], f"#{look[0]}" if len(look[0]) == 6 else "#e8eaef")
                yield (
                    f'<text x="{x:.1f}" y="{_EDGE + (y + 0.75) * _HIGH:.0f}" fill="{color}"'
                    f'{weight} textLength="{len(text.strip()) * _WIDE:.1f}">'
                    f"{escape(text.strip()).replace(' ', chr(0xA0))}</text>"
                )
    yield "</svg>"


def main() -> None:
    """Write both."""
    page_picture(ROOT / "docs" / "page.png")
    walk_picture(ROOT / "docs" / "walk.svg")


if __name__ == "__main__":
    main()
