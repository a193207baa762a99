"""`check` against what is large, mixed or malicious: quick, clear, and never unjust."""

from __future__ import annotations

from command import invoke


def test_a_program_may_print_some_values_in_full_and_others_rounded() -> None:
    """A rounded value beside values in full is no mistake."""
    lines = b"C0: 0.7857261484365797\nt=1 dh=-0.478019 dc=-0.071108\nx0 = [1.0, 2.0]\n"
    answer = invoke("check", "-", lines=lines)
    assert answer.code == 0, answer.out
