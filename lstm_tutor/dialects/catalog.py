"""The names and files of the dialects that are bundled; light, so that completion is quick."""

from __future__ import annotations

from functools import cache
from pathlib import Path

DEFAULT_NOTATION = "gomez"
NOTATIONS = Path(__file__).parent


def notations() -> list[str]:
    """Return the notations' names, the default one first."""
    return list(_notations())


@cache
def _notations() -> tuple[str, ...]:
    names = sorted(path.stem for path in NOTATIONS.glob("*.yaml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT_NOTATION))
