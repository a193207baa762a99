"""Numbers copied and typed wrongly are told as that, once, with what became of them.

A few of them; `python -m slips` in tests/support takes more.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from dumps import computed, givens
from slips import Slip, given_slip, result_slip, said
from verdicts import tutor

from lstm_tutor.diagnosis.finding import finding
from lstm_tutor.diagnosis.judgement import Given, Judgement, Status
from lstm_tutor.dialects.notation import notation
from lstm_tutor.mistakes.mistake import SLIP
from lstm_tutor.numbers.slip import shortest, slips
from lstm_tutor.render.line import View


def _counted(slips_: list[Slip | None], digits: int) -> tuple[Counter[str], int]:
    found = [said(slip, digits, "all") for slip in slips_ if slip is not None]
    return Counter(word for word, _, _ in found), sum(own > 1 for _, _, own in found)


@pytest.mark.long
def test_a_given_number_taken_wrongly_is_one_finding() -> None:
    """Of every way to mistype, over models; worked with ever after."""
    words, several = _counted([given_slip(seed) for seed in range(1, 8)], 4)
    assert set(words) <= {"first", "not shown"}
    assert words["first"] >= 5
    assert several == 0


@pytest.mark.long
def test_a_value_written_down_wrongly_is_told_so() -> None:
    """Whether the person went on with it or not."""
    made = [result_slip(s, carried=c, digits=6) for c in (True, False) for s in range(4)]
    words, several = _counted(made, 6)
    assert set(words) <= {"first", "not shown"}
    assert several == 0


def _first(values: dict[str, np.ndarray], digits: int) -> tuple[Judgement, str]:
    one = tutor("gomez")
    first = one.diagnose(givens(values, digits)).first_wrong
    assert first is not None
    view = View(notation("gomez", one.trace.scenario.cell))
    lines = finding(one.trace, first, view, 200)
    return first, "\n".join(text.strip() for text, _ in lines)


def test_the_sentence_names_both_numbers_and_what_happened() -> None:
    """A value of the real notebook's scenario with two digits exchanged."""
    right = computed(tutor("gomez").places)
    values = {**right, "C@0": np.array([0.768539])}
    judgement, text = _first({k: values[k] for k in ("a@0", "i@0", "C@0", "h@0")}, 6)
    assert judgement.given.id == "C@0"
    assert "0.768539 for 0.786539" not in text  # the right value is another one
    slipped = float(np.round(right["C@0"], 6).item())
    swapped = f"{slipped:.6f}"
    wrong = float(swapped[:-2] + swapped[-1] + swapped[-2])
    judgement, text = _first({**right, "C@0": np.array([wrong])}, 6)
    assert "Two digits are exchanged." in text
    assert f"{wrong:.6f}".rstrip("0") in text


@pytest.mark.parametrize(
    ("number", "became", "way"),
    [
        (0.45, 0.54, "exchanged"),
        (0.45, 4.5, "point"),
        (-0.45, 0.45, "sign"),
        (0.45, 0.455, "doubled"),
        (0.45, 0.5, "dropped"),
        (0.45, 0.46, "digit"),
        (12.5, 21.5, "exchanged"),
    ],
)
def test_a_slip_of_a_number_is_told_by_its_text(number: float, became: float, way: str) -> None:
    """Each with how many others it could have been."""
    found = next(slip for slip in slips(number) if slip.value == became)
    assert found.way == way
    assert found.alike >= 1


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0.00999, 0.01001, 0.01), (0.142856, 0.142858, 1 / 7), (-2.1, -1.9, -2.0)],
)
def test_the_shortest_number_between_two_is_the_likely_one(
    low: float, high: float, found: float
) -> None:
    """A round one, or one over a whole number."""
    assert shortest(low, high) == found


def test_an_exact_value_is_as_precise_as_the_others_however_short() -> None:
    """Of `0.5` where it is just that, what follows is known as of `0.5000`."""
    one = tutor("gomez")
    right = computed(one.places)
    short = [Given("z_a@0", np.array([0.9]), np.array([0.05]), "z_a@0")]
    wrong = givens({"a@0": np.array([0.72]), "i@0": right["i@0"], "f@0": right["f@0"]}, 6)
    found = {item.given.id: item for item in one.diagnose([*short, *wrong]).judgements}
    assert float(right["z_a@0"].item()) == pytest.approx(1.15)
    assert found["z_a@0"].status is Status.WRONG
    exact = [Given("z_a@0", right["z_a@0"], np.array([0.05]), "z_a@0")]
    wrong = givens({"a@0": np.array([0.805]), "i@0": right["i@0"], "f@0": right["f@0"]}, 6)
    found = {item.given.id: item for item in one.diagnose([*exact, *wrong]).judgements}
    assert found["a@0"].status is Status.WRONG


def test_a_moved_point_is_the_only_difference_only_where_all_digits_are_the_same() -> None:
    """Else, as of a number from own earlier ones, the last digits are told too."""
    right = computed(tutor("gomez").places)
    names = ("a@0", "i@0", "f@0", "C@0", "h@0")
    for written, only in (("7.85726", True), ("7.85730", False)):
        values = {k: right[k] for k in names} | {"C@0": np.array([float(written)])}
        _, text = _first(values, 6)
        assert "decimal point is elsewhere" in text
        assert ("Only the decimal point" in text) is only
        assert ("the last digits are others" in text) is not only


@pytest.mark.long
def test_a_number_of_one_digit_is_no_slip() -> None:
    """Any digit is a slip of any other; so it is said of a number of three."""
    for value, unit, is_slip in ((0.7, 0.05, False), (0.768, 0.0005, True)):
        given = Given("C@0", np.array([value]), np.array([unit]))
        found = tutor("gomez").judge(given, [], {}, set())
        kinds = [one.mistake.kind for one in found.diagnoses]
        assert (SLIP in kinds) == is_slip
