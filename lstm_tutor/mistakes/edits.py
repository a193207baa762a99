"""Mistakes as edits of a program's equations: every one that a person is likely to make.

An edit changes one equation. Nothing here knows a particular cell, and nothing is
evaluated here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Negative,
    Number,
    Parameter,
    Signal,
    Transpose,
    at,
    replaced,
    symbols,
)
from lstm_tutor.algebra.functions import over_time, summed_over_time
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.derivation.backward import CARRY
from lstm_tutor.mistakes.operators import USUAL, Change, changes
from lstm_tutor.mistakes.partners import BACKWARD, Kin, Kinship, general, siblings
from lstm_tutor.model.equation import Equation, Phase, Role
from lstm_tutor.scenario.scenario import Scenario


@dataclass(frozen=True)
class Edit:
    """One equation with one thing changed.

    Attributes:
        target: the symbol whose equation it is.
        operator: which kind of change it is.
        right: the right side as it should be; None for what is given.
        learner: the right side as it is with the mistake.
        part: what was changed.
        new: what stands there now; None if it was left out.
        first: the same change in the equation for the initial state, if it has its own.
        before: the mistake that was made before this one, in the same equation.
        number: which one it is of those that read alike, from 1.
    """

    target: str
    operator: str
    right: Expression | None
    learner: Expression
    part: Expression
    new: Expression | None
    first: Expression | None = None
    before: Edit | None = None
    number: int = 1

    @property
    def in_every_term(self) -> bool:
        """Whether it changes each term of a sum over time, and not the sum."""
        return summed_over_time(self.learner) is not None

    @cached_property
    def id(self) -> str:
        """A stable name: target, operator, what was changed, into what."""
        became = "" if self.new is None else f" -> {show(self.new, PLAIN)}"
        again = f"#{self.number}" if self.number > 1 else ""
        own = f"{self.operator}({show(self.part, PLAIN)}{became}){again}"
        return f"{self.before.id} and {own}" if self.before else f"{self.target}:{own}"


def edits_of(equation: Equation, kinship: Kinship) -> Iterator[Edit]:
    """Yield the edits of one equation; none of what is only given."""
    if equation.expression is not None:
        yield from _Page(equation, equation.expression, kinship).edits()


@dataclass(frozen=True)
class _Page:
    """One equation to be worked, wrongly."""

    equation: Equation
    right: Expression
    kinship: Kinship

    @property
    def _inner(self) -> Expression:
        """The right side, or of a sum over time its term."""
        return summed_over_time(self.right) or self.right

    def _edit(
        self,
        operator: str,
        learner: Expression,
        part: Expression,
        new: Expression | None = None,
    ) -> Edit:
        return Edit(self.equation.target, operator, self.right, learner, part, new)

    def edits(self) -> Iterator[Edit]:
        """Yield every edit of the equation."""
        equation, right = self.equation, self.right
        yield from self._changed()
        if self._inner is not right:
            yield from self._sums()
        if equation.role is Role.LABEL:
            yield self._edit("only-last", Number(0), right)
        if equation.role is Role.CARRY and equation.carried:
            yield self._edit("drop-carry", Number(0), right)
        if equation.phase is Phase.FORWARD and isinstance(right, Binary):
            for name in USUAL:
                yield self._edit("double-activation", Call(name, (right,)), right)
        if equation.phase in (*BACKWARD, Phase.LOSS):
            yield from self._scaled()
        if equation.phase is Phase.UPDATE and isinstance(right, Binary):
            yield from self._updates(right)
        yield from self._stored_for_another()

    def _changed(self) -> Iterator[Edit]:
        """What the operators do to the right side, or to the term of a sum over time."""
        inner = self._inner
        if inner is not self.right and not self.equation.terms:
            return
        found = list(changes(inner, Kin(self.kinship, self.equation)))
        carries = {term.expression for term in self.equation.terms if term.shift}
        for change in (*found, *self._in_every_term(found)):
            learner = change.whole if inner is self.right else over_time(change.whole)
            yield self._edit(_special(change, carries), learner, change.part, change.new)

    def _in_every_term(self, found: list[Change]) -> Iterator[Change]:
        """The same change in the terms of all gates."""
        cell, inner = self.kinship.cell, self._inner
        groups: dict[tuple[str, str, str], dict[Expression, Change]] = {}
        for change in found:
            if change.new is not None and change.part != inner:
                part, new = general(change.part, cell), general(change.new, cell)
                for became in (new, show(change.new, PLAIN)):
                    group = groups.setdefault((change.operator, part, became), {})
                    group.setdefault(change.part, change)
        for members in groups.values():
            if len(members) > 1:
                whole = replaced(inner, {part: item.new for part, item in members.items()}.get)
                yield replace(next(iter(members.values())), whole=whole)

    def _sums(self) -> Iterator[Edit]:
        """What people do to a sum over time."""
        right, steps = self.right, self.kinship.scenario.steps
        first, last = at(self._inner, 0), at(self._inner, steps - 1)
        forms = {
            "only-last": last,
            "only-first": first,
            "miss-first": Binary("-", right, first),
            "miss-last": Binary("-", right, last),
            "average": Binary("/", right, Number(steps)),
        }
        for operator, learner in forms.items() if steps > 1 else ():
            yield self._edit(operator, learner, right)
        if len(self._axes) == 2:
            yield self._edit("transpose", Transpose(right), right)

    @property
    def _axes(self) -> Axes:
        """The axes of a parameter's gradient or new value."""
        name = self.equation.of or self.equation.target.removesuffix("'")
        return self.kinship.cell.parameters.get(name, ())

    @property
    def _numbers(self) -> list[int]:
        """What people divide by, or multiply with, without need."""
        scenario = self.kinship.scenario
        counts = {2, int(scenario.constants["N"]), scenario.steps, len(scenario.cell.gates)}
        return sorted(counts - {0, 1})

    def _scaled(self) -> Iterator[Edit]:
        """The whole with the wrong sign or a factor; of a sum over time, each term too."""
        inner = self._inner
        for operator, learner in self._scalings(self.right):
            yield self._edit(operator, learner, self.right, learner)
        if inner is not self.right:
            for operator, term in self._scalings(inner):
                yield self._edit(operator, over_time(term), inner, term)

    def _scalings(self, node: Expression) -> Iterator[tuple[str, Expression]]:
        yield "flip-sign", node.operand if isinstance(node, Negative) else Negative(node)
        for number in self._numbers:
            yield "scale", Binary("*", Number(number), node)
            yield "scale", Binary("/", node, Number(number))

    def _updates(self, right: Binary) -> Iterator[Edit]:
        for number in self._numbers:
            new: Expression = Binary("/", right.right, Number(number))
            yield self._edit("scale", replace(right, right=new), right.right, new)
        if len(self._axes) == 2:
            new = Transpose(right.right)
            yield self._edit("transpose", replace(right, right=new), right.right, new)

    def _stored_for_another(self) -> Iterator[Edit]:
        """The value of another gate's equation, under this one's name."""
        for other in siblings(self.equation.target, self.kinship.cell):
            found = self.kinship.equations.get(other)
            if found is not None and found.expression is not None:
                yield self._edit("wrong-gate", found.expression, self.right, Parameter(other))


def _special(change: Change, carries: set[Expression]) -> str:
    """Return a change's operator, by a name of its own where it has one."""
    if change.operator == "drop-term" and _drops_carry(change, carries):
        return "drop-carry"
    if change.operator == "drop-factor" and change.part == Parameter("lr"):
        return "no-learning-rate"
    return change.operator


def _drops_carry(change: Change, carries: set[Expression]) -> bool:
    """Whether a term left out was all that came from the next time step."""
    return change.part == Signal(CARRY) or (
        change.part in carries and not _carried(change.whole)
    )


def _carried(node: Expression) -> bool:
    return any(symbol.shift > 0 for symbol in symbols(node) if isinstance(symbol, Signal))


def initial_edits(scenario: Scenario) -> Iterator[Edit]:
    """Yield the initial states taken as 0, or left over from the end of the sequence."""
    for state in scenario.cell.states:
        given = Signal(state, -1, fixed=True)
        last = Signal(state, scenario.steps - 1, fixed=True)
        if scenario.initial[state].any():
            yield taken_as_zero(state)
        yield Edit(f"{state}@-1", "state-not-reset", None, last, given, last)


def taken_as_zero(state: str) -> Edit:
    """Return the edit of an initial state that is taken as 0."""
    given = Signal(state, -1, fixed=True)
    return Edit(f"{state}@-1", "initial-state", None, Number(0), given, Number(0))
