"""Shapes and texts of a picture as SVG, and how wide a text is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from lstm_tutor.browser.routes import Point
from lstm_tutor.numbers.numeral import significant

_DIGITS = 3
_SIZE = 12  # pixels, of the font


def rectangle(left: float, top: float, width: float, height: float, radius: float) -> str:
    """Return a box."""
    return (
        f'<rect class="box" x="{_short(left)}" y="{_short(top)}" width="{width:.0f}" '
        f'height="{height:.0f}" rx="{radius:.0f}"/>'
    )


def text(kind: str, x: float, y: float, words: str) -> str:
    """Return a text; its kind says how it stands."""
    return f'<text class="{kind}" x="{_short(x)}" y="{_short(y)}">{escape(words)}</text>'


def badge(step: str, number: int, place: Point) -> str:
    """Return the number of a term, shown with its step."""
    x, y = place
    return (
        f'<g class="badge" data-step="{escape(step)}"><circle cx="{_short(x)}" '
        f'cy="{_short(y)}"/><text x="{_short(x)}" y="{_short(y + 4)}">{number}</text></g>'
    )


def short(value: object) -> str:
    """Write a value in the room of a box: at most two entries."""
    flat = np.ravel(np.asarray(value)).tolist()
    shown = [significant(entry, _DIGITS - (len(flat) > 1)) for entry in flat[:2]]
    return ", ".join(shown) + "…" * (len(flat) > 2)


def width_of(number: str) -> float:
    """Return how wide a number is, at least, in a wide font."""
    plain = sum(0.33 if sign in ".,- " else 0.64 for sign in number)
    return _SIZE * max(plain + 0.4 * number.count("…"), 3.5)


def ahead(points: Sequence[Point]) -> list[Point]:
    """Let a way end before its box, so that its arrow is seen."""
    (a, b), (c, d) = points[-2:]
    part = max(0.0, 1 - 6 / max(abs(c - a), abs(d - b), 1.0))
    return [*points[:-1], (a + (c - a) * part, b + (d - b) * part)]


def drawn(points: Iterable[Point]) -> str:
    """Return corners as the data of a path."""
    found, before = "", None
    for x, y in points:
        if before is None:
            found = f"M{_short(x)} {_short(y)}"
        elif abs(before[0] - x) < 0.05:
            found += f"V{_short(y)}"
        elif abs(before[1] - y) < 0.05:
            found += f"H{_short(x)}"
        else:
            found += f"L {_short(x)} {_short(y)}"
        before = (x, y)
    return found


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
