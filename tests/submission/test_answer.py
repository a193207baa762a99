"""Answers as people write them into the cells of a sheet."""

from __future__ import annotations

import pytest

from lstm_tutor.submission.answer import answer, with_decimal_points
from lstm_tutor.submission.reading import submission_of


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("-0.06128 ✓", "-0.06128"),
        ("3/4", "0.75"),
        ("- 0.5", "-0.5"),
        ("6.128·10^-2", "6.128e-2"),
        ("6.1 x 10⁻²", "6.1e-2"),
        ("5.1e−05", "5.1e-05"),
        ("0.2*0.3 = 0.06", "0.06"),
        ("dC0 = -0.5", "-0.5"),
        ("-0.06 (I think)", "-0.06"),
        ("ca. 0.5", "0.5"),
        ("0.06 # see below", "0.06"),
        ("[ 0.1 , 0.2 ]", "[ 0.1 , 0.2 ]"),
        ("0.5 or 0.6", "0.5 or 0.6"),
        ("5 e", "5 e"),
        ("no idea", "no idea"),
    ],
)
def test_an_answer_is_its_number(text: str, plain: str) -> None:
    """What stands around it is no part of it; what may be two numbers stays as it is."""
    assert answer(text) == plain


@pytest.mark.parametrize(
    ("cells", "pointed"),
    [
        (["-0,061 ✓", "[ 0,5,  0,25 ]", "3/4"], ["-0.061 ✓", "[ 0.5,  0.25 ]", "3/4"]),
        (["-0.061", "[ 0,5,  0,25 ]", "0,5"], None),
        (["1,5", "[1, 2]"], None),
        ([*["0,5", "[0,5, 0,25]"] * 3, "0.5"], [*["0.5", "[0.5, 0.25]"] * 3, "0.5"]),
        ([*["0,5", "[1,5, 1,25]"] * 2, "[0.5,1]"], None),
        (["[ 0,5,  0,25 ]"], ["[ 0.5,  0.25 ]"]),
        (["[0,5; -0,25]", "[1; 2]"], ["[0.5, -0.25]", "[1, 2]"]),
        (["[[1,5, 2,25], [3,5, 1]]"], ["[[1.5, 2.25], [3.5, 1]]"]),
        (["[-0,00326, 1]", "[1,2 3,5e-2]"], ["[-0.00326, 1]", "[1.2 3.5e-2]"]),
        (["[1,2]", "[1, 2]", "[[1,2], [3,4]]"], None),
        (["[1,2, 3]", "[-1,2]"], None),
        (["[1,2,3]", "[0,5, 0,25]"], None),
    ],
)
def test_commas_are_points_where_all_are(cells: list[str], pointed: list[str] | None) -> None:
    """In the answers of one sheet; the numbers that are printed on it do not count."""
    assert with_decimal_points(cells) == (pointed or cells)


def test_one_unclear_cell_is_one_unclear_cell() -> None:
    """A comma beside points is not guessed at."""
    text = "| id | value |\n|--|--|\n| `a@0` | 0,5 |\n| `i@0` | 0.25 |\n"
    found = submission_of(text.encode(), "x.md")
    assert [entry.name for entry in found.entries] == ["i@0"]
    assert found.ignored[0].text == "a@0: 0,5"
