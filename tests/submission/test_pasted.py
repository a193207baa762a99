"""Right work as people paste it: homework, notebooks, tables, what frameworks print.

The texts in tests/data/pasted stand in a folder named after their scenario; those of PyTorch
were printed by it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from readings import accused, tutor_of

from lstm_tutor.check.checking import checked
from lstm_tutor.submission.reading import submission_of

PASTED = Path(__file__).parents[1] / "data" / "pasted"
TEXTS = sorted(path.relative_to(PASTED).as_posix() for path in PASTED.glob("*/*"))


@pytest.mark.parametrize("name", TEXTS)
def test_pasted_right_work_is_right_and_nothing_is_left_out(name: str) -> None:
    """No number is called wrong, and each is judged."""
    path = PASTED / name
    found = checked(tutor_of(path.parent.name), submission_of(path.read_bytes(), path.name))
    assert accused(found) == []
    assert [(item.entry.name, item.text) for item in found.unrecognised] == []
    assert found.verdicts.judgements
