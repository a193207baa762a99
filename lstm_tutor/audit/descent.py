"""Whether a falling loss shows that a gradient is right: the loss after one update, with
each mistake that can be made in the backward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.world import pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.all_edits import all_edits
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.mistakes.partners import BACKWARD
from lstm_tutor.model.symbol import LOSS, Id, new
from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.trace.trace import Trace

Watch: TypeAlias = Callable[[Sequence[Edit]], Iterable[Edit]]
_DIGITS = 11
_ROUND_OFF = 1e-12  # of the loss


@dataclass(frozen=True)
class Wrong:
    """One mistake and the loss after one update with its gradients."""

    edit: Edit
    loss: float


@dataclass(frozen=True)
class Descents:
    """What one update does to the loss, with the right gradients and with wrong ones.

    Attributes:
        before: the loss before the update.
        after: the loss after the right update.
        wrong: the mistakes that change a parameter's gradient, one for each different wrong
            result, the best loss first; those whose loss is no number are last.
    """

    before: float
    after: float
    wrong: tuple[Wrong, ...]

    @cached_property
    def lower(self) -> tuple[Wrong, ...]:
        """The mistakes with which the loss falls too."""
        return tuple(one for one in self.wrong if one.loss < self.before)

    @cached_property
    def better(self) -> tuple[Wrong, ...]:
        """The mistakes with which it falls further than with the right gradients."""
        margin = _ROUND_OFF * abs(self.after)
        return tuple(one for one in self.wrong if one.loss < self.after - margin)


def descents(trace: Trace, watch: Watch = iter) -> Descents:
    """Try every mistake in an equation of the backward pass or of a parameter's gradient.

    Args:
        trace: the scenario, computed.
        watch: passes the mistakes on while they are tried, to show how far it is.
    """
    program, places = trace.program, trace.places
    targets = {e.target for e in program.equations() if e.phase in BACKWARD}
    known = all_edits(trace.scenario, program).systematic
    edits = [edit for edit in known if edit.target in targets]
    gradients = [Id(e.target) for e in program.derivation.gradients if e.expression]
    right = tuple(array_text(places.base(place), _DIGITS) for place in gradients)
    found: dict[tuple[str, ...], Wrong] = {}
    waiting = iter(watch(edits))
    for piece in pieces(places, [world([Mistake((edit,))]) for edit in edits]):
        runs = Runs(places, piece)
        for lane in range(len(piece)):
            edit = next(waiting)
            written = tuple(
                array_text(runs.predicted(place, lane), _DIGITS) for place in gradients
            )
            if written != right and written not in found:
                loss = float(np.sum(runs.value(Id(new(LOSS)), lane)))
                found[written] = Wrong(edit, loss)
    wrong = sorted(found.values(), key=lambda one: (not np.isfinite(one.loss), one.loss))
    before, after = trace.loss_before, trace.loss_after
    if before is None or after is None:
        raise ValueError(trace.scenario.name)
    return Descents(before, after, tuple(wrong))
