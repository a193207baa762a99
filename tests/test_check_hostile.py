"""`check` against what is large, mixed or malicious: quick, clear, and never unjust."""

from __future__ import annotations

import time

from command import invoke


def test_a_program_may_print_some_values_in_full_and_others_rounded() -> None:
    """A rounded value beside values in full is no mistake."""
    lines = b"C0: 0.7857261484365797\nt=1 dh=-0.478019 dc=-0.071108\nx0 = [1.0, 2.0]\n"
    answer = invoke("check", "-", lines=lines)
    assert answer.code == 0, answer.out


def test_hundreds_of_wrong_values_are_judged_in_seconds() -> None:
    """Of very many wrong values, only the first ones are looked into."""
    lines = "".join(f"dC@0 = 0.{number}\n" for number in range(100, 400)).encode()
    start = time.monotonic()
    answer = invoke("check", "-", lines=lines)
    assert answer.code == 1
    assert "300 wrong" in answer.out
    assert time.monotonic() - start < 20


def test_thousands_of_unknown_names_are_looked_up_in_seconds() -> None:
    """A name that says nothing is looked for by its value, without a search for each."""
    lines = "".join(f"foo{number} = {number}.537\n" for number in range(5000)).encode()
    start = time.monotonic()
    answer = invoke("check", "-", lines=lines)
    assert "5,000 not recognised" in answer.out
    assert time.monotonic() - start < 10
