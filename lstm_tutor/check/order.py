"""Gates that stand in another order than their arrays say: one finding for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import Expression, Signal, symbols
from lstm_tutor.check.reread import reread
from lstm_tutor.diagnosis.judgement import Judgement, Status, Verdicts, agrees
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.dialects.arrays import with_arrays
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.symbol import Id, bare, layer_of
from lstm_tutor.trace.trace import Array, Trace


@dataclass(frozen=True)
class GateOrder:
    """What was found of the order of gates.

    Attributes:
        first: the id of the first value that it explains.
        names: the arrays, as they are called; () where weights were read so.
        expected: the gates in the order in which they should stand.
        found: the gates in the order in which they stand, or were read.
        source: whose order the expected one is; "" if the two may be the other way round.
        apart: whether each of the arrays has one gate.
    """

    first: str
    names: tuple[str, ...]
    expected: tuple[str, ...]
    found: tuple[str, ...]
    source: str
    apart: bool = False


def in_one_order(
    trace: Trace, verdicts: Verdicts, dialect_of: Callable[[str], str], working: Working
) -> tuple[Verdicts, GateOrder | None]:
    """Return verdicts in which values that another order of gates explains follow from the
    first of them, and that order; the verdicts as they are if there is none.

    Args:
        trace: the right computation.
        verdicts: the judgements.
        dialect_of: whose order of gates an array of the file has by its name.
        working: how precisely the person works.
    """
    wrong = [item for item in verdicts.judgements if item.status is Status.WRONG]
    found = _exchanged(trace, wrong, whole=True)
    taken = _taken(found)
    if taken:
        chosen = notation(dialect_of(found[0][0].given.name), trace.scenario.cell)
        stand = tuple(chosen.gate(taken.get(gate, gate)) for gate in chosen.order)
        own = [item.given.name for item, _, _ in found]
        apart = {(name, gate) for name, (_, gate, _) in zip(own, found, strict=True)}
        names = tuple(dict.fromkeys(own))
        expected = tuple(map(chosen.gate, chosen.order))
        order = GateOrder(
            *(found[0][0].given.id, names, expected, stand, chosen.title),
            apart=len(apart) == len(names),
        )
        return _one(verdicts, [item for item, _, _ in found]), order
    taken, follow = reread(trace.places, verdicts.judgements, working)
    if not taken:
        found = _exchanged(trace, wrong, whole=False)
        taken, follow = _taken(found), [item for item, _, _ in found]
        gates = [i for i in wrong if trace.scenario.cell.gate_of(i.given.place.name)]
        exchanged = all(taken.get(other) == gate for gate, other in taken.items())
        if not taken or not exchanged or len(found) < len(gates):  # it must explain all of them
            return verdicts, None
    first = follow[0].given
    said = _said(trace, taken, dialect_of(first.name))
    return _one(verdicts, follow), GateOrder(first.id, (), *said)


def _taken(found: Sequence[tuple[Judgement, str, str]]) -> dict[str, str]:
    """Return whose place each gate has, if that is one order for all of them; else nothing."""
    taken = {gate: other for _, gate, other in found}
    consistent = len(taken) == len({(gate, other) for _, gate, other in found})
    return taken if consistent and set(taken) == set(taken.values()) else {}


def _one(verdicts: Verdicts, follow: Sequence[Judgement]) -> Verdicts:
    """Return verdicts in which some wrong values follow from the first of them."""
    first, others = follow[0].given.id, {item.given.id for item in follow[1:]}
    return Verdicts(
        tuple(
            replace(item, because=first, diagnoses=())
            if item.status is Status.WRONG and item.given.id in others
            else item
            for item in verdicts.judgements
        )
    )


def _exchanged(
    trace: Trace, wrong: list[Judgement], *, whole: bool
) -> list[tuple[Judgement, str, str]]:
    """Return the wrong values that are another gate's, with the gate and that other one.

    Args:
        trace: the right computation.
        wrong: the wrong values.
        whole: whether to look at arrays of several gates, or of parameters' gates one by
            one, or at gates worked with the weights of another one.
    """
    cell = trace.scenario.cell
    several = Counter(item.given.name for item in wrong)
    found = []
    for item in wrong:
        symbol = item.given.place.name
        gate = cell.gate_of(symbol)
        worked = symbol in cell.gates or symbol in cell.preactivations.values()
        stacked = several[item.given.name] > 1 or item.given.place.t is None
        if not gate or not (stacked if whole else worked):
            continue
        values = _of_others(trace, item, gate) if whole else _by_others(trace, item, gate)
        others = [other for other, value in values if agrees(item.given, value)]
        if len(others) == 1:
            found.append((item, bare(gate), bare(others[0])))
    return found


def _others(trace: Trace, gate: str) -> Iterator[str]:
    every = trace.scenario.cell.gates
    return (one for one in every if one != gate and layer_of(one) == layer_of(gate))


def _of_others(trace: Trace, item: Judgement, gate: str) -> Iterator[tuple[str, Array]]:
    """Yield what the same quantity is for each other gate."""
    cell, (symbol, t) = trace.scenario.cell, item.given.place
    own = cell.quantities[symbol]
    for other in _others(trace, gate):
        for name, what in cell.quantities.items():
            alike = what.gate == other and (what.form, what.block) == (own.form, own.block)
            place = Id(name, t)
            if alike and (place in trace.places):
                yield other, trace.places.base(place)


def _by_others(trace: Trace, item: Judgement, gate: str) -> Iterator[tuple[str, Array]]:
    """Yield what a gate is with the pre-activation of each other one."""
    cell, (symbol, t) = trace.scenario.cell, item.given.place
    before = cell.preactivations
    formula = next((e.expression for e in cell.equations if e.target == gate), None)
    if t is None or formula is None or gate not in before:
        return
    for other in _others(trace, gate):
        if other not in before or not trace.signals[before[other]].has(t):
            continue
        value = trace.signals[before[other]].at(t)
        if symbol == gate:
            if symbols(formula) != (Signal(before[gate]),):
                continue
            value = _with(formula, value)
        yield other, value


def _with(formula: Expression, value: Array) -> Array:
    """Return the value of a formula whose only symbol has this value."""
    return np.asarray(evaluate(formula, lambda _: value))


def _said(
    trace: Trace, taken: Mapping[str, str], dialect: str
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return the order expected and the one that weights were read in, in the dialect's names,
    and whose the expected one is; "" if the two may be the other way round.
    """
    cell = trace.scenario.cell
    own = notation(dialect, cell)
    both = all(taken.get(other) == gate for gate, other in taken.items())
    orders = {name: notation(name, cell) for name in (*with_arrays(), *notations())}
    for mine in orders.values():
        for theirs in orders.values():
            pairs = zip(theirs.order, mine.order, strict=True)
            if mine.order != theirs.order and all(taken.get(g, g) == h for g, h in pairs):
                expected, found = (tuple(map(own.gate, one.order)) for one in (mine, theirs))
                return expected, found, "" if both else mine.title
    readers = {weights: gate for gate, weights in taken.items()}
    found = tuple(own.gate(readers.get(gate, gate)) for gate in own.order)
    return tuple(map(own.gate, own.order)), found, "" if both else own.title
