"""What is wrong with text that is not YAML, in our words instead of the parser's.

Nothing here reads YAML, or knows what a file is for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ruamel.yaml.error import MarkedYAMLError

from lstm_tutor.files.problem import Place, Problem, place_in

_LONG_ESCAPE = re.compile(r"\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True)
class _Meaning:
    """What a message of the YAML parser means.

    Attributes:
        pattern: finds the parser's message.
        message: ours; ``{0}`` is what the pattern captured, ``{line}`` where the
            unfinished entry starts.
        remedy: what to do.
        opening: the place is where the unfinished entry starts, not where reading stopped.
    """

    pattern: str
    message: str
    remedy: str
    opening: bool = False


_MEANINGS = (
    _Meaning(r"character '\\t'", "a tab where YAML needs spaces", "use spaces instead"),
    _Meaning(
        r"character [\"'](.)[\"'] that cannot start",
        "text cannot start with '{0}'",
        "put the text in quotes",
    ),
    _Meaning(
        "scanning an (?:anchor|alias)",
        "text cannot start with '&' or '*'",
        "put the text in quotes",
        opening=True,
    ),
    _Meaning(
        "(?:scanning|parsing) an? tag|tag handle",
        "text cannot start with '!'",
        "put the text in quotes",
        opening=True,
    ),
    _Meaning(
        "scanning a directive",
        "a line that starts with '%' is not allowed",
        "remove it",
        opening=True,
    ),
    _Meaning(
        "scanning a block scalar",
        "after '|' or '>' the text starts on a line of its own",
        "start a new line, or put the text in quotes",
        opening=True,
    ),
    _Meaning(
        "mapping values are not allowed",
        "this ':' does not fit here",
        "put text that contains ': ' in quotes; otherwise check the indentation, and that "
        "the line above is 'key: value' with a space after its ':'",
    ),
    _Meaning(
        "could not find expected ':'",
        "this line is not of the form 'key: value'",
        "write a ':' and a space after a key, a space after the '-' of a list",
        opening=True,
    ),
    _Meaning(
        "unexpected (end of stream|document separator)",
        "the quotation mark that opens here is never closed",
        "close it at the end of the text",
        opening=True,
    ),
    _Meaning(
        "escape (character|sequence)",
        "a '\\' has a meaning of its own between double quotes",
        "use single quotes, or write '\\\\'",
    ),
    _Meaning(
        r"expected ',' or '(.)'",
        "a ',' or '{0}' is missing before this, in what opens on line {line}",
        "check the brackets and commas",
    ),
    _Meaning(
        r"(?:node content|<block end>), but found '([\]}])'",
        "this '{0}' closes nothing, or a value is missing before it",
        "check the brackets and commas",
    ),
    _Meaning("node content", "a value is missing here", "check the brackets and commas"),
    _Meaning(
        "<block end>, but found '(?:<scalar>|,)'|'<document start>'",
        "this does not fit what stands before it",
        "check the quotes, brackets and indentation",
    ),
    _Meaning(
        "<block end>",
        "this line does not fit the entries above it",
        "indent the entries of one level by the same number of spaces",
    ),
    _Meaning(
        "(?:sequence entries|mapping keys) are not allowed",
        "a list or set of entries cannot start here",
        "start it on a line of its own, or put the text in quotes",
    ),
)


def syntax_problem(error: MarkedYAMLError, name: str, lines: tuple[str, ...]) -> Problem:
    """Say what the parser's error means, and where."""
    mark = error.problem_mark or error.context_mark
    what = ": ".join(filter(None, (error.context, error.problem)))
    if mark is None:
        return Problem(f"not YAML: {what}", Place(name))
    first = error.context_mark or mark
    for line in range(first.line, min(mark.line + 1, len(lines))):
        if "\xa0" in lines[line]:
            place = place_in(name, lines, line, lines[line].index("\xa0"))
            message = "a no-break space where YAML needs a plain one"
            return Problem(message, place, remedy="type the space again")
    for meaning in _MEANINGS:
        found = re.search(meaning.pattern, what)
        if found:
            mark = first if meaning.opening else mark
            place = place_in(name, lines, mark.line, mark.column)
            message = meaning.message.format(*found.groups(), line=first.line + 1)
            return Problem(message, place, remedy=meaning.remedy)
    return Problem(f"not YAML: {what}", place_in(name, lines, mark.line, mark.column))


def escape_problem(name: str, lines: tuple[str, ...]) -> Problem:
    """Find the escape sequence that is larger than any character."""
    for number, line in enumerate(lines):
        for found in _LONG_ESCAPE.finditer(line):
            if int(found[1], 16) > 0x10FFFF:
                place = place_in(name, lines, number, found.start())
                return Problem(f"{found[0]} is not a character", place, remedy="remove it")
    return Problem("not YAML: an escape is too large", Place(name))
