"""A tutor of many people says the same as a tutor of one, only sooner."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from classes import LSTM, PLANTED
from dumps import givens
from mistakes import MISTAKES, outputs

from lstm_tutor.diagnosis.diagnosis import Tutor
from lstm_tutor.diagnosis.familiar import Familiar
from lstm_tutor.diagnosis.judgement import Given, Status, Verdicts
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import Trace, compute
from lstm_tutor.trace.variant import varied

CORPUS = {mistake.name: mistake for mistake in MISTAKES}


@cache
def trace() -> Trace:
    return compute(varied(load("gomez"), 8))


@cache
def tutors() -> tuple[Familiar, Tutor]:
    alone = Tutor(trace())
    return Familiar(trace(), alone.all_edits), alone


def numbers(name: str) -> list[Given]:
    values = outputs(CORPUS.get(name), trace().scenario)
    return givens({id_: v for id_, v in values.items() if id_.startswith("d")}, 4)


def told(verdicts: Verdicts) -> dict[str, str]:
    """Return what is said of each value, what is rounded as what is right."""
    found = {item.given.id: item.status for item in verdicts.judgements}
    right = {Status.ROUNDED: Status.RIGHT}
    return {id_: right.get(status, status).value for id_, status in found.items()}


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("name", ["", *PLANTED[LSTM].split()[:5]])
def test_the_same_is_said(name: str) -> None:
    """Of right values and of those with a usual mistake; of which it is, too."""
    known, alone = tutors()
    one, other = known.diagnose(numbers(name)), alone.diagnose(numbers(name))
    assert told(one) == told(other)
    first, second = one.first_wrong, other.first_wrong
    assert (first is None) == (second is None) == (not name)
    if first is not None and second is not None:
        edits = [item.diagnoses[0].mistake.edits[0].id for item in (first, second)]
        assert edits[0] == edits[1]
    assert known.diagnose(numbers(name)) is one


@pytest.mark.long
def test_a_slip_beside_a_mistake_is_no_part_of_it() -> None:
    """What no usual mistake gives as a whole is judged value by value."""
    known, _ = tutors()
    values = numbers("dC-no-carry")
    slip = next(n for n, given in enumerate(values) if given.id == "dW_o")
    values[slip] = Given("dW_o", values[slip].value * 3, values[slip].unit, "dW_o")
    found = {item.given.id: item for item in known.diagnose(values).judgements}
    assert found["dW_o"].status is Status.WRONG
    assert found["dC@0"].status is Status.WRONG
    assert found["da@0"].status is Status.GIVEN


@pytest.mark.long
@pytest.mark.parametrize("slipped", ["delta@0", "da@0", "dU_i"])
@pytest.mark.parametrize("name", ["", "dC-no-carry"])
def test_a_slip_is_named_beside_what_explains_the_rest(name: str, slipped: str) -> None:
    """Before the mistake's first value and after it, and where nothing else is wrong."""
    known, alone = tutors()
    values = numbers(name)
    slip = next(n for n, given in enumerate(values) if given.id == slipped)
    value = values[slip].value
    first_digit = np.sign(value) * 10 ** np.floor(np.log10(np.abs(value)))  # stays one
    values[slip] = replace(values[slip], value=value + first_digit)
    one, other = known.diagnose(values), alone.diagnose(values, deep=False)
    assert told(one) == told(other)
    found = {
        item.given.id: item.diagnoses[0].mistake.kind
        for item in one.judgements
        if item.diagnoses
    }
    assert found.pop(slipped) == "slip-of-result"
    assert list(found) == (["dC@0"] if name else [])


def test_rounding_alone_is_no_mistake() -> None:
    """What is off in its last digit only follows from rounded numbers."""
    known, _ = tutors()
    values = numbers("")
    for n, given in enumerate(values):
        if given.id in ("dW_a", "dW_i", "db_i"):
            values[n] = replace(given, value=given.value + 2 * given.unit)
    found = {item.status for item in known.diagnose(values).judgements}
    assert found <= {Status.RIGHT, Status.ROUNDED}


@pytest.mark.long
def test_one_wrong_value_may_show_a_mistake_in_what_is_not_seen() -> None:
    """Where little is asked for, it is no slip of its own."""
    known, alone = tutors()
    values = [given for given in numbers("df-new-cell-state") if given.id == "dW_f"]
    one, other = known.diagnose(values), alone.diagnose(values, deep=False)
    assert told(one) == told(other)
    found = [verdicts.diagnoses[0].mistake.edits[0].id for verdicts in (one, other)]
    assert found[0] == found[1]
    assert found[0].startswith("df:")


@pytest.mark.long
@pytest.mark.parametrize("blank", [("dC@0",), ("dC@0", "da@0", "di@0")])
def test_a_mistake_in_a_value_left_blank_is_no_other_elsewhere(blank: tuple[str, ...]) -> None:
    """It shows in the first value that follows from it; the others are right given that."""
    left = [given for given in numbers("dC-no-carry") if given.id not in blank]
    one, other = (tutor.diagnose(left) for tutor in tutors())
    assert told(one) == told(other)
    assert list(told(one).values()).count("wrong") == 1
