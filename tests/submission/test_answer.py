"""Answers as people write them into the cells of a sheet."""

from __future__ import annotations

import pytest

from lstm_tutor.scenario.embedded import WORKSHEET
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
        ("0.06!", "0.06"),
        ("0.06?", "0.06"),
        ("0.06.", "0.06"),
        ("0.06…", "0.06"),
        ("“0.06”", "0.06"),
        ("‚0.06‘", "0.06"),
        ("\u00a00.06\u00a0", "0.06"),
        ("‑0.06", "-0.06"),
        ("－0.06", "-0.06"),
        ("[ 0.1, –0.2]", "[ 0.1, -0.2]"),
        ("0.1 ; -0.2;0.3", "0.1, -0.2, 0.3"),
        ("<u>0.06</u>", "0.06"),
        ("[ - 0.02, − 0.3]", "[ -0.02, -0.3]"),
        ("[(-0.1), +0.2]", "[-0.1, +0.2]"),
        ("[ 107/5000, -1/4]", "[ 0.0214, -0.25]"),
        ("(0.1 0.2)^T", "(0.1 0.2)"),
        ("[0.1, 0.2] (I think)", "[0.1, 0.2]"),
        ("0.5*[1, 2] = [0.5, 1]", "[0.5, 1]"),
        ("0.061\u202f28", "0.06128"),
        ("[1 - 0.5]", "[1 - 0.5]"),
        ("0.0215/0.0385", "0.0215/0.0385"),
        ("0.3 – 0.1", "0.3 – 0.1"),
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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~~0.07~~ 0.06", 0.06),
        ("<s>-0.07</s> 0.06", 0.06),
        ("0.07 -> 0.06", 0.06),
        ("\u200b0.06", 0.06),
        ("_0.06____", 0.06),
        (r"\-0.06\_\_", -0.06),
        ("n/a", None),
        ("(blank)", None),
        ("—", None),
    ],
)
def test_what_was_struck_out_or_left_out_is_no_answer(text: str, value: float | None) -> None:
    """What a person put in its place is."""
    found = submission_of(
        f"| id | value |\n|--|--|\n| `a@0` | {text} |\n| `i@0` | 0.25 |\n".encode(), "x.md"
    )
    assert [entry.value.item() for entry in found.entries] == [*[value] * bool(value), 0.25]
    assert not found.ignored


def test_the_only_number_below_a_formula_is_the_answer_where_the_blank_is_open() -> None:
    """On a sheet of ours; a value on the blank itself stands, and working is none."""
    rows = ["$x$<br>≈ 0.5__ | ____ |", "$x$<br>≈ 0.5*2 | ____ |", "$x$<br>≈ 0.5 | 0.25 |"]
    rows += ["$x$<br>≈ [0.1, 0.2]__ | [____, ____] |"]
    ids = "a@0", "i@0", "f@0", "dx@0"
    lines = [f"| `{id_}` | {row}" for id_, row in zip(ids, rows, strict=True)]
    text = "\n".join(["| id | formula | value |", "|--|--|--|", *lines, ""])
    for sheet, values in (
        ("", {"f@0": 0.25}),
        (WORKSHEET, {"a@0": 0.5, "f@0": 0.25, "dx@0": [0.1, 0.2]}),
    ):
        found = submission_of(f"{text}\n{sheet}\n".encode(), "x.md")
        assert {entry.name: entry.value.tolist() for entry in found.entries} == values
