"""Mistakes with brackets: one left out, one around too much; see `operators`."""

from __future__ import annotations

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    addends,
    total,
)
from lstm_tutor.mistakes.activation import ACTIVATIONS
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import (
    Factor,
    Found,
    Node,
    Site,
    Term,
    factors,
    product_of,
)


def bracket_too_little(site: Site, setting: Setting) -> Found:
    """A bracket left out: ``p * a - b * q`` for ``p * (a - b) * q``, or of a power."""
    match site:
        case Factor(parts, number) if not site.divides and len(addends(site.factor)) > 1:
            terms = addends(site.factor)
            last, rest = terms[-1], parts[number + 1 :]
            bare = last.operand if isinstance(last, Negative) else last
            first = product_of([*parts[:number], (terms[0], False)])
            end = product_of([(bare, False), *rest])
            signed = Negative(end) if isinstance(last, Negative) else end
            yield site.factor, None, total((first, *terms[1:-1], signed))
        case Node(Binary("**", Binary("+" | "-" as sign, left, right), power) as node):
            yield node, None, Binary(sign, left, Binary("**", right, power))


def bracket_too_much(site: Site, setting: Setting) -> Found:
    """A bracket around more than one term: of a factor, of a power, or closed too late."""
    match site:
        case Node(Binary("+" | "-") as node):
            terms = addends(node)
            yield from _closed_too_late(terms)
            for number in range(len(terms)):
                yield from _factor_of_all(Term(terms, number))
            match node:
                case Binary(sign, left, Binary("**", right, power)):
                    inner = Binary(sign, left, right)
                    yield node.right, inner, Binary("**", inner, power)


def _factor_of_all(site: Term) -> Found:
    """Read ``a + b * c`` as ``(a + b) * c``."""
    parts = factors(site.term)
    for place, (factor, divides) in enumerate(parts):
        if len(parts) > 1 and not divides:
            rest = product_of(parts[:place] + parts[place + 1 :])
            inner = site.instead(site.signed(rest))
            yield factor, inner, Binary("*", inner, factor)
        if 0 < place < len(parts) - 1 and not any(divides for _, divides in parts):
            last = product_of(parts[place:])  # of more factors than one
            inner = site.instead(site.signed(product_of(parts[:place])))
            yield last, inner, Binary("*", inner, last)


def _closed_too_late(terms: tuple[Expression, ...]) -> Found:
    """Read ``p * (a - b) + c`` as ``p * (a - b + c)``."""
    for number, term in enumerate(terms[:-1]):
        parts = factors(term)
        last, divides = parts[-1]
        if len(parts) > 1 and len(addends(last)) > 1 and not divides:
            inner = total((*addends(last), *terms[number + 1 :]))
            longer = Term((term,), 0).signed(product_of([*parts[:-1], (inner, False)]))
            yield last, inner, total((*terms[:number], longer))


def factor_inside(site: Site, setting: Setting) -> Found:
    """The other factors inside of an activation that is one of them."""
    match site:
        case Factor(parts, number, factor=Call(name, (argument,)) as call):
            rest = parts[:number] + parts[number + 1 :]
            if name in ACTIVATIONS and rest and not site.divides:
                inner = Call(name, (product_of([(argument, False), *rest]),))
                yield call, inner, inner
