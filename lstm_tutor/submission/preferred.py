"""Which of several quantities a name means in a file whose other names mean the first too.

A file has one name for one thing: who writes dh beside dzh, or dh_0 beside dh_1, means by dh
what else it can be, if that fits more of the values; for all time steps at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lstm_tutor.numbers.written import Entry
from lstm_tutor.submission.meaning import Meaning

Things: TypeAlias = tuple[tuple[str, ...], ...]
"""The quantities that a name can mean, each once, the likeliest first."""


@dataclass(frozen=True)
class Preferred:
    """What names mean first, by all that they can mean."""

    first: Mapping[Things, tuple[str, ...]]

    def of(self, meanings: list[Meaning]) -> list[Meaning]:
        """Return meanings, those that the file prefers first."""
        wanted = self.first.get(_things(meanings)) if self.first else None
        if wanted is None:
            return meanings
        return sorted(meanings, key=lambda meaning: meaning.target.symbols != wanted)


def _things(meanings: Sequence[Meaning]) -> Things:
    return tuple(dict.fromkeys(meaning.target.symbols for meaning in meanings))


def preferred(
    named: Sequence[tuple[Entry, list[Meaning]]],
    plain: Callable[[str], str],
    fit: Callable[[Entry, Sequence[Meaning]], float],
) -> Preferred:
    """Choose what each kind of name means, once for a file.

    Args:
        named: the file's entries with a name, each with what the name can mean.
        plain: returns a name without the places beside its quantity.
        fit: how much of an entry is about right, if it means some of that.
    """
    said: dict[tuple[tuple[str, ...], int | None], set[str]] = {}
    for entry, meanings in named:
        for meaning in meanings[:1]:
            said.setdefault((meaning.target.symbols, meaning.t), set()).add(plain(entry.name))
    others = {symbols for symbols, _ in said}
    doubtful: set[Things] = set()
    for _, meanings in named:
        things = _things(meanings)
        if len(things) > 1:
            first = meanings[0]
            shared = len(said[first.target.symbols, first.t]) > 1
            one_of_several = first.sure and not others.isdisjoint(things[1:])
            if shared or one_of_several:
                doubtful.add(things)
    found = {}
    for things in doubtful:
        scores = dict.fromkeys(things, 0.0)
        for entry, meanings in named:
            if _things(meanings) == things:
                for thing in things:
                    own = [one for one in meanings if one.target.symbols == thing]
                    scores[thing] += fit(entry, own)
        found[things] = max(things, key=lambda thing: scores[thing])
    return Preferred(found)
