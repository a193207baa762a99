"""One answer as people write it into a cell: made plain before a number is looked for in it.

Ticks, fractions, powers of ten, shown working, a remark behind the number, decimal commas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lstm_tutor.numbers.written import NUMBER
from lstm_tutor.submission.numerals import in_our_numerals
from lstm_tutor.submission.plain import plain_line, with_points

_DASH = re.compile(r"^[-−–—]\s*(?=[.0-9])")
_MINUS = re.compile(r"(?<=[0-9])[eE][−–](?=[0-9])")
_BEHIND = re.compile(rf"({NUMBER})\s*[,;.]?\s+(?![eE]\b)[(\[]?[^\W\d][^0-9]*")
_BEFORE = re.compile(r"(?:ca\.?|about|approx\.?|roughly)\s*(?=[-+−.0-9])")
_WORKED = re.compile(rf"[^=≈]*[=≈]\s*({NUMBER}|\[.*\])\s*")
_INNER = re.compile(r"(?<=[0-9]),(?=[0-9])")
_PARTED = re.compile(r"(?<=[0-9])\s*;\s*(?=[-+−.0-9])")
_MANY = 5  # cells with a comma for one with a point
_LIST = re.compile(r"[0-9],[0-9]+,[0-9]")  # more than one comma without a blank
_WITH_COMMA = r"[-+−]?[0-9]+,[0-9]+(?:[eE][-+−]?[0-9]+)?"
_SURELY = re.compile(
    rf"{_WITH_COMMA}(?:\s*,\s+|\s*;\s*|\s+){_WITH_COMMA}"  # only points are left out of two
    r"|(?<![0-9,])[-−]0,[0-9]|(?<![0-9,])[0-9]+,0[0-9]"  # no whole number is written so
)
_POINT = re.compile(r"[0-9]\.[0-9]|(?<![\w.])\.[0-9]")


def answer(text: str) -> str:
    """Return what a person wrote into one cell, with nothing but the number or array."""
    bare, _ = plain_line(in_our_numerals(text.strip()))
    bare = _MINUS.sub("e-", _DASH.sub("-", _BEFORE.sub("", bare.strip())))
    found = _BEHIND.fullmatch(bare) or _WORKED.fullmatch(bare)
    return found[1] if found else bare.strip()


def with_decimal_points(cells: Sequence[str]) -> list[str]:
    """Return the answers of one person with decimal points, if they have decimal commas.

    In arrays too, where a blank then stands behind each comma that separates numbers, or a
    semicolon in its place. A number that was copied with its point is one of few.
    """
    pointed = [bool(_POINT.search(cell)) for cell in cells]
    rest = [cell for cell, point in zip(cells, pointed, strict=True) if not point]
    alone = "\n".join(cell for cell in rest if "[" not in cell)
    sure = sum(bool(_SURELY.search(cell) or with_points(cell) != cell) for cell in rest)
    if sure < max(1, _MANY * sum(pointed)) or any(map(_LIST.search, cells)):
        return list(cells)
    if with_points(alone) == alone and not any(map(_SURELY.search, rest)):
        return list(cells)
    pairs = zip(cells, pointed, strict=True)
    return [cell if point else _pointed(cell) for cell, point in pairs]


def _pointed(cell: str) -> str:
    return _INNER.sub(".", _PARTED.sub(", ", cell))
