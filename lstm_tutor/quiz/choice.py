"""Which steps of a trace a quiz asks for."""

from __future__ import annotations

from collections.abc import Sequence

from lstm_tutor.algebra.expression import Number, Parameter, Signal, symbols
from lstm_tutor.model.equation import Phase
from lstm_tutor.trace.trace import Trace

LARGEST = 6  # entries of a value that is asked for without being named


def askable(trace: Trace, indices: Sequence[int], *, largest: int = LARGEST) -> tuple[int, ...]:
    """Return those of some steps that a learner can work out by hand.

    Left out is what is given, the blocks (their parts are asked), what has more entries
    than ``largest``, and what needs values that have no step.
    """
    known = {*trace.scenario.constants, *trace.scenario.parameters, *trace.symbols()}
    unknown: set[str] = set()
    for equation in trace.program.equations():
        used = {symbol.name for symbol in symbols(equation.expression or Number(0))}
        if used - known or used & unknown:
            unknown.add(equation.target)
    found = []
    for index in indices:
        equation, t = trace.key(index)
        if equation.expression is None or equation.target in unknown:
            continue
        target = Parameter(equation.target) if t is None else Signal(equation.target, t, True)
        if trace.value(target).size <= largest:
            found.append(index)
    return tuple(found)


def blank(trace: Trace, questions: tuple[int, ...], fade: int) -> tuple[int, ...]:
    """Return the questions that a fading worked example leaves blank.

    Args:
        trace: the steps.
        questions: the indices of what can be asked.
        fade: 1: the last one; 2: the backward pass and what follows; 3: all of them.
    """
    if fade >= 3:
        return questions
    if fade == 1:
        return questions[-1:]
    early = (Phase.FORWARD, Phase.LOSS)
    return tuple(index for index in questions if trace.key(index)[0].phase not in early)
