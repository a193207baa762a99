"""Entries of a lesson file, each taken as what it should be, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstm_tutor.files.document import Document, KeyPath
from lstm_tutor.files.problem import Problem, described, did_you_mean


class Entries:
    """Takes entries out of a document, and collects every problem with its position."""

    def __init__(self, document: Document) -> None:
        self.problems: list[Problem] = []
        self.document = document

    def wrong(
        self,
        path: KeyPath,
        message: str,
        expected: str = "",
        remedy: str = "",
        key: bool = False,
    ) -> None:
        """Keep a problem of an entry; of its key, if that is what is wrong."""
        found = self.document.problem(path, message, expected, remedy, key=key)
        self.problems.append(found)

    def at(self, path: KeyPath) -> Any:
        """Return an entry; None if it is not there."""
        value = self.document.value
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def keys(self, path: KeyPath, known: Mapping[str, bool]) -> bool:
        """Check the keys of a set of entries; say whether it is one."""
        value = self.at(path)
        if not isinstance(value, dict):
            self.wrong(path, f"{path[-1]} is {described(value)}", "a set of entries")
            return False
        for key in value:
            if key not in known:
                remedy = did_you_mean(str(key), known)
                self.wrong((*path, key), f"unknown key {key!r}", remedy=remedy, key=True)
        for key, needed in known.items():
            if needed and key not in value:
                what = f"{path[-1]} lacks" if path else "the lesson lacks"
                self.wrong(path, f"{what} the key {key!r}", key=bool(path))
        return True

    def text(self, path: KeyPath) -> str:
        """Return a text without the blanks at its end; "" if it is none."""
        value = self.at(path)
        if isinstance(value, str) and value.strip():
            return value.rstrip()
        if value is not None:
            self.wrong(path, f"{path[-1]} is {described(value)}", "text")
        return ""

    def texts(self, path: KeyPath) -> tuple[str, ...]:
        """Return a list of names; none if it is no such list."""
        value = self.at(path)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(path, f"{path[-1]} is {described(value)}", "a list of names")
            return ()
        return tuple(value)

    def whole(self, path: KeyPath, default: int, low: int, high: int) -> int:
        """Return a whole number between two others; the default if it is not there."""
        value = self.at(path)
        if value is None:
            return default
        if type(value) is not int or not low <= value <= high:
            expected = f"a whole number from {low} to {high}"
            self.wrong(path, f"{path[-1]} is {described(value)}", expected)
            return default
        return value

    def numbers(self, path: KeyPath) -> tuple[float, ...]:
        """Return a list of numbers; none if it is no such list."""
        value = self.at(path)
        if value is None:
            return ()
        plain = isinstance(value, list) and value
        if not plain or not all(type(item) in (int, float) for item in value):
            self.wrong(
                path, f"{path[-1]} is {described(value)}", "a list of numbers to pick from"
            )
            return ()
        return tuple(map(float, value))

    def in_text(
        self, path: KeyPath, text: str, start: int, message: str, remedy: str = ""
    ) -> None:
        """Keep a problem at a character of a text."""
        before = text[:start]
        number, column = before.count("\n"), start - before.rfind("\n") - 1
        line, indent = self.document.block_line(path, number)
        place = self.document.at(line, indent + column)
        self.problems.append(Problem(message, place, remedy=remedy))
