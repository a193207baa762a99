"""Tables as entries: CSV, worksheets and transcripts in Markdown."""

from __future__ import annotations

import csv
import re
from itertools import groupby

import numpy as np

from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.numbers.written import (
    NUMBER,
    Draft,
    Ignored,
    clean,
    written,
)
from lstm_tutor.submission.cells import (
    COMMA,
    IDS,
    LETTERS,
    VALUES,
    CellReader,
    Drafts,
    clock_column,
    clocked,
    clocks_of,
    column_of,
    is_head,
    is_wide,
    read_across,
    read_wide,
)
from lstm_tutor.submission.plain import with_points

_MOST_LEAD, _LONGEST_LEAD = 40, 8192  # lines and characters above a table


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
            and (is_head(rows[0]) or is_wide(rows[0]) or clocks_of(rows[0]))
        ):
            return number
        if rows and first and (_is_plain(rows) or _is_triple(rows)):
            return number
    return None


def _is_triple(rows: list[list[str]]) -> bool:
    """Whether rows hold a name, a time step and a number, whatever their head calls them."""
    return len(rows) > 2 and all(
        len(row) == 3
        and re.match(r"[^\W\d]", row[0].strip())
        and bool(re.fullmatch(r"-?[0-9]{1,6}", row[1].strip())) == (number > 0)
        and bool(re.fullmatch(rf"{NUMBER}|{COMMA.pattern}", row[2].strip())) == (number > 0)
        for number, row in enumerate(rows)
    )


def _is_plain(rows: list[list[str]]) -> bool:
    """Whether a line of names stands over a line of numbers."""
    names, numbers = (rows[0], rows[1]) if len(rows) > 1 else ([], [])
    if names and names[0].strip().lower() in LETTERS:
        names, numbers = names[1:], numbers[1:]
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
    reader = CellReader(name)
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
    if clocks := clocks_of(header):
        read_across(reader, clocks, rows[1:])
        return reader.drafts, reader.ignored
    if _is_triple([row for _, row in rows[:4]]):
        header = ["name", "t", "value"]
    if not is_head(header):
        read_wide(reader, header, rows[1:])
        return reader.drafts, reader.ignored
    label, value = column_of(header, IDS) or 0, column_of(header, VALUES) or 0
    clock = clock_column(header, label)
    index = column_of(header, ("index",))
    filled = [(number, row) for number, row in rows[1:] if len(row) > max(label, value)]
    for number, row in rows[1:]:
        if len(row) <= max(label, value):
            reader.ignored.append(
                Ignored(clean(" ".join(row)), number, "a row that is cut off")
            )
        elif not row[value].strip() and re.fullmatch(NUMBER, row[label].strip()):
            reader.ignored.append(
                Ignored(clean(row[label]), number, "a number in the place of a name")
            )
        reader.beyond(row[len(header) :], number)
    reader.unread(header, filled)
    for id_, members in groupby(
        filled, key=lambda item: clocked(item[1], label, clock, header)
    ):
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


def _gathered(
    reader: CellReader,
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
