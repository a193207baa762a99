"""The whole computation of a scenario as a list of equations, and where each is evaluated.

Joins the cell's forward equations with what is derived from them. No values here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from lstm_tutor.algebra.expression import Signal
from lstm_tutor.algebra.functions import over_time
from lstm_tutor.derivation.backward import Derivation, derive, updates
from lstm_tutor.execution.prepared import Prepared, plain, prepared
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Phase, Role
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS, new
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
    sections: tuple[Section, ...]

    @cached_property
    def prepared(self) -> Prepared:
        """The equations as statements, ready to be compiled."""
        return prepared(self.cell, self.loss, self.derivation, self.updates)

    @cached_property
    def plain(self) -> Prepared:
        """The equations as statements, each as it is, to be run with mistakes."""
        return plain(self.cell, self.loss, self.derivation, self.updates)

    def equations(self) -> Iterator[Equation]:
        """Yield every equation, in order."""
        for section in self.sections:
            yield from section.equations


def program_of(scenario: Scenario) -> Program:
    """Return the program of a scenario: given, forward, loss, backward, gradients, update."""
    cell = scenario.cell
    derivation = derive(cell, scenario.loss)
    right = scenario.loss.of(cell.output)
    loss = Equation(LOSS, right, Phase.LOSS, f"loss: {scenario.loss.about}")
    formula = scenario.loss.of(new(cell.output))
    caption = "loss of the forward pass with the new weights"
    new_loss = Equation(new(LOSS), formula, Phase.UPDATE, caption)
    update = updates(cell)
    times = range(scenario.steps)
    labelled = scenario.labelled_times
    return Program(
        cell,
        derivation,
        loss,
        update,
        (
            *_given(cell, times, labelled),
            Section(cell.equations, times),
            Section((loss,), labelled),
            Section((_total(loss, LOSS, "total loss"),), (None,)),
            Section(derivation.backward, times[::-1]),
            Section(derivation.boundary, (-1,)),
            Section(derivation.gradients, (None,)),
            Section(update, (None,)),
            Section((new_loss,), labelled),
            Section((_total(new_loss, new(LOSS), "total loss after the update"),), (None,)),
        ),
    )


def _total(loss: Equation, symbol: str, caption: str) -> Equation:
    expression = over_time(Signal(symbol))
    return Equation(symbol, expression, loss.phase, caption, Role.SUM_OVER_TIME)


def _given(cell: Cell, times: range, labelled: list[int]) -> list[Section]:
    """List what the scenario gives: input, labels, initial states, weights."""

    def given(symbol: str, caption: str) -> Equation:
        return Equation(symbol, None, Phase.GIVEN, caption, Role.GIVEN)

    states = tuple(given(state, f"initial {cell.call(state)}") for state in cell.states)
    weights: list[Equation] = []
    for block, members in cell.blocks.items():
        weights += [given(symbol, cell.call(symbol)) for symbol in members]
        if members == (block,):
            continue
        caption = f"{cell.names.get(block, block)}, gate by gate"
        weights.append(Equation(block, None, Phase.GIVEN, caption, Role.BLOCK, parts=members))
    return [
        Section((given(INPUT, cell.call(INPUT)),), times),
        Section((given(LABEL, "label"),), labelled),
        Section(states, (-1,)),
        Section(tuple(weights), (None,)),
    ]
