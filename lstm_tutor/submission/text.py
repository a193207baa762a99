"""Bytes to the text that is looked through for numbers."""

from __future__ import annotations

import re

from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.files.reading import encoding_problem
from lstm_tutor.files.text import decoded, without_escapes
from lstm_tutor.scenario.embedded import TRANSCRIPT, WORKSHEET

_KINDS = {
    b"%PDF-": "a PDF",
    b"{\\rtf": "a document of a word processor",
    b"\xd0\xcf\x11\xe0": "a document of an office program",
}
_OFFICE = b"[Content_Types].xml", b"mimetypeapplication/vnd.oasis"
_UNSEEN = "\u200b\u2060\ufeff"  # what editors leave between letters
_WITHIN = {ord("\v"): " ", ord("\f"): " "}  # a word processor's breaks
_MAILED = re.compile(r"^(?:> ?)+", re.M)


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
    text = text.translate(_WITHIN) if "\v" in text or "\f" in text else text
    for letter in _UNSEEN:
        text = text.replace(letter, "")
    if not text.strip():
        raise BadInput([Problem("it is empty", Place(name))])
    mailed = any(f"\n> {mark}" in text for mark in (WORKSHEET, TRANSCRIPT))
    return without_escapes(_MAILED.sub("", text) if mailed else text)


def require_text(content: bytes, name: str) -> None:
    """Raise BadInput for a kind of file that shows pages, and for a scan."""
    kind = next((said for start, said in _KINDS.items() if content.startswith(start)), "")
    if content.startswith(b"PK") and any(mark in content[:4096] for mark in _OFFICE):
        kind = "a document of an office program"
    if kind:
        remedy = "hand in the sheet itself, or save what is in it as text"
        raise BadInput([Problem(f"it is {kind}, and no text", Place(name), remedy=remedy)])


def _no_text(name: str) -> Problem:
    return Problem("it is not text", Place(name), expected="text, or an .npz or .npy file")
