"""What the names of a file mean in each dialect, and which dialect explains the most."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from lstm_tutor.dialects.catalog import DEFAULT_NOTATION, notations
from lstm_tutor.model.cell import Cell
from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.arraynames import pages_of
from lstm_tutor.submission.meaning import Meaning
from lstm_tutor.submission.spelling import Spelling
from lstm_tutor.trace.trace import Trace

_MOST_NAMES = 600  # by which a dialect is chosen


def _spellings_of(trace: Trace) -> dict[str, Spelling]:
    """Return the spellings of a trace's quantities that are known so far, by dialect: the
    files of a class share them, and those of one scenario with other numbers.
    """
    found: dict[str, Spelling] = trace.program.kept.setdefault(Spelling, {})
    return found


class Names:
    """What the names of a file mean, by dialect; looked up once."""

    def __init__(self, trace: Trace, entries: Sequence[Entry]) -> None:
        self._trace = trace
        self._spellings = _spellings_of(trace)
        self.every = list(dict.fromkeys(entry.name for entry in entries if entry.name))

        self._pages = {part.name: part.cell for part in reversed(pages_of(trace.scenario))}

    def page(self, layer: str) -> Cell:
        """Return the page whose ids have a layer before them."""
        return self._pages.get(layer) or self._trace.scenario.cell

    def spelling(self, dialect: str) -> Spelling:
        """Return the names that a dialect understands."""
        if dialect not in self._spellings:
            self._spellings[dialect] = Spelling(self._trace, dialect)
        return self._spellings[dialect]

    def meanings(self, dialect: str, name: str) -> list[Meaning]:
        """Return what a name means in a dialect; one that it does not know means what all
        the others that know it agree on.
        """
        found = self.spelling(dialect).meanings(name)
        return found or self._elsewhere(name)

    def _elsewhere(self, name: str) -> list[Meaning]:
        found: list[list[Meaning]] = []
        for other in notations():
            meanings = self.spelling(other).meanings(name)
            if meanings:
                found.append(meanings)
        first = {(one[0].target.symbols, one[0].t) for one in found}
        return found[0] if len(first) == 1 else []

    @cached_property
    def dialect(self) -> str:
        """The dialect that explains the most names, ours if none explains more; of those the
        one in which they mean the most different things: a name too many for one thing is
        another thing elsewhere.
        """
        names = self.every[:: max(1, len(self.every) // _MOST_NAMES)]
        found = {DEFAULT_NOTATION: self._explained(DEFAULT_NOTATION, names)}
        if found[DEFAULT_NOTATION] < (len(names), len(names)):
            found |= {other: self._explained(other, names) for other in notations()[1:]}
        return max(found, key=lambda name: found[name])

    def _explained(self, dialect: str, names: Sequence[str]) -> tuple[int, int]:
        """Return how many names a dialect explains, and how many things they mean in it."""
        own = self.spelling(dialect)
        first = [m for name in names for m in own.meanings(name)[:1]]
        things = {(m.target.symbols, m.t, m.every, m.target.half) for m in first}
        return len(first), len(things)
