"""What a worksheet says of itself: which blanks it has, what each is worth, if it is a key.

Stands on the line that marks a worksheet, as JSON. A person may have changed it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lstm_tutor.scenario.embedded import WORKSHEET

_MOST = 4096
_MOST_POINTS = 1e6
_LONGEST = 256 * 1024


@dataclass(frozen=True)
class Blanks:
    """What was asked for.

    Attributes:
        points: what each blank is worth, by id, in the order of the sheet.
        key: whether the sheet has the answers in it.
    """

    points: Mapping[str, float] = field(default_factory=dict)
    key: bool = False


def blanks_line(blanks: Blanks) -> str:
    """Write the line that marks a worksheet."""
    found: dict[str, Any] = {"asked": dict(blanks.points)}
    if blanks.key:
        found["key"] = True
    text = json.dumps(found).replace(">", "\\u003e")
    return f"{WORKSHEET} {text}"


def blanks_of(text: str) -> Blanks | None:
    """Return what a worksheet says of itself; None if a text is none, or does not say it."""
    at = text.find(f"\n{WORKSHEET} ")
    if at < 0:
        return None
    line = text[at + len(WORKSHEET) + 2 : at + _LONGEST].split("\n", 1)[0]
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    points = found.get("asked") if isinstance(found, dict) else None
    if not isinstance(points, dict) or not 0 < len(points) <= _MOST:
        return None
    if not all(_is_points(value) for value in points.values()):
        return None
    return Blanks(points, found.get("key") is True)


def _is_points(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value) and 0 <= value <= _MOST_POINTS
