"""What a caller gives, as what it must be; what it is not is said as everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from operator import index
from os import PathLike, fspath
from typing import Any

from lstm_tutor.notebook.error import TutorError


def whole(value: Any, name: str, most: int | None = None) -> int:
    """Return a whole number that is 1 or more, and at most so many.

    Raises:
        TutorError: if it is another one, or none.
    """
    expected = "1 or more" if most is None else f"1 to {most}"
    try:
        found = index(value)
    except TypeError:
        raise TutorError(f"{name} is {_shown(value)}; expected {expected}") from None
    if found < 1 or (most is not None and found > most):
        raise TutorError(f"{name} is {found}; expected {expected}")
    return found


def text_of(value: Any, name: str) -> str:
    """Return a text or a path as text.

    Raises:
        TutorError: if it is neither.
    """
    if isinstance(value, PathLike):
        value = fspath(value)
    if not isinstance(value, str):
        raise TutorError(f"{name} is {_shown(value)}; expected a name or a path")
    return value


def words_of(value: Any, name: str) -> list[str]:
    """Return one word, or several, as a list.

    Raises:
        TutorError: if there is something else among them.
    """
    words = [value] if isinstance(value, str) or not isinstance(value, Iterable) else value
    return [text_of(word, name) for word in words]


def _shown(value: Any) -> str:
    """Return a short value as it is written, and of a long one its type."""
    if value is None or isinstance(value, bool | int | float):
        return f"{value!r}"
    return f"a value of type {type(value).__name__}"
