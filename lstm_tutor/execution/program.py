"""The whole computation of a scenario as a list of equations, and where each is evaluated.

Joins the cell's forward equations with what is derived from them. No values here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Expression,
    Signal,
    Symbol,
    symbols,
    total,
)
from lstm_tutor.algebra.functions import over_time
from lstm_tutor.derivation.backward import Derivation, derive
from lstm_tutor.derivation.caption import initial
from lstm_tutor.derivation.updating import Updates
from lstm_tutor.execution.bounds import Bounded
from lstm_tutor.execution.order import blocks
from lstm_tutor.execution.prepared import Prepared, plain, prepared
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Phase, Role
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS, layer_of, new, upstream
from lstm_tutor.scenario.scenario import Scenario


@dataclass(frozen=True)
class Section:
    """Equations that are evaluated together, at each of some time steps in turn.

    Attributes:
        equations: in order of evaluation.
        times: the time steps, in order of evaluation; ``(None,)`` for what has none.
    """

    equations: tuple[Equation, ...]
    times: Sequence[int | None]

    def __len__(self) -> int:
        return len(self.equations) * len(self.times)


@dataclass(frozen=True)
class Program:
    """The equations of one scenario in the order in which a person would work them."""

    cell: Cell
    derivation: Derivation
    loss: Equation
    updates: tuple[Equation, ...]
    forward: tuple[Section, ...]
    sections: tuple[Section, ...]
    beside: Mapping[str, Axes] = field(default_factory=dict)
    """The axes of what the update has beside the parameters, and of its settings."""

    def __repr__(self) -> str:
        return f"Program of {self.cell!r}"

    @cached_property
    def prepared(self) -> Prepared:
        """The equations as statements, ready to be compiled."""
        return prepared(self.cell, self.loss, self.derivation, self.updates, self.beside)

    @cached_property
    def plain(self) -> Prepared:
        """The equations as statements, each as it is, to be run with mistakes."""
        return plain(self.cell, self.loss, self.derivation, self.updates, self.beside)

    @cached_property
    def bounded(self) -> dict[tuple[Expression, frozenset[Symbol]], Bounded]:
        """The formulas that were compiled with radii, for formulas with exact symbols."""
        return {}

    @cached_property
    def kept(self) -> dict[Hashable, Any]:
        """What was made of the equations alone, for computations with other numbers."""
        return {}

    def equations(self) -> Iterator[Equation]:
        """Yield every equation, in order."""
        for section in self.sections:
            yield from section.equations


def program_of(scenario: Scenario) -> Program:
    """Return the program of a scenario: given, forward, loss, backward, gradients, update."""
    cell = scenario.cell
    outside = tuple(scenario.upstream)
    derivation = Derivation((), (), ())
    if scenario.labelled.any():
        derivation = derive(cell, scenario.loss if scenario.has_labels else None, outside)
    updates = Updates(cell, scenario.updating.pages if scenario.has_labels else ())
    update = updates.equations
    times = range(scenario.steps)
    forward = tuple(_timed(cell.equations, cell, times))
    return Program(
        cell,
        derivation,
        _loss(scenario),
        update,
        forward,
        (
            *_given(scenario, times),
            Section(updates.blocks, (None,)),
            *forward,
            *_losses(scenario, LOSS),
            *_timed(derivation.backward, cell, times[::-1]),
            *_beyond(derivation.boundary, cell, scenario.steps),
            Section(derivation.gradients, (None,)),
            Section(update, (None,)),
            *(_losses(scenario, new(LOSS)) if update else ()),
        ),
        updates.axes,
    )


def alike(one: Scenario, other: Scenario) -> bool:
    """Whether two scenarios have the same program: only numbers and sizes differ."""
    ours, theirs = one.upstream, other.upstream
    return (
        one.cell is other.cell
        and one.loss is other.loss
        and one.updating.pages == other.updating.pages
        and np.array_equal(one.labelled, other.labelled)
        and ours.keys() == theirs.keys()
        and all(np.array_equal(ours[name].there, theirs[name].there) for name in ours)
    )


def _timed(equations: Sequence[Equation], cell: Cell, times: range) -> Iterator[Section]:
    """Yield equations that are evaluated together, time step by time step.

    All of them, from one end to the other; but what a layer runs from right to left is a
    section of its own, and what stands around it too.
    """
    if not cell.ahead:
        yield Section(tuple(equations), times)
        return
    found: list[tuple[str, int, list[Equation]]] = []
    whole = [equation for equation in equations if equation.expression is not None]
    for block in blocks(whole):
        for number, equation in enumerate(block.equations):
            layer, direction = layer_of(equation.target), block.direction
            before = found[-1] if found else ("", direction, [])
            ways = _ways(equation, before[2]) if not number else set()  # a block is one
            alike = not ways and (direction in (0, before[1]) or not before[1])
            if found and before[0] == layer and alike:
                found[-1] = (layer, before[1] or direction, [*before[2], equation])
            else:
                found.append((layer, direction, [equation]))
    for side in equations:
        if side.expression is None:
            _beside(side, found)
    for _, direction, members in found:
        way = times if not direction or (direction > 0) == (times.step > 0) else times[::-1]
        yield Section(tuple(members), way)


def _ways(equation: Equation, members: Sequence[Equation]) -> set[int]:
    """Return in which directions other equations must have been evaluated before."""
    targets = {member.target for member in members}
    used = symbols(equation.expression) if equation.expression else ()
    read = (s for s in used if isinstance(s, Signal) and s.shift and s.name in targets)
    return {1 if symbol.shift < 0 else -1 for symbol in read}


def _beside(block: Equation, found: list[tuple[str, int, list[Equation]]]) -> None:
    """Put a block of rows after the last of them."""
    for _, _, members in reversed(found):
        if any(member.target in block.parts for member in members):
            members.append(block)
            return


def _beyond(equations: Iterable[Equation], cell: Cell, steps: int) -> Iterator[Section]:
    """Yield what stands before the first time step, and what after the last."""
    found: dict[int, list[Equation]] = {}
    for equation in equations:
        found.setdefault(place_of(equation, cell, steps), []).append(equation)
    for t in sorted(found, key=lambda t: (t >= 0, abs(t))):
        yield Section(tuple(found[t]), (t,))


def place_of(equation: Equation, cell: Cell, steps: int) -> int:
    """Return the time step beyond the ends at which an equation of a state stands."""
    return cell.beyond(equation.of or equation.target, steps)[equation.beyond - 1]


def _loss(scenario: Scenario) -> Equation:
    """Return the loss; where gradients come from outside, the one that has them."""
    if not scenario.upstream:
        right = scenario.loss.of(scenario.cell.output)
        return Equation(LOSS, right, Phase.LOSS, f"loss: {scenario.loss.about}")
    products = (Binary("*", Signal(upstream(n)), Signal(n)) for n in scenario.upstream)
    parts = tuple(Call("sum", (product,)) for product in products)
    return Equation(LOSS, total(parts), Phase.LOSS, "what the gradients from outside are of")


def _losses(scenario: Scenario, target: str) -> Iterator[Section]:
    """Yield the losses of the time steps and their sum, before or after the update."""
    if not scenario.has_labels:
        return
    if target == LOSS:
        loss, caption = _loss(scenario), "total loss"
    else:
        formula = scenario.loss.of(new(scenario.cell.output))
        caption = "loss of the forward pass with the new weights"
        loss = Equation(target, formula, Phase.UPDATE, caption)
        caption = "total loss after the update"
    yield Section((loss,), scenario.labelled_times)
    yield Section((_total(loss, target, caption),), (None,))


def _total(loss: Equation, symbol: str, caption: str) -> Equation:
    expression = over_time(Signal(symbol))
    return Equation(symbol, expression, loss.phase, caption, Role.SUM_OVER_TIME)


def _given(scenario: Scenario, times: range) -> list[Section]:
    """List what the scenario gives: input, labels, initial states, weights."""
    cell = scenario.cell

    def given(symbol: str, caption: str) -> Equation:
        return Equation(symbol, None, Phase.GIVEN, caption, Role.GIVEN)

    states = (
        replace(given(state, initial(cell, state, beyond)), beyond=beyond)
        for state in cell.states
        for beyond, _ in enumerate(cell.beyond(state, scenario.steps), 1)
    )
    weights: list[Equation] = []
    for block, members in cell.blocks.items():
        weights += [given(symbol, cell.call(symbol)) for symbol in members]
        if members == (block,):
            continue
        caption = f"{cell.names.get(block, block)}, gate by gate"
        weights.append(Equation(block, None, Phase.GIVEN, caption, Role.BLOCK, parts=members))
    labels = []
    if scenario.has_labels:
        labels.append(Section((given(LABEL, "label"),), scenario.labelled_times))
    for name, outside in scenario.upstream.items():
        caption = f"gradient at the {cell.call(name)} that comes from outside"
        labels.append(Section((given(upstream(name), caption),), outside.times))
    return [
        Section((given(INPUT, cell.call(INPUT)),), times),
        *labels,
        *_beyond(states, cell, scenario.steps),
        *_padding(cell, scenario.steps),
        Section(tuple(weights), (None,)),
    ]


def _padding(cell: Cell, steps: int) -> Iterator[Section]:
    """Yield what is read beyond the ends and is no initial state: it is 0 there."""
    for name in cell.reach:
        times = cell.padded(name, steps)
        caption = f"{cell.call(name)} beyond the ends of the sequence: 0"
        if times:
            yield Section((Equation(name, None, Phase.GIVEN, caption, Role.GIVEN),), times)
