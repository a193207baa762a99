"""The number that makes a computation overflow is named where it stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import invoke

from lstm_tutor.execution.cause import cause
from lstm_tutor.execution.computation import NotFinite
from lstm_tutor.scenario.loading import load
from lstm_tutor.trace.trace import compute

TEXT = """\
cell: rnn
inputs: [[1, 2], [0.5, 3]]
labels: [0.5, 1.25]
weights: {W: {h: [0.45, 0.3]}, U: {h: 0.15}, b: {h: 0.2}}
learning_rate: 0.1
"""
CASES = {
    "an input": ("0.5, 3", "0.5, 1e308", "0.3", "2.5", "2:24"),
    "a weight": ("0.45", "1e308", "1, 2", "11, 12", "4:19"),
    "the larger of two": ("0.45", "1e200", "1, 2", "1e250, 2", "2:11"),
    "a label": ("1.25", "-1e200", "", "", "3:15"),
    "the learning rate": ("rate: 0.1", "rate: 1e308", "1.25", "99", "5:16"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_overflow_has_the_line_of_its_number(case: str, tmp_path: Path) -> None:
    """In every command."""
    old, new, other, more, place = CASES[case]
    path = tmp_path / "s.yaml"
    path.write_text(TEXT.replace(old, new).replace(other or "#", more))
    for command in ("validate", "run"):
        answer = invoke(command, str(path))
        assert answer.code == 1
        assert answer.err.startswith(f"error: {path}:{place}: "), answer.err
        assert "is not a finite number" in answer.err
        assert "a smaller number there" in answer.err


def test_numbers_that_are_not_the_files_have_no_place() -> None:
    """A scenario that was changed after it was read, or made of arrays."""
    gomez = load("gomez")
    weights = {**gomez.parameters, "W_a": np.array([[1e308, 1e308]])}
    changed = replace(gomez, parameters=weights)
    with pytest.raises(NotFinite) as found:
        compute(changed)
    assert cause(changed, found.value.id) is None
    assert cause(replace(changed, document=None), found.value.id) is None
