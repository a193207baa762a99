"""Cells of tables as entries: what heads say, and what a cell says beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import takewhile

from lstm_tutor.files.phrase import counted
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
)
from lstm_tutor.submission.answer import answer, unescaped, unstruck
from lstm_tutor.submission.places import WORDS, placed
from lstm_tutor.submission.plain import plain_name
from lstm_tutor.submission.printed import unclear_number

Drafts = tuple[list[Draft], list[Ignored]]


IDS = ("id", "name", "symbol", "quantity", "variable", "step")


VALUES = ("value", "your value", "answer", "your answer", "result")


_TIMES = ("t", "time", "time step", "step", "timestep")


LETTERS = ("char", "character", "letter", "token")  # of a row's time step


_NOTES = ("note", "notes", "remark", "remarks", "comment", "comments", "points")


_OTHERS = (*_TIMES, *WORDS, "index", "phase", "symbol", "formula", "equation", "line")


_HEAD_CLOCK = re.compile(r"(?:t\s*=?|(?:time[ _-]?step|step)\s*=?)\s*(-?[0-9]{1,6})", re.I)


_OPEN = re.compile(r"[]\s_.…·?*`,–—−[-]*")  # a cell that was not filled in


_NOTHING = re.compile(r"\(?(?:n\.?/?a\.?|none|nothing|blank|empty|left blank|todo)\)?|/+", re.I)


_GAP = "___"


_LINE = re.compile(
    r"(?<!_)_{2,}+(?=[-+−.0-9])|(?<!\w)_(?=[-+−.0-9])|(?<=[0-9.])_{2,}+|(?<=[0-9.])_(?!\w)"
)  # that a number was written on


ROW_END = re.compile(r"<br */?>")


COMMA = re.compile(r"[-+−]?[0-9]+,[0-9]+")


class Unclear(ValueError):  # noqa: N818  # a state of a cell
    """A number that could be two; the message says what to write."""


@dataclass
class CellReader:
    """Collects entries; every cell is read in the same way.

    By hand, each entry of an array is written with the places that it needs.
    """

    name: str
    drafts: list[Draft] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    count: int = 0

    def cell(self, label: str, text: str, line: int) -> None:
        """Read a cell of a table as the value of a name."""
        label = _name(label)
        text = _LINE.sub("", ROW_END.sub(" ", unescaped(unstruck(text)))).strip(" \t`*$=≈~_")
        if is_open(text):
            return
        text = answer(text)
        try:
            found = self.value(text, line, label)
        except Unclear as error:
            self.ignored.append(Ignored(clean(f"{label}: {text}"), line, str(error)))
            return
        if found is None:
            why = "only partly filled in" if _GAP in text else "no number"
            self.ignored.append(Ignored(clean(f"{label}: {text}"), line, why))
        else:
            self.add(Draft(label, found, line))

    def beyond(self, cells: Sequence[str], line: int) -> None:
        """Note cells that no column of the table's head is over."""
        text = " ".join(cell.strip() for cell in cells if not _OPEN.fullmatch(cell))
        if text:
            self.ignored.append(Ignored(clean(text), line, "beyond the columns of the table"))

    def unread(self, header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Note the columns of a table with names and values that hold other numbers.

        Args:
            header: the cells of its head.
            rows: the cells below, each row with its line.
        """
        label, own = column_of(header, IDS), column_of(header, VALUES)
        for place, head in enumerate(header):
            known = place in (label, own) or column_of([head], _OTHERS) is not None
            there = [line for line, row in rows if len(row) > place and _has_number(row[place])]
            if there and not known:
                column = f"{clean(head) or 'a column'}, {counted(len(there), 'number')}"
                self.ignored.append(
                    Ignored(column, there[0], "another column than the values'")
                )

    def value(self, text: str, line: int, label: str = "") -> Written | None:
        """Read a text as a value; None if it is none, which is noted if it looks like one."""
        if COMMA.fullmatch(text):
            raise Unclear(unclear_number(text))
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


@lru_cache(maxsize=4096)  # the sheets of a class have the same names
def _name(label: str) -> str:
    """Return the name that a cell has, with nothing around it."""
    return clean(plain_name(label))


def is_open(text: str) -> bool:
    """Whether a cell was not filled in, or says so."""
    return bool(_OPEN.fullmatch(text) or _NOTHING.fullmatch(text))


def is_noted(header: Sequence[str]) -> bool:
    """Whether cells are the head of a table with remarks on names, and no values."""
    return column_of(header, IDS) is not None and column_of(header, _NOTES) is not None


def _has_number(text: str) -> bool:
    return re.fullmatch(rf"[\s`*$=≈~\[(]*(?:{NUMBER}).*", text) is not None


def column_of(header: Sequence[str], names: Sequence[str]) -> int | None:
    """Return the position of the first of the names that the header has."""
    plain = [cell.strip(" `*\t").lower() for cell in header]
    return next((plain.index(name) for name in names if name in plain), None)


def clock_column(header: Sequence[str], label: int) -> int | None:
    """Return the position of the time step beside names, if it has a column."""
    return column_of([cell if n != label else "" for n, cell in enumerate(header)], _TIMES)


def clocked(
    row: Sequence[str], label: int, clock: int | None, header: Sequence[str] = ()
) -> str:
    """Return a row's name, with the time step and the places of their own columns before it."""
    return _placed(_timed(row, label, clock), header, row)


def _timed(row: Sequence[str], label: int, clock: int | None) -> str:
    name = row[label].strip(" `*")
    time = row[clock].strip(" `*") if clock is not None and clock < len(row) else ""
    known = re.fullmatch(r"-?[0-9]{1,6}", time)
    return f"t={time} {name}" if known and not divided(name)[1] else row[label]


def is_head(header: Sequence[str]) -> bool:
    """Whether cells are the head of a table with a name and a value in a row."""
    return column_of(header, IDS) is not None and column_of(header, VALUES) is not None


def is_wide(header: list[str]) -> bool:
    """Whether a head has one column per symbol and one for the time step."""
    symbols = [cell.strip() for cell in header]
    others = any(re.fullmatch(NUMBER, cell) or not cell or "=" in cell for cell in symbols)
    lead = _leading(header)
    return not others and len(lead) < len(header) and column_of(lead, _TIMES) is not None


def _leading(header: Sequence[str]) -> list[str]:
    """Return the heads of the first columns that say a time step or another place."""
    plain = (cell.strip(" `*").lower() for cell in header)
    return list(takewhile(lambda cell: cell in _TIMES or cell in WORDS, plain))


def _placed(label: str, header: Sequence[str], row: Sequence[str]) -> str:
    """Put what columns say of layer, sequence or unit before a row's name."""
    for head, cell in zip(header, row, strict=False):
        kind, number = WORDS.get(head.strip(" `*").lower()), cell.strip(" `*")
        if kind and number.isdecimal() and len(number) < 7:
            label = placed(kind, int(number), label)
    return label


def clocks_of(header: Sequence[str]) -> list[str]:
    """Return the time step of each column after the names', as it is written; [] if the head
    has none.
    """
    cells = [cell.strip(" `*") for cell in header[1:]]
    counted = all(re.fullmatch(r"[0-9]{1,6}", cell) for cell in cells)
    if counted and len(cells) > 1 and column_of(header[:1], _TIMES) is not None:
        return cells
    found = [_HEAD_CLOCK.fullmatch(cell) for cell in cells]
    return [match[1] for match in found if match] if all(found) and len(found) > 1 else []


def read_across(
    reader: CellReader, clocks: list[str], rows: list[tuple[int, list[str]]]
) -> None:
    """Read a row per symbol and a column per time step."""
    for number, row in rows:
        if _has_number(row[0]) or len(row) < 2:
            text = clean(" ".join(cell for cell in row if cell))
            why = "a row without a name" if len(row) > 1 else "text beside a table"
            reader.ignored.append(Ignored(text, number, why))
            continue
        for clock, text in zip(clocks, row[1:], strict=False):
            reader.cell(f"t={clock} {row[0].strip(' `*')}", text, number)
        reader.beyond(row[len(clocks) + 1 :], number)


def read_wide(reader: CellReader, header: list[str], rows: list[tuple[int, list[str]]]) -> None:
    """Read a column per symbol, the time step in the first one or by counting rows."""
    lead = _leading(header) if is_wide(header) else []
    time = column_of(lead, _TIMES)
    for index, (number, row) in enumerate(rows):
        timed = time is not None and time < len(row)
        clock = row[time or 0].strip(" `*") if timed else str(index)
        known = re.fullmatch(r"-?\d{1,6}", clock) and (timed or len(rows) > 1)
        for symbol, text in list(zip(header, row, strict=False))[len(lead) :]:
            if symbol.strip().lower() in LETTERS:
                continue
            name = symbol.strip(" `*")
            name = f"t={clock} {name}" if known else name
            reader.cell(_placed(name, lead, row), text, number)
        reader.beyond(row[len(header) :], number)
