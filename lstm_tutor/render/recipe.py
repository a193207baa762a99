"""What a file of ours says about how it was made, so that `verify` can make it again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lstm_tutor.render.line import View


def options_of(view: View, steps: str) -> dict[str, Any]:
    """Return what a file must say about itself to be made again."""
    return {
        "format": 1,
        "notation": view.notation.page or view.notation.name,
        "digits": view.digits,
        "detail": str(view.detail),
        "steps": steps,
    }


def recipe(mark: str, view: View, indices: Sequence[int]) -> str:
    """Return the comment that opens a file, after the mark of its kind."""
    options = json.dumps(options_of(view, ranges(indices))).replace(">", "\\u003e")
    return f"{mark}{options} -->"


def ranges(indices: Sequence[int]) -> str:
    """Write positions as ranges, 21-65,70; "all" is not assumed."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and index == runs[-1][1] + 1:
            runs[-1][1] = index
        else:
            runs.append([index, index])
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)
