"""The tutor finds the mistake behind a wrong number, and accuses nobody without one.

A share of the corpus; `python -m accuracy` in tests/support takes all of it.
"""

from __future__ import annotations

import numpy as np
import pytest
from dumps import computed, givens, worked
from mistakes import outputs
from verdicts import ENOUGH, accused, believed, missed, names_it, shown_by, tutor

from lstm_tutor.diagnosis.court import Court
from lstm_tutor.diagnosis.effort import effort
from lstm_tutor.diagnosis.factors import Factors
from lstm_tutor.diagnosis.finding import finding
from lstm_tutor.diagnosis.judgement import Given, Status, working_precision
from lstm_tutor.dialects.notation import notation
from lstm_tutor.model.symbol import Id
from lstm_tutor.render.line import View


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize(("digits", "share"), [(6, 36), (3, 120), (4, 120), (17, 120)])
def test_the_mistake_is_named_first_on_two_units(digits: int, share: int) -> None:
    """In 95 of 100 cases, from what a program prints."""
    chosen = shown_by("two-units")[::share]
    lost = missed("two-units", chosen, digits, "first")
    assert len(lost) <= (1 - ENOUGH) * len(chosen), lost


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize(("digits", "share"), [(6, 60), (17, 120)])
def test_on_gomez_it_is_named_first_or_in_a_tie(digits: int, share: int) -> None:
    """One unit and two time steps cannot tell all mistakes apart; ties are reported."""
    chosen = shown_by("gomez")[::share]
    lost = missed("gomez", chosen, digits, "first", "tie")
    assert len(lost) <= (1 - ENOUGH) * len(chosen) + 1, lost


@pytest.mark.long
def test_what_is_printed_at_the_end_is_often_enough() -> None:
    """From the gradients and new weights alone the mistake is named in most cases."""
    starts = ("dC", "da", "dW_")
    chosen = [m for m in shown_by("two-units") if any(t.startswith(starts) for t in m.targets)]
    right = 0
    for mistake in chosen[::40]:
        values = outputs(mistake, "two-units")
        last = {id_: value for id_, value in values.items() if "@" not in id_ and id_ != "L"}
        first = tutor("two-units").diagnose(givens(last, 6)).first_wrong
        right += first is not None and any(names_it(d, mistake) for d in first.diagnoses)
    assert right >= 0.8 * len(chosen[::40])


@pytest.mark.parametrize("digits", [3, 4, 6, 17])
@pytest.mark.parametrize("name", ["gomez", "two-units", "gru-two-units", "rnn-two-units"])
def test_a_right_program_is_called_right(name: str, digits: int) -> None:
    """Printed from exact values, or worked with the rounded ones."""
    places = tutor(name).places
    assert tutor(name).diagnose(givens(computed(places), digits)).right
    if digits < 17:
        assert tutor(name).diagnose(givens(worked(places, digits), digits)).right


@pytest.mark.long
def test_no_right_program_is_accused() -> None:
    """Random cells, sizes and numbers, at three to seventeen digits."""
    assert accused(11, 25) == []


@pytest.mark.long
def test_nonsense_gets_no_confident_diagnosis() -> None:
    """Random values in the place of right ones."""
    assert believed(11, 3) == []


@pytest.mark.long
def test_an_error_carried_forward_is_no_second_error() -> None:
    """What follows from a wrong value is right given it."""
    one = tutor("gomez")
    right = computed(one.places)
    wrong_state = {**right, "C@0": right["C@0"] + 0.1}
    h = np.tanh(wrong_state["C@0"]) * right["o@0"]
    report = one.diagnose(givens({"C@0": wrong_state["C@0"], "h@0": h}, 17))
    assert [item.status for item in report.judgements] == [Status.WRONG, Status.GIVEN]
    assert report.judgements[1].because == "C@0"


def test_a_misprinted_value_that_was_not_used_spoils_nothing() -> None:
    """Values worked from the right one stay right, though it was reported wrongly."""
    one = tutor("gomez")
    right = computed(one.places)
    report = one.diagnose(givens({**right, "da@0": right["da@1"]}, 17))
    wrong = [item for item in report.judgements if item.status is Status.WRONG]
    assert [item.given.id for item in wrong] == ["da@0"]
    assert wrong[0].diagnoses[0].mistake.kind == "another-name"


def test_too_few_digits_are_no_proof_of_anything() -> None:
    """One digit that would also fit half the value is too coarse to tell."""
    one = tutor("gomez")
    coarse = one.diagnose([Given("delta@0", np.array([0.0]), np.array([0.05]))])
    assert coarse.judgements[0].status is Status.COARSE


@pytest.mark.long
def test_a_tie_says_which_value_would_decide() -> None:
    """A carry left out of dC@0 alone, or everywhere: dC@1 of three steps would tell."""
    one = tutor("gomez")
    right = computed(one.places)
    total = one.places.base(Id("dW_a", 1))
    report = one.diagnose(givens({"da@0": right["da@0"], "dW_a": total}, 17))
    first = report.first_wrong
    assert first is not None
    kinds = {edit.kind for d in first.diagnoses for edit in d.mistake.edits}
    assert {"only-last", "miss-first"} <= kinds
    assert any(found.tied for found in first.diagnoses)


@pytest.mark.long
def test_of_many_wrong_parts_the_first_are_looked_into_and_the_rest_say_so() -> None:
    """However many cells of a notebook are wrong, so much work is done for all of them."""
    one = tutor("rnn-two-units")
    random = np.random.default_rng(0)
    values = [
        Given(id_, random.normal(size=2), np.full(2, 5e-5), cell=cell)
        for cell in "abcdefghijklmn"
        for id_ in ("z_h@0", "h@0")
    ]
    found = one.diagnose(values, deep=False).judgements
    sought = [item.sought for item in found]
    assert sought == sorted(sought, reverse=True)
    assert sought.count(True) == 24
    view = View(notation("gomez", one.trace.scenario.cell))
    text = " ".join(line for line, _ in finding(one.trace, found[-1], view, 300))
    assert "Not looked into: mend the wrong values before it first" in text


def test_what_does_not_bend_says_nothing_of_where_it_would() -> None:
    """With a cell state above 0 a rectifier may leak any share: no number is found."""
    one = tutor("gomez")
    places = one.places
    values = computed(places)
    for t in (0, 1):
        values[f"h@{t}"] = places.base(Id("o", t)) * places.base(Id("C", t))
    part = givens(values, 6)
    own = {given.place: given for given in part}
    left = effort(len(places), len(part))
    court = Court(one, part, own, working_precision(part), left, {}, {})
    found = Factors(court.evidence, own[Id("h", 0)]).solutions()
    assert "leaking" not in {solution.mistake.kind for solution in found}
