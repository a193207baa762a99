"""Foreign text: bytes to text, and how it is shown.

The one door: whatever a file or an argument says reaches a stream as `visible` makes it.
"""

from __future__ import annotations

import re
import unicodedata

_MARK = "\N{REPLACEMENT CHARACTER}"
# possessive: what opens an escape sequence and does not end takes no quadratic time
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-9;?]*+[ -/]*+[@-~]|\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?|[@-Z\\-_])?"
)
_NAMES = {" ": "space", "\n": "newline", "\t": "tab", "\xa0": "no-break space", ",": "comma"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # as a Windows shell redirects output


def visible(text: str) -> str:
    """Return a line of text with a mark for each control or invisible character."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or unicodedata.category(letter) == "Zs" else _MARK
        for letter in text.replace("\t", " ")
    )


def named(letter: str) -> str:
    """Return a character as it is seen among others: itself, or ``space`` and the like."""
    if letter.isspace() and letter not in _NAMES:
        return unicodedata.name(letter, _MARK).lower()
    return _NAMES.get(letter, visible(letter))


def visible_lines(text: str) -> str:
    """Return text of several lines as `visible` makes it; line ends and tabs stay."""
    return "\n".join(
        line if line.isprintable() else "\t".join(map(visible, line.split("\t")))
        for line in text.split("\n")
    )


def hidden_character(text: str) -> str | None:
    """Return the first control or invisible character, named as U+XXXX, if there is one."""
    shown = visible_lines(text)
    pairs = zip(text, shown, strict=True)
    return next((f"U+{ord(one):04X}" for one, other in pairs if one != other), None)


def quoted(text: str, longest: int = 60) -> str:
    """Return the text between quotation marks, cut if it is longer."""
    return repr(text if len(text) <= longest else text[:longest] + "…")


def decoded(content: bytes) -> str:
    """Return a file's text, its lines ended as on Unix.

    Raises:
        UnicodeDecodeError: if it is neither UTF-8 nor marked as UTF-16.
    """
    text = content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without_escapes(text: str) -> str:
    """Return what a program printed, without the escape sequences for a terminal."""
    return visible_lines(_ESCAPES.sub("", text))
