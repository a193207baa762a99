"""One value in a text: a number, or an array in nested brackets as Python libraries print it.

Reads from a position and says where the value ends; what stands around it is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lstm_tutor.numbers.written import (
    DEEPEST,
    NUMBER,
    TENSOR,
    WORDS,
    Written,
    too_long,
    written,
)

_NUMBER = re.compile(rf"(?:{WORDS}|{NUMBER})(?![\w@]|\.[0-9])")
_WRAPPER = re.compile(
    r"(?:[A-Za-z_]\w{0,30}\.){0,3}"
    r"(?:array|asarray|tensor|Tensor|Array|DeviceArray|matrix|Parameter|float|float16|float32"
    r"|float64|longdouble|int32|int64|int|Variable)\("
    r"|<[\w.]{0,30}(?:Tensor|Variable)\b[^<>\n]{0,200}?\b(?:numpy|value)=(?=\s*[\w\[.+-])"
)
_PAIR = re.compile(r"\s*,\s*\w+\s*=\s*(?:<[^<>\n]*>|'[^'\n]*'|\([^()\n]*\)|[\w.:]+)")
_SPACE = re.compile(r"[\s,]*")
_BLANK = re.compile(r"\s*")
_GAP = re.compile(r"\s*(,?)\s*")
_CLOSES = {"[": "]", "(": ")", "<": ">"}


class Unreadable(Exception):  # noqa: N818  # a state of the text, reported as such
    """Text that looks like an array and is none.

    Attributes:
        end: where reading stopped.
        fatal: whether the whole source cannot be used.
    """

    def __init__(self, why: str, end: int, *, fatal: bool = False) -> None:
        super().__init__(why)
        self.end = end
        self.fatal = fatal


@dataclass(frozen=True)
class Found:
    """A value in a text.

    Attributes:
        written: its numbers.
        end: where it ends.
        tuple_: whether it stands in round brackets of its own.
        whole: whether all its numbers are written without a point.
    """

    written: Written
    end: int
    tuple_: bool = False
    whole: bool = False


@dataclass
class _Level:
    """An open bracket: what it was opened by, where, and how many values it has."""

    bracket: str
    count: int = 0
    inner: tuple[int, ...] | None = None
    wrapper: bool = False
    commas: int = 0
    blanks: int = 0
    decimal_like: str = ""


@dataclass
class _Reader:
    text: str
    position: int
    allowance: int
    texts: list[str] = field(default_factory=list)
    levels: list[_Level] = field(default_factory=list)
    commas: bool = False
    ends: list[int] = field(default_factory=list)

    def read(self) -> Found:
        start = self.position
        while True:
            done = self._value()
            if done is not None:
                texts = self.texts
                library = self._library(start)
                whole = not any(re.search(r"[.eEnN]", text) for text in texts)
                return Found(
                    written(texts, done, library), self.position, self.text[start] == "(", whole
                )

    def _library(self, start: int) -> str:
        """Say which library prints arrays like this one."""
        if self.text.startswith(("tensor", "Parameter"), start):
            return TENSOR
        listed = self.commas and self.text[start] in "[("
        alone = len(self.texts) < 2 or (self.text[start] == "[" and not self._aligned())
        return "" if listed or alone else "numpy"

    def _aligned(self) -> bool:
        """Whether numbers with fewer places are filled up with blanks, as NumPy does it."""
        places = [len(text.partition("e")[0].partition(".")[2]) for text in self.texts]
        most = max(places)
        for end, own in zip(self.ends, places, strict=True):
            rest = self.text[end : end + most + 2]
            blanks = len(rest) - len(rest.lstrip(" "))
            last = rest[blanks : blanks + 1] in ("]", "")
            if own < most and blanks < most - own + (not last):
                return False
        return True

    def _value(self) -> tuple[int, ...] | None:
        """Read one token; return the shape when the outermost value is complete."""
        text, position = self.text, self.position
        letter = text[position : position + 1]
        if letter in ("[", "("):
            self._open(letter)
            return None
        if letter in ("]", ")", ">") and self.levels:
            return self._close(letter)
        number = _NUMBER.match(text, position)
        if number:
            return self._number(number[0], number.end())
        wrapper = _WRAPPER.match(text, position)
        if wrapper:
            self.position = wrapper.end() - 1
            self._open("<" if letter == "<" else "(", wrapper=True)
            return None
        raise Unreadable(self._reason(position), position)

    def _reason(self, position: int) -> str:
        if self.text.startswith(("...", "…"), position):
            return "an array that was printed with parts left out"
        if position >= len(self.text):
            return "a bracket that is never closed"
        return "a list of something other than numbers"

    def _open(self, bracket: str, *, wrapper: bool = False) -> None:
        if len(self.levels) >= DEEPEST + 4:
            why = f"brackets are nested deeper than {DEEPEST} levels"
            raise Unreadable(why, self.position, fatal=True)
        self.levels.append(_Level(bracket, wrapper=wrapper))
        self.position = _past(_BLANK, self.text, self.position + 1)

    def _number(self, text: str, end: int) -> tuple[int, ...] | None:
        if too_long(text):
            raise Unreadable("a number that is too long", end)
        if len(self.texts) >= self.allowance:
            raise Unreadable("too many numbers", end, fatal=True)
        self.texts.append(text)
        self.ends.append(end)
        self.position = end
        return self._complete(())

    def _close(self, letter: str) -> tuple[int, ...] | None:
        level = self.levels.pop()
        if _CLOSES[level.bracket] != letter:
            raise Unreadable("brackets that do not match", self.position)
        self.position += 1
        if level.count == 0:
            raise Unreadable("an empty array", self.position)
        inner = level.inner or ()
        return self._complete(inner if level.wrapper else (level.count, *inner))

    def _complete(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Enter a finished value of a shape into the level around it."""
        if not self.levels:
            return shape
        level = self.levels[-1]
        if level.inner is not None and level.inner != shape:
            raise Unreadable("an array with rows of different lengths", self.position)
        level.inner = shape
        level.count += 1
        if level.wrapper:
            self._skip_pairs(level)
        else:
            self._gap(level)
        return None

    def _gap(self, level: _Level) -> None:
        """Pass what separates values; a comma for a point is told by its company."""
        start = self.position
        self.position = _past(_GAP, self.text, start)
        comma = "," in self.text[start : self.position]
        self.commas = self.commas or comma
        if self.text[self.position : self.position + 1] in ("]", ")"):
            return
        if comma and self.position == start + 1:
            level.decimal_like = level.decimal_like or self._around(start)
            level.commas += 1
        elif not comma:
            level.blanks += 1
        if level.decimal_like and level.blanks and level.bracket == "[":
            raise Unreadable(f"{level.decimal_like} is unclear", start, fatal=True)

    def _around(self, comma: int) -> str:
        first = re.search(r"[0-9]+$", self.text[max(0, comma - 20) : comma])
        last = re.match(r"[0-9]+", self.text[comma + 1 : comma + 21])
        return f"{first[0]},{last[0]}" if first and last else ""

    def _skip_pairs(self, level: _Level) -> None:
        """Pass ``, dtype=float32`` and the like after a library's array."""
        while True:
            pair = _PAIR.match(self.text, self.position)
            if pair is None:
                break
            self.position = pair.end()
        self.position = _past(_SPACE, self.text, self.position)
        closes = _CLOSES[level.bracket]
        if level.count != 1 or self.text[self.position : self.position + 1] != closes:
            raise Unreadable("an array with something in it that is no number", self.position)


def _past(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where a pattern that can be empty ends."""
    found = pattern.match(text, position)
    return found.end() if found else position


def value_at(text: str, position: int, allowance: int) -> Found | None:
    """Read the value that starts at a position.

    Args:
        text: the source.
        position: of the value's first character.
        allowance: how many numbers may still be read.

    Returns:
        The value; None if no value starts there.

    Raises:
        Unreadable: if one starts and cannot be read.
    """
    if not starts(text, position):
        return None
    return _Reader(text, position, allowance).read()


def starts(text: str, position: int) -> bool:
    """Whether a value starts at a position."""
    return bool(
        text[position : position + 1] in ("[", "(")
        or _NUMBER.match(text, position)
        or _WRAPPER.match(text, position)
    )


def whole_value(text: str, allowance: int) -> Written | None:
    """Read a text that is one value, or numbers side by side; None if it is anything else.

    Raises:
        Unreadable: if it is an array that cannot be read.
    """
    text = text.strip()
    found = value_at(text, 0, allowance)
    if found is None:
        return None
    if found.end == len(text):
        return found.written
    return _side_by_side(text, found, lambda at: value_at(text, at, allowance))


def _side_by_side(
    text: str, first: Found, read: Callable[[int], Found | None]
) -> Written | None:
    found: Found | None = first
    position = 0
    texts = []
    while found is not None and found.written.value.ndim == 0:
        texts.append(text[position : found.end])
        if found.end == len(text):
            return written(texts, (len(texts),))
        gap = _GAP.match(text, found.end)
        if gap is None or gap.end() == found.end or (gap[1] and gap.end() == found.end + 1):
            return None
        position = gap.end()
        found = read(position)
    return None
