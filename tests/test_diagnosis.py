"""The tutor finds the mistake behind a wrong number, and accuses nobody without one."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from dumps import computed, givens, random_scenario, worked
from mistakes import MISTAKES, Mistake, outputs, wrong_ids

from lstm_tutor.scenario import load
from lstm_tutor.trace import compute
from lstm_tutor.tutor.diagnosis import Tutor
from lstm_tutor.tutor.judgement import Diagnosis, Status, sure
from lstm_tutor.tutor.misconceptions import operators

ENOUGH = 0.95
GIVEN = {"permuted-gates", "initial-state", "state-not-reset"}
"""Mistakes with what is given; the corpus names the equations that read it."""


@cache
def tutor(name: str) -> Tutor:
    return Tutor(compute(load(name)))


def names_it(diagnosis: Diagnosis, mistake: Mistake) -> bool:
    """Whether a diagnosis says what was planted: the kind of mistake, and where."""
    found = diagnosis.mistake
    kinds = {found.operator, *(edit.operator for edit in found.edits)} - {""}
    kinds |= {"initial-state"} & {
        "initial-state" for kind in kinds if kind == "state-not-reset"
    }
    targets = {edit.target.partition("@")[0] for edit in found.edits}
    where = targets & mistake.targets or kinds & GIVEN
    return bool(kinds & mistake.operators and where)


def verdict(name: str, mistake: Mistake, digits: int) -> str:
    """Return "first", "tie" or "missed" for one mistake, from all the numbers it makes."""
    report = tutor(name).diagnose(givens(outputs(mistake, name), digits))
    first = report.first_wrong
    found = first.diagnoses if first else ()
    if found and names_it(found[0], mistake):
        return "first"
    tied = (item for item in found if item.tied)
    return "tie" if any(names_it(item, mistake) for item in tied) else "missed"


def verdicts(name: str, digits: int, every: int) -> dict[str, str]:
    """Return the verdict on every so manieth mistake that a scenario can show."""
    shown = [mistake for mistake in MISTAKES if wrong_ids(mistake, name)]
    return {item.name: verdict(name, item, digits) for item in shown[::every]}


def missed(found: dict[str, str], *good: str) -> list[str]:
    return [name for name, result in found.items() if result not in good]


@pytest.mark.parametrize("part", range(4))
def test_the_mistake_is_named_first_on_two_units(part: int) -> None:
    """Of the corpus, in 95 of 100 cases, from what a program prints at six digits."""
    shown = [mistake for mistake in MISTAKES if wrong_ids(mistake, "two-units")][part::4]
    found = {item.name: verdict("two-units", item, 6) for item in shown}
    wrong = missed(found, "first")
    assert len(wrong) <= (1 - ENOUGH) * len(found) + 1, wrong


@pytest.mark.parametrize("digits", [6, 17])
def test_on_gomez_it_is_named_first_or_in_a_tie(digits: int) -> None:
    """One unit and two time steps cannot tell all mistakes apart; ties are reported."""
    found = verdicts("gomez", digits, every=4)
    wrong = missed(found, "first", "tie")
    assert len(wrong) <= (1 - ENOUGH) * len(found) + 1, wrong


@pytest.mark.parametrize("digits", [3, 4])
def test_few_digits_are_enough_for_most(digits: int) -> None:
    """Also where each value has three or four digits only."""
    found = verdicts("two-units", digits, every=8)
    wrong = missed(found, "first", "tie")
    assert len(wrong) <= (1 - ENOUGH) * len(found) + 1, wrong


def test_what_is_printed_at_the_end_is_often_enough() -> None:
    """From the gradients and new weights alone the mistake is named in most cases."""
    chosen = [m for m in MISTAKES if any(t.startswith(("dC", "da", "dW_")) for t in m.targets)]
    right = 0
    for mistake in chosen[::6]:
        values = outputs(mistake, "two-units")
        last = {id_: value for id_, value in values.items() if "@" not in id_ and id_ != "L"}
        first = tutor("two-units").diagnose(givens(last, 6)).first_wrong
        right += first is not None and any(names_it(d, mistake) for d in first.diagnoses)
    assert right >= 0.8 * len(chosen[::6])


@pytest.mark.parametrize("digits", [3, 4, 6, 17])
@pytest.mark.parametrize("name", ["gomez", "two-units", "gru-two-units", "rnn-two-units"])
def test_a_right_program_is_called_right(name: str, digits: int) -> None:
    """Printed from exact values, or worked with the rounded ones."""
    replay = tutor(name).replay
    assert tutor(name).diagnose(givens(computed(replay), digits)).right
    if digits < 17:
        assert tutor(name).diagnose(givens(worked(replay, digits), digits)).right


@pytest.mark.parametrize("part", range(4))
def test_no_right_program_is_accused(part: int) -> None:
    """Of a thousand random ones, with all or some values, at three to seventeen digits,
    printed from exact values or worked with rounded ones.
    """
    random = np.random.default_rng(part)
    for _ in range(250):
        cell = str(random.choice(["lstm", "gru", "rnn"]))
        one = Tutor(compute(random_scenario(random, cell)))
        digits = int(random.integers(3, 18))
        exact = digits == 17 or random.random() < 0.4
        values = computed(one.replay) if exact else worked(one.replay, digits)
        some = random.random() < random.choice([1.0, 0.5, 0.2])
        kept = {id_: v for id_, v in values.items() if not some or random.random() < 0.4}
        report = one.diagnose(givens(kept, digits))
        wrong = [j for j in report.judgements if j.status in (Status.WRONG, Status.GIVEN)]
        assert not wrong, (cell, digits, exact, wrong[0])


def test_nonsense_gets_no_confident_diagnosis() -> None:
    """Two hundred random values in the place of a right one, at three to seventeen digits."""
    random = np.random.default_rng(7)
    for number in range(200):
        one = tutor(("gomez", "two-units", "gru-two-units")[number % 3])
        right = computed(one.replay, lambda id_: "'" not in id_)
        id_ = str(random.choice(list(right)))
        size = 3 * max(float(np.abs(right[id_]).max()), 0.01)
        before = {} if number % 2 else _until(right, id_)
        nonsense = {**before, id_: random.uniform(-size, size, right[id_].shape)}
        report = one.diagnose(givens(nonsense, int(random.integers(3, 18))))
        assert not [found for found in report.diagnoses if sure(found)], id_


def _until(values: dict[str, np.ndarray], id_: str) -> dict[str, np.ndarray]:
    ids = list(values)
    return {name: values[name] for name in ids[: ids.index(id_)]}


def test_every_kind_of_edit_has_words() -> None:
    """Of all cells, and no words are left over."""
    kinds = set()
    for name in ("two-units", "gru-two-units", "rnn-two-units"):
        one = tutor(name).repertoire
        kinds |= {edit.operator for edit in one.edits}
        kinds |= {family.operator for family in one.families}
    assert kinds | {"another-name"} == set(operators())


def test_an_error_carried_forward_is_no_second_error() -> None:
    """What follows from a wrong value is right given it."""
    one = tutor("gomez")
    right = computed(one.replay)
    wrong_state = {**right, "C@0": right["C@0"] + 0.1}
    h = np.tanh(wrong_state["C@0"]) * right["o@0"]
    report = one.diagnose(givens({"C@0": wrong_state["C@0"], "h@0": h}, 17))
    assert [item.status for item in report.judgements] == [Status.WRONG, Status.GIVEN]
    assert report.judgements[1].because == "C@0"


def test_a_misprinted_value_that_was_not_used_spoils_nothing() -> None:
    """Values worked from the right one stay right, though it was reported wrongly."""
    one = tutor("gomez")
    right = computed(one.replay)
    report = one.diagnose(givens({**right, "da@0": right["da@1"]}, 17))
    wrong = [item for item in report.judgements if item.status is Status.WRONG]
    assert [item.given.id for item in wrong] == ["da@0"]
    assert wrong[0].diagnoses[0].mistake.edits[0].operator == "another-name"


def test_too_few_digits_are_no_proof_of_anything() -> None:
    """One digit that would also fit half the value is too coarse to tell."""
    one = tutor("gomez")
    value = one.replay.base(("delta", 0))
    report = one.diagnose(givens({"delta@0": np.round(value, 2)}, 1))
    given = report.judgements[0].given
    coarse = one.diagnose([type(given)("delta@0", np.array([0.0]), np.array([0.05]))])
    assert coarse.judgements[0].status is Status.COARSE


def test_a_tie_says_which_value_would_decide() -> None:
    """A carry left out of dC@0 alone, or everywhere: dC@1 of three steps would tell."""
    one = tutor("gomez")
    right = computed(one.replay)
    total = one.replay.base(("dW_a", 1))
    report = one.diagnose(givens({"da@0": right["da@0"], "dW_a": total}, 17))
    first = report.first_wrong
    assert first is not None
    kinds = {edit.operator for d in first.diagnoses for edit in d.mistake.edits}
    assert {"only-last", "miss-first"} <= kinds
    assert any(found.tied for found in first.diagnoses)
