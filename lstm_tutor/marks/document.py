"""A class as a file: CSV, JSON or Markdown, written row by row while files are checked."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, TypeAlias

from lstm_tutor.files.phrase import counted
from lstm_tutor.files.text import visible
from lstm_tutor.marks.chart import bar, hard, spread
from lstm_tutor.marks.returned import Found, Outcome, Returned
from lstm_tutor.marks.row import COLUMNS, row_of, total_row
from lstm_tutor.marks.rule import Rule, number_text
from lstm_tutor.marks.tally import Sample, Tally
from lstm_tutor.render.markdown import escaped, table_head, table_row

FORMAT = 1
_NUMBER = re.compile(r"-?[0-9.]+")
Writer: TypeAlias = Callable[[Iterable[Returned], Tally], Iterator[str]]
"""From what files come to, and the class that they are added to, to the pieces of a file."""


def csv_pieces(files: Iterable[Returned], tally: Tally) -> Iterator[str]:
    """Yield CSV: a row for each file, and one for all."""
    yield _csv(COLUMNS)
    for one in files:
        tally.add(one)
        yield _csv(row_of(one, tally.rule))
    yield _csv(total_row(tally))


def _csv(row: Iterable[str]) -> str:
    stream = StringIO()
    csv.writer(stream).writerow(map(_harmless, row))
    return stream.getvalue()


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, and no terminal for a command."""
    cell = visible(cell)
    formula = cell[:1] in ("=", "+", "@", "-") and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if formula else cell


def json_pieces(files: Iterable[Returned], tally: Tally) -> Iterator[str]:
    """Yield one JSON document, which `docs/marks.schema.json` describes."""
    yield f'{{"format": {FORMAT}, "rule": {json.dumps(dict(tally.rule.shares))}, "files": ['
    lead = ""
    for one in files:
        tally.add(one)
        yield f"{lead}\n{_dumped(_file_data(one, tally.rule))}"
        lead = ","
    yield "\n]"
    for name, value in _class_data(tally).items():
        yield f', "{name}": {_dumped(value)}'
    yield "}\n"


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _file_data(one: Returned, rule: Rule) -> dict[str, Any]:
    if one.problem:
        return {"name": one.name, "file": one.file, "problem": one.problem}
    return {
        "name": one.name,
        "file": one.file,
        "asked": one.asked,
        "answered": one.answered,
        **{outcome.value: one.count(outcome) for outcome in Outcome},
        "marks": rule.marks(one),
        "of": rule.most(one),
        "blanks": {id_: outcome.value for id_, outcome in one.outcomes.items()},
        "mistakes": [_found_data(found) for found in one.mistakes],
        "slips": [_found_data(found) for found in one.slips],
        "to_look_at": list(one.unreadable),
    }


def _found_data(found: Found) -> dict[str, str]:
    return {"key": found.key, "called": found.called, "id": found.id, "said": found.said}


def _class_data(tally: Tally) -> dict[str, Any]:
    return {
        "total": {
            "files": tally.files,
            "unusable": tally.unusable,
            "asked": tally.asked,
            "answered": tally.answered,
            **{outcome.value: tally.outcomes[outcome] for outcome in Outcome},
            "slips": tally.slips.total(),
            "marks": tally.marks,
            "of": tally.most,
        },
        "mistakes": [
            {"files": count, "name": one.name, "file": one.file, **_found_data(one.found)}
            for count, one in tally.usual()
        ],
        "slips": [
            {"times": count, "name": one.name, "file": one.file, **_found_data(one.found)}
            for count, one in tally.slipped()
        ],
        "by_blank": {
            id_: {outcome.value: counts[outcome] for outcome in Outcome}
            for id_, counts in tally.blanks.items()
        },
    }


def markdown_pieces(files: Iterable[Returned], tally: Tally) -> Iterator[str]:
    """Yield Markdown: a row for each file, then what the class comes to, to be shown to it."""
    yield "# Marks\n\n"
    yield _markdown(COLUMNS)
    yield _markdown(["---"] * 2 + ["--:"] * 10 + ["---"] * 2, as_it_is=True)
    for one in files:
        tally.add(one)
        yield _markdown(row_of(one, tally.rule))
    yield _markdown(total_row(tally))
    yield from _marks(tally)
    yield from _mistakes(tally)
    yield from _slips(tally)
    yield from _hard(tally)
    yield from _by_hand(tally)


def _markdown(cells: Iterable[str], *, as_it_is: bool = False) -> str:
    return table_row(cells if as_it_is else map(escaped, cells)) + "\n"


def _lines(*lines: str) -> Iterator[str]:
    yield from (f"{line}\n" for line in lines)


def _marks(tally: Tally) -> Iterator[str]:
    if not tally.most:
        return
    share = f"{100 * tally.marks / tally.most:.0f} %"
    yield f"\n## How the marks are spread\n\n{counted(tally.usable, 'file')}, {share} of all "
    yield f"marks, {number_text(tally.marks / tally.usable)} of "
    yield f"{number_text(tally.most / tally.usable)} on average.\n\n"
    yield from _lines(*table_head(("marks", "files", ""), {"files"}))
    rows = list(spread(tally))
    most = max(count for _, count in rows)
    for name, count in rows:
        yield from _lines(table_row((name, str(count), bar(count, most, plain=False))))


def _mistakes(tally: Tally) -> Iterator[str]:
    if tally.mistakes:
        yield "\n## Mistakes, by how many files have them\n\n"
        yield from _lines(*table_head(("files", "mistake", "for example"), {"files"}))
        yield from _rows(tally.usual())


def _slips(tally: Tally) -> Iterator[str]:
    if tally.slips:
        yield "\n## Slips, by how often they were made\n\n"
        yield from _lines(*table_head(("times", "slip", "for example"), {"times"}))
        yield from _rows(tally.slipped())


def _rows(found: Iterable[tuple[int, Sample]]) -> Iterator[str]:
    for count, one in found:
        where = f"`{one.found.id}`"
        told = f"{where}: {escaped(one.found.said)}" if one.found.said else where
        yield from _lines(table_row((str(count), escaped(one.found.called), told)))


def _hard(tally: Tally) -> Iterator[str]:
    rows = list(hard(tally))
    if not rows:
        return
    yield "\n## Blanks with the fewest right answers\n\n"
    yield from _lines(*table_head(("blank", "right", "", "others"), {"right"}))
    for id_, right, whole, said in rows:
        drawn = bar(right, whole, plain=False, longest=10)
        yield from _lines(table_row((f"`{id_}`", f"{right} of {whole}", drawn, said)))


def _by_hand(tally: Tally) -> Iterator[str]:
    if tally.unreadable:
        yield "\n## To look at by hand\n\n"
    for name, said in tally.unreadable:
        yield f"- {escaped(name)}: {escaped(said)}\n"
    more = tally.unread - len(tally.unreadable)
    if more:
        yield f"- and {more:,} more\n"


WRITERS: Mapping[str, Writer] = {
    ".csv": csv_pieces,
    ".json": json_pieces,
    ".md": markdown_pieces,
}
"""What writes a class, by the suffix of the file."""
