"""How objects show themselves in a notebook: a table of at most a screenful, escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

MOST_ROWS = 12
_LONGEST = 90


def table(
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    more: str = "",
    most: int = MOST_ROWS,
) -> str:
    """Return a table as HTML; of many rows the first, and how many more there are.

    Args:
        title: stands above it.
        heads: of the columns.
        rows: texts, which are escaped and cut.
        more: what the rows are, as in "steps".
        most: how many rows are shown.
    """
    parts = [f"<p><strong>{escape(title)}</strong></p>", "<table><thead><tr>"]
    parts += [f"<th>{escape(head)}</th>" for head in heads]
    parts.append("</tr></thead><tbody>")
    for row in rows[:most]:
        cells = "".join(f"<td><code>{escape(shortened(text))}</code></td>" for text in row)
        parts.append(f"<tr>{cells}</tr>")
    parts.append("</tbody></table>")
    if len(rows) > most:
        parts.append(f"<p>… {len(rows) - most:,} more {escape(more)}</p>")
    return "".join(parts)


def listing(title: str, lines: Sequence[str], most: int = 1500) -> str:
    """Return a text as HTML: of many lines the first, and how many more there are.

    Args:
        title: stands above it.
        lines: which are escaped.
        most: how many characters are shown.
    """
    shown: list[str] = []
    for line in lines:
        most -= len(escape(line)) + 1
        if most < 0:
            break
        shown.append(escape(line))
    more = len(lines) - len(shown)
    rest = f"<p>… {more:,} more lines</p>" if more else ""
    text = "\n".join(shown)
    return f"<p><strong>{escape(shortened(title))}</strong></p><pre>{text}</pre>{rest}"


def shortened(text: str, longest: int = _LONGEST) -> str:
    """Return a text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
