"""Mistakes with what a scenario gives: initial states and labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Binary, Expression, Literal, Number, Signal, symbols
from lstm_tutor.mistakes.mistake import OTHER_ORDER, Edit, Mistake
from lstm_tutor.model.loss import CLASSES, SHARES
from lstm_tutor.model.symbol import INPUT, LABEL, LOSS, Id
from lstm_tutor.scenario.scenario import Scenario

MIXED = "sequences-mixed"
_MOST_STEPS = 50


def initial_edits(scenario: Scenario) -> Iterator[Edit]:
    """Yield the initial states taken as 0 or 1, left over from the end of the sequence, or
    taken from another layer.
    """
    for place, value in scenario.initial.items():
        end = 0 if place.name in scenario.cell.late else scenario.steps - 1
        last = Signal(place.name, end, fixed=True)
        if value.any():
            yield taken_as_zero(place)
        if not (value == 1).all():
            one = Number(1)
            yield Edit(str(place), "initial-state-one", None, one, place.node, one)
        yield Edit(str(place), "state-not-reset", None, last, place.node, last)
        for other in _elsewhere(place, scenario):
            yield Edit(str(place), "other-initial-state", None, other, place.node, other)


def taken_as_zero(place: Id) -> Edit:
    """Return the edit of an initial state that is taken as 0."""
    return Edit(str(place), "initial-state", None, Number(0), place.node, Number(0))


def _elsewhere(place: Id, scenario: Scenario) -> Iterator[Expression]:
    """Yield the other layers' initial states of its kind and size, where they differ."""
    own = scenario.initial[place]
    for found, other in scenario.initial.items():
        alike = found.symbol == place.symbol and found.layer != place.layer
        if alike and other.shape == own.shape and not np.array_equal(other, own):
            yield found.node


def label_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Yield all labels off by a time step or a class, or taken for their opposite."""
    times = scenario.labelled_times if scenario.has_labels else []
    steps, kind = scenario.steps, scenario.loss.labels
    for by in (-1, 1) if len(times) > 1 else ():
        others = {t: Signal(LABEL, (t + by) % steps, fixed=True) for t in times}
        yield from _labels("label-off", others)
    if kind == SHARES and np.isin(scenario.labels, (0, 1)).all():
        for by in (-1, 1):
            rolled = np.roll(scenario.labels, by, axis=1)
            yield from _labels("class-off", {t: _literal(rolled[t]) for t in times})
    if kind == CLASSES:
        one = Number(1)
        yield from _labels(
            "label-inverted",
            {t: Binary("-", one, Signal(LABEL, t, fixed=True)) for t in times},
        )


def sequence_mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """Yield all inputs or labels taken from the sequence before or after, in a batch."""
    if scenario.batch is None or scenario.batch < 2 or scenario.steps > _MOST_STEPS:
        return
    given = {INPUT: scenario.inputs}
    if scenario.has_labels:
        given[LABEL] = scenario.labels
    for name, values in given.items():
        for by in (-1, 1) if scenario.batch > 2 else (1,):
            edits = []
            for t, rows in enumerate(np.roll(values, by, axis=-1)):
                own = Signal(name, t, fixed=True)
                place = str(Id(name, t))
                edits.append(Edit(place, MIXED, None, _literal(rows), own, own))
            yield Mistake(tuple(edits), together=MIXED)
    yield from _states_mixed(scenario)


def _states_mixed(scenario: Scenario) -> Iterator[Mistake]:
    """The initial states of other sequences, of those turned round, or of the first for all."""
    count = scenario.batch or 1
    orders = [np.roll(range(count), by) for by in (-1, 1)]
    orders += [np.arange(count)[::-1], np.zeros(count, dtype=int)]
    for order in dict.fromkeys(tuple(map(int, one)) for one in orders):
        edits = []
        for place, value in scenario.initial.items():
            mixed = value[..., list(order)]
            if not np.array_equal(mixed, value):
                node = place.node
                one = Edit(str(place), MIXED, None, _literal(mixed), node, node)
                edits.append(replace(one, way=OTHER_ORDER))
        if edits:
            yield Mistake(tuple(edits), together=MIXED)


def loss_mistakes(scenario: Scenario, edits: Sequence[Edit]) -> Iterator[Mistake]:
    """Yield the loss of the last time step taken for all of it, where others have one."""
    *others, last = scenario.labelled_times or [0]
    if not scenario.has_labels or not 0 < len(others) <= _MOST_STEPS or not last:
        return
    found = [edit for edit in edits if edit.kind == "drop-loss"]
    first = [edit for edit in found if edit.target in (LOSS, *_starting(found))]
    for group in (*([edit] for edit in found), *([first] if len(first) > 1 else [])):
        left = (replace(e, target=str(Id(e.target, t))) for e in group for t in others)
        yield Mistake(tuple(left), together="only-last-loss")


def _starting(edits: Sequence[Edit]) -> list[str]:
    """Return the gradients with which the backward pass starts."""
    own = Signal(LABEL)
    return [e.target for e in edits if e.right is not None and own in symbols(e.right)]


def _literal(rows: NDArray[np.float64]) -> Literal:
    if rows.ndim == 1:
        return Literal(tuple(rows.tolist()))
    return Literal(tuple(tuple(row) for row in rows.tolist()))


def _labels(kind: str, others: Mapping[int, Expression]) -> Iterator[Mistake]:
    edits = []
    for t, new in others.items():
        given = Signal(LABEL, t, fixed=True)
        edits.append(Edit(str(Id(LABEL, t)), kind, None, new, given, new))
    if edits:
        yield Mistake(tuple(edits), together=kind)
