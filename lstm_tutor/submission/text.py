"""Bytes to text: encodings, line ends, and what must not reach a screen."""

from __future__ import annotations

import re

from lstm_tutor.files.document import encoding_problem
from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.numbers.written import LARGEST

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\-_])?"
)
_CONTROLS = dict.fromkeys(
    (code for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"),
    "\N{REPLACEMENT CHARACTER}",
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # as a Windows shell redirects output


def text_of(content: bytes, name: str) -> str:
    """Return a file's text, its lines ended as on Unix, without terminal escape sequences.

    Raises:
        BadInput: if it is too large, empty, or no text.
    """
    if len(content) > LARGEST:
        message = f"it has {len(content):,} bytes; at most {LARGEST:,} are read"
        raise BadInput(
            [Problem(message, Place(name), remedy="keep only what is to be checked")]
        )
    try:
        encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in content[:4096] or error.encoding.startswith("utf-16"):
            raise BadInput([_no_text(name)]) from None
        raise BadInput([encoding_problem(error, name)]) from None
    if "\0" in text:
        raise BadInput([_no_text(name)])
    if not text.strip():
        raise BadInput([Problem("it is empty", Place(name))])
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _ESCAPES.sub("", text).translate(_CONTROLS)


def _no_text(name: str) -> Problem:
    return Problem("it is not text", Place(name), expected="text, or an .npz or .npy file")
