"""How much is tried for the wrong values of one source: its first ones get the most.

Who has many wrong values mends the first ones first. All is counted, and nothing timed.
"""

from __future__ import annotations

from dataclasses import dataclass

_MOST_RUNS = 1500  # of a program with a mistake, for one part of the source
_MOST_LINES = 400_000  # evaluated in those runs: a long sequence has fewer of them
_FEWEST_RUNS = 60
_PARTS = 3  # a source may take as many runs as so many of its parts
_DEEP = 1.5  # and so many times as many for what is unusual
_MOST_SEARCHES = 24
_MOST_GRADES = 4000  # values looked at in those: of a long source fewer are searched for
_FEWEST_SEARCHES = 12
_MOST_COMPARED = 3000  # values with mistakes that were found before


@dataclass
class Effort:
    """What is left to be tried.

    Attributes:
        most: runs of programs with a mistake that one part may take.
        runs: those that are left for what is usual.
        deep: those that are left for all that can be tried where nothing usual is it.
        searches: how many more wrong values are looked into.
        compared: how many more times one is compared with a mistake that was found before.
    """

    most: int
    runs: int
    deep: int
    searches: int
    compared: int = _MOST_COMPARED

    @property
    def share(self) -> int:
        """Runs that the next part may take; others come after it."""
        return min(self.most, 2 * self.runs // 3)


def effort(lines: int, values: int) -> Effort:
    """Return what may be tried for a source.

    Args:
        lines: of its program.
        values: that it gives.
    """
    most = _clamped(_MOST_LINES // lines, _FEWEST_RUNS, _MOST_RUNS)
    searches = _clamped(_MOST_GRADES // max(1, values), _FEWEST_SEARCHES, _MOST_SEARCHES)
    return Effort(most, _PARTS * most, int(_DEEP * most), searches)


def _clamped(number: int, least: int, most: int) -> int:
    return max(least, min(number, most))
