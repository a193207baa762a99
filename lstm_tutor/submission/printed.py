"""Names and values in the printed output of a program, or in a person's own notes.

A value is named by what stands before it: ``Ct0: 0.78``, ``loss = 0.1``, ``W1:`` with the
matrix on the next line. A line such as ``t = 0`` gives a time step to the names below it. It
is long because each way of printing is a form of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lstm_tutor.files.problem import BadInput, Problem, place_in
from lstm_tutor.numbers.bracketed import Found, Unreadable, starts, value_at
from lstm_tutor.numbers.written import (
    DEEPEST,
    MOST_NUMBERS,
    NUMBER,
    TENSOR,
    WORDS,
    Draft,
    Ignored,
    clean,
    require_few,
    require_few_values,
    written,
)
from lstm_tutor.submission.places import LAYER, layer_key, placed
from lstm_tutor.submission.places import WORDS as PLACES
from lstm_tutor.submission.plain import plain

_WORD = r"(?:time[ _-]?step|step|time)"
_CLOCK = rf"(?:t\s*=|{_WORD}\s*[=:]?)\s*([-+]?[0-9]{{1,6}})(?![\w.])"
CLOCK = re.compile(rf"\(?{_CLOCK}\)?[\s:,.)/-]*", re.I)
_HEADING = re.compile(rf"(?<![^\W_]){_CLOCK}", re.I)
_COUNTED = re.compile(r"[ \t]*\(?(-?[0-9]{1,6})[,:]?[ \t]+(?=\{)")
_ONLY_CLOCK = re.compile(rf"(?:(?:at|for) +)?(?:t|{_WORD})", re.I)
_PLACE = rf"({'|'.join(PLACES)})[ _#]*([0-9]{{1,6}})(?![\w.])"
_PLACE_HEADING = re.compile(rf"\W*{_PLACE}(?:[ \t]*(?:/|of)[ \t]*[0-9]+)?\W*", re.I)
_PLACE_BEFORE = re.compile(rf"\W*{_PLACE}[\s:,.)\]-]+(?=[^\W\d])", re.I)
_TOKEN = re.compile(
    rf"""(?P<line>\n(?:[ \t]*\n)*+)
    |(?P<bullet>(?:(?<=\n)|\A)[ \t]*[0-9]{{1,3}}[.)][ \t]+(?=[^\W\d]))
    |(?P<space>[^\S\n]+)
    |(?P<number>(?:{WORDS}|{NUMBER})(?![\w@]|\.[0-9]))
    |(?P<index>(?<=[^\s:=,;()\[\]{{}}"])\[[ \t]*[\w+-]*[ \t]*\]
        |(?<=[\w\])'])\[[ \t]*[0-9]{{1,6}}(?:[ \t]*,[ \t]*[0-9]{{1,6}}){{1,3}}[ \t]*\]
            (?=[ \t]*(?:[:≈]|=(?!=))))
    |(?P<bracket>[\[(])
    |(?P<close>[\])])
    |(?P<separator>:=|~=|==|[:=≈])
    |(?P<comma>[,;|{{}}])
    |(?P<word>[^\s:=,;()\[\]{{}}"|≈][^\s:=,;()\[\]{{}}"|≈]*)
    |(?P<other>.)""",
    re.X,
)
_OPERATOR = re.compile(
    r"[ \t]*(?:[*/·×⊙⊗^%]|[+](?![0-9.])|-(?![0-9.])|[+-](?=[0-9.])(?<=[^ \t][+-])|@)"
)
_SEPARATOR_NEXT = re.compile(r"""['"`*)]*[ \t]*(?:[:≈]|=(?!=))""")
_UNCLEAR = re.compile(r"[0-9]+,[0-9]+(?![\w.]*[=:])")
_INSIDE = re.compile(r"[\s(\[]{0,40}")
_LEAD = " \t,;:{}()[]|*#>•-–—'\"`"
_TAIL = ' \t,;:=≈~|*"`({[-–—'
_ASIDE = re.compile(r"^(?:\([^()]*\)\s*|\[[^\[\]]*\]\s+)")
_QUOTED = re.compile(r"""(?:^|[\s,;{(\[])(['"])([^'"\n]{1,80}'?)\1\s*[:,=]?\s*$""")
_DECORATION = re.compile(r"={2,}|-{2,}|\*{2,}|#+|~{2,}")
_WHOLE = re.compile(r"[-+]?[0-9]+")
_KEYED = re.compile(r"([^\W\d][\w.]{0,40})[ :=]*\{([0-9]{1,6})")
_LIST = written(["0"], (1,))  # in the place of an array whose numbers are not all read
_NAMED_LINE = re.compile(
    r"""\n[ \t]*(?:\||['"`(]?[^\W\d_][^\n:=≈(]{0,40}(?:\([^\n()]{1,20}\))?[ \t]*"""
    r"(?:[:≈]|=(?!=)))"
)
_NEXT_KEY = re.compile(
    r"""[,;][ \t]*(['"])[^'"\n]{1,60}'?\1[ \t]*:"""
    r"|[ \t][^\W\d]\w{0,40}=(?=[-+.\d\[]|tensor|array)"
)
_ANOTHER = re.compile(rf"[ \t]+{NUMBER}(?![\w@])")


def printed(
    text: str, name: str, *, cell: str = "", first_line: int = 1, lines: tuple[str, ...] = ()
) -> tuple[list[Draft], list[Ignored]]:
    """Read printed text.

    Args:
        text: what was printed, its lines ended as on Unix.
        name: the file's name, for messages.
        cell: the part of the source that it is.
        first_line: the line of the source at which it starts; 0 if it has none.
        lines: the source's lines, for messages; those of the text by default.

    Raises:
        BadInput: if it cannot be read without doubt, or holds too much.
    """
    lines = lines or tuple(text.split("\n"))
    text, remarks = plain(text, first_line)
    scanner = _Scanner(text, name, cell, first_line, lines)
    scanner.scan()
    ignored = sorted([*scanner.ignored, *remarks], key=lambda item: item.line)
    return scanner.drafts, ignored


@dataclass
class _Scanner:
    text: str
    name: str
    cell: str
    first_line: int
    lines: tuple[str, ...]
    drafts: list[Draft] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    position: int = 0
    number: int = 0  # of the line, from 0
    start: int = 0  # of what may become the next value's name
    depth: int = 0  # round brackets inside a name
    separated: bool = False  # a separator stands right before
    worded: bool = False  # a name has begun
    values: int = 0  # on this line
    waiting: tuple[str, int | None] | None = None  # a name before its value; None in a heading
    heading: str = ""
    clock: str = ""
    headed: dict[str, int] = field(default_factory=dict)  # places that headings say
    keyed: str = ""  # the name of a dictionary with a key per time step
    nested: list[int | None] = field(default_factory=list)  # layers of open dictionaries
    places: dict[str, int] = field(default_factory=dict)  # and this line, by kind
    count: int = 0
    total: int = 0  # of values, clocks included
    group: str = ""  # the name of the value right before, if more may follow it
    texts: list[str] = field(default_factory=list)  # of that value's numbers

    def scan(self) -> None:
        self._line_starts()
        while self.position < len(self.text):
            token = _TOKEN.match(self.text, self.position)
            if token is None:
                self.position += 1
                continue
            kind = str(token.lastgroup)
            if kind == "line":
                self._line_ends()
                self.position = token.end()
                self.number += token[0].count("\n")
                self._line_starts()
            elif kind in ("number", "bracket") and self._expected(kind, token):
                self._value()
            else:
                self._pass(kind, token)
        self._line_ends()
        self._drop_waiting()
        self._group_ends()

    def _pass(self, kind: str, token: re.Match[str]) -> None:
        """Go past what is part of a name, or separates names and values."""
        if kind == "bullet" and not self.worded:
            self.start = token.end()
        elif kind == "word":
            if starts(self.text, self.position) and not self.depth and self._free():
                self._value()
                return
            self.worded, self.separated, self.group = True, self._is_quote(token), ""
        elif kind == "bracket" and token[0] == "(":
            self.depth += self.text[token.end() : token.end() + 1] not in ("'", '"', "[", "(")
        elif kind == "close" and self.depth:
            self.depth -= token[0] == ")"
        elif kind in ("separator", "comma"):
            self.separated = True
            self._nest(token)
        elif kind in ("number", "index"):
            self.worded, self.separated = True, False
        self.position = token.end()

    def _nest(self, token: re.Match[str]) -> None:
        """Keep the layer that a dictionary's key names, for what stands in its braces."""
        if token[0] == "{" and len(self.nested) < DEEPEST:
            found = _QUOTED.search(self._label(self.position))
            layer = layer_key(found[2]) if found else None
            self.nested.append(layer)
            self.start = token.end() if layer is not None else self.start
        elif token[0] == "}" and self.nested:
            self.nested.pop()
            self.keyed = ""

    def _is_quote(self, token: re.Match[str]) -> bool:
        return self.separated and not token[0].strip("'")

    def _free(self) -> bool:
        """Whether a value may stand here: after a separator, or where no name has begun."""
        before = self.text[self.position - 1 : self.position]
        return self.separated or not self.worded or before in (" ", "\t")

    def _expected(self, kind: str, token: re.Match[str]) -> bool:
        """Whether a number or bracket is a value, and no part of a name or formula."""
        if kind == "bracket":
            return self._opens_value(token)
        if self.depth or not self._free():
            return False
        if _SEPARATOR_NEXT.match(self.text, token.end()) and not self.separated:
            return False
        if _SEPARATOR_NEXT.match(self.text, token.end()) and _WHOLE.fullmatch(token[0]):
            return False
        if _OPERATOR.match(self.text, token.end()):
            return False
        another = _ANOTHER.match(self.text, token.end())
        counted = self.worded and not self.separated and another is not None
        return not (
            counted and _WHOLE.fullmatch(token[0]) and "." in str(another and another[0])
        )

    def _opens_value(self, token: re.Match[str]) -> bool:
        """Whether a bracket opens an array, and no remark, index or list of texts."""
        inside = _INSIDE.match(self.text, token.end())
        first = inside.end() if inside else token.end()
        if self.depth or not (
            starts(self.text, first) or self.text.startswith(("]", "...", "…"), first)
        ):
            return False
        before = self.text[self.position - 1 : self.position]
        return self.separated or not self.worded or (token[0] == "[" and before.isspace())

    def _value(self) -> None:
        """Read the value that starts here, under the name that stands before it."""
        start, line = self.position, self.number
        unclear = _UNCLEAR.match(self.text, start + (self.text[start] in "+-−"))
        if unclear:
            self._unreadable(Unreadable(unclear_number(unclear[0]), unclear.end()), start)
            return
        try:
            found = value_at(self.text, start, MOST_NUMBERS - self.count)
        except Unreadable as error:
            self._unreadable(error, start)
            return
        if found is None:
            self.position += 1
            return
        label = self._label(start)
        self.position = found.end
        self.number += self.text.count("\n", start, found.end)
        self._enter(label, found, start, line)
        self.start, self.depth = found.end, 0
        self.worded = self.separated = False
        self.values += 1

    def _enter(self, label: str, found: Found, start: int, line: int) -> None:
        """Keep a value as an entry, a time step, part of the entry before it, or no number."""
        value = found.written.value
        self.count += value.size
        self.total += 1
        require_few_values(self.total, self.name)
        name, source = _parted(label)
        if not value.ndim and self._is_clock(name, found):
            self._set_clock(name, int(value))
            return
        if found.whole and not value.ndim and name.lower() in PLACES and abs(value) < 1e6:
            self.places[PLACES[name.lower()]] = int(value)
            return
        text = self.text[start : found.end]
        if (
            found.tuple_
            and found.whole
            and (not name or "shape" in name or "size" in name.lower())
        ):
            self._ignore(f"{name}: {text}".removeprefix(": "), line, "a shape")
            return
        group, self.group = self.group, ""
        if not name and group and not value.ndim and self.drafts and self.values:
            last = self.drafts[-1]
            if last.written.value.ndim < 2 and self._joins(last, found, start):
                self.group = group
                return
        keyed = _KEYED.fullmatch(name)
        self.keyed = keyed[1] if keyed else self.keyed
        if self.keyed and (keyed or name.isdecimal()):
            name = f"{self.keyed}[{keyed[2] if keyed else name}]"
        if name:
            self._drop_waiting()
        elif self.waiting and not self.values:
            name, self.waiting = self.waiting[0], None
        elif self._again(found):
            name = self.drafts[-1].name
        if name and not value.ndim:
            self.group = name
        self._group_ends()
        self.drafts.append(
            Draft(self._timed(name), found.written, self._line(line), self.cell, source)
        )
        self.texts = [text]

    def _again(self, found: Found) -> bool:
        """Whether a tensor follows one of its shape: ``print(p); print(p.grad)``."""
        if not self.drafts or self.values or found.written.library != TENSOR:
            return False
        last = self.drafts[-1].written
        return last.library == TENSOR and last.value.shape == found.written.value.shape

    def _joins(self, last: Draft, found: Found, start: int) -> bool:
        """Add a further number of the same name to it: ``W_a: 0.45 0.25``."""
        between = self.text[self.start : start]
        if between.strip(" \t,") or between == ",":
            return False
        self.texts.append(self.text[start : found.end])
        self.drafts[-1] = replace(last, written=_LIST)
        return True

    def _group_ends(self) -> None:
        """Make one array of the numbers that stood side by side after a name."""
        if len(self.texts) > 1:
            joined = written(self.texts, (len(self.texts),))
            self.drafts[-1] = replace(self.drafts[-1], written=joined)
        self.texts = []

    def _set_clock(self, name: str, t: int) -> None:
        """Give a time step to the names after it; ``at t = 0`` to the one before it."""
        self.clock = f"t={t} "
        last = self.drafts[-1] if self.drafts and self.values else None
        if last and name.lower().startswith(("at ", "for ")) and not CLOCK.match(last.name):
            self.drafts[-1] = replace(last, name=self.clock + last.name)

    def _is_clock(self, name: str, found: Found) -> bool:
        return bool(
            found.whole
            and _ONLY_CLOCK.fullmatch(name)
            and abs(float(found.written.value)) < 1e6
        )

    def _timed(self, name: str) -> str:
        """Put the time step that is said elsewhere before a name that has none."""
        own = CLOCK.match(name)
        if own and name[own.end() :]:
            self.clock = f"t={int(own[1])} "
            return self._put(self.clock + self._without_place(name[own.end() :]))
        clock = self.clock or self.heading
        return self._put(clock + self._without_place(name)) if name else ""

    def _without_place(self, name: str) -> str:
        """Return a name without the layer or sequence that it starts with, which is kept."""
        found = _PLACE_BEFORE.match(name)
        if found is None:
            return name
        self.places[PLACES[found[1].lower()]] = int(found[2])
        return name[found.end() :]

    def _put(self, name: str) -> str:
        """Put the places that this line and the headings say before a name."""
        layers = [(LAYER, layer) for layer in self.nested if layer is not None]
        for kind, number in {**self.headed, **dict(layers), **self.places}.items():
            name = placed(kind, number, name)
        return name

    def _label(self, end: int) -> str:
        return self.text[self.start : min(end, self.start + 400)]

    def _line_starts(self) -> None:
        """Forget the last line; a line that gives a time step is passed at once."""
        self.start, self.depth, self.values = self.position, 0, 0
        self.worded = self.separated = False
        self.clock = self.group = ""
        self.places = {}
        end = self.text.find("\n", self.position)
        end = len(self.text) if end < 0 else end
        counted = _COUNTED.match(self.text, self.position)
        if counted:
            self.clock = f"t={int(counted[1])} "
            self.start = self.position = counted.end()
            return
        if end - self.position > 200:
            return
        line = self.text[self.position : end]
        place = _PLACE_HEADING.fullmatch(line)
        if place:
            self.headed[PLACES[place[1].lower()]] = int(place[2])
            self._drop_waiting()
            self.position = self.start = end
            return
        found = _HEADING.search(line)
        rest = line[: found.start()] + line[found.end() :] if found else ""
        rest = _DECORATION.sub("", rest)
        before = line[: found.start()] if found else ""
        values = r"[0-9]\.|\.[0-9]|=|:\s*[^\s:]" if _named(before) else r"[0-9]|=|:\s*[^\s:]"
        if found and not re.search(values, rest):
            self.heading = f"t={int(found[1])} "
            self._drop_waiting()
            self.waiting = (_named(rest), None)
            self.position = self.start = end

    def _line_ends(self) -> None:
        """Let what is left of a line wait as the name of a value below it."""
        rest = self.text[self.start : self.position]
        label = _named(rest[:400])
        if not label:
            return
        if self.values:
            self._ignore(rest, self.number, "text")
            return
        self._drop_waiting()
        self.waiting = (label, self.number) if len(label) <= 80 else None
        if self.waiting is None:
            self._ignore(rest, self.number, "text")

    def _drop_waiting(self) -> None:
        """Note a name that no value followed, unless it is a heading."""
        if self.waiting and self.waiting[1] is not None:
            self._ignore(self.waiting[0], self.waiting[1], "text")
        self.waiting = None

    def _unreadable(self, error: Unreadable, start: int) -> None:
        if error.fatal:
            if "unclear" in str(error):
                self._skip(error, start)
                return
            if "too many" in str(error):
                require_few(MOST_NUMBERS + 1, self.name)
            self._refuse(str(error), error.end)
        self._skip(error, start)

    def _skip(self, error: Unreadable, start: int) -> None:
        """Note what cannot be read, and go on after it: at the next name of a dictionary, or
        after its last line, or before that if another name stands there, as below a bracket
        that was not closed.
        """
        self._drop_waiting()
        end = self.text.find("\n", error.end)
        end = len(self.text) if end < 0 else end
        key = _NEXT_KEY.search(self.text, error.end, end)
        end = key.start() if key else end
        last = self.text.rfind("\n", start, error.end)
        if last > 0 and _NAMED_LINE.match(self.text, last):
            end = last
        self._ignore(
            self.text[self.start : min(end, self.start + 400)], self.number, str(error)
        )
        self.number += self.text.count("\n", start, end)
        self.position = self.start = end
        self.worded = self.separated = False

    def _refuse(self, message: str, position: int) -> None:
        number = self.number + self.text.count("\n", self.position, position)
        column = position - (self.text.rfind("\n", 0, position) + 1)
        line = number + max(self.first_line - 1, 0)
        place = place_in(self.name, self.lines, line, column)
        raise BadInput([Problem(message, place, remedy="use fewer brackets")])

    def _ignore(self, text: str, line: int, why: str) -> None:
        if text.strip():
            self.ignored.append(Ignored(clean(text), self._line(line), why))

    def _line(self, number: int) -> int:
        return number + self.first_line if self.first_line else 0


def unclear_number(text: str) -> str:
    """Say of a number with a comma why it is not read."""
    whole = text.replace(",", ".")
    return f"{text} is unclear: write {whole}, or two numbers with a blank between"


def _named(text: str) -> str:
    """Return a name without the marks around it."""
    lead = len(text) - len(text.lstrip(" \t,;:{}|*#>•-–—"))
    text = _ASIDE.sub("", text[lead:]).rstrip(_TAIL)
    quoted = text.lstrip(_LEAD)
    opening = text[: len(text) - len(quoted)]
    text = quoted
    for quote in "'\"`":
        if quote in opening:
            text = text.removesuffix(quote).rstrip(_TAIL)
    for left, right in ("()", "[]"):
        if text.endswith(right) and left not in text:
            text = text[:-1].rstrip(_TAIL)
    return clean(text).strip()


def _parted(label: str) -> tuple[str, str]:
    """Split a label into the name and the formula between it and the value."""
    quoted = _QUOTED.search(label)
    if quoted:
        return _named(quoted[2]), ""
    name, sign, formula = label.partition("=")
    clock = CLOCK.match(name.lstrip(_LEAD) + sign + formula)
    if sign and re.search(r"[*/+·×⊙⊗^(@]", formula) and not clock:
        return _named(name), clean(formula.strip(_TAIL + "= "))
    return _named(label), ""
