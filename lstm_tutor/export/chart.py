"""Charts as SVG: lines over time and shades, readable in black and white and by screen readers.

Lines differ by their dashes and have their names at their ends; where they are too long for
dashes, each has a strip of its own. A chart brings its own paper, since a page does not always
say what it stands on, and its styles stay inside of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 96, 40, 44
_DASHES = ("", "7 4", "2 4", "10 3 2 3", "14 5", "4 2 1 2")
_LEAST_GAP = 14  # between the names of two lines
_STRIP, _BETWEEN = 72, 18
_STYLE = (
    ".chart{color:#111}.chart text{font:13px system-ui,sans-serif;fill:currentColor}"
    ".chart .axis{stroke:currentColor;stroke-width:1}"
    ".chart .grid{stroke:currentColor;opacity:.15}"
    ".chart .line{fill:none;stroke:currentColor;stroke-width:1.8}"
    ".chart .thin{stroke-width:1}"
)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers between two limits, at most so many."""
    span = high - low
    if not math.isfinite(span) or span <= 0:
        return [low]
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough)
    first = math.ceil(low / step)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def line_chart(
    title: str,
    described: str,
    across: str,
    lines: Mapping[str, Sequence[float]],
    limits: tuple[float, float] | None = None,
) -> str:
    """Return a chart of lines over a counter from 0.

    Args:
        title: stands above it.
        described: what it shows, for those who do not see it.
        across: what is counted.
        lines: values by name, each of the same length.
        limits: of the values; by default those that there are.
    """
    values = [value for line in lines.values() for value in line if math.isfinite(value)]
    low, high = limits or (min(values, default=0.0), max(values, default=1.0))
    if low == high:
        low, high = low - 0.5, high + 0.5
    count = max((len(line) for line in lines.values()), default=1)

    def x(place: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * place / max(count - 1, 1)

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - low) / (high - low)

    parts = [*_frame(title, across, count, x)]
    for tick in ticks(low, high):
        at = y(tick)
        parts.append(f'<path class="grid" d="M{_LEFT} {at:.1f}H{_WIDTH - _RIGHT}"/>')
        parts.append(_text(_LEFT - 6, at + 4, f"{tick:.4g}", "end"))
    ends = []
    for number, (name, line) in enumerate(lines.items()):
        points = [(x(t), y(v)) for t, v in enumerate(line) if math.isfinite(v)]
        if not points:
            continue
        corners = " ".join(f"{one:.1f},{two:.1f}" for one, two in points)
        dash = f' stroke-dasharray="{_DASHES[number % len(_DASHES)]}"' if number else ""
        parts.append(f'<polyline class="line"{dash} points="{corners}"/>')
        if len(points) == 1:
            parts.append(f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="3"/>')
        ends.append((points[-1][1], name))
    parts += _names(ends)
    return _svg(title, described, parts)


def _names(ends: Sequence[tuple[float, str]]) -> Iterator[str]:
    """Write the lines' names at their ends, none over another."""
    before = -math.inf
    for height, name in sorted(ends):
        before = max(height, before + _LEAST_GAP)
        yield _text(_WIDTH - _RIGHT + 8, before + 4, name, "start")


def strip_chart(
    title: str,
    described: str,
    across: str,
    lines: Mapping[str, Sequence[float]],
    limits: Mapping[str, tuple[float, float]],
) -> str:
    """Return a chart of long lines over a counter from 0, each on a strip of its own.

    Args:
        title: stands above it.
        described: what it shows, for those who do not see it.
        across: what is counted.
        lines: values by name, each of the same length.
        limits: of the values by name, the first below the second.
    """
    count = max((len(line) for line in lines.values()), default=1)
    height = _TOP + _STRIP * len(lines) + _BOTTOM

    def x(place: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * place / max(count - 1, 1)

    parts = [*_frame(title, across, count, x, height)]
    for number, (name, line) in enumerate(lines.items()):
        low, high = limits[name]
        bottom = _TOP + _STRIP * (number + 1) - _BETWEEN
        per = (_STRIP - _BETWEEN) / (high - low)
        for tick in (low, high):
            at = bottom - (tick - low) * per
            parts.append(f'<path class="grid" d="M{_LEFT} {at:.1f}H{_WIDTH - _RIGHT}"/>')
            parts.append(_text(_LEFT - 6, at + 4, f"{tick:.4g}", "end"))
        corners = " ".join(
            f"{x(t):.1f},{bottom - (value - low) * per:.1f}"
            for t, value in enumerate(line)
            if math.isfinite(value)
        )
        parts.append(f'<polyline class="line thin" points="{corners}"/>')
        middle = bottom - (_STRIP - _BETWEEN) / 2
        parts.append(_text(_WIDTH - _RIGHT + 8, middle + 4, name, "start"))
    return _svg(title, described, parts, height)


def shade_chart(
    title: str,
    described: str,
    across: str,
    down: str,
    rows: Mapping[str, Sequence[float]],
    every: int = 1,
) -> str:
    """Return a chart of shades, darker for larger, white for 0: one row for each name.

    Args:
        title: stands above it.
        described: what it shows, for those who do not see it.
        across: what is counted from 0 along a row.
        down: what the rows are.
        rows: values of 0 or more by name; NaN where there is none.
        every: how far the counter goes from one value to the next.
    """
    largest = max((v for row in rows.values() for v in row if math.isfinite(v)), default=0.0)
    count = max((len(row) for row in rows.values()), default=1)
    wide = (_WIDTH - _LEFT - _RIGHT) / count
    tall = min(32.0, (_HEIGHT - _TOP - _BOTTOM) / max(len(rows), 1))
    height = round(_TOP + tall * len(rows) + _BOTTOM)

    def x(place: float) -> float:
        return _LEFT + wide * (place / every + 0.5)

    parts = [*_frame(title, across, (count - 1) * every + 1, x, height)]
    named = max(1, math.ceil(12 / tall))
    for number, (name, row) in enumerate(rows.items()):
        top = _TOP + tall * number
        if number % named == 0:
            parts.append(_text(_LEFT - 6, top + tall / 2 + 4, name, "end"))
        for place, value in enumerate(row):
            if math.isfinite(value):
                dark = value / largest if largest else 0.0
                parts.append(
                    f'<rect x="{_LEFT + wide * place:.1f}" y="{top:.1f}" width="{wide:.1f}" '
                    f'height="{tall:.1f}" fill="currentColor" fill-opacity="{dark:.3f}" '
                    'stroke="currentColor" stroke-opacity="0.2"/>'
                )
    parts.append(_text(_WIDTH - _RIGHT + 8, _TOP + 12, f"dark: {largest:.3g}", "start"))
    parts.append(_text(8, _TOP - 8, down, "start"))
    return _svg(title, described, parts, height)


def _frame(
    title: str, across: str, count: int, place: Callable[[float], float], height: int = _HEIGHT
) -> Iterator[str]:
    yield _text(_LEFT, 22, title, "start", "font-weight:600")
    bottom = height - _BOTTOM
    yield f'<path class="axis" d="M{_LEFT} {bottom}H{_WIDTH - _RIGHT}"/>'
    for tick in ticks(0, count - 1, 10):
        if tick == int(tick):
            yield _text(place(tick), bottom + 18, f"{int(tick)}", "middle")
    yield _text((_LEFT + _WIDTH - _RIGHT) / 2, height - 8, across, "middle")


def _text(x: float, y: float, text: str, anchor: str, style: str = "") -> str:
    extra = f' style="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{escape(text)}</text>'


def _svg(title: str, described: str, parts: Sequence[str], height: int = _HEIGHT) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" class="chart" role="img" aria-label="{escape(title)}">'
    )
    told = f"<title>{escape(title)}</title><desc>{escape(described)}</desc>"
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    return f"{head}{told}<style>{_STYLE}</style>{paper}{''.join(parts)}</svg>\n"
