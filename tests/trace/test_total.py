"""The total derivative of one value by another: true on any page, and made of its ways."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from command import invoke
from drawing import LITERATURE, scenario_of
from numpy.typing import NDArray
from oracle import walked
from pages import trace_of

from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import LABEL, Id
from lstm_tutor.render.derivation import derivative_lines
from lstm_tutor.render.line import View
from lstm_tutor.scenario.catalog import bundled
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.step import Step
from lstm_tutor.trace.total import Total, derived
from lstm_tutor.trace.trace import Trace, compute

Array = NDArray[Any]
PAIRS = 12
SHORT = [name for name in bundled() if load(name).steps <= 6]
_STEP = 1e-30


@cache
def _trace(name: str) -> Trace:
    if name.startswith("page "):
        return trace_of(int(name.removeprefix("page ")))
    if name in LITERATURE:
        return compute(scenario_of(LITERATURE[name], hidden=2, inputs=3, steps=3))
    return compute(load(name))


def _values(trace: Trace) -> list[Step]:
    """Return the values of the forward pass."""
    phases = (Phase.GIVEN, Phase.FORWARD, Phase.LOSS)
    steps = (step for step in trace if step.phase in phases)
    return [step for step in steps if step.symbol != LABEL and not step.rows]


def _slope(trace: Trace, of: Id, by: Step) -> Array:
    """Return the derivative by complex step, on the formulas' trees: (of, entries of by)."""
    columns = []
    for entry in np.ndindex(by.value.shape):
        change = np.zeros(by.value.shape, dtype=complex)
        change[entry] = 1j * _STEP
        is_given = by.expression is None
        given = {by.place: by.value + change} if is_given else None

        def moved(place: Id, value: Array, change: Array = change) -> Array:
            return value + change if place == by.place else value

        found = walked(trace.places, change=moved, given=given)
        value = found.get(of, trace.find(of).value)
        columns.append(np.imag(value).ravel() / _STEP)
    return np.array(columns).T


def _matrix(trace: Trace, found: Total) -> Array:
    """Return a derivative as (entries of the one, entries of the other), in a batch too."""
    batch = trace.scenario.batch
    if batch is None:
        return found.value.reshape(len(found.value), -1)
    if found.of.t is None and found.by.t is None:
        return found.value.reshape(1, -1)
    parts = [found.value[..., s].reshape(len(found.value), -1) for s in range(batch)]
    units = parts[0].shape[1] if found.by.t is None else found.by.value.size // batch
    whole = np.zeros((found.of.value.size, found.by.value.size))
    for s, part in enumerate(parts):
        rows = slice(s, None, batch) if found.of.t is not None else slice(None)
        columns = slice(s, None, batch) if found.by.t is not None else slice(None)
        whole[rows, columns] = part.reshape(-1, part.shape[-1] if units == 1 else units)
    return whole


NAMES = [*SHORT, *LITERATURE, *(f"page {seed}" for seed in range(25))]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_complex_step(name: str) -> None:
    """On any page and model, between any two values, it is what the complex step finds."""
    trace = _trace(name)
    steps = _values(trace)
    random = np.random.default_rng(len(name))
    for _ in range(PAIRS):
        by, of = sorted(random.choice(len(steps), 2, replace=False))
        found = derived(trace, steps[of], steps[by])
        right = _slope(trace, steps[of].place, steps[by])
        right = right.reshape(-1, steps[by].value.size)
        own = _matrix(trace, found) if found.count else np.zeros(right.shape)
        scale = max(1e-6, float(np.abs(right).max(initial=0.0)))
        message = f"{steps[of].id} by {steps[by].id}"
        assert np.allclose(own, right, rtol=1e-9, atol=1e-9 * scale), message


@pytest.mark.parametrize("name", NAMES)
def test_the_ways_add_up(name: str) -> None:
    """The ways of a derivative, or those that begin alike, add up to it."""
    trace = _trace(name)
    steps = _values(trace)
    for of in steps[-1:-8:-2]:
        for by in steps[:9:3]:
            found = derived(trace, of, by)
            total = sum(way.value for way in found.ways)
            assert np.allclose(total, found.value, rtol=1e-12, atol=1e-14), (of.id, by.id)


def test_the_loss_by_a_weight_is_its_gradient() -> None:
    """The total loss derived by a parameter is the gradient of the backward pass."""
    trace = _trace("two-units")
    for name in trace.scenario.parameters:
        found = derived(trace, trace.find("L"), trace.find(name))
        assert np.allclose(found.value[0], trace.parameters[f"d{name}"], rtol=1e-12)


def _text(name: str, of: str, by: str) -> str:
    trace = _trace(name)
    found = derived(trace, trace.find(of), trace.find(by))
    view = View(notation("gomez", trace.scenario.cell))
    return "\n".join(line for line, _ in derivative_lines(trace, found, view, 80))


def test_a_state_by_the_one_before_shows_every_way() -> None:
    """C@1 by C@0 goes through the forget gate, and through the gates that read h@0."""
    text = _text("gomez", "C@1", "C@0")
    assert "∂C[1]/∂C[0] ≈ 0.899324" in text
    assert "It goes 4 ways, which add up" in text
    assert "∂C[1]/∂C[0] = f[1] ≈ 0.870302" in text
    assert "C[1] ← a[1] ← z_a[1] ← h[0] ← C[0]" in text
    assert text.endswith("their sum ≈ 0.899324")


def test_what_does_not_depend_is_told_so() -> None:
    """Where no way leads from the one to the other, the derivative is 0, in words."""
    assert "∂C[0]/∂C[1] = 0: C@0 does not depend on C@1" in _text("gomez", "C@0", "C@1")


def test_a_derivative_between_lists_is_a_matrix() -> None:
    """A row for each entry of the one, a column for each of the other."""
    text = _text("two-units", "h@2", "C@0")
    assert "a row for each entry of h[2], a column for each of C[0]" in text


def test_too_many_ways_are_put_together() -> None:
    """Over many time steps the ways that begin with the same use are one, and add up."""
    trace = compute(scenario_of(LITERATURE["peephole"], hidden=2, inputs=2, steps=9))
    found = derived(trace, trace.find("h@8"), trace.find("h@0"))
    assert found.count > 10_000 > len(found.ways)
    assert not found.whole


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("dC@0", "it comes after the forward pass"),
        ("y@0", "nothing is made of a label but the loss"),
        ("W", "it is a block; name one of its rows, such as W_a"),
        ("C@7", "there is no step 'C@7'"),
    ],
)
def test_what_has_no_derivative_is_refused(by: str, said: str) -> None:
    """A gradient, a label, a block and what is not there are answered in a sentence."""
    result = invoke("why", "C@1", "--by", by)
    assert result.code in (1, 2)
    assert said in result.err
