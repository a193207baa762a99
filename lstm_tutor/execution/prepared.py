"""A program's equations as statements in order of evaluation, whatever its numbers are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count

import numpy as np

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.expression import (
    Expression,
    Signal,
    Symbol,
    renamed,
    substitute,
    symbols,
)
from lstm_tutor.algebra.expression import (
    total as sum_of,
)
from lstm_tutor.algebra.functions import over_time
from lstm_tutor.derivation.backward import Derivation
from lstm_tutor.execution.fusion import Layout, fused
from lstm_tutor.execution.hoisting import Hoister, Statement
from lstm_tutor.execution.order import blocks
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Term
from lstm_tutor.model.symbol import CONSTANTS, INPUT, LABEL, LOSS, Id, new, upstream

SUM = "Σ"
"""What a key has at its end where it stands for a sum over time, not for its terms."""


def target_of(place: Id) -> str:
    """Return the target of the statement that computes a place."""
    total = place.t is None and place.name in (LOSS, new(LOSS))
    return f"{place.name}{SUM}" if total else place.name


@dataclass(frozen=True)
class Prepared:
    """A program's statements, whatever its numbers are.

    Attributes:
        axes: the axes of every symbol, those that only the executor has too.
        parts: the statements of each part.
        terms: the terms of each symbol that may not exist at every time step.
    """

    axes: Mapping[str, Axes]
    parts: Mapping[str, tuple[Statement, ...]]
    terms: Mapping[str, tuple[Term, ...]]

    def only(self, wanted: Iterable[str], *, early: bool = False) -> Prepared:
        """Return the statements that some symbols need, and no others.

        Args:
            wanted: the symbols.
            early: whether also their values before the first time step.
        """
        needed = set(wanted)
        chosen: dict[str, tuple[Statement, ...]] = {}
        for part in reversed(list(self.parts)):
            kept: list[Statement] = []
            waiting = list(reversed(self.parts[part]))
            found = True
            while found:  # a loop's statements need each other
                found = False
                for statement in list(waiting):
                    if statement.target in needed and (early or statement.only is None):
                        needed |= {symbol.name for symbol in symbols(statement.expression)}
                        waiting.remove(statement)
                        kept.append(statement)
                        found = True
            order = {id(statement): n for n, statement in enumerate(self.parts[part])}
            chosen[part] = tuple(sorted(kept, key=lambda s: order[id(s)]))
        return replace(self, parts={part: chosen[part] for part in self.parts})

    @cached_property
    def all(self) -> tuple[Statement, ...]:
        """Every statement."""
        return tuple(statement for part in self.parts.values() for statement in part)

    def that(self, chosen: Callable[[Statement], bool]) -> Prepared:
        """Return the chosen statements alone."""
        parts = {part: tuple(filter(chosen, found)) for part, found in self.parts.items()}
        return replace(self, parts=parts)

    def reached(self, names: Iterable[str]) -> frozenset[str]:
        """Return some symbols and all that depend on them."""
        users: dict[str, set[str]] = {}
        for statement in self.all:
            for symbol in symbols(statement.expression):
                users.setdefault(symbol.name, set()).add(statement.target)
        found, waiting = set(names), list(names)
        while waiting:
            for other in users.get(waiting.pop(), ()):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return frozenset(found)

    @cached_property
    def stacked(self) -> Layout:
        """The layout with stacks of what reads alike."""
        return fused(self.all, self.axes)


def prime(symbol: Symbol, cell: Cell) -> Symbol:
    """Return a symbol of a forward formula as it reads with the new weights."""
    name = symbol.name
    computed = name == LOSS or (name in cell.signals and name != INPUT)
    return renamed(symbol, new(name)) if computed or name in cell.parameters else symbol


def primed(node: Expression, cell: Cell) -> Expression:
    """Return a forward formula as it reads with the new weights."""
    return substitute(node, lambda symbol: prime(symbol, cell))


def axes_of(cell: Cell, derivation: Derivation) -> dict[str, Axes]:
    """Return the axes of every symbol of a program."""
    axes: dict[str, Axes] = {
        **cell.signals,
        **cell.parameters,
        LOSS: (),
        LABEL: cell.signals[cell.output],
    }
    axes |= dict.fromkeys(CONSTANTS, ())
    for equation in (*derivation.backward, *derivation.gradients):
        if equation.of:
            axes[equation.target] = axes[equation.of]
    axes |= {upstream(name): axes for name, axes in cell.signals.items()}
    return axes | {new(name): axes[name] for name in cell.parameters}


def prepared(
    cell: Cell,
    loss: Equation,
    derivation: Derivation,
    updates: Sequence[Equation],
    given: Mapping[str, Axes] | None = None,
) -> Prepared:
    """Order a program's equations and take out of its loops what they need not compute.

    Args:
        cell: the forward equations.
        loss: the loss's.
        derivation: those of the backward pass.
        updates: those of the update.
        given: the axes of symbols that no equation computes, beside the usual ones.
    """
    axes = axes_of(cell, derivation) | dict(given or {})
    terms: dict[str, tuple[Term, ...]] = {}
    derived = []
    for equation in derivation.backward:
        if equation.expression is not None:
            terms[equation.target] = equation.terms
            derived += _apart(equation, axes, terms)
    hoister = Hoister(axes)
    parts: dict[str, tuple[Statement, ...]] = {}
    for part, equations in (
        ("forward", [*cell.equations, loss]),
        ("backward", derived),
    ):
        parts[part] = tuple(s for block in blocks(equations) for s in hoister.statements(block))
    parts["backward"] += tuple(
        Statement(e.target, e.expression, hoister.block(), only=_side(e, cell), terms=e.terms)
        for e in derivation.boundary
        if e.expression is not None
    )
    for part, whole in (("sums", derivation.gradients), ("update", updates)):
        block = hoister.block()
        parts[part] = tuple(
            Statement(e.target, e.expression, block, over_time=False)
            for e in whole
            if e.expression is not None
        )
    return Prepared(axes, parts, terms)


def _side(equation: Equation, cell: Cell) -> int:
    """Return where the gradient of an initial state stands: before all others, or after."""
    return equation.beyond if equation.of in cell.late else -equation.beyond


def _apart(
    equation: Equation, axes: dict[str, Axes], terms: dict[str, tuple[Term, ...]]
) -> list[Equation]:
    """Give a term that starts at a loss an equation of its own where there are others: those
    may lie in a loop, and only outside of one a label can be missing.
    """
    starting = [term for term in equation.terms if term.starts]
    if not starting or len(starting) == len(equation.terms):
        return [equation]
    found: list[Equation] = []
    left: list[Term] = []
    for number, term in enumerate(equation.terms):
        if term in starting:
            name = f"{equation.target}%{number}"
            axes[name], terms[name] = axes[equation.target], (term,)
            found.append(
                replace(equation, target=name, expression=term.expression, terms=(term,))
            )
            left.append(replace(term, expression=Signal(name), gradient=Signal(name)))
        else:
            left.append(term)
    terms[equation.target] = tuple(left)
    whole = sum_of(tuple(term.expression for term in left))
    return [*found, replace(equation, expression=whole)]


def plain(
    cell: Cell,
    loss: Equation,
    derivation: Derivation,
    updates: Sequence[Equation],
    given: Mapping[str, Axes] | None = None,
) -> Prepared:
    """Return a program's equations as statements, each formula as it is, and after them the
    forward pass with the new weights.

    Args:
        cell: the forward equations.
        loss: the loss's.
        derivation: those of the backward pass.
        updates: those of the update.
        given: the axes of symbols beside the usual ones.
    """
    numbers = count()
    first = (*cell.equations, loss)
    again = [replace(e, target=new(e.target), expression=_again(e, cell)) for e in first]
    axes = axes_of(cell, derivation) | dict(given or {})
    axes |= {new(equation.target): axes[equation.target] for equation in first}
    axes |= {f"{LOSS}{SUM}": (), f"{new(LOSS)}{SUM}": ()}

    def timed(equations: Iterable[Equation]) -> Iterator[Statement]:
        whole = [e for e in equations if e.expression is not None]
        for block in blocks(whole):
            number = next(numbers)
            for e in block.equations:
                if e.expression is not None:
                    yield Statement(e.target, e.expression, number, block.direction)

    def untimed(pairs: Iterable[tuple[str, Expression | None]]) -> Iterator[Statement]:
        number = next(numbers)
        for target, expression in pairs:
            if expression is not None:
                yield Statement(target, expression, number, over_time=False)

    def total(name: str) -> Iterator[Statement]:
        return untimed([(f"{name}{SUM}", over_time(Signal(name)))])

    second = (*timed(again), *total(new(LOSS))) if updates else ()
    parts = {
        "forward": (*timed(first), *total(LOSS)),
        "backward": (
            *timed(derivation.backward),
            *(
                Statement(
                    e.target, e.expression, next(numbers), only=_side(e, cell), terms=e.terms
                )
                for e in derivation.boundary
                if e.expression is not None
            ),
        ),
        "sums": tuple(untimed((e.target, e.expression) for e in derivation.gradients)),
        "update": tuple(untimed((e.target, e.expression) for e in updates)),
        "again": second,
    }
    terms = {e.target: e.terms for e in derivation.backward if e.expression is not None}
    return Prepared(axes, parts, terms)


def _again(equation: Equation, cell: Cell) -> Expression | None:
    return equation.expression and primed(equation.expression, cell)


def in_loops(
    statements: Prepared,
    reads: Mapping[str, Iterable[Signal]],
    order: Mapping[str, int],
) -> Prepared:
    """Put statements into the loops over time that compute what changed formulas read.

    A statement before a loop is evaluated for all time steps at once; if a change makes it
    read what the loop computes, it takes its turn at each time step, and so does all that is
    between. Left as it is where time would run both ways.

    Args:
        statements: those of a program, as they are.
        reads: what the changed formulas of each symbol read.
        order: where each symbol stands within a time step.
    """
    parts = {}
    for part, found in statements.parts.items():
        parts[part] = _looped(found, reads, order)
    return replace(statements, parts=parts)


def _looped(
    found: tuple[Statement, ...],
    reads: Mapping[str, Iterable[Signal]],
    order: Mapping[str, int],
) -> tuple[Statement, ...]:
    timed = [one for one in found if one.over_time and one.only is None]
    block = {one.target: one.block for one in timed}
    pairs = [
        (one.target, read)
        for one in timed
        for read in reads.get(one.target, ())
        if not read.fixed and read.name in block
    ]
    for target, read in pairs:
        first, last, shift = block[target], block[read.name], read.shift
        if last <= first:
            continue
        chosen = [one for one in timed if first <= one.block <= last]
        ways = {one.direction for one in chosen} - {0} or {-int(np.sign(shift))} - {0}
        if len(ways) == 1:
            way = ways.pop()
            looped = [replace(one, block=last, direction=way) for one in chosen]
            looped.sort(key=lambda one: order[one.target])
            start = found.index(chosen[0])
            found = (*found[:start], *looped, *found[start + len(chosen) :])
            timed = [one for one in found if one.over_time and one.only is None]
            block = {one.target: one.block for one in timed}
    return found
