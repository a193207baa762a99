"""Which time step a name says, as a file counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.convention import Convention
from lstm_tutor.submission.meaning import Meaning
from lstm_tutor.submission.names import Names


def counted(meaning: Meaning, convention: Convention) -> Meaning:
    """Return a meaning with its time step counted from 0."""
    if meaning.t is None or meaning.sure or not convention.first:
        return meaning
    return replace(meaning, t=meaning.t - convention.first)


class Clock:
    """Tells the time step that the names of an entry's cell mostly say.

    It does not know who asks it: in a circle, what is read would wait for a search of all.
    """

    def __init__(self, names: Names, entries: Sequence[Entry], convention: Convention) -> None:
        self._names, self._entries, self._convention = names, entries, convention

    def __call__(self, entry: Entry) -> int | None:
        """Return the time step; None where no name says one."""
        return self._usual.get(entry.cell)

    @cached_property
    def _usual(self) -> dict[str, int]:
        found: dict[str, Counter[int]] = {}
        for entry in self._entries:
            names = self._names.meanings(self._convention.dialect, entry.name or "")
            for meaning in names[:1]:
                t = counted(meaning, self._convention).t
                if t is not None:
                    found.setdefault(entry.cell, Counter())[t] += 1
        return {cell: times.most_common(1)[0][0] for cell, times in found.items()}
