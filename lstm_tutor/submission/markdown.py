"""Tables and transcripts in Markdown as entries: worksheets that come back, exported files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from lstm_tutor.numbers.written import (
    Draft,
    Ignored,
    clean,
    significant,
)
from lstm_tutor.scenario.embedded import TRANSCRIPT, WORKSHEET
from lstm_tutor.submission.answer import with_decimal_points
from lstm_tutor.submission.cells import (
    IDS,
    ROW_END,
    VALUES,
    CellReader,
    Drafts,
    Unclear,
    clock_column,
    clocked,
    clocks_of,
    column_of,
    is_head,
    is_noted,
    is_open,
    is_wide,
    read_across,
    read_wide,
)
from lstm_tutor.submission.printed import printed

_STEP = re.compile(r"\*\*`([^`\n]+)`\*\*")


_VALUE = re.compile(r"- value: `([^`\n]*)`")


_ON_LINE = re.compile(
    r".*?<br>[\s_≈=]*([-+−]?[0-9]+(?:[.,][0-9]+)?(?:[eE][-+−]?[0-9]+)?|\[[-+−0-9.,;eE\s[\]]*\])"
    r"[\s_]*(?:<br>[\s_≈=]*)*"
)


_RULE = re.compile(r":?-+:?")


_ROW = re.compile(r"(?:(\S+)? +)?([=≈]|~=)? ?(.*)")


def is_markdown(text: str) -> bool:
    """Whether it has steps as a transcript writes them, or a table with ids and values."""
    if _STEP.search(text) and _VALUE.search(text):
        return True
    return any(
        is_head(cells) or is_wide(cells) or clocks_of(cells)
        for _, cells, _ in _table_rows(text)
    )


def _table_rows(text: str) -> Iterator[tuple[int, list[str], bool]]:
    """Yield the line number and cells of every table row, and whether it is a rule."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if _is_open_row(lines, number - 1):
            bare = f"|{bare}"
        if bare.startswith("|") and len(bare) > 1:
            cells = [cell.strip() for cell in _cells(bare)]
            yield number, cells, all(map(_RULE.fullmatch, cells))


def _is_open_row(lines: list[str], number: int) -> bool:
    """Whether a line is a table's row without a bar at its start: beside another one."""

    def bars(place: int) -> int:
        line = lines[place].strip() if 0 <= place < len(lines) else ""
        return 0 if line.startswith("|") else line.count(" | ")

    own = bars(number)
    return own > 1 and own in (bars(number - 1), bars(number + 1))


def _cells(row: str) -> list[str]:
    body = row[1:].removesuffix("|")
    return body.replace("\\|", "\0").replace("|", "\n").replace("\0", "|").split("\n")


def markdown(text: str, name: str) -> Drafts:
    """Read the tables that have ids and values, the steps of a transcript, and what a person
    wrote beside them.
    """
    reader = CellReader(name)
    sheet = WORKSHEET in text
    read = tables(reader, text, sheet=sheet)
    _transcript(reader, text)
    if not (sheet or _is_ours(text)):
        rest = ["" if n in read else line for n, line in enumerate(text.split("\n"), 1)]
        drafts, ignored = printed("\n".join(rest), name)
        reader.ignored += [item for item in ignored if re.search(r"[0-9]", item.text)]
        for draft in drafts:
            reader.add(draft)
    reader.drafts.sort(key=lambda draft: draft.line)
    reader.ignored.sort(key=lambda item: item.line)
    return reader.drafts, reader.ignored


def _is_ours(text: str) -> bool:
    """Whether it is a page that we wrote: what stands there beside values is no number's."""
    return TRANSCRIPT in text or bool(_STEP.search(text))


def tables(reader: CellReader, text: str, *, sheet: bool) -> set[int]:
    """Read the tables; return the lines that they are in.

    Args:
        reader: what reads their cells.
        text: of the file.
        sheet: whether it is a worksheet of ours, beside whose blanks no number counts.
    """
    read: set[int] = set()
    label = value = clock = None
    wide: list[str] = []
    filled: list[tuple[str, str, int]] = []
    clocks: list[str] = []
    ours = sheet or _is_ours(text)  # whose tables over time repeat values
    heads: dict[int, list[str]] = {}
    others: dict[int, list[tuple[int, list[str]]]] = {}
    last = 0
    lines = text.split("\n")
    for number, cells, rule in _table_rows(text):
        between = lines[last : number - 1]
        if any(map(str.strip, between)) if sheet else between:  # mails double line ends
            label, value, clock, wide, clocks = None, None, None, [], []
        last = number
        if rule:
            read.add(number)
            continue
        if is_head(cells):
            label, value = column_of(cells, IDS), column_of(cells, VALUES[::-1])
            clock = clock_column(cells, label or 0)
            heads[number] = cells
        elif label is None and is_noted(cells):
            label, heads[number] = column_of(cells, IDS), cells
        elif clocks:
            read_across(reader, clocks, [(number, cells)])
        elif label is None and not ours and (found := clocks_of(cells)):
            clocks = found
        elif wide:
            read_wide(reader, wide, [(number, cells)])
        elif label is None and is_wide(cells):
            wide = cells
        elif label is not None and value is not None and len(cells) > max(label, value):
            own = _answer_of(cells, value) if sheet else cells[value]
            filled.append((clocked(cells, label, clock, heads[max(heads)]), own, number))
            others.setdefault(max(heads), []).append((number, cells))
        elif label is not None and value is None:
            others.setdefault(max(heads), []).append((number, cells))
        else:
            continue
        read.add(number)
    values = with_decimal_points([ROW_END.sub(" ", text) for _, text, _ in filled])
    for (name, _, number), own in zip(filled, values, strict=True):
        reader.cell(name, own, number)
    for head, rows in others.items() if not ours else ():
        reader.unread(heads[head], rows)
        for number, cells in rows:
            reader.beyond(cells[len(heads[head]) :], number)
    return read


def _answer_of(cells: list[str], value: int) -> str:
    """Return what stands on a sheet's blank, or else as the only number on its first line for
    working, below the formula.
    """
    found = _ON_LINE.fullmatch(cells[value - 1]) if value and is_open(cells[value]) else None
    return found[1] if found else cells[value]


def _transcript(reader: CellReader, text: str) -> None:
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
    reader: CellReader, step: str, rows: str, lines: list[str], line: int, digits: int
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
        except Unclear:
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
