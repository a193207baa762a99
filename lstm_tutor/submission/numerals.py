"""Numbers and arrays as other languages write them, in the form in which they are read here.

``1.2D-3``, ``1.2·10⁻³``, ``96.1 %``, ``0.25f``, ``0x1.8p-1``, ``{{1, 2}, {3, 4}}``. No line
is added or taken away.
"""

from __future__ import annotations

import re

_OWN = r"(?<![\w.])[-+−]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})"
_TIMES = r"(?:[·×⋅*x]|\\(?:times|cdot|ast)\b)"
_POWER = re.compile(
    rf"({_OWN})\s?{_TIMES}\s?10\s?(?:(?:\^|\*\*)\s?[({{]?\s?([-+−]?[0-9]{{1,3}})[)}}]?(?!\w)"
    r"|([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))"
)
_RAISED = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
_DOUBLE = re.compile(rf"({_OWN})(?:[dD]|\*\^)([-+]?[0-9]{{1,3}})(?![\w.])")  # Fortran, Wolfram
_SUFFIX = re.compile(rf"({_OWN}(?:[eE][-+]?[0-9]{{1,3}})?)(?:_?f(?:32|64)|[fFL])(?!\w)")
_PERCENT = re.compile(rf"({_OWN})[ \t]?%(?!\|)(?=[ \t]*(?:[,;)\]\n|]|$))")
_HEX = re.compile(
    r"(?<![\w.])[-+]?0[xX][0-9a-fA-F]{1,16}\.?[0-9a-fA-F]{0,16}[pP][-+]?[0-9]{1,4}"
)
_BRACES = re.compile(r"(?:(?<=[=(,>])|(?<=[=(,>][ \n\t]))\{[-+−\s0-9.,eE{}]*\}")
_TYPES = (
    r"float|double|float_t|_Float16|half|real|Real|fixed|int|auto|var|let|my|our|val|final"
    r"|(?:std::)?(?:array|vector)<[^<>\n]{1,40}>|[fF]loat(?:16|32|64)|f(?:16|32|64)"
)
_DECLARED = re.compile(
    rf"^([ \t]*)(?:(?:static|const|constexpr|volatile|mut|public)[ \t]+)*(?:{_TYPES})"
    r"(?:\[\])*[ \t]+(?:mut[ \t]+)?([^\W\d]\w*)(?:\[[ \t]*\w*[ \t]*\])*[ \t]*(?==)",
    re.M,
)
_ANY = re.compile(
    r"[0-9][ \t]?[%fFLdD_·×⋅*x\\]|0[xX]|\{[-+\s.0-9{]|\b(?:float|double|auto|let|var|my)\b"
)


def in_our_numerals(text: str) -> str:
    """Return a text with the numbers and arrays of other languages in plain notation."""
    if not _ANY.search(text):
        return text
    text = _POWER.sub(_with_exponent, text)
    text = _DOUBLE.sub(r"\1e\2", _SUFFIX.sub(r"\1", text))
    text = _PERCENT.sub(r"\1e-2", _HEX.sub(_from_hex, text))
    return _BRACES.sub(_in_brackets, _DECLARED.sub(r"\1\2 ", text))


def _with_exponent(found: re.Match[str]) -> str:
    power = (found[2] or found[3].translate(_RAISED)).replace("−", "-")
    return f"{found[1]}e{power}"


def _from_hex(found: re.Match[str]) -> str:
    try:
        return repr(float.fromhex(found[0]))
    except (OverflowError, ValueError):
        return found[0]


def _in_brackets(found: re.Match[str]) -> str:
    """Return the braces of C and others as brackets, if they are an array's."""
    text = found[0]
    if text.count("{") != text.count("}") or not re.search("[0-9]", text):
        return text
    return text.replace("{", "[").replace("}", "]")
