"""Formulas as MathML: the same trees and printer as text and LaTeX have.

A formula is given in pieces, since no browser breaks a formula over lines: each piece is an
element of its own, and a line may end between two of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from lstm_tutor.algebra.expression import Expression, Parameter, Symbol
from lstm_tutor.algebra.function import Form, Function, Place
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.printer import Style, numeral, show, time
from lstm_tutor.dialects.notation import Notation
from lstm_tutor.model.symbol import Id

_BREAK = "\x01"  # before an operator at which a line may end
_OPERATORS = {
    "+": f"{{}}{_BREAK}<mo>+</mo>{{}}",
    "-": f"{{}}{_BREAK}<mo>−</mo>{{}}",
    "*": f"{{}}{_BREAK}<mo>⊙</mo>{{}}",
    "/": "<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>",
    "@": "{}<mo>·</mo>{}",
    "**": "<msup><mrow>{}</mrow><mrow>{}</mrow></msup>",
}
_LEAF = re.compile(r"([^\W\d_]*[^\W_])_(\w+)")
_GREEK = "δΔ∂"


def _form(row: Function) -> Form:
    """Return how a function is written, from how it is written in text."""
    text = row.unicode or Form(f"{row.name}({', '.join(['{}'] * row.arity)})")
    template = _marked_up(text.template)
    return Form(
        template if text.place is Place.BETWEEN else f"<mrow>{template}</mrow>", text.place
    )


def _marked_up(template: str) -> str:
    if template.startswith("√("):
        return "<msqrt>{}</msqrt>"
    over, _, rest = template.partition(" ")
    if over.startswith("Σ_"):
        return f"<munder><mo>∑</mo><mi>{over[2:]}</mi></munder>{rest}"
    parts = re.findall(r"\{\}|[^\W\d][\w]*|[^\s\w]", template)
    return "".join(p if p == "{}" else _token(p.replace("Σ", "∑")) for p in parts)


def _token(text: str) -> str:
    return f"<mi>{text}</mi>" if text[0].isalpha() else f"<mo>{text}</mo>"


MATHML = Style(
    operators=_OPERATORS,
    functions={name: _form(row) for name, row in FUNCTIONS.items()},
    negative="<mo>−</mo>{}",
    transpose="<msup><mrow>{}</mrow><mi>⊤</mi></msup>",
    brackets="<mrow><mo>(</mo>{}<mo>)</mo></mrow>",
    fraction=True,
)


def pieces(node: Expression, notation: Notation) -> list[str]:
    """Return a formula as elements ``math``, in reading order.

    Each symbol is an ``mrow`` of class ``q`` whose ``data-q`` is its id.
    """
    text = show(node, MATHML, lambda symbol: _symbol(symbol, notation), _numeral)
    first, *others = _divided(text)
    infix = [piece.replace("<mo>", '<mo form="infix">', 1) for piece in others]
    return [f"<math>{piece}</math>" for piece in (first, *infix)]


def _numeral(value: int | float) -> str:
    return f"<mn>{numeral(value)}</mn>"


def _symbol(symbol: Symbol, notation: Notation) -> str:
    id_ = escape(str(Id.of(symbol)))
    return f'<mrow data-q="{id_}">{_name(symbol, notation)}</mrow>'


def _name(symbol: Symbol, notation: Notation) -> str:
    """Mark up a symbol as the notation writes it in text: a subscript, a time in brackets."""
    text = notation.symbol(symbol)
    ending = "" if isinstance(symbol, Parameter) else f"[{time(symbol)}]"
    if not ending or not text.endswith(ending):
        return _bare(text)
    return f"{_bare(text.removesuffix(ending))}<mo>[</mo><mn>{ending[1:-1]}</mn><mo>]</mo>"


def _bare(text: str) -> str:
    found = _LEAF.fullmatch(text)
    if found:
        return f"<msub>{_bare(found[1])}<mi>{escape(found[2])}</mi></msub>"
    if text[:1] in _GREEK and text[1:].isalnum():
        return f"<mrow><mi>{text[0]}</mi>{_bare(text[1:])}</mrow>"
    return f"<mi>{escape(text)}</mi>"


def _divided(text: str) -> Iterator[str]:
    """Divide a formula where a line may end: outside of all elements."""
    depth, piece = 0, ""
    for part in re.split(rf"(<[^>]+>|{_BREAK})", text):
        if part == _BREAK:
            if depth == 0:
                yield piece
                piece = ""
            continue
        if part.startswith("<"):
            depth += -1 if part[1] == "/" else 1
        piece += part
    yield piece
