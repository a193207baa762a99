"""From the bytes that a terminal sends to keys."""

from __future__ import annotations

import codecs

ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left"}
PLAIN = {"\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\b": "backspace"}
_PAGES = {"5~": "page up", "6~": "page down"}


class Decoder:
    """Turns bytes into keys; what is incomplete waits for its rest.

    A pasted text comes as one item, led by "paste:"; unknown escape sequences vanish.
    """

    def __init__(self) -> None:
        self._text = ""
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> list[str]:
        """Return the keys that the bytes complete."""
        self._text += self._utf8.decode(data)
        keys = []
        while self._text:
            key, used = self._first()
            if not used:
                break
            self._text = self._text[used:]
            if key:
                keys.append(key)
        return keys

    @property
    def waiting(self) -> bool:
        """Whether an escape has come whose rest may still follow."""
        return bool(self._text)

    def flush(self) -> list[str]:
        """Return a lone escape as a key: nothing followed it in time."""
        alone = self._text == "\x1b"
        if not self._text.startswith("\x1b[200~"):
            self._text = ""
        return ["escape"] if alone else []

    def _first(self) -> tuple[str, int]:
        """Return the first key and how much text it takes; 0 if its rest is missing."""
        text = self._text
        if text[0] != "\x1b":
            letter = PLAIN.get(text[0], text[0])
            return (letter if len(letter) > 1 or letter.isprintable() else ""), 1
        if len(text) == 1:
            return "", 0
        if text.startswith("\x1b[200~"):
            end = text.find("\x1b[201~")
            return (f"paste:{text[6:end]}", end + 6) if end >= 0 else ("", 0)
        if text[1] not in "[O":
            return "", 1
        for number, letter in enumerate(text[2:], 2):
            if "@" <= letter <= "~":
                return _PAGES.get(text[2 : number + 1]) or ARROWS.get(letter, ""), number + 1
        return "", 0
