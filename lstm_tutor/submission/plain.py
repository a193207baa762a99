"""Text as people write it, made plain line by line before numbers are looked for in it.

Decimal commas, LaTeX, fractions, shown working, ticks and remarks after a value. No line is
added or taken away, so that places in messages stay right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lstm_tutor.numbers.written import NUMBER, Ignored, clean
from lstm_tutor.submission.around import plain_around, with_tildes
from lstm_tutor.submission.columns import written_out
from lstm_tutor.submission.numerals import in_our_numerals
from lstm_tutor.submission.rows import in_brackets

_LONGEST = 1000  # characters of a line that is looked at more closely
_POINT = re.compile(r"(?<![\w.])[0-9]+\.[0-9]")
_COMMAS = re.compile(r"(?<![0-9.,\w])[-+−]?[0-9]+(?:,[0-9]+)+(?![0-9.,])")
_SURE = re.compile(r"[-+−]?(?:0,[0-9]|[0-9]+,[0-9]{3})")
_TICKS = re.compile(r"[✓✔✗✘☑☒√]\ufe0f?|\u2705|\u274c")
_MARKED = re.compile(  # a value, or a name with its value, as code or emphasised in Markdown
    r"(?<![\w`*])(`|\*\*|\*)(?=[^ `*])((?:[^`*\n=:≈]{1,40}[=:≈][ \t]*)?"
    r"(?:[-+−]?[0-9.]|\[)[^`*\n]*?)(?<! )\1(?![\w`*])"
)
_ASSERTED = re.compile(  # golden values, as tests of programs have them
    r"[ \t]*(?:[\w.:]{1,40}[.:])?(?:EXPECT|ASSERT|CHECK|REQUIRE|expect|assert)\w{0,30}!?[ \t(]+"
    r"(?:(?:std::|np\.|math\.)?f?abs\()?"
    rf"([^\W\d][\w.]{{0,40}}(?:\[[\w'\"]{{1,20}}\]){{0,3}})[ \t]*(?:,|-|==)[ \t]*"
    rf"({NUMBER}|\[[^\[\]()]{{1,2000}}\])f?"
    r"(?:\)?[ \t]*(?:,[^()]{1,60}|<=?[^()]{1,40}))?\)?[ \t]*;?[ \t]*"
)
_REMARK = re.compile(r"(?<=[0-9\])}])[ \t]+(?:#|//|%|--|←|<-|<=)[ \t]*[^\W\d].*$")
_BESIDE = re.compile(r"(?<=[^\W\d]) (?=\[[0-9]{1,4}\][ \t]*[=:≈])")
_FRACTION = re.compile(
    r"([=:≈][ \t]*|^[ \t]*)([-+−]?[0-9]+(?:\.[0-9]+)?)[ \t]*/[ \t]*([0-9]+(?:\.[0-9]+)?)"
    r"(?=[ \t]*[,;]?[ \t]*$)"
)
_ARROW = re.compile(r"(?:->|→|=>|⇒|:=)[ \t]*(?=[-+−.0-9\[])")
_WORKING = re.compile(r"[-+*/·×⊙⊗^@(]")
_NO_FORMULA = re.compile(r"[,;|{}:'\"]|\][ \t]+\w")  # after an array another name may stand
_VALUE = re.compile(rf"[ \t]*(?:{NUMBER}|[\[(].*[\])])[ \t]*[.;,]?[ \t]*")
_ASIDE = re.compile(
    r"\bParameter containing:[ \t]*$"  # as PyTorch prints it
    r"|^[ \t]*\[[0-9]+\][ \t]+(?=[-+−.0-9])"  # the number of a line's first value, in R
    r"|(?<=\w)(?<!shape)(?<!size)[ \t]+torch\.Size\(\[[0-9, ]*\]\)[ \t]*$"
    r"|\b(?:defaultdict\(<[^<>\n]*>,|OrderedDict\((?=\{))"
    r"|(?<=\w)[ \t]+[(\[]?shape[ =:]*\([0-9, ]*\)[)\]]?(?=[ \t]*[:=]?[ \t]*$)"
)
_PARTED = re.compile(r"[-+*/·×⊙⊗^@()\[\]−]+")
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_LATEX = {
    **{r"\partial": "∂", r"\delta": "δ", r"\Delta": "Δ"},
    **dict.fromkeys((r"\cdot", r"\times", r"\odot"), "·"),
    **dict.fromkeys((r"\approx", r"\simeq"), "≈"),
    **dict.fromkeys((r"\left", r"\right", r"\,", r"\;", r"\!", r"\quad", "&", "$", r"\\"), ""),
}
_BRACED = re.compile(r"_\{([\w+-]{1,8})\}")
_LATEX_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(_LATEX, reverse=True)))
_LATEX_TILDE = re.compile(r"\\(?:wide)?tilde *\{? *([A-Za-z])(?: *\})?")
_LATEX_TEXT = re.compile(r"\\(?:mathrm|mathit|text|mathbf|operatorname)\{([^{}]*)\}")


def plain(text: str, first_line: int = 1) -> tuple[str, list[Ignored]]:
    """Return a text made plain, and the remarks that were cut from the ends of its lines.

    Args:
        text: its lines ended as on Unix.
        first_line: the line of the source at which it starts; 0 if it has none.
    """
    ignored: list[Ignored] = []
    lines = []
    text = with_tildes(in_our_numerals(with_points(text)))
    for number, line in enumerate(in_brackets(written_out(text.split("\n")))):
        if len(line) > _LONGEST or not line.strip():
            lines.append(line)
            continue
        bare, remark = plain_line(line)
        if remark:
            where = number + first_line if first_line else 0
            ignored.append(Ignored(clean(remark), where, "a remark"))
        lines.append(bare)
    return "\n".join(lines), ignored


def plain_line(line: str) -> tuple[str, str]:
    """Return a line made plain, and the remark that was cut from its end."""
    asserted = _ASSERTED.fullmatch(line)
    line = f"{asserted[1]} = {asserted[2]}" if asserted else line
    bare = _MARKED.sub(r"\2", line) if "`" in line or "*" in line else line
    bare = plain_around(_ASIDE.sub("", _TICKS.sub("", bare)))
    remark = _REMARK.search(bare)
    kept = _worked(_latex(bare[: remark.start()] if remark else bare))
    return kept, remark[0].strip() if remark else ""


def with_points(text: str) -> str:
    """Return a text with decimal points, if all of its numbers have decimal commas."""
    if "," not in text or _POINT.search(text):
        return text
    found = [token[0] for token in _COMMAS.finditer(text)]
    alone = all(token.count(",") == 1 for token in found)
    if not found or not alone or not any(map(_SURE.match, found)):
        return text
    return _COMMAS.sub(lambda token: token[0].replace(",", "."), text)


def plain_name(text: str) -> str:
    """Return the name in a cell of a table, without LaTeX and other marks around it."""
    return _latex(text).strip(" `*")


def _latex(line: str) -> str:
    """Return a line without the marks of LaTeX."""
    line = _BRACED.sub(r"_\1", line)
    if "\\" not in line and "$" not in line:
        return line
    line = _LATEX_TILDE.sub("\\1\u0303", _LATEX_TEXT.sub(r"\1", line))
    line = _LATEX_FRACTION.sub(r"\1/\2", line)
    return _LATEX_SIGN.sub(lambda sign: _LATEX[sign[0]], line).replace("∂ ", "∂")


def _worked(line: str) -> str:
    """Return a line with the last of several values that are set equal, fractions divided."""
    line = _ARROW.sub(" = ", _BESIDE.sub("", line))
    parts = re.split(r"(?<![=<>!:])[=≈](?!=)", line)
    if len(parts) > 2 and _VALUE.fullmatch(parts[-1]) and all(map(_is_formula, parts[1:-1])):
        line = f"{parts[0]}={parts[-1]}"
        parts = [parts[0], parts[-1]]
    if len(parts) == 2 and _VALUE.fullmatch(parts[1]):
        name, colon, formula = parts[0].partition(":")
        if colon and name.strip() and _WORKING.search(formula) and _is_formula(formula):
            line = f"{name} = {parts[1]}"
    return _FRACTION.sub(_divided, line)


def _is_formula(text: str) -> bool:
    """Whether a text is a formula or a value: names and numbers with signs between."""
    if _NO_FORMULA.search(text):
        return False
    words = list(_words(text))
    return bool(words) and all(" " not in word and "\t" not in word for word in words)


def _words(text: str) -> Iterator[str]:
    for part in _PARTED.split(text):
        if part.strip():
            yield part.strip()


def _divided(found: re.Match[str]) -> str:
    below = float(found[3])
    if not below:
        return found[0]
    return f"{found[1]}{float(found[2].replace('−', '-')) / below:.12g}"
