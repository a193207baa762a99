"""Mistakes with what a forward formula reads: more than it should, or another form of it; see
`operators`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Parameter,
    Signal,
    addends,
    total,
    walk,
)
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Found, Node, Result, Site, factors, product_of
from lstm_tutor.mistakes.slips import literal
from lstm_tutor.model.symbol import INPUT, OUTPUT, bare, layer_of

_BETWEEN = ("relu", "tanh", "sigmoid")
_MOST_ENTRIES = 64  # of a matrix that is written out


def state_added(site: Site, setting: Setting) -> Found:
    """A state of the time step before added, as peepholes and residual connections do, or
    the input.
    """
    if setting.role != "forward":
        return
    match site:
        case Result(node):
            for own in _addable(setting):
                if own not in addends(node):
                    yield node, own, total((node, own))
        case Node(Call(name, (Signal() as before,)) as call):
            if before.name in setting.cell.preactivations.values():
                for own in _addable(setting):
                    new = Call(name, (total((before, own)),))
                    yield call, new, new


def _addable(setting: Setting) -> Iterator[Signal]:
    """Yield the states before, and the input, that have as many entries as is computed."""
    target = setting.equation.target
    size = setting.sized(Signal(target))
    states = [Signal(name, -setting.direction(name)) for name in setting.cell.states]
    near = (state for state in states if layer_of(state.name) == layer_of(target))
    for own in (*near, Signal(INPUT)):
        if setting.sized(own) == size and setting.available(own):
            yield own


def other_form(site: Site, setting: Setting) -> Found:
    """What is read of the layer below activated once more."""
    for output in _below(site, setting):
        for name in _BETWEEN:
            yield output, Call(name, (output,)), Call(name, (output,))


def part_of_output(site: Site, setting: Setting) -> Found:
    """What is read of the layer below without one of its factors."""
    for output in _below(site, setting):
        line = setting.partners.equations.get(output.name)
        parts = factors(line.expression) if line and line.expression else []
        for number, (factor, divides) in enumerate(parts if len(parts) > 1 else ()):
            if not divides:
                yield factor, None, product_of([*parts[:number], *parts[number + 1 :]])


def layers_added(site: Site, setting: Setting) -> Found:
    """Another layer's output, or the input, added to the output that is read."""
    for output in _below(site, setting):
        outputs = (Signal(name) for name in setting.cell.states if bare(name) == OUTPUT)
        for other in (*outputs, Signal(INPUT)):
            alike = other != output and setting.sized(other) == setting.sized(output)
            if alike and setting.available(other):
                yield output, total((output, other)), total((output, other))


def _below(site: Site, setting: Setting) -> Iterator[Signal]:
    """Yield the output of a layer, where the layer above or a readout reads it."""
    match site:
        case Node(Signal(name, 0, fixed=False) as output) if setting.role == "forward":
            if bare(name) == OUTPUT and name in setting.cell.states:
                yield output


def state_scaled(site: Site, setting: Setting) -> Found:
    """A state scaled by a gate before its product with a matrix, where it is not."""
    match site:
        case Node(Binary("@", Parameter() as matrix, Signal(name, shift) as state)):
            if setting.role != "forward" or name not in setting.cell.states or not shift:
                return
            if _scaled(setting):
                return
            for gate in map(Signal, setting.cell.gates):
                if setting.available(gate) and setting.sized(gate) == setting.sized(state):
                    scaled = Binary("*", gate, state)
                    yield state, scaled, Binary("@", matrix, scaled)


def _scaled(setting: Setting) -> bool:
    """Whether a gate scales what the equation gives, elsewhere."""
    own = Signal(setting.equation.target)
    return any(
        isinstance(node, Binary) and node.operator == "*" and own in (node.left, node.right)
        for line in setting.cell.equations
        if line.expression is not None
        for node in walk(line.expression)
    )


def activation_of_part(site: Site, setting: Setting) -> Found:
    """Only the first terms of a sum activated, the others added after it."""
    match site:
        case Node(Call(name, (Signal() as before,)) as call) if setting.role == "forward":
            line = setting.partners.equations.get(before.name)
            if before.name in setting.cell.preactivations.values() and line and line.expression:
                terms = addends(line.expression)
                for number in range(1, len(terms)):
                    new = total((Call(name, (total(terms[:number]),)), *terms[number:]))
                    yield call, new, new


def column_by_column(site: Site, setting: Setting) -> Found:
    """A matrix filled in column by column, in one equation."""
    match site:
        case Node(Binary("@", Parameter() as matrix, other)) if setting.role == "forward":
            values = setting.scenario.parameters.get(matrix.name)
            if values is None or values.ndim != 2 or values.size > _MOST_ENTRIES:
                return
            if min(values.shape) > 1:
                for new in (
                    values.ravel().reshape(values.shape, order="F"),
                    values.ravel(order="F").reshape(values.shape),
                ):
                    if not np.array_equal(new, values):
                        yield matrix, literal(new), Binary("@", literal(new), other)
