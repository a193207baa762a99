"""What makes a scenario hard to learn from its numbers: gates that do not move, errors that
do not arrive or grow without end, units that are off, labels that no weights can reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Call, walk
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.audit.accident import FLAT, slopes_of
from lstm_tutor.audit.reach import OutOfReach, out_of_reach
from lstm_tutor.files.phrase import agreeing, listed
from lstm_tutor.model.symbol import DOUT, LOSS, OUTPUT, Id, bare, layer_of, layered
from lstm_tutor.numbers.numeral import array_text
from lstm_tutor.scenario.scenario import Scenario, Upstream
from lstm_tutor.trace.trace import Trace, compute

Array: TypeAlias = NDArray[Any]
GROWN = 10.0
"""Times that an error may grow on its way before it is told of."""
_NEAR = 2  # time steps of a way that is too short to tell
_MOST = 6  # units that are named


def troubles(trace: Trace) -> Iterator[str]:
    """Yield what a scenario's author should know of its numbers, in sentences."""
    yield from _still(trace)
    yield from _flow(trace)
    yield from map(_unreachable, out_of_reach(trace.scenario))


def _still(trace: Trace) -> Iterator[str]:
    """Say which units have no slope at any time step, and so teach their weights nothing."""
    for equation in trace.scenario.cell.equations:
        nodes = () if equation.expression is None else walk(equation.expression)
        for node in nodes:
            if not (isinstance(node, Call) and FUNCTIONS[node.function].activation):
                continue
            slopes, values = slopes_of(trace, node)
            largest = slopes.max((0, 2))  # of a unit, over time and sequences
            dead = (largest == 0) & (values == 0).all((0, 2))
            flat = (largest < FLAT) & ~dead
            name, function = equation.target, node.function
            if dead.any():
                yield (
                    f"{_units(name, dead)} off at every time step: {function} is 0 there, "
                    "and the weights before it get no gradient"
                )
            if flat.any():
                yield (
                    f"{_units(name, flat)} saturated at every time step: the slope of "
                    f"{function} is at most {largest[flat].max():.2g}"
                )


def _units(name: str, which: Array) -> str:
    numbers = np.flatnonzero(which).tolist()
    if len(numbers) == len(which):
        return f"{name} is"
    shown = [str(number) for number in numbers[:_MOST]]
    more = [f"{len(numbers) - _MOST} more"] if len(numbers) > _MOST else []
    unit = agreeing(len(numbers), "unit", "units")
    return f"{name}, {unit} {listed([*shown, *more])}, {agreeing(len(numbers), 'is', 'are')}"


def _flow(trace: Trace) -> Iterator[str]:
    """Say in which layer the error of the last label fades or grows on its way back, or of
    the first one where a layer runs from right to left.
    """
    scenario = trace.scenario
    times = scenario.labelled_times
    if not times or scenario.truncate:
        return
    ways: dict[tuple[str, bool], list[str]] = {}
    for state in scenario.cell.states:
        late = state in scenario.cell.late
        ways.setdefault((layer_of(state), late), []).append(state)
    for (layer, late), states in ways.items():
        start, end = (times[0], scenario.steps - 1) if late else (times[-1], 0)
        if abs(end - start) < _NEAR:
            continue
        alone = compute(_with_loss_at(scenario, start))
        near, far = (_size(alone, states, t) for t in (start, end))
        if near > 0 and not FLAT <= far / near <= GROWN:
            where = f" in {layer}" if layer else ""
            what = "grows" if far > near else "fades"
            left = "times its size arrives" if far > near else "of it is left"
            error = Id(LOSS, start) if scenario.has_labels else f"t = {start}"
            yield (
                f"the error of {error} {what} on its way{where}: {far / near:.2g} "
                f"{left} at t = {end}"
            )


def _with_loss_at(scenario: Scenario, t: int) -> Scenario:
    """Return the scenario with one label, or one gradient from outside, alone."""
    labelled = scenario.labelled.copy()
    labelled[np.arange(scenario.steps) != t] = False
    upstream = {
        name: Upstream(
            given.values * _only(t, given.values), given.there & _only(t, given.there)
        )
        for name, given in scenario.upstream.items()
    }
    return replace(scenario, labelled=labelled, upstream=upstream)


def _only(t: int, values: Array) -> Array:
    there: Array = np.arange(len(values)) == t
    return there.reshape(-1, *[1] * (values.ndim - 1))


def _size(trace: Trace, states: list[str], t: int) -> float:
    """Return the largest entry of the gradients of a layer's states at a time step."""
    cell, found = trace.scenario.cell, [0.0]
    for state in states:
        output = bare(state) == OUTPUT
        name = layered(layer_of(state), DOUT) if output else cell.gradient(state)
        if name in trace.signals and trace.signals[name].has(t):
            found.append(float(np.abs(trace.signals[name].at(t)).max()))
    return max(found)


def _unreachable(one: OutOfReach) -> str:
    low, high = one.reach.low, one.reach.high
    stays = f"between {low:.4g} and {high:.4g}"
    if np.isinf(low) or np.isinf(high):
        stays = f"below {high:.4g}" if np.isinf(low) else f"above {low:.4g}"
    sequence = "" if one.sequence is None else f" of sequence {one.sequence}"
    label = f"{one.id}{sequence} = {array_text(one.label, 4)}"
    return f"{label} is out of reach: the output stays {stays}"
