"""What languages and tools print around a name and its value, brought to one form.

``f_t (t=0) =``, ``State(t=0, h=…)``, ``$2 =``, ``num [1:2]``, ``h[:, 0] =``, ``[3] i=…``,
``the cell state at t=0 is``, ``<h>0.5</h>``. No line is added or taken away.
"""

from __future__ import annotations

import re

_NAME = r"[^\W\d](?:[\w.'~\u0303]|[ \t](?=[^\W\d])){0,40}"
_SIGN = r"(?=[ \t]*[=:≈])"
_START = r"(?<![^\s,;|])"  # of a name
_IS = r"[ \t]+(?:is|was|becomes|equals)[ \t]+"
_RULES = (
    # a time step in brackets behind a name, or in words
    (rf"{_START}({_NAME}?)[ \t]+[(\[]t[ ]?=[ ]?([0-9]{{1,6}})[)\]]{_SIGN}", r"t=\2, \1"),
    (
        rf"(?:(?<=[0-9\])])[.;,][ \t]+)?{_START}(?:(?:the|and|The|And)[ \t]+)*({_NAME}?)"
        r"[ \t]+(?:at|for)[ \t]+(?:t[ ]?=|time[ ]?step|step|time)[ ]?([0-9]{1,6})"
        rf"{_IS}(?=[-+−.0-9\[])",
        r", t=\2, \1 = ",
    ),
    (rf"{_START}({_NAME}?){_IS}(?=[-+−]?[0-9]*\.[0-9]|\[)", r"\1 = "),
    # an index with whole axes beside it: h[:, 0]
    (r"\[(?:[ \t]*:[ \t]*,)+[ \t]*([0-9]{1,6})[ \t]*\]" + _SIGN, r"[\1]"),
    (r"\[[ \t]*([0-9]{1,6})[ \t]*(?:,[ \t]*:[ \t]*)+\]" + _SIGN, r"[\1]"),
    # what says the type: a class, R's str(), typed arrays; the number of a value in gdb
    (r"^[ \t]*[A-Z]\w{0,40}\((?=[^\W\d]\w{0,40}[ \t]*=)", ""),
    (r"\b(?:num|int|dbl)[ \t]+\[[0-9]+:[0-9]+(?:,[ ]?[0-9]+:[0-9]+)*\](?=[ \t])", ""),
    (r"\b(?:Float(?:16|32|64)Array|array|Vec|vec|Array|List)\([0-9]+\)[ \t]*(?=[\[{])", ""),
    (r"^[ \t]*List of [0-9]+[ \t]*$", ""),
    (r"^\$[0-9]+ = (?=[-+.0-9{\[])", ""),
    # a line's number in brackets, before names without one; what a log says in brackets
    (r"^[ \t]*\[([0-9]{1,6})\][ \t]+(?=[^\W\d][^\W\d]*[~\u0303]?[ \t]*[=:])", r"t=\1 "),
    (r"^[ \t]*\[[^\[\]\n]*[^\W\d][^\[\]\n]*\][ \t]+(?=[^\W\d][^\n]*[=:])", ""),
    (r"(?<=\w)(/\w{1,80}):0(?![\w.])", r"\1"),  # TensorFlow's names
    # elements of XML
    (r"<\w{1,40}[ \t]+(?:t|time|step)=[\"']([0-9]{1,6})[\"'][ \t]*>", r"t=\1, "),
    (r"<([^\W\d]\w{0,40})>([^<>\n]{1,400})</\1>", r"\1 = \2, "),
    (r"^[ \t]*<[^\W\d]\w{0,40}>|</[^\W\d]\w{0,40}>", ""),
)
_COMPILED = tuple((re.compile(pattern), form) for pattern, form in _RULES)
_ANY = re.compile(r"[(\[<$]|/\w+:0|\b(?:List|is|was|becomes|equals|num|int|dbl)\b")
_TILDED = re.compile(r"(?<![\w\\])([A-Za-z])~(?=[ \t]?=)")
_BEGIN = re.compile(r"\\begin\{[bp]?(?:matrix|array)\}")
_END = re.compile(r"\\end\{[bp]?(?:matrix|array)\}")
_MATRIX = re.compile(rf"({_BEGIN.pattern})(.{{1,2000}}?)({_END.pattern})")


def plain_around(line: str) -> str:
    """Return a line with what stands around names and values in one form."""
    if "\\begin" in line:
        line = _MATRIX.sub(lambda found: f"[{_rows(found[2])}]", line)
    if not _ANY.search(line):
        return line
    for pattern, form in _COMPILED:
        line = pattern.sub(form, line)
    return line


def _rows(text: str) -> str:
    """Return the entries of a LaTeX matrix side by side, its rows in brackets."""
    rows = [row.replace("&", ",").strip() for row in text.split("\\\\")]
    return ", ".join(f"[{row}]" if "," in row else row for row in rows if row)


def with_tildes(text: str) -> str:
    """Return a text where c~ is a name of its own beside c, and ~= no sign."""
    if "~" not in text:
        return text

    own = {
        letter
        for letter in {found[1] for found in _TILDED.finditer(text)}
        if re.search(rf"(?<![\w\\]){letter}[ \t]*=", text)
    }

    def marked(found: re.Match[str]) -> str:
        return f"{found[1]}\u0303" if found[1] in own else found[0]

    return _TILDED.sub(marked, text)
