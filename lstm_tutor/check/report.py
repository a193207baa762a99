"""What is to be said of a person's numbers: as lines, as data, and for a class as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.check.checking import Checked
from lstm_tutor.diagnosis.finding import finding, formulas, said
from lstm_tutor.diagnosis.judgement import Diagnosis, Judgement, Status
from lstm_tutor.files.phrase import counted
from lstm_tutor.files.problem import visible
from lstm_tutor.mistakes.misconceptions import misconception
from lstm_tutor.numbers.numeral import shape_text
from lstm_tutor.numbers.written import Entry
from lstm_tutor.render.line import View
from lstm_tutor.render.sheet import Cell, Sheet
from lstm_tutor.render.words import lines_of, shortened, words
from lstm_tutor.trace.trace import Trace

FORMAT = 1
_MOST_FINDINGS = 12
_MOST_NAMES = 60  # of one verdict, before those of one symbol are written as one
_STATUS = 14  # columns of the widest short status


def report(trace: Trace, checked: Checked, view: View, width: int) -> Iterator[tuple[str, str]]:
    """Yield the report on one source as lines with their styles."""
    judgements = checked.report.judgements
    yield from words(_counts(checked), width, 0, "bold")
    for cell, members in groupby(judgements, key=lambda item: item.given.cell):
        if cell:
            yield "", ""
            yield visible(cell), "bold"
        yield from _verdicts(list(members), width)
    yield from _leftovers(trace, checked, width)
    findings = [item for item in judgements if item.status is Status.WRONG and not item.because]
    for item in findings[:_MOST_FINDINGS]:
        yield "", ""
        yield from finding(trace, item, view, width)
    if len(findings) > _MOST_FINDINGS:
        yield "", ""
        yield f"and {len(findings) - _MOST_FINDINGS} more wrong values of their own", "dim"


def _counts(checked: Checked) -> str:
    """Say how many values there are, and how many of each kind."""
    judgements = checked.report.judgements
    parts = [counted(len(judgements), "value")]
    for status in Status:
        count = sum(item.status is status for item in judgements)
        if count:
            parts.append(f"{count:,} {_phrase(status)}")
    if checked.unrecognised:
        parts.append(f"{len(checked.unrecognised):,} not recognised")
    return f"{parts[0]}: {', '.join(parts[1:])}"


def _phrase(status: Status) -> str:
    return {
        Status.GIVEN: "right given earlier errors",
        Status.COARSE: "too coarse to tell",
    }.get(status, status.value)


def _verdicts(judgements: Sequence[Judgement], width: int) -> Iterator[tuple[str, str]]:
    """One paragraph per verdict, with the values that it is said of."""
    groups: dict[str, list[Judgement]] = {}
    styles: dict[str, str] = {}
    for item in judgements:
        verdict = _verdict(item)
        groups.setdefault(verdict, []).append(item)
        styles[verdict] = "bold" if item.status is Status.WRONG else ""
    for verdict, items in groups.items():
        lead = f"  {verdict}:"
        text = f"{lead:<{_STATUS + 4}} {', '.join(_names(items))}"
        hang = 8 if len(lead) > _STATUS + 4 else _STATUS + 5
        for line in lines_of(text, width, hang):
            yield line, styles[verdict]


def _names(items: Sequence[Judgement]) -> list[str]:
    """Name values; of many, those of a symbol that follow each other in time as one."""
    names = list(dict.fromkeys(_named(item) for item in items))
    if len(names) <= _MOST_NAMES:
        return names
    times: dict[tuple[str, bool], set[int]] = {}  # L is another one than L@0
    for item in items:
        symbol, t = item.given.place
        times.setdefault((symbol, t is None), set()).update(() if t is None else (t,))
    return [part for (symbol, _), steps in times.items() for part in _ranges(symbol, steps)]


def _ranges(symbol: str, steps: set[int]) -> Iterator[str]:
    """Write the time steps of a symbol: ``C@0 to C@199``."""
    if not steps:
        yield symbol
    for _, run in groupby(enumerate(sorted(steps)), key=lambda pair: pair[1] - pair[0]):
        first, *rest = (t for _, t in run)
        yield f"{symbol}@{first} to {symbol}@{rest[-1]}" if rest else f"{symbol}@{first}"


def _verdict(item: Judgement) -> str:
    match item.status:
        case Status.GIVEN:
            return f"right given your {item.because}"
        case Status.WRONG if item.because:
            return f"wrong, the same mistake as in {item.because}"
        case Status.COARSE:
            return "too coarse to tell, give more digits"
    return item.status.value


def _named(item: Judgement) -> str:
    name = visible(item.given.name)
    return item.given.id if name in ("", item.given.id) else f"{name} ({item.given.id})"


def _leftovers(trace: Trace, checked: Checked, width: int) -> Iterator[tuple[str, str]]:
    """What was understood in another way, or not at all; nothing is dropped."""
    rows = [
        *(f"{_entry(item.entry)}: {item.text}" for item in checked.remarks),
        *dict.fromkeys(_notes(trace, checked.report.judgements)),
    ]
    rows += [
        f"{_entry(entry)}: not recognised: no quantity of this scenario has this name and shape"
        for entry in checked.unrecognised
    ]
    rows += [
        f"{_where(item.line)}{visible(shortened(item.text, 40))}: no value ({item.why})"
        for item in checked.ignored
    ]
    if rows:
        yield "", ""
    for row in rows:
        yield from words(row, width, 2, "dim")


def _entry(entry: Entry) -> str:
    return f"{_where(entry.line)}{visible(entry.name) or 'a value without a name'}"


def _notes(trace: Trace, judgements: Sequence[Judgement]) -> Iterator[str]:
    """What a reader may stumble over: parts of sums, and numbers in place of arrays."""
    given = {item.given.id: item for item in judgements}
    for item in judgements:
        symbol, t = item.given.place
        if t is not None and symbol in trace.parameters and symbol not in trace.signals:
            yield f"{symbol}@t is the term of the sum {symbol} from the time step t alone"
        cause = given.get(item.because)
        if item.status is Status.GIVEN and cause is not None:
            size, whole = np.size(cause.given.value), np.size(cause.expected)
            if size == 1 < whole:
                yield (
                    f"{item.because} is one number where {shape_text(cause.expected.shape)} "
                    f"entries belong: in {item.given.id} it was added to each entry"
                )


def _where(line: int) -> str:
    return f"line {line}, " if line else ""


def report_data(trace: Trace, checked: Checked, view: View) -> dict[str, Any]:
    """Return the report as plain data, for other programs; see docs/check.schema.json."""
    first = checked.report.first_wrong
    return {
        "format": FORMAT,
        "scenario": trace.scenario.name,
        "values": [
            *(_value_data(item) for item in checked.report.judgements),
            *(
                {
                    "name": entry.name,
                    "id": None,
                    "t": None,
                    "status": "not recognised",
                    "given": _plain(entry.value),
                    "expected": None,
                    "expected_given_earlier": None,
                    "because": None,
                    "line": entry.line or None,
                    "part": entry.cell or None,
                }
                for entry in checked.unrecognised
            ),
        ],
        "first_wrong": None if first is None else first.given.id,
        "diagnoses": [
            _diagnosis_data(trace, diagnosis, view) for diagnosis in checked.report.diagnoses
        ],
    }


def _value_data(item: Judgement) -> dict[str, Any]:
    _, t = item.given.place
    return {
        "name": item.given.name or item.given.id,
        "id": item.given.id,
        "t": t,
        "status": item.status.value,
        "given": _plain(item.given.value),
        "expected": _plain(item.expected),
        "expected_given_earlier": _plain(item.own),
        "because": item.because or None,
        "line": item.given.line or None,
        "part": item.given.cell or None,
    }


def _plain(value: Any) -> Any:
    """Return nested lists of numbers; what is not finite is null, which JSON can say."""
    array = np.asarray(value, dtype=float)
    if array.ndim:
        return [_plain(row) for row in array]
    return float(array) if np.isfinite(array) else None


def _diagnosis_data(trace: Trace, diagnosis: Diagnosis, view: View) -> dict[str, Any]:
    target, learner, right = formulas(trace, diagnosis)
    why = misconception(diagnosis.mistake, diagnosis.edit)
    return {
        "id": diagnosis.id,
        "edit": diagnosis.mistake.id,
        "scope": diagnosis.mistake.scope,
        "equation": show(target, PLAIN),
        "learner_formula": show(learner, PLAIN),
        "right_formula": show(right, PLAIN),
        "explanation": f"{said(trace, diagnosis, view)} {why}".strip(),
        "confidence": diagnosis.confidence,
        "tied": diagnosis.tied,
        "decided_by": diagnosis.decided_by or None,
    }


HEADER = ("file", "values", "right", "wrong", "first wrong", "mistake")


def summary_row(trace: Trace, name: str, checked: Checked, view: View) -> tuple[str, ...]:
    """Return one source's row in the table of a class; see `HEADER`."""
    judgements = checked.report.judgements
    good = (Status.RIGHT, Status.ROUNDED, Status.COARSE)
    right = sum(item.status in good for item in judgements)
    wrong = sum(item.status is Status.WRONG for item in judgements)
    first = checked.report.first_wrong
    mistake = ""
    if first is not None:
        mistake = said(trace, first.diagnoses[0], view) if first.diagnoses else "unknown"
    shown = first.given.id if first else ""
    return visible(name), str(len(judgements)), str(right), str(wrong), shown, mistake


def summary(rows: Sequence[tuple[str, ...]], width: int) -> Sheet:
    """Return the table of a class: the mistakes in words, broken to the width."""
    fixed = [max(len(row[column]) for row in (HEADER, *rows)) for column in range(5)]
    room = max(20, width - sum(fixed) - 2 * 5)

    def cell(text: str, column: int) -> Cell:
        size = room if column == 5 else 200
        return tuple(words(text, size)) or (("", ""),)

    body = tuple(tuple(cell(text, column) for column, text in enumerate(row)) for row in rows)
    return Sheet("", HEADER, body)


def misconceptions(reports: Sequence[Checked]) -> list[tuple[str, int]]:
    """Return the kinds of mistakes with how many sources have each, the usual ones first."""
    counts: dict[str, int] = {}
    for checked in reports:
        kinds = set()
        for item in checked.report.judgements:
            if item.diagnoses:
                mistake = item.diagnoses[0].mistake
                kinds.add(mistake.operator or mistake.edits[0].operator)
        for kind in kinds:
            counts[kind] = counts.get(kind, 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
