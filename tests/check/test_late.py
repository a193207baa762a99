"""What is imported when: nothing that looks for mistakes for somebody who is right."""

from __future__ import annotations

import subprocess
import sys

import pytest

_CODE = """
import sys
from lstm_tutor.__main__ import main
try:
    main()
except SystemExit as ended:
    code = ended.code
print(code, sorted(name for name in sys.modules if name.startswith("lstm_tutor.mistakes")))
"""


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [("0.785726", 0), ("0.9", 1)])
def test_only_who_is_wrong_waits_for_what_looks_for_mistakes(number: str, code: int) -> None:
    """It is a fifth of the modules."""
    command = (sys.executable, "-c", _CODE, "check", "-", "--scenario", "gomez")
    lines = f"C@0: {number}\n"
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    ended, modules = done.stdout.splitlines()[-1].split(" ", 1)
    assert (int(ended or 0), modules != "[]") == (code, bool(code))
