"""Ids name one thing each, and what is suggested can be asked for."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from drawing import LITERATURE, scenario_of

from lstm_tutor.algebra.expression import Parameter, Signal
from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.judgement import Given
from lstm_tutor.diagnosis.world import world
from lstm_tutor.dialects.catalog import notations
from lstm_tutor.dialects.notation import Notation, notation
from lstm_tutor.execution.worlds import Runs
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.model.symbol import Id, parse
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.submission.typed import typed_id
from lstm_tutor.trace.selection import one
from lstm_tutor.trace.trace import Trace, compute

LONG = ("long-memory", "vanishing-gradient", "relu-explodes")
SAMPLE = 6
NAMES = [*(name for name in bundled() if name not in LONG), *LITERATURE]


def _trace(name: str) -> Trace:
    if name in LITERATURE:
        return compute(scenario_of(LITERATURE[name], hidden=2, inputs=3, steps=2))
    return compute(load(name))


@pytest.mark.parametrize("name", NAMES)
def test_no_two_gradients_share_an_id(name: str) -> None:
    trace = _trace(name)
    shared = [str(place) for place, count in Counter(trace.ids()).items() if count > 1]
    assert shared == []
    of: dict[str, str] = {}
    for equation in trace.program.derivation.backward:
        if equation.of:
            assert of.setdefault(equation.target, equation.of) == equation.of


@pytest.mark.parametrize("name", NAMES)
def test_every_place_that_can_be_suggested_exists_for_why(name: str) -> None:
    trace = _trace(name)
    told = [place for place in trace.places.places() if trace.places.told(place)]
    assert {place.name for place in told} >= {
        e.target for e in trace.program.derivation.gradients if not e.parts
    }
    last = {place.name: place for place in told}
    first = {place.name: place for place in reversed(told)}
    for place in {*last.values(), *first.values()}:
        assert one(trace, typed_id(trace, str(place))).symbol == place.name


def _shown(trace: Trace, chosen: Notation, place: Id) -> str:
    """Return how a step's symbol stands on the screen."""
    if place.t is None:
        return chosen.symbol(Parameter(place.name))
    return chosen.symbol(Signal(place.name, place.t, fixed=True))


@pytest.mark.parametrize("name", NAMES)
def test_every_symbol_on_the_screen_can_be_typed(name: str) -> None:
    """In every notation. An id is always ours, also where another source calls a block so, and
    a block of one gate is that gate's parameter.
    """
    trace = _trace(name)
    places = [p for p in trace.ids() if p.t is None or p.name in trace.signals]
    parts = {e.target: e.parts for s in trace.program.sections for e in s.equations}
    for dialect in notations():
        chosen = notation(dialect, trace.scenario.cell)
        for place in places:
            shown = _shown(trace, chosen, place)
            found = str(one(trace, typed_id(trace, shown, dialect)).id)
            alike = found == shown or parts[place.name] == (found,)
            alike = alike or _shown(trace, chosen, parse(found)) == shown
            assert alike, (dialect, place, shown, found)


@pytest.mark.long
@pytest.mark.parametrize("id_", ["C@0", "h@1"])
def test_every_id_that_check_suggests_exists_for_why(id_: str) -> None:
    trace = compute(load("gomez"))
    tutor, right = Tutor(trace), trace.find(id_).value
    worlds = [world([Mistake((edit,))]) for edit in tutor.all_edits.of[trace.find(id_).symbol]]
    runs = Runs(trace.places, worlds[:SAMPLE])
    suggested = set()
    for lane in range(len(runs.worlds)):
        wrong = runs.value(trace.find(id_).place, lane)
        if wrong.shape == right.shape and np.isfinite(wrong).all():
            given = Given(id_, wrong, np.full(wrong.shape, 5e-4))
            verdicts = tutor.diagnose([given])
            suggested |= {found.decided_by for found in verdicts.diagnoses}
    assert suggested - {""}
    for decider in suggested - {""}:
        assert str(one(trace, typed_id(trace, decider)).place).split("@")[0] in decider
