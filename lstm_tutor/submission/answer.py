"""One answer as people write it into a cell: made plain before a number is looked for in it.

Ticks, fractions, powers of ten, shown working, a remark behind the number, decimal commas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lstm_tutor.numbers.written import NUMBER
from lstm_tutor.submission.plain import plain_line, with_points

_DASH = re.compile(r"^[-−–—]\s*(?=[.0-9])")
_POWER = re.compile(
    rf"({NUMBER})\s*[·×⋅*x]\s*10\s*(?:(?:\^|\*\*)\s*[({{]?\s*([-+−]?[0-9]{{1,3}})[)}}]?|([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,3}}))"
)
_MINUS = re.compile(r"(?<=[0-9])[eE][−–](?=[0-9])")
_RAISED = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
_BEHIND = re.compile(rf"({NUMBER})\s*[,;.]?\s+(?![eE]\b)[(\[]?[^\W\d][^0-9]*")
_BEFORE = re.compile(r"(?:ca\.?|about|approx\.?|roughly)\s*(?=[-+−.0-9])")
_WORKED = re.compile(rf"[^=≈]*[=≈]\s*({NUMBER}|\[.*\])\s*")
_INNER = re.compile(r"(?<=[0-9]),(?=[0-9])")
_POINT = re.compile(r"[0-9]\.[0-9]|(?<![\w.])\.[0-9]")


def answer(text: str) -> str:
    """Return what a person wrote into one cell, with nothing but the number or array."""
    bare, _ = plain_line(text.strip())
    bare = _DASH.sub("-", _BEFORE.sub("", bare.strip()))
    bare = _POWER.sub(_with_exponent, _MINUS.sub("e-", bare))
    found = _BEHIND.fullmatch(bare) or _WORKED.fullmatch(bare)
    return found[1] if found else bare.strip()


def _with_exponent(found: re.Match[str]) -> str:
    power = (found[2] or found[3].translate(_RAISED)).replace("−", "-")
    return f"{found[1]}e{power}"


def with_decimal_points(cells: Sequence[str]) -> list[str]:
    """Return the answers of one person with decimal points, if all have decimal commas.

    In arrays too, where a blank then stands behind each comma that separates numbers.
    """
    alone = "\n".join(cell for cell in cells if "[" not in cell)
    pointed = any(_POINT.search(cell) for cell in cells)
    if pointed or with_points(alone) == alone:
        return list(cells)
    return [_INNER.sub(".", cell) for cell in cells]
