"""A formula broken into lines: at the weakest place that is enough.

First before a relation, then before the operator of a sum, of a product, then inside of
brackets, after a comma, aligned below what the bracket opens. No number, name or word is
ever broken: one that has no room stands out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from unicodedata import combining

_SHOWN = 4  # spaces at least before a line of a file that a message shows
_RELATIONS = ("=", "≈", "~=")
_SUM = ("+", "-")
_PRODUCT = ("⊙", "·", "⊗", "*", "@", "/")
_LEAST = 14  # columns that the inside of a bracket gets, or it starts further left


def columns(text: str) -> int:
    """Return how many columns a text takes: an accent that combines takes none."""
    if text.isascii():
        return len(text)
    return sum(not combining(letter) for letter in text)


def padded(text: str, width: int) -> str:
    """Return the text filled up with spaces to a width."""
    return text + " " * (width - columns(text))


def wrap(text: str, room: int) -> list[str]:
    """Break a formula into lines of so many columns."""
    led = text.split(" ", 1)[0] in _RELATIONS
    return _Page(room).lines(text, 0, 2, 0 if led else 2)


@dataclass(frozen=True)
class _Page:
    """Lines of some width. Texts start at a column; later lines come with their indent."""

    room: int

    def lines(self, text: str, start: int, hang: int, aside: int, after: int = 0) -> list[str]:
        """Return a text as lines.

        Args:
            text: what is written.
            start: the column that its first line stands at.
            hang: the column of later lines.
            aside: the same for what follows a relation.
            after: columns that must be left after its last line.
        """
        if start + columns(text) + after <= self.room:
            return [text]
        sides = _sides(text)
        if len(sides) > 1:
            first, *others = sides
            found = self.lines(first, start, hang, hang)
            for number, side in enumerate(others, 1):
                left = after if number == len(others) else 0
                found += self._below(side, aside, aside + 2, left)
            return found
        for signs in (_SUM, _PRODUCT):
            pieces = _pieces(text, signs)
            if len(pieces) > 1:
                return self._packed(pieces, start, hang, after)
        tight = _tight(text)
        if len(tight) > 1:
            return self._packed(tight, start, hang, after, glue="")
        return self._inside(text, start, hang, after)

    def _below(self, text: str, column: int, hang: int, after: int) -> list[str]:
        """Return a text as lines that all have their indent."""
        first, *others = self.lines(text, column, hang, column, after)
        return [" " * column + first, *others]

    def _packed(
        self, pieces: Sequence[str], start: int, hang: int, after: int, glue: str = " "
    ) -> list[str]:
        """Put as many pieces on each line as fit; a line of its own for each if one is long."""
        sizes = [columns(piece) for piece in pieces]
        long = max(sizes) + hang > self.room
        found = self.lines(pieces[0], start, hang + 2, hang)
        for number, piece in enumerate(pieces[1:], 1):
            left = after if number == len(pieces) - 1 else 0
            used = columns(found[-1]) + (start if len(found) == 1 else 0)
            if not long and used + len(glue) + sizes[number] + left <= self.room:
                found[-1] += f"{glue}{piece}"
            else:
                found += self._below(piece, hang, hang + 2, left)
        return found

    def _inside(self, text: str, start: int, hang: int, after: int) -> list[str]:
        """Break what stands in brackets, or between two words."""
        opened, closed = _bracket(text)
        if not closed:
            words = text.split(" ")
            return self._packed(words, start, hang, after) if len(words) > 1 else [text]
        lead, inner, end = text[: opened + 1], text[opened + 1 : closed], text[closed:]
        column = start + columns(lead)
        if self.room - column < _LEAST and hang + 2 < column:
            column = hang + 2
        after += columns(end)
        entries = _entries(inner)
        if len(entries) == 1:
            found = self.lines(inner, start + columns(lead), column, column, after)
        elif inner[0] in "([" or start + columns(lead) + columns(entries[0]) > self.room:
            found = self._rows(entries, start + columns(lead), column, after)
        else:
            found = self._packed(entries, start + columns(lead), column, after)
        found[0] = lead + found[0]
        found[-1] += end
        return found

    def _rows(self, rows: Sequence[str], start: int, column: int, after: int) -> list[str]:
        """Put each row of a matrix on a line of its own."""
        found = self.lines(rows[0], start, column + 1, column + 1)
        for number, row in enumerate(rows[1:], 1):
            left = after if number == len(rows) - 1 else 0
            found += self._below(row, column, column + 1, left)
        return found


def fitted(line: str, width: int) -> list[str]:
    """Break a line of a message between words, under its indent; not a line of a file, under
    which a mark stands.
    """
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    room = width - len(indent)
    if len(indent) >= _SHOWN or room <= _SHOWN:
        return [line]
    return [indent + piece for piece in wrap(text, room)]


def _marks(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield each word's start, end, and the depth of brackets that it starts at."""
    depth = start = before = 0
    for index, letter in enumerate(text):
        if letter == " ":
            yield start, index, before
            start, before = index + 1, depth
        depth += (letter in "([") - (letter in ")]")
    yield start, len(text), before


def _pieces(text: str, signs: Sequence[str]) -> list[str]:
    """Split a text before each of the signs that stands outside of brackets, but its first."""
    places = [
        start
        for start, end, depth in _marks(text)
        if not depth and text[start:end] in signs and text[:start].strip(" =≈~")
    ]
    bounds = zip([0, *places], [*places, len(text)], strict=True)
    return [text[start:end].rstrip() for start, end in bounds]


def _sides(text: str) -> list[str]:
    """Split a chain of relations; a name stays with what it is equal to."""
    found = _pieces(text, _RELATIONS)
    if len(found) > 1 and text.split(" ", 1)[0] not in _RELATIONS:
        return [f"{found[0]} {found[1]}", *found[2:]]
    return found


def _tight(text: str) -> list[str]:
    """Split a product of plain numbers, which has no blanks: ``0.5·2·(1 - 0.5)``."""
    depth, places = 0, []
    for index, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        alone = letter == "·" or (letter == "*" and "*" not in text[index - 1 :: 2][:2])
        if alone and not depth and index > 0 and text[index - 1] != " ":
            places.append(index)
    bounds = zip([0, *places], [*places, len(text)], strict=True)
    return [text[start:end] for start, end in bounds]


def _bracket(text: str) -> tuple[int, int]:
    """Return where the first bracket that something can be broken in opens and closes."""
    depth = opened = 0
    for index, letter in enumerate(text):
        if letter in "([":
            opened = opened if depth else index
            depth += 1
        elif letter in ")]":
            depth -= 1
            if depth == 0 and " " in text[opened:index]:
                return opened, index
    return 0, 0


def _entries(text: str) -> list[str]:
    """Split what stands in brackets after each comma, which stays."""
    places = [
        end + 1
        for (_, end, _), (_, _, depth) in zip(_marks(text), [*_marks(text)][1:], strict=False)
        if not depth and text[end - 1] in ",;"
    ]
    bounds = zip([0, *places], [*places, len(text)], strict=True)
    return [text[start:end].rstrip() for start, end in bounds]
