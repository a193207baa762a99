"""Tables as entries: CSV, worksheets and transcripts in Markdown."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.model.symbol import divided
from lstm_tutor.numbers.bracketed import Unreadable, whole_value
from lstm_tutor.numbers.written import (
    MOST_NUMBERS,
    NUMBER,
    Draft,
    Ignored,
    Written,
    clean,
    require_few,
    require_few_values,
    significant,
    written,
)
from lstm_tutor.scenario.embedded import TRANSCRIPT, WORKSHEET
from lstm_tutor.submission.answer import answer, with_decimal_points
from lstm_tutor.submission.plain import with_points
from lstm_tutor.submission.printed import unclear_number

Drafts = tuple[list[Draft], list[Ignored]]
_IDS = ("id", "name", "symbol", "quantity", "variable", "step")
_VALUES = ("value", "your value", "answer", "your answer", "result")
_TIMES = ("t", "time", "time step", "step", "timestep")
_HEAD_CLOCK = re.compile(r"(?:t\s*=?|(?:time[ _-]?step|step)\s*=?)\s*(-?[0-9]{1,6})", re.I)
_OPEN = re.compile(r"[]\s_.…·?*`,[-]*")  # a cell that was not filled in
_GAP = "___"
_MOST_LEAD, _LONGEST_LEAD = 40, 8192  # lines and characters above a table
_LINE = re.compile(
    r"(?<!_)_{2,}+(?=[-+−.0-9])|(?<=[0-9.])_{2,}+"
)  # that a number was written on
_ROW_END = re.compile(r"<br */?>")
_COMMA = re.compile(r"[-+−]?[0-9]+,[0-9]+")
_STEP = re.compile(r"\*\*`([^`\n]+)`\*\*")
_VALUE = re.compile(r"- value: `([^`\n]*)`")
_ROW = re.compile(r"(?:(\S+)? +)?([=≈]|~=)? ?(.*)")


class _Unclear(ValueError):  # noqa: N818  # a state of a cell
    """A number that could be two; the message says what to write."""


@dataclass
class _Reader:
    """Collects entries; every cell is read in the same way.

    By hand, each entry of an array is written with the places that it needs.
    """

    name: str
    drafts: list[Draft] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    count: int = 0

    def cell(self, label: str, text: str, line: int) -> None:
        """Read a cell of a table as the value of a name."""
        label = clean(label.strip(" `*"))
        text = _LINE.sub("", _ROW_END.sub(" ", text)).strip(" \t`*$=≈~_")
        if _OPEN.fullmatch(text):
            return
        text = answer(text)
        try:
            found = self.value(text, line, label)
        except _Unclear as error:
            self.ignored.append(Ignored(clean(f"{label}: {text}"), line, str(error)))
            return
        if found is None:
            why = "only partly filled in" if _GAP in text else "no number"
            self.ignored.append(Ignored(clean(f"{label}: {text}"), line, why))
        else:
            self.add(Draft(label, found, line))

    def value(self, text: str, line: int, label: str = "") -> Written | None:
        """Read a text as a value; None if it is none, which is noted if it looks like one."""
        if _COMMA.fullmatch(text):
            raise _Unclear(unclear_number(text))
        try:
            return whole_value(text, MOST_NUMBERS - self.count)
        except Unreadable as error:
            if not error.fatal:
                return None
            place = Place(self.name, line)
            raise BadInput([Problem(f"{label}: {error}".strip(": "), place)]) from None

    def add(self, draft: Draft) -> None:
        """Keep an entry."""
        self.count += draft.written.value.size
        require_few(self.count, self.name)
        require_few_values(len(self.drafts), self.name)
        self.drafts.append(draft)


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    """Return the position of the first of the names that the header has."""
    plain = [cell.strip(" `*\t").lower() for cell in header]
    return next((plain.index(name) for name in names if name in plain), None)


def _clock_column(header: Sequence[str], label: int) -> int | None:
    """Return the position of the time step beside names, if it has a column."""
    return _column([cell if n != label else "" for n, cell in enumerate(header)], _TIMES)


def _clocked(row: Sequence[str], label: int, clock: int | None) -> str:
    """Return a row's name, with the time step of its own column before it."""
    name = row[label].strip(" `*")
    time = row[clock].strip(" `*") if clock is not None and clock < len(row) else ""
    known = re.fullmatch(r"-?[0-9]{1,6}", time)
    return f"t={time} {name}" if known and not divided(name)[1] else row[label]


def _is_head(header: Sequence[str]) -> bool:
    return _column(header, _IDS) is not None and _column(header, _VALUES) is not None


def is_csv(text: str) -> bool:
    """Whether a table with names and values is in it, text above and below it or not."""
    return _table_start(text) is not None


def _table_start(text: str) -> int | None:
    """Return the line at which a table starts, from 0; None if there is none.

    Below text only a line that says what its columns are is a table's head.
    """
    lines = text[:_LONGEST_LEAD].split("\n")
    for number, line in enumerate(lines[:_MOST_LEAD]):
        if not line.strip():
            continue
        rows = [row for row in _rows("\n".join(lines[number : number + 6])) if row][:4]
        first = not any(above.strip() for above in lines[:number])
        if (
            rows
            and len(rows[0]) > 1
            and (_is_head(rows[0]) or _is_wide(rows[0]) or _by_time(rows[0]))
        ):
            return number
        if rows and first and (_is_plain(rows) or _is_triple(rows)):
            return number
    return None


def _is_wide(header: list[str]) -> bool:
    """Whether a head has one column per symbol and one for the time step."""
    symbols = [cell.strip() for cell in header]
    others = any(re.fullmatch(NUMBER, cell) or not cell or "=" in cell for cell in symbols)
    return len(header) > 1 and not others and _column(header[:1], _TIMES) is not None


def _by_time(header: Sequence[str]) -> list[str]:
    """Return the time step of each column after the names', as it is written; [] if the head
    has none.
    """
    found = [_HEAD_CLOCK.fullmatch(cell.strip(" `*")) for cell in header[1:]]
    return [match[1] for match in found if match] if all(found) and len(found) > 1 else []


def _across(reader: _Reader, clocks: list[str], rows: list[tuple[int, list[str]]]) -> None:
    """Read a row per symbol and a column per time step."""
    for number, row in rows:
        for clock, text in zip(clocks, row[1:], strict=False):
            reader.cell(f"t={clock} {row[0].strip(' `*')}", text, number)


def _is_triple(rows: list[list[str]]) -> bool:
    """Whether rows hold a name, a time step and a number, whatever their head calls them."""
    return len(rows) > 2 and all(
        len(row) == 3
        and re.match(r"[^\W\d]", row[0].strip())
        and bool(re.fullmatch(r"-?[0-9]{1,6}", row[1].strip())) == (number > 0)
        and bool(re.fullmatch(rf"{NUMBER}|{_COMMA.pattern}", row[2].strip())) == (number > 0)
        for number, row in enumerate(rows)
    )


def _is_plain(rows: list[list[str]]) -> bool:
    """Whether a line of names stands over a line of numbers."""
    names, numbers = (rows[0], rows[1]) if len(rows) > 1 else ([], [])
    return (
        len(names) == len(numbers) > 1
        and all(re.fullmatch(r"[^\W\d][\w@' -]{0,30}", name.strip()) for name in names)
        and all(re.fullmatch(NUMBER, number.strip()) for number in numbers)
    )


def _rows(text: str) -> list[list[str]]:
    try:
        return list(csv.reader(text.split("\n"), delimiter=_delimiter(text)))
    except csv.Error:
        return []


def _delimiter(text: str) -> str:
    first = text.lstrip("\n").split("\n", 1)[0]
    return next((mark for mark in ("\t", ";", ",") if mark in first), ",")


def csv_table(text: str, name: str) -> Drafts:
    """Read CSV: a row per number with its id and value, or a column per symbol."""
    reader = _Reader(name)
    start = _table_start(text) or 0
    lines = text.split("\n")
    table = "\n".join(lines[start:])
    if _delimiter(table) != ",":
        table = with_points(table)
    rows = [(number, row) for number, row in enumerate(_rows(table), start + 1) if any(row)]
    reader.ignored += [
        Ignored(clean(line), number, "text beside a table")
        for number, line in enumerate(lines[:start], 1)
        if line.strip()
    ]
    while len(rows) > 1 and len(rows[-1][1]) < 2 <= len(rows[0][1]):
        number, row = rows.pop()
        reader.ignored.append(Ignored(clean(row[0]), number, "text beside a table"))
    if not rows:
        raise BadInput([Problem("it is not whole CSV", Place(name))])
    header = rows[0][1]
    if clocks := _by_time(header):
        _across(reader, clocks, rows[1:])
        return reader.drafts, reader.ignored
    if _is_triple([row for _, row in rows[:4]]):
        header = ["name", "t", "value"]
    if not _is_head(header):
        _wide(reader, header, rows[1:])
        return reader.drafts, reader.ignored
    label, value = _column(header, _IDS) or 0, _column(header, _VALUES) or 0
    clock = _clock_column(header, label)
    index = _column(header, ("index",))
    filled = [(number, row) for number, row in rows[1:] if len(row) > max(label, value)]
    for id_, members in groupby(filled, key=lambda item: _clocked(item[1], label, clock)):
        cells = list(members)
        places = [
            row[index].split() if index is not None and len(row) > index else []
            for _, row in cells
        ]
        if index is not None and _gathered(reader, id_, cells, places, value):
            continue
        for number, row in cells:
            reader.cell(id_, row[value], number)
    return reader.drafts, reader.ignored


def _wide(reader: _Reader, header: list[str], rows: list[tuple[int, list[str]]]) -> None:
    """Read a column per symbol, the time step in the first one or by counting rows."""
    timed = _is_wide(header)
    for index, (number, row) in enumerate(rows):
        clock = row[0].strip(" `*") if timed else str(index)
        known = re.fullmatch(r"-?\d{1,6}", clock) and (timed or len(rows) > 1)
        for symbol, text in list(zip(header, row, strict=False))[timed:]:
            name = symbol.strip(" `*")
            reader.cell(f"t={clock} {name}" if known else name, text, number)


def _gathered(
    reader: _Reader,
    id_: str,
    cells: list[tuple[int, list[str]]],
    places: list[list[str]],
    value: int,
) -> bool:
    """Make one array of rows that have an index each; False if they fill none."""
    if not all(part.isdecimal() and len(part) < 7 for place in places for part in place):
        return False
    if len({len(place) for place in places}) != 1:
        return False
    texts = [row[value].strip() for _, row in cells]
    if not all(
        re.fullmatch(NUMBER, text) or text.lower() in ("nan", "inf", "-inf") for text in texts
    ):
        return False
    order = np.array(places, dtype=int).reshape(len(places), -1)
    shape = tuple(int(top) + 1 for top in order.max(axis=0)) if order.shape[1] else ()
    wanted = [tuple(place) for place in order.tolist()]
    if len(set(wanted)) != len(texts) or len(texts) != int(np.prod(shape, dtype=float)):
        return False
    ordered = [text for _, text in sorted(zip(wanted, texts, strict=True))]
    reader.add(Draft(clean(id_), written(ordered, shape), cells[0][0]))
    return True


def is_markdown(text: str) -> bool:
    """Whether it has steps as a transcript writes them, or a table with ids and values."""
    if _STEP.search(text) and _VALUE.search(text):
        return True
    return any(
        _is_head(cells) or _is_wide(cells) or _by_time(cells)
        for _, cells, _ in _table_rows(text)
    )


def _table_rows(text: str) -> Iterator[tuple[int, list[str], bool]]:
    """Yield the line number and cells of every table row, and whether it is a rule."""
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if bare.startswith("|") and len(bare) > 1:
            cells = [cell.strip() for cell in _cells(bare)]
            yield number, cells, all(re.fullmatch(r":?-+:?", cell) for cell in cells)


def _cells(row: str) -> list[str]:
    body = row[1:].removesuffix("|")
    return body.replace("\\|", "\0").replace("|", "\n").replace("\0", "|").split("\n")


def markdown(text: str, name: str) -> Drafts:
    """Read the tables that have ids and values, and the steps of a transcript."""
    reader = _Reader(name)
    _tables(reader, text)
    _transcript(reader, text)
    reader.drafts.sort(key=lambda draft: draft.line)
    return reader.drafts, reader.ignored


def _tables(reader: _Reader, text: str) -> None:
    label = value = clock = None
    wide: list[str] = []
    filled: list[tuple[str, str, int]] = []
    clocks: list[str] = []
    printed = WORKSHEET in text or TRANSCRIPT in text  # whose tables over time repeat values
    last = 0
    for number, cells, rule in _table_rows(text):
        if number != last + 1:
            label, value, clock, wide, clocks = None, None, None, [], []
        last = number
        if rule:
            continue
        if _is_head(cells):
            label, value = _column(cells, _IDS), _column(cells, _VALUES[::-1])
            clock = _clock_column(cells, label or 0)
        elif clocks:
            _across(reader, clocks, [(number, cells)])
        elif label is None and not printed and (found := _by_time(cells)):
            clocks = found
        elif wide:
            _wide(reader, wide, [(number, cells)])
        elif label is None and _is_wide(cells):
            wide = cells
        elif label is not None and value is not None and len(cells) > max(label, value):
            filled.append((_clocked(cells, label, clock), cells[value], number))
    values = with_decimal_points([_ROW_END.sub(" ", text) for _, text, _ in filled])
    for (name, _, number), own in zip(filled, values, strict=True):
        reader.cell(name, own, number)


def _transcript(reader: _Reader, text: str) -> None:
    step, rows, start = "", "", 0
    lines: list[str] = []
    digits = _digits(text)
    for number, line in enumerate([*text.split("\n"), "**`end`**"], 1):
        heading = _STEP.match(line)
        if heading:
            if step and lines:
                _step(reader, step, rows, lines, start, digits)
            step, rows, lines, start = heading[1], "", [], number
        elif line.startswith("- rows: `"):
            rows = line.split("`")[1].rpartition("= [")[2].removesuffix("]")
        elif value := _VALUE.match(line):
            lines.append(value[1])
            start = start if len(lines) > 1 else number


def _digits(text: str) -> int:
    """Return how many significant digits a transcript says it was written with; 0 if none."""
    options = text.partition(TRANSCRIPT)[2].partition("\n")[0].removesuffix("-->")
    try:
        found = json.loads(options or "{}").get("digits")
    except (ValueError, AttributeError, RecursionError):
        return 0
    return found if type(found) is int and 1 <= found <= 17 else 0


def _step(
    reader: _Reader, step: str, rows: str, lines: list[str], line: int, digits: int
) -> None:
    """Read the value of one step: its lines are the rows of a matrix, or of each gate."""
    groups: list[list[str]] = []
    for text in lines:
        gate, _, value = _parted(text, block=bool(rows))
        if gate or not groups:
            groups.append([])
        groups[-1].append(value)
    names = rows.split("; ") if rows else [step]
    if len(names) != len(groups):
        reader.ignored.append(Ignored(clean(f"{step}: {lines[0]}"), line, "no array"))
        return
    for name, group in zip(names, groups, strict=True):
        text = group[0] if len(group) == 1 else f"[{', '.join(group)}]"
        large = ", mean " in text.partition(": min ")[2]
        try:
            found = None if large else reader.value(text, line, step)
        except _Unclear:
            found = None
        if found is None:
            reader.ignored.append(Ignored(clean(f"{name}: {text}"), line, "no number"))
        else:
            rounded = significant(found, digits) if digits and not found.full else found
            reader.add(Draft(clean(name), rounded, line))


def _parted(text: str, *, block: bool) -> tuple[str, str, str]:
    """Split a line into the gate that it starts with, its sign and its numbers."""
    if not block:
        return "", "", re.sub(r"^(?:=|≈|~=) ", "", text)
    found = _ROW.fullmatch(text)
    return (found[1] or "", found[2] or "", found[3]) if found else ("", "", text)
