"""Texts of a scenario file: each character is a time step, and one of a vocabulary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lstm_tutor.files.document import MOST_ENTRIES, KeyPath, dotted
from lstm_tutor.files.problem import described, did_you_mean
from lstm_tutor.files.text import quoted
from lstm_tutor.scenario.entries import Entries

TEXT, VOCABULARY = KEYS = ("text", "vocabulary")
_TEXTS = "a text, or a list of texts for a batch"
_QUOTES = "put it in quotes"


@dataclass(frozen=True)
class Vocabulary:
    """The characters that entries of a row, or classes, stand for.

    Attributes:
        letters: in the order of the entries; "" for none.
        path: the entry that sets them.
    """

    letters: str = ""
    path: KeyPath = ()

    def one_hot(self, letter: str) -> list[float]:
        """Return the row that is 1 at a letter's place."""
        return [float(letter == other) for other in self.letters]


NO_LETTERS = Vocabulary()


@dataclass(frozen=True)
class Text:
    """A text, or several for a batch.

    Attributes:
        texts: each sequence's.
        batch: whether they are written as a list.
        vocabulary: what their characters are among.
    """

    texts: tuple[str, ...]
    batch: bool
    vocabulary: Vocabulary


def text_of(
    entries: Entries, path: KeyPath, value: Mapping[str, Any], other: Vocabulary
) -> Text | None:
    """Read a text and its vocabulary; None after a problem.

    Args:
        entries: the scenario file.
        path: the entry.
        value: what stands there, a set of entries.
        other: the vocabulary if it has none of its own; its own characters if that is
            empty, too.
    """
    known = len(entries.problems)
    for key in value:
        if key not in KEYS:
            message = f"unknown key {dotted((*path, key))!r}"
            entries.problem((*path, key), message, remedy=did_you_mean(key, KEYS), key=True)
    if TEXT not in value:
        entries.problem(path, f"the key {dotted((*path, TEXT))!r} is missing", _TEXTS, key=True)
    texts = list(_texts(entries, (*path, TEXT), value[TEXT])) if TEXT in value else []
    vocabulary = other
    if VOCABULARY in value:
        vocabulary = _vocabulary(entries, (*path, VOCABULARY), value[VOCABULARY])
    elif not other.letters:
        vocabulary = Vocabulary("".join(dict.fromkeys("".join(texts))), (*path, TEXT))
    if len(entries.problems) > known:
        return None
    for letter in dict.fromkeys("".join(texts)):
        if letter not in vocabulary.letters:
            line = entries.document.place(vocabulary.path).line
            message = f"{letter!r} is not in the vocabulary {vocabulary.letters!r}"
            expected = f"characters of {dotted(vocabulary.path)} (line {line})"
            remedy = "write a vocabulary that has it, beside this text"
            entries.problem((*path, TEXT), message, expected, remedy)
            return None
    size = sum(map(len, texts)) * len(vocabulary.letters)
    if size > MOST_ENTRIES:
        message = f"{dotted((*path, TEXT))} stands for {size:,} numbers"
        expected = f"at most {MOST_ENTRIES:,}: one for each character and letter"
        entries.problem((*path, TEXT), message, expected, "shorten it")
        return None
    return Text(tuple(texts), isinstance(value[TEXT], list), vocabulary)


def _texts(entries: Entries, path: KeyPath, value: Any) -> Iterator[str]:
    if isinstance(value, list) and not value:
        entries.problem(path, f"{dotted(path)} is an empty list", _TEXTS)
        return
    several = isinstance(value, list)
    for number, text in enumerate(value if several else [value]):
        here = (*path, number) if several else path
        if isinstance(text, str) and text:
            yield text
        else:
            remedy = _QUOTES if isinstance(text, bool | int | float) else ""
            expected = "a text of at least one character" if several else _TEXTS
            entries.problem(here, f"{dotted(here)} is {described(text)}", expected, remedy)


def _vocabulary(entries: Entries, path: KeyPath, value: Any) -> Vocabulary:
    expected = "its characters, each once, such as helo"
    if not isinstance(value, str) or not value:
        remedy = _QUOTES if isinstance(value, bool | int | float) else ""
        entries.problem(path, f"{dotted(path)} is {described(value)}", expected, remedy)
        return NO_LETTERS
    letter, count = Counter(value).most_common(1)[0]
    if count > 1:
        message = f"{dotted(path)} is {quoted(value, 40)}, with {letter!r} {count} times"
        entries.problem(path, message, expected)
    return Vocabulary(value, path)
