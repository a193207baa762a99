"""Steps of a computation, each with its equation, its value and where its terms come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Signal,
    Symbol,
    at,
)
from lstm_tutor.algebra.rewriting import Rewriting
from lstm_tutor.execution.batch import evaluated
from lstm_tutor.files.text import named
from lstm_tutor.model.equation import Equation, Link, Phase, Term
from lstm_tutor.model.symbol import INPUT, LABEL, Id

Array = NDArray[Any]


@dataclass(frozen=True)
class Origin:
    """Where a term comes from, at its time steps.

    Attributes:
        gradient: id of the named gradient that it starts from; "" if at the loss.
        links: the uses it comes through, with fixed times.
        equation: id of the equation that uses the quantity first.
        t: that equation's time step.
    """

    gradient: str
    links: tuple[Link, ...]
    equation: str
    t: int


@dataclass(frozen=True)
class StepTerm:
    """One term of a step: its formula at that time step, its value, where it is from.

    ``way`` is how its formula comes to be shorter, each line at this time step;
    ``missing`` says in words why the term does not exist here and counts as 0; ``partly``
    the same of some sequences of a batch, ``without``.
    """

    expression: Expression
    value: Array
    origin: Origin | None
    missing: str = ""
    partly: str = ""
    without: tuple[int, ...] = ()
    way: tuple[Rewriting, ...] = ()


@dataclass(frozen=True)
class Step:
    """One equation evaluated once.

    Attributes:
        index: position in the trace, from 0.
        equation: the equation, for any time step.
        t: the time step; None where there is none.
        expression: the right side at this time step; None for what is only given.
        operands: the value of every symbol in it that has one.
        value: the result, in its true shape.
        terms: the terms of a gradient or of a sum over time.
        rows: for a block, the symbols of its rows.
        batch: how many sequences the values are of; None for one that is no batch.
        letters: per axis of the value the characters that its entries stand for, or "";
            a batch's sequences have none.
        remark: what is to be said of the value beside its terms; empty for nothing.
    """

    index: int
    equation: Equation
    t: int | None
    expression: Expression | None
    operands: Mapping[Symbol, Array]
    value: Array
    terms: tuple[StepTerm, ...] = ()
    rows: tuple[str, ...] = ()
    batch: int | None = None
    letters: tuple[str, ...] = ()
    remark: str = ""

    def __repr__(self) -> str:
        return f"Step {self.id}: {self.equation.caption}"

    @property
    def symbol(self) -> str:
        """The symbol that the step computes."""
        return self.equation.target

    @property
    def id(self) -> str:
        """The step's id: ``C@1``, or the bare symbol where there is no time step."""
        return str(self.place)

    @property
    def place(self) -> Id:
        """The symbol and time step."""
        return Id(self.symbol, self.t)

    @property
    def phase(self) -> Phase:
        """The part of the computation that the step belongs to."""
        return self.equation.phase

    @property
    def target(self) -> Symbol:
        """The left side: a signal at this time step, or a parameter."""
        return self.place.node

    @property
    def effective(self) -> Expression | None:
        """The right side as it was evaluated: terms that do not exist here are 0."""
        missing = [term.missing for term in self.terms]
        if self.t is None or not any(missing):
            return self.expression
        return at(self.equation.with_zeros(missing), self.t)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The ids of the operands."""
        return tuple(str(Id.of(symbol)) for symbol in self.operands)

    @property
    def note(self) -> str:
        """Why terms are missing here, or which character it is, in words; else empty."""
        said = [text for term in self.terms for text in (term.missing, term.partly) if text]
        own = f"the character {named(self.character)}" if self.character else self.remark
        return "; ".join(dict.fromkeys([*said, *[own] * bool(own)]))

    @property
    def character(self) -> str:
        """The one character that an input or a label stands for; else empty."""
        if self.symbol not in (INPUT, LABEL) or not any(self.letters):
            return ""
        one = self.value.ndim == 1 and np.count_nonzero(self.value) == 1
        return (
            self.letters[0][int(self.value.argmax())] if one and self.value.max() == 1 else ""
        )


def term_value(
    expression: Expression,
    lookup: Callable[[Symbol], Any],
    shape: tuple[int, ...],
    batch: int | None,
    *,
    summed: bool = False,
    without: Sequence[int] = (),
) -> Array:
    """Return the value of a term, its times fixed.

    Args:
        expression: its formula.
        lookup: the value of a symbol.
        shape: of the value that it is a term of, in a batch with the axis of sequences.
        batch: how many sequences there are; None for one that is no batch.
        summed: whether what the sequences give is added up.
        without: the sequences in which there is no such term.
    """
    found = np.asarray(evaluated(expression, lookup, batch, summed=summed))
    if batch and found.ndim < len(shape):  # of parameters alone
        found = found[..., None]
    amount = np.array(np.broadcast_to(found, shape))
    if without:
        amount[..., list(without)] = 0.0
    return amount


def origin_of(term: Term | None, expression: Expression, t: int) -> Origin | None:
    """Say where a term comes from; a term that is a symbol comes from that symbol's step."""
    if term is None or not term.links:
        if isinstance(expression, Signal):
            return Origin("", (), str(Id.of(expression)), expression.shift)
        return None
    links = tuple(
        replace(
            link,
            shift=link.shift + t,
            operand=link.operand
            if isinstance(link.operand, Parameter)
            else _fixed(link.operand, t),
            local=link.local and at(link.local, t),
        )
        for link in term.links
    )
    gradient = "" if term.gradient is None else str(Id.of(_fixed(term.gradient, t)))
    last = links[-1]
    return Origin(gradient, links, str(Id(last.consumer, last.shift)), last.shift)


def _fixed(symbol: Symbol, t: int) -> Symbol:
    found = at(symbol, t)
    return found if isinstance(found, Signal) else symbol
