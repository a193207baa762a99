"""Weights that were read in another order of the gates: every order is tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.diagnosis.judgement import Judgement, Status, agrees
from lstm_tutor.diagnosis.rounding import Radii
from lstm_tutor.diagnosis.working import Working
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.world import World, pieces
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.families import in_order
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import bare, layer_of

_MOST_GATES = 4  # whose orders are all tried
_ABOUT = 1e-2  # of a value: how near a world must be before rounding is looked at
_SEVERAL = 2  # wrong values: of one alone another mistake is as likely


def reread(
    places: Places, judgements: Sequence[Judgement], working: Working
) -> tuple[dict[str, str], list[Judgement]]:
    """Return whose weights each gate has, and the wrong values that follow from it.

    That is so if with the weights in another order everything that is given of the forward
    pass is right, and in no second order; else nothing is returned.

    Args:
        places: the right program.
        judgements: all of them.
        working: how precisely the person works.
    """
    cell = places.scenario.cell
    forward = {equation.target for equation in cell.equations}
    given = [item for item in judgements if item.given.place.name in forward]
    wrong = [item for item in judgements if item.status is Status.WRONG]
    alone = [item for item in wrong if not item.because]
    if sum(item.given.place.name in forward for item in alone) < _SEVERAL:
        return {}, []
    found = list(_orders(cell))
    worlds = [world([mistake]) for _, mistake in found]
    fitting = [
        found[lane]
        for lane in np.flatnonzero(_near(places, worlds, given))
        if len(_explained(places, worlds[lane], given, working)) == len(given)
    ]
    if len(fitting) != 1:
        return {}, []
    ((taken, mistake),) = fitting
    return taken, _explained(places, world([mistake]), wrong, working)


def _orders(cell: Cell) -> Iterator[tuple[dict[str, str], Mistake]]:
    """Yield every other order of the gates of layers that have the same ones."""
    layers: dict[str, list[str]] = {}
    for gate in cell.gates:
        layers.setdefault(layer_of(gate), []).append(bare(gate))
    for own in dict.fromkeys(map(tuple, layers.values())):
        for order in permutations(own) if len(own) <= _MOST_GATES else ():
            places = {gate: place for place, gate in enumerate(order)}
            gates = sorted(cell.gates, key=lambda gate: places.get(bare(gate), 0))
            alike = [g for g in gates if tuple(layers[layer_of(g)]) == own]
            others = [g for g in cell.gates if g not in alike]
            mistake = in_order(cell, [*alike, *others])
            if mistake:
                yield {a: b for a, b in zip(order, own, strict=True) if a != b}, mistake


def _near(
    places: Places, worlds: Sequence[World], given: Sequence[Judgement]
) -> NDArray[np.bool_]:
    """Say of each world whether it has about the values that are given."""
    wanted = {item.given.place.name for item in given}
    found = []
    for piece in pieces(places, worlds):
        runs = Runs(places, piece, wanted=wanted)
        near = np.ones(len(piece), dtype=bool)
        for item in given:
            values = runs.values(item.given.place)
            own = np.ravel(item.given.value)
            flat = values.reshape(len(values), -1)
            if own.size == flat.shape[1]:
                most = _ABOUT * np.abs(flat).max(1) + np.max(item.given.unit, initial=0.0)
                near &= np.abs(flat - own).max(1) <= most
        found.append(near)
    return np.concatenate(found) if found else np.zeros(0, dtype=bool)


def _explained(
    places: Places, one: World, items: Sequence[Judgement], working: Working
) -> list[Judgement]:
    """Return the values that a world gives, within what rounding moves them."""
    run = Runs(places, [one], wanted={item.given.place.name for item in items})
    units = {item.given.place: np.asarray(item.given.unit) for item in items}
    radii = Radii(run, units, working)
    return [
        item
        for item in items
        if agrees(item.given, run.value(item.given.place), radii.before(item.given.place))
    ]
