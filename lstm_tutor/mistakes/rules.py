"""Rewriting rules: how a formula is changed, written as a formula with an arrow.

``A @ B -> A * B``: a capital letter stands for any part, ``P`` for a parameter, and
``activation`` for each activation. ``outer(A, B) -> A without B`` says what is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lstm_tutor.algebra.expression import (
    Expression,
    Symbol,
    children,
    substitute,
)
from lstm_tutor.algebra.parser import parse
from lstm_tutor.mistakes.activation import ACTIVATIONS
from lstm_tutor.mistakes.pattern import matches, root, stands_for_any
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Found, Node, Site, with_child

_RULE = re.compile(r"(?P<left>.+?)->(?P<right>.+?)(?:\bwithout\b(?P<missed>.+))?")


@dataclass(frozen=True)
class Rule:
    """One rule: what is changed into what, and what is missed if something is."""

    left: Expression
    right: Expression
    missed: Expression | None = None

    def may_change(self, top: tuple[type, str]) -> bool:
        """Whether a part with something at its root can look like the left side."""
        return stands_for_any(self.left) or root(self.left) == top

    def __call__(self, site: Site, setting: Setting) -> Found:
        """Yield the change of a part of a formula that looks like the left side."""
        bound: dict[Symbol, Expression] = {}
        if isinstance(site, Node) and matches(self.left, site.node, bound):
            changed = _filled(self.right, bound)
            if self.missed is not None:
                yield _filled(self.missed, bound), None, changed
            else:
                yield *_difference(site.node, changed), changed


def rules(text: str) -> Iterator[Rule]:
    """Read a rule; one with ``activation`` in it is a rule for each.

    Raises:
        ValueError: if it is none; a part may be a formula that cannot be read.
    """
    found = _RULE.fullmatch(text)
    if not found:
        raise ValueError("a rule reads 'formula -> formula', such as 'A @ B -> A * B'")
    names = ACTIVATIONS if "activation" in text else ("",)
    for name in names:
        left, right, *missed = (
            parse(re.sub(r"\bactivation\b", name, part), derived=True)
            for part in found.groups()
            if part is not None
        )
        yield Rule(left, right, *missed)


def _filled(node: Expression, bound: dict[Symbol, Expression]) -> Expression:
    return substitute(node, lambda symbol: bound.get(symbol, symbol))


def _difference(old: Expression, new: Expression) -> tuple[Expression, Expression]:
    """Return the smallest part that holds all that is different, as it was and is."""
    pairs = enumerate(zip(children(old), children(new), strict=False))
    changed = [(number, *pair) for number, pair in pairs if pair[0] != pair[1]]
    if len(changed) == 1:
        number, was, is_ = changed[0]
        if with_child(old, number, is_) == new:
            return _difference(was, is_)
    return old, new
