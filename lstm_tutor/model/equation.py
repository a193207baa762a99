"""Equations, forward and derived, with the reason for every term.

The data that the derivation makes and every later part shows; no mathematics here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from lstm_tutor.algebra.expression import Expression, Number, Symbol, total
from lstm_tutor.algebra.rewriting import Rewriting


class Phase(StrEnum):
    """The parts of a computation, in order."""

    GIVEN = "given"
    FORWARD = "forward"
    LOSS = "loss"
    BACKWARD = "backward"
    GRADIENTS = "gradients"
    UPDATE = "update"


class Role(StrEnum):
    """What an equation does; most just compute, some have a rule of their own."""

    GIVEN = "given"
    COMPUTE = "compute"
    LABEL = "label"  # exists only where there is a label
    CARRY = "carry"  # what the next time step sends back, in the layer's direction
    SUM_OVER_TIME = "sum over time"
    BLOCK = "block"  # the gates' quantities side by side


@dataclass(frozen=True)
class Link:
    """One use of a quantity: ``consumer[t]``'s equation has ``operand`` in it.

    Attributes:
        consumer: the symbol whose equation uses the operand.
        shift: the consumer's time step, relative to the gradient's.
        operand: what it uses, with its time relative to the gradient's.
        local: ∂consumer/∂operand in this place; None if it has more axes than a formula.
        place: which of the places it is where the operand stands, from 1 on.
        places: how many there are; the derivative is the sum over all of them.
    """

    consumer: str
    shift: int
    operand: Symbol
    local: Expression | None
    place: int
    places: int


@dataclass(frozen=True)
class Term:
    """One term of a gradient: (consumer's gradient) × (local derivatives).

    Attributes:
        expression: the whole term.
        gradient: the named gradient it starts from; None if it starts at the loss, or is one
            that comes from outside.
        links: the uses it comes through, from that gradient down to the quantity.
        shift: by how many time steps it comes from a later one; negative if from one before,
            as in a layer from right to left.
        way: how the expression came to be as short as it is, or could be shorter.
    """

    expression: Expression
    gradient: Symbol | None
    links: tuple[Link, ...]
    shift: int
    way: tuple[Rewriting, ...] = ()

    @property
    def starts(self) -> bool:
        """Whether it starts at a loss, or is a gradient from outside."""
        return self.gradient is None


@dataclass(frozen=True)
class Equation:
    """One equation of the program, for every time step at which it is evaluated.

    Attributes:
        target: the symbol it computes, as in ids: ``C``, ``dC``, ``dW_a``, ``W_a'``.
        expression: its right side; for a block, a given or a recomputed value None.
        phase: the part of the computation it belongs to.
        caption: what it computes, in words.
        role: what it does.
        terms: for a gradient, its terms with their origins.
        of: for a gradient, the symbol it is the gradient of.
        parts: for a block, the symbols of its rows, in gate order.
        beyond: of what stands beyond the ends of the sequence, how many time steps away from
            the first or last one; else 0.
    """

    target: str
    expression: Expression | None
    phase: Phase
    caption: str
    role: Role = Role.COMPUTE
    terms: tuple[Term, ...] = ()
    of: str = ""
    parts: tuple[str, ...] = ()
    beyond: int = 0

    @cached_property
    def carried(self) -> bool:
        """Whether a term comes from another time step."""
        return any(term.shift for term in self.terms)

    def with_zeros(self, missing: Sequence[object]) -> Expression:
        """Return the right side with 0 in place of the terms that are missing."""
        if all(missing):
            return Number(0)
        pairs = zip(self.terms, missing, strict=True)
        return total(tuple(Number(0) if gone else term.expression for term, gone in pairs))
