"""The corpus of wrong programs is itself right: independent, whole, and wrong as said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from drawing import CELLS, OF_NUMBERS, scenario_of
from habits import HABITS
from hypothesis import given
from hypothesis import strategies as st
from mistakes import (
    KINDS,
    MISTAKES,
    OF_UPDATES,
    Array,
    Mistake,
    outputs,
    right_outputs,
    wrong_ids,
)
from model_mistakes import MODEL_MISTAKES, PAGES, differing, printed_by, scenario_for
from people import PEOPLE

from lstm_tutor.algebra.evaluation import evaluate
from lstm_tutor.algebra.expression import Symbol
from lstm_tutor.mistakes.mistake import COPIED
from lstm_tutor.model.equation import Phase
from lstm_tutor.model.symbol import Id, parse
from lstm_tutor.scenario.loading import load
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.trace.trace import Trace, compute


def _same_as_the_trace(scenario: Scenario) -> None:
    found = right_outputs(scenario)
    steps = [step for step in compute(scenario) if step.phase != Phase.GIVEN and not step.rows]
    assert found.keys() == {step.id for step in steps}
    for step in steps:
        assert found[step.id].shape == step.value.shape, step.id
        limit = 1e-12 * max(np.abs(step.value).max(), 1e-3)
        assert np.abs(found[step.id] - step.value).max() <= limit, step.id


@pytest.mark.parametrize("name", ["gomez", "two-units", "many-to-one", "truncated"])
def test_without_mistake_the_program_is_the_trace(name: str) -> None:
    """Every computed id is there, in its true shape, and agrees to 1e-12."""
    _same_as_the_trace(load(name))


@given(
    seed=st.integers(0, 2**32 - 1),
    hidden=st.integers(1, 4),
    inputs=st.integers(1, 4),
    labelled=st.lists(st.booleans(), min_size=1, max_size=5).filter(any),
    loss=st.sampled_from(list(OF_NUMBERS)),
    truncate=st.none() | st.integers(1, 3),
)
def test_without_mistake_any_scenario_is_the_trace(
    seed: int, hidden: int, inputs: int, labelled: list[bool], loss: str, truncate: int | None
) -> None:
    """All sizes, labels missing anywhere, every loss, cut or not."""
    drawn = scenario_of(
        CELLS["lstm"],
        seed=seed,
        hidden=hidden,
        inputs=inputs,
        steps=len(labelled),
        labelled=tuple(labelled),
        loss=loss,
        truncate=truncate,
    )
    _same_as_the_trace(drawn)


@pytest.fixture(scope="module")
def traces() -> dict[str, Trace]:
    return {name: compute(load(name)) for name in ("gomez", "two-units")}


@pytest.mark.long
def test_a_mistake_shows_first_where_it_was_made(traces: dict[str, Trace]) -> None:
    """The first wrong number, in the project's order, is a target's; two-units has one."""
    firsts = {
        (mistake.name, name): (mistake, _first_wrong(mistake, trace))
        for mistake in MISTAKES
        for name, trace in traces.items()
    }
    assert [key for key, (_, id_) in firsts.items() if key[1] == "two-units" and not id_] == []
    assert [(key, id_) for key, (one, id_) in firsts.items() if id_ and not _at(one, id_)] == []


def _first_wrong(mistake: Mistake, trace: Trace) -> str:
    return min(wrong_ids(mistake, trace.scenario.name), key=trace.position, default="")


def _at(mistake: Mistake, id_: str) -> bool:
    """Whether an id is of a target, and of the time step if the mistake has one."""
    symbol, _, t = id_.partition("@")
    return symbol in mistake.targets and (not mistake.local or t in ("", str(mistake.t)))


def _broken(trace: Trace, found: dict[str, Array]) -> Iterator[str]:
    """Yield the ids whose equation does not hold between the learner's own numbers."""

    def value(symbol: Symbol) -> Array:
        id_ = str(Id.of(symbol))
        return found[id_] if id_ in found else trace.value(symbol)

    for step in trace:
        if step.id not in found or step.symbol == "L'" or step.expression is None:
            continue
        parts = [term.expression for term in step.terms if not term.missing]
        if not step.terms:
            parts = [step.expression]
        expected = sum(evaluate(part, value) for part in parts)
        scale = max(np.abs(expected).max(), np.abs(found[step.id]).max())
        if np.abs(found[step.id] - expected).max() > 1e-9 * scale:
            yield step.id


@pytest.mark.slow
def test_the_targets_are_the_equations_that_do_not_hold(traces: dict[str, Trace]) -> None:
    """All others hold between the wrong numbers; L' is left out, for h' is not printed.

    A number under another name also breaks the equations that read it.
    """
    trace = traces["two-units"]
    broken = {one: list(_broken(trace, outputs(one, "two-units"))) for one in MISTAKES}
    assert {one.name: ids for one, ids in broken.items() if not _as_said(one, ids)} == {}


def _as_said(mistake: Mistake, broken: list[str]) -> bool:
    symbols = {id_.partition("@")[0] for id_ in broken}
    if "another-name" in mistake.kinds:
        return mistake.targets <= symbols
    return mistake.targets - {"L'"} == symbols and all(_at(mistake, id_) for id_ in broken)


@pytest.mark.long
@pytest.mark.parametrize("name", ["gomez", "two-units"])
def test_a_wrong_program_keeps_ids_and_shapes(name: str) -> None:
    """A wrong number is wrong by its value alone, and still a number."""
    shapes = {id_: value.shape for id_, value in right_outputs(name).items()}
    for mistake in MISTAKES:
        wrong = outputs(mistake, name)
        assert {id_: value.shape for id_, value in wrong.items()} == shapes, mistake.name
        assert all(np.isfinite(value).all() for value in wrong.values()), mistake.name


def test_the_corpus_has_mistakes_of_every_kind() -> None:
    """At least 90, under different names, with no kind unknown or unused."""
    assert len(MISTAKES) >= 90
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)
    every = (*MISTAKES, *MODEL_MISTAKES, *HABITS, *PEOPLE)
    found = {name for mistake in every for name in mistake.kinds}
    assert found - OF_UPDATES - COPIED == KINDS - COPIED


@pytest.mark.parametrize("learner", PAGES)
def test_there_are_ten_mistakes_in_each_model(learner: str) -> None:
    """At least, under different names, each of which some scenario shows."""
    own = [mistake for mistake in MODEL_MISTAKES if mistake.learner == learner]
    assert len({mistake.name for mistake in own}) == len(own) >= 10
    scenarios = [scenario_for(learner, seed) for seed in (0, 1, 2)]
    hidden = [one.name for one in own if not any(differing(one, s) for s in scenarios)]
    assert hidden == []


@pytest.mark.parametrize("learner", PAGES)
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_model_without_mistake_is_the_trace(learner: str, seed: int) -> None:
    """Every id that the program prints is there, in its true shape, and agrees to 1e-9."""
    scenario = scenario_for(learner, seed)
    places = compute(scenario).places
    for id_, value in printed_by(learner, None, scenario).items():
        np.testing.assert_allclose(value, places.base(parse(id_)), rtol=1e-9, atol=1e-12)


@pytest.mark.long
def test_no_two_programs_print_the_same() -> None:
    """On two-units, every mistake has numbers of its own."""
    prints: dict[tuple[float, ...], str] = {}
    for mistake in MISTAKES:
        found = outputs(mistake, "two-units")
        key = tuple(np.concatenate([np.ravel(found[id_]) for id_ in sorted(found)]).round(9))
        assert key not in prints, f"{mistake.name} is {prints.get(key)}"
        prints[key] = mistake.name


def test_one_unit_cannot_show_every_mistake() -> None:
    """Gomez's walk has one unit and initial states 0; transposes, for one, leave no trace."""
    hidden = {mistake.name for mistake in MISTAKES if not wrong_ids(mistake, "gomez")}
    assert "deltaOut-U-not-transposed" in hidden
    assert len(hidden) < len(MISTAKES) / 4
