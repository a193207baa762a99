"""A place where a symbol is used, and the gradient that comes back from there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Signal,
    Symbol,
    shifted,
)
from lstm_tutor.algebra.product import Product
from lstm_tutor.algebra.rewriting import Rewriting
from lstm_tutor.model.equation import Link, Term


@dataclass(frozen=True)
class Use:
    """A place where a symbol is used, and the gradient that comes from there."""

    symbol: Symbol
    whole: Product
    gradient: Symbol | None
    links: tuple[Link, ...]
    shift: int
    way: tuple[Rewriting, ...] = ()

    def term(self) -> Term:
        """Return the term that comes from here."""
        whole = self.whole.expression()
        return Term(whole, self.gradient, self.links, self.shift, self.way)

    def later(self, by: int) -> Use:
        """Return the same use as seen from ``by`` time steps earlier."""

        def move(part: Expression) -> Expression:
            return shifted(part, by)

        whole = self.whole.changed(move)
        gradient = shifted(self.gradient, by) if self.gradient else None
        links = tuple(
            replace(
                link,
                shift=link.shift + by,
                operand=symbol_of(shifted(link.operand, by)),
                local=link.local and shifted(link.local, by),
            )
            for link in self.links
        )
        return Use(
            symbol_of(shifted(self.symbol, by)),
            whole,
            symbol_of(gradient) if gradient else None,
            links,
            self.shift + by,
            tuple(line.moved(move) for line in self.way),
        )


def symbol_of(node: Expression) -> Symbol:
    """Return an expression that is a symbol.

    Raises:
        TypeError: if it is none.
    """
    if not isinstance(node, Parameter | Signal):
        raise TypeError(node)
    return node
