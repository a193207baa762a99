"""The values that a learner may name in an answer: what is known at a step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lstm_tutor.algebra.expression import Parameter, Signal, Symbol
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import Id
from lstm_tutor.quiz.answer import Array, Known, Typed, Unreadable
from lstm_tutor.trace.trace import Step, Trace


def known_values(trace: Trace, step: Step, own: Mapping[int, Typed | None]) -> Known:
    """Return what looks up a symbol's value and how far it can be off.

    Known is what is given, and what comes before the step, as the learner has it. The
    lookup raises Unreadable for all else.

    Args:
        trace: the computation.
        step: what is asked for; relative times in formulas count from its time step.
        own: the learner's values of what is asked for, by index; None without one.
    """
    constants = trace.scenario.constants

    def known(symbol: Symbol) -> tuple[Array, Array]:
        if isinstance(symbol, Signal) and not symbol.fixed:
            if step.t is None:
                raise Unreadable(f"name a time step: {symbol.name}[0], not {symbol.name}[t]")
            symbol = Signal(symbol.name, symbol.shift + step.t, fixed=True)
        if isinstance(symbol, Parameter) and symbol.name in constants:
            return np.asarray(constants[symbol.name]), np.zeros(())
        index = _index(trace, step, symbol)
        value = trace[index].value
        if index not in own:
            return value, np.zeros(value.shape)
        typed = own[index]
        if typed is None:
            raise Unreadable(f"{Id.of(symbol)} has not been answered yet; back goes back to it")
        return np.reshape(typed.value, value.shape), np.reshape(typed.unit, value.shape)

    return known


def _index(trace: Trace, step: Step, symbol: Symbol) -> int:
    """Return a symbol's index in the trace; Unreadable if it is not known at the step."""
    id_ = Id.of(symbol)
    try:
        index = trace.position(id_)
    except KeyError:
        timed = isinstance(symbol, Parameter) and symbol.name in trace.signals
        example = f": name a time step, as in {symbol.name}[0]" if timed else ""
        raise Unreadable(f"there is no value {id_}{example}") from None
    if index == step.index:
        raise Unreadable(f"{id_} is what is asked for")
    if index > step.index and trace.key(index)[0].phase is not Phase.GIVEN:
        raise Unreadable(f"{id_} comes later in the computation")
    return index
