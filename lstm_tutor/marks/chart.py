"""Small pictures of a class in characters: how the marks are spread, which blanks were hard."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tutor.marks.returned import Outcome
from lstm_tutor.marks.tally import TENTHS, Tally

LONGEST = 30  # characters of a bar
MOST_BLANKS = 10


def spread(tally: Tally) -> Iterator[tuple[str, int]]:
    """Yield the tenths of the marks, from the lowest to the highest, with how many files."""
    there = [tenth for tenth, count in tally.tenths.items() if count] or [0]
    for tenth in range(min(there), max(there) + 1):
        low = 100 * tenth // TENTHS
        name = f"{low} %" if tenth == TENTHS else f"{low} to {low + 100 // TENTHS - 1} %"
        yield name, tally.tenths[tenth]


def hard(tally: Tally) -> Iterator[tuple[str, int, int, str]]:
    """Yield the blanks that were the hardest: its id, how many are right, of how many, and
    what became of the others.
    """
    for id_, counts in tally.hardest()[:MOST_BLANKS]:
        right = counts[Outcome.RIGHT] + counts[Outcome.GIVEN]
        if right == counts.total():
            return
        others = (Outcome.WRONG, Outcome.BLANK, Outcome.UNREADABLE)
        said = ", ".join(f"{counts[one]:,} {one}" for one in others if counts[one])
        yield id_, right, counts.total(), said


def bar(part: float, whole: float, *, plain: bool, longest: int = LONGEST) -> str:
    """Return a bar; of what is not 0 at least one character."""
    if part <= 0 or whole <= 0:
        return ""
    return ("#" if plain else "█") * max(1, round(longest * part / whole))
