"""Lines of a script as the keys of a walk."""

from __future__ import annotations

_WORDS = {
    "": "enter",
    "next": "n",
    "back": "b",
    "down": "down",
    "up": "up",
    "why": "w",
    "detail": "d",
    "notation": "t",
    "ledger": "l",
    "overview": "o",
    "help": "?",
    "quit": "q",
}


_WORDS_WITH_TEXT = {
    "g": "g",
    "go": "g",
    "goto": "g",
    "/": "/",
    "find": "/",
    "s": "s",
    "save": "s",
}


def keys_of(line: str) -> list[str]:
    """Return the keys that a line of a script stands for: ``next``, ``g dC@0``, ``w``.

    A line is a key, its word, or a word with a text; what it is not is left to `press`,
    which ignores it.
    """
    word, _, text = line.strip().partition(" ")
    if word in _WORDS_WITH_TEXT and text.strip():
        opened = _WORDS_WITH_TEXT[word]
        clear = ["backspace"] * 100 if opened == "s" else []
        return [opened, *clear, *text.strip(), "enter"]
    if word in _WORDS_WITH_TEXT and _WORDS_WITH_TEXT[word] == "s":
        return ["s", "enter"]
    return [_WORDS.get(word, word)]
