"""Repeats forward, backward and update; nothing but the weights is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.execution.executor import Executor
from lstm_tutor.execution.program import program_of
from lstm_tutor.model.symbol import EPOCH, LOSS, new
from lstm_tutor.scenario.scenario import Scenario


@dataclass(frozen=True)
class Epoch:
    """One repetition: its number from 1, the loss before its update, the weights used."""

    number: int
    loss: float
    scenario: Scenario


def train(scenario: Scenario, epochs: int) -> Iterator[Epoch]:
    """Repeat forward, backward and update; yield each epoch as it begins.

    Raises:
        NotFinite: when the loss overflows.
    """
    kept = [*scenario.parameters, *scenario.updating.kept]
    updated = {name: new(name) for name in kept}
    executor = Executor(scenario, program_of(scenario).prepared.only([LOSS, *updated.values()]))
    executor.put(scenario.untimed)
    counted = EPOCH in scenario.constants
    lasting = counted or bool(scenario.updating.kept)
    for number in range(1, epochs + 1):
        epoch = scenario.updating.epoch + number - 1
        if counted:
            executor.put_parameter(EPOCH, np.asarray(float(epoch)))
        executor.run()
        loss = float(executor.signal(LOSS).sum())
        if not np.isfinite(loss):
            raise NotFinite(f"{LOSS} in epoch {number}", "the loss")
        used = {name: executor.parameter(name).copy() for name in updated}
        moved = scenario.at_epoch(epoch, used) if lasting else scenario.with_parameters(used)
        yield Epoch(number, loss, moved)
        executor.move(updated)
