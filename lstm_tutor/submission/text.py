"""Bytes to the text that is looked through for numbers."""

from __future__ import annotations

from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.files.reading import encoding_problem
from lstm_tutor.files.text import decoded, without_escapes


def text_of(content: bytes, name: str) -> str:
    """Return a file's text, its lines ended as on Unix, without terminal escape sequences.

    Raises:
        BadInput: if it is empty, or no text.
    """
    try:
        text = decoded(content)
    except UnicodeDecodeError as error:
        if b"\0" in content[:4096] or error.encoding.startswith("utf-16"):
            raise BadInput([_no_text(name)]) from None
        raise BadInput([encoding_problem(error, name)]) from None
    if "\0" in text:
        raise BadInput([_no_text(name)])
    if not text.strip():
        raise BadInput([Problem("it is empty", Place(name))])
    return without_escapes(text)


def _no_text(name: str) -> Problem:
    return Problem("it is not text", Place(name), expected="text, or an .npz or .npy file")
