"""Files that were changed at random: a slice of what `python -m spoiled` tries."""

from __future__ import annotations

import time

import pytest
from spoiled import KINDS, run


@pytest.mark.long
@pytest.mark.heavy
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "state"])
def test_no_file_breaks_a_command(kind: str) -> None:
    """No traceback, no wrong exit code, no escape sequence, and something is said."""
    found = run(kind, range(90_000, 90_002), time.monotonic() + 60)
    assert [what for _, what in found if not what.startswith("exit code ") and what] == []
