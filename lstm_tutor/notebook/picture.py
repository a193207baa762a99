"""A picture that shows itself in a notebook."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_tutor.export.picture import picture as drawn
from lstm_tutor.trace.trace import Trace


@dataclass(frozen=True)
class Picture:
    """A picture as SVG.

    Attributes:
        what: what it shows.
        svg: the text of the file; `export` writes it.

    Examples:
        >>> import lstm_tutor as lt
        >>> lt.compute("gomez").plot("gates").svg[:4]
        '<svg'
    """

    what: str
    svg: str

    def __repr__(self) -> str:
        return f"Picture of {self.what}: {len(self.svg):,} characters of SVG"

    def _repr_svg_(self) -> str:
        return self.svg


def picture(trace: Trace, what: str, epochs: int) -> Picture:
    """Return a picture of a computation; see `lstm_tutor.export.picture.picture`."""
    return Picture(what, drawn(trace, what, epochs))
