"""Two texts laid side by side, line by line, in time that grows with their length.

Lines that are the same and stand once in each text hold the two together; what lies between
them is matched more closely where it is short.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

Block: TypeAlias = tuple[int, int, int, int]
"""Where a block starts and ends in one text, and in the other."""

_SMALL = 100  # lines of a piece that are all compared with each other


def aligned(one: Sequence[str], other: Sequence[str]) -> Iterator[Block]:
    """Yield blocks that belong together, in order; in some a text has more lines."""
    before = (0, 0)
    for anchor in (*_anchors(one, other), (len(one), len(other))):
        yield from _between(one, other, before, anchor)
        before = anchor


def _anchors(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of the longest run of common lines that each stand once."""
    counts, places = Counter(one), {line: place for place, line in enumerate(other)}
    others = Counter(other)
    pairs = [
        (place, places[line])
        for place, line in enumerate(one)
        if counts[line] == 1 == others[line]
    ]
    ends: list[int] = []  # the other text's place at which the best run of each length ends
    chosen: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        before.append(chosen[length - 1] if length else -1)
        chosen[length : length + 1] = [index]
    run = []
    index = chosen[-1] if chosen else -1
    while index >= 0:
        run.append(pairs[index])
        index = before[index]
    return run[::-1]


def _between(
    one: Sequence[str], other: Sequence[str], start: tuple[int, int], end: tuple[int, int]
) -> Iterator[Block]:
    """Yield the blocks of a piece; of one that is long, what is the same at its ends."""
    (first, other_first), (last, other_last) = start, end
    length = min(last - first, other_last - other_first)
    if max(last - first, other_last - other_first) <= _SMALL:
        piece, other_piece = one[first:last], other[other_first:other_last]
        matcher = difflib.SequenceMatcher(None, piece, other_piece, autojunk=False)
        for _, a, b, c, d in matcher.get_opcodes():
            yield first + a, first + b, other_first + c, other_first + d
        return
    head = next((n for n in range(length) if one[first + n] != other[other_first + n]), length)
    left = length - head
    tail = next(
        (n for n in range(left) if one[last - 1 - n] != other[other_last - 1 - n]), left
    )
    yield first, first + head, other_first, other_first + head
    yield first + head, last - tail, other_first + head, other_last - tail
    yield last - tail, last, other_last - tail, other_last
