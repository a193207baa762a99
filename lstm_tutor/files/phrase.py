"""The small parts of English sentences: numbers of things, lists, articles."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, thing: str, things: str = "") -> str:
    """Write a number of things: "1 row", "2,000 rows"; an odd plural is given."""
    return f"{number:,} {agreeing(number, thing, things or f'{thing}s')}"


def agreeing(number: int, one: str, many: str) -> str:
    """Return the word that goes with so many: ``agreeing(2, "is", "are")``."""
    return one if number == 1 else many


def listed(names: Sequence[str], last: str = "and") -> str:
    """Write names with commas, and a word before the last one: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def the(name: str) -> str:
    """Write a name with its article, which it may have been given with; none before "what"."""
    return name if name.startswith("what ") else f"the {name.removeprefix('the ')}"
