"""What a text without quotes means in YAML: a number, true, false, nothing or text.

By the core schema of YAML 1.2. Nothing here knows where in a file the text stands.
"""

from __future__ import annotations

import math
import re
from typing import Any

LONGEST_NUMBER = 64

_INTEGER = re.compile(r"[-+]?[0-9]+")
DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_WORDS: dict[str, Any] = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True)
_WORDS |= dict.fromkeys(("false", "False", "FALSE"), False)
_WORDS |= dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan)
for _word in (".inf", ".Inf", ".INF"):
    _WORDS |= {_word: math.inf, f"+{_word}": math.inf, f"-{_word}": -math.inf}
_AS_TYPED = str.maketrans({",": ".", "−": "-", "–": "-", "_": None, " ": None, "\xa0": None})


def plain(text: str) -> Any:
    """Read a text without quotes by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text[: LONGEST_NUMBER + 1])
    if DECIMAL.fullmatch(text):
        return float(text)
    if _PREFIXED.fullmatch(text):
        return int(text[: LONGEST_NUMBER + 1], 0)
    return text


def number_remedy(value: Any) -> str:
    """Say how to write a text as the number that it looks like; empty if it does not."""
    if not isinstance(value, str):
        return ""
    if _is_number(value):
        return "remove the quotes"
    number = value.translate(_AS_TYPED)
    return f"write {number}" if _is_number(number) else ""


def _is_number(text: str) -> bool:
    return len(text) <= LONGEST_NUMBER and DECIMAL.fullmatch(text) is not None
