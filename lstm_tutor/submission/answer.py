"""One answer as people write it into a cell: made plain before a number is looked for in it.

Ticks, fractions, powers of ten, shown working, a remark behind the number, decimal commas,
what word processors make of minus signs and quotation marks, what was struck out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lstm_tutor.numbers.written import NUMBER
from lstm_tutor.submission.numerals import in_our_numerals
from lstm_tutor.submission.plain import plain_line, with_points

_DASH = re.compile(
    r"(?<![^\s\[(,;=≈])[-−–—‐‑﹣－]"
    r"(?:(?:(?<=^.)|(?<=[\[(,;].)|(?<=[\[(,;]\s.)|(?<=[\[(,;]\s\s.))\s*)?(?=[.0-9])"
)
_STRUCK = re.compile(r"~~[^~]*~~|<(s|del|strike)>.*?</\1>")
_TAG = re.compile(r"</?(?:u|b|i|em|strong|mark|code|span|font|sup|sub)\b[^<>]{0,80}>")
_BLANKS = {0xA0: " ", 0x202F: " "}
_GROUPED = re.compile(r"(?<=[0-9]{3})[\u2009\u202f\u00a0](?=[0-9]{1,3}(?![0-9.]|,[0-9]))")
_ESCAPED = re.compile(r"\\(?=[][_*~+.-])")
_LATEX = re.compile(r"\\[A-Za-z\\]")
_TURNED = re.compile(r"([\[(][^\[\]()]*[\])])\s*(?:\^\s*\{?(?:T|\\top|⊤)\}?|\.T|ᵀ|')\s*")
_ENCLOSED = re.compile(rf"(?<=[\[,;\s])\(\s*([-+−]?{NUMBER})\s*\)(?=\s*[,;\]])")
_DIVIDED = re.compile(r"(?<=[\[,;\s])([-+]?[0-9]{1,15})\s*/\s*([0-9]{1,15})(?=\s*[,;\]])")
_PAIR = re.compile(
    r"[-+]?[0-9]*\.[0-9]+\s*/\s*[-+]?[0-9]*\.[0-9]+"
)  # a fraction, or two answers
_QUOTED = re.compile(r"[\"'“”„‘’‚«»‹›`]+\s*(.*?)\s*[\"'“”„‘’‚«»‹›`]+")
_OWN = rf"({NUMBER}|\[[-+−0-9.,;eE\s\[\]]+\])"
_ASIDE = re.compile(rf"{_OWN}\s*(?:[!?…]+|\s*\.+|\([!?.…]*\))")
_SEVERAL = re.compile(rf"{NUMBER}(?:\s*;\s*{NUMBER})+")
_MINUS = re.compile(r"(?<=[0-9])[eE][−–](?=[0-9])")
_BEHIND = re.compile(rf"{_OWN}\s*[,;.]?\s+(?![eE]\b)[(\[]?[^\W\d][^0-9]*")
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


def unstruck(text: str) -> str:
    """Return what a person wrote without what was struck out again."""
    return _STRUCK.sub("", text)


def unescaped(text: str) -> str:
    """Return a cell without the backslashes that a converter set before Markdown's signs."""
    return text if _LATEX.search(text) else _ESCAPED.sub("", text)


def answer(text: str) -> str:
    """Return what a person wrote into one cell, with nothing but the number or array."""
    bare = _TAG.sub("", _GROUPED.sub("", text).translate(_BLANKS)).strip()
    quoted = _QUOTED.fullmatch(bare)
    bare = in_our_numerals(quoted[1] if quoted else bare)
    if _PAIR.fullmatch(bare):
        return bare
    bare, _ = plain_line(bare)
    bare = _MINUS.sub("e-", _DASH.sub("-", _BEFORE.sub("", bare.strip())))
    if turned := _TURNED.fullmatch(bare):
        bare = turned[1]
    if bare.startswith("["):
        bare = _DIVIDED.sub(_quotient, _ENCLOSED.sub(r"\1", bare))
    if _SEVERAL.fullmatch(bare):
        return _PARTED.sub(", ", bare)
    found = _BEHIND.fullmatch(bare) or _WORKED.fullmatch(bare) or _ASIDE.fullmatch(bare)
    return found[1] if found else bare.strip()


def _quotient(found: re.Match[str]) -> str:
    below = int(found[2])
    return f"{int(found[1]) / below:.12g}" if below else found[0]


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
