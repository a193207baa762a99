"""Where rich draws: all text is foreign text, and only styles become escape sequences."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from lstm_tutor.files.text import visible_lines
from lstm_tutor.terminal.stream import inner


class Paper(Console):
    """A console that takes text as it is: no markup, no emoji, no highlighting."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(
            file=inner(sys.stderr if stderr else sys.stdout),
            stderr=stderr,
            # no color system under NO_COLOR: then nothing is bold either
            color_system=None if os.environ.get("NO_COLOR") else "auto",
            markup=False,
            emoji=False,
            highlight=False,
        )

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as rich does, its text as `visible` makes it."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield segment._replace(text=visible_lines(segment.text))
