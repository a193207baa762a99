"""What is to be said of a person's numbers, as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from lstm_tutor.check.checking import Checked
from lstm_tutor.diagnosis.judgement import Judgement, Status
from lstm_tutor.files.phrase import counted, listed
from lstm_tutor.files.text import visible
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.numeral import shape_text
from lstm_tutor.numbers.written import Entry
from lstm_tutor.render.line import View
from lstm_tutor.render.words import lines_of, shortened, words
from lstm_tutor.submission.convention import GRADIENT, ITSELF, UPDATED, gates_said, names_said
from lstm_tutor.trace.trace import Trace

if TYPE_CHECKING:
    from lstm_tutor.check.order import GateOrder

_MOST_FINDINGS = 12
_MOST_NAMES = 60  # of one verdict, before those of one symbol are written as one
_STATUS = 14  # columns of the widest short status


def report(trace: Trace, checked: Checked, view: View, width: int) -> Iterator[tuple[str, str]]:
    """Yield the report on one source as lines with their styles."""
    judgements = checked.verdicts.judgements
    if judgements:
        yield from words(f"read as {read_as(trace, checked)}", width, 0, "dim")
    yield from words(_counts(checked), width, 0, "bold")
    if not judgements:
        yield from words(_examples(trace), width, 2, "")
    for cell, members in groupby(judgements, key=lambda item: item.given.cell):
        if cell:
            yield "", ""
            yield visible(cell), "bold"
        yield from _verdicts(list(members), checked.remedy, width)
    yield from _leftovers(trace, checked, width)
    findings = [item for item in judgements if item.status is Status.WRONG and not item.because]
    for item in findings[:_MOST_FINDINGS]:
        yield "", ""
        if checked.order and item.given.id == checked.order.first:
            yield "gates in another order", "bold"
            yield from words(order_said(checked.order), width, 2, "")
        else:
            from lstm_tutor.diagnosis.finding import finding

            yield from finding(trace, item, view, width)
    if len(findings) > _MOST_FINDINGS:
        yield "", ""
        yield f"and {len(findings) - _MOST_FINDINGS} more wrong values of their own", "dim"


def read_as(trace: Trace, checked: Checked) -> str:
    """Say under which convention everything was read."""
    scenario, reading = trace.scenario, checked.reading
    convention = reading.convention
    names = names_said(convention.dialect, scenario.cell, stacked=reading.stacked)
    gates = gates_said(scenario, convention.stacked) if reading.stacked else ""
    parts = [f"{names} (gates {gates})" if gates else names]
    if reading.timed:
        parts.append(f"time steps from {convention.first}")
    if convention.turned:
        parts.append("matrices turned")
    if reading.arranged:
        axes = {"T": "time", "N": "batch", "U": "units"}
        order = (axes[axis] for axis in convention.axes if axis != "N" or scenario.batch)
        parts.append(f"arrays as {' × '.join(order)}")
    if convention.held != ITSELF:
        what = {GRADIENT: "gradients", UPDATED: "values after the update"}[convention.held]
        parts.append(f"parameters' names before their {what}")
    if convention.at_output:
        parts.append("gates' gradients at their outputs, times the gates' slopes here")
    return ", ".join([*parts, *filter(None, [checked.precision])])


def order_said(order: GateOrder) -> str:
    """Say in which order gates stand, and in which they should."""
    expected, found = " ".join(order.expected), " ".join(order.found)
    if order.names:
        names = listed(order.names)
        if order.apart:
            return (
                f"{names} have each other's numbers: the gates stand as {found}, where "
                f"{expected} belong. Exchanged, they are right."
            )
        return (
            f"In {names} the gates stand as {found}; {order.source}'s order is {expected}. In "
            "that order they are right."
        )
    source = f" ({order.source})" if order.source else ""
    swapped = "" if order.source else ", or the other way round"
    return (
        "Gates are worked with the weights of others, as when weights that are stacked as "
        f"{expected}{source} are read as {found}{swapped}."
    )


def _examples(trace: Trace) -> str:
    """Say what names would have been understood."""
    ids = [str(id_) for id_ in trace.ids() if not trace.find(id_).rows]
    ids = [id_ for id_ in ids if id_[0] not in "xy"]
    few = ids[:: max(1, len(ids) // 5)][:5]
    return (
        f"No name in it is one of this scenario's, such as {', '.join(few)}; run shows all of "
        "them. If it is of another scenario, name that with --scenario."
    )


def _counts(checked: Checked) -> str:
    """Say how many values there are, and how many of each kind."""
    judgements = checked.verdicts.judgements
    parts = [counted(len(judgements), "value")]
    for status in Status:
        count = sum(item.status is status for item in judgements)
        if count:
            parts.append(f"{count:,} {_phrase(status)}")
    if checked.unrecognised:
        parts.append(f"{len(checked.unrecognised):,} not recognised")
    return ": ".join(filter(None, (parts[0], ", ".join(parts[1:]))))


def _phrase(status: Status) -> str:
    return {
        Status.GIVEN: "right given earlier errors",
        Status.COARSE: "too coarse to tell",
    }.get(status, status.value)


def _verdicts(
    judgements: Sequence[Judgement], remedy: str, width: int
) -> Iterator[tuple[str, str]]:
    """One paragraph per verdict, with the values that it is said of."""
    groups: dict[str, list[Judgement]] = {}
    styles: dict[str, str] = {}
    for item in judgements:
        verdict = _verdict(item, remedy)
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
        yield (
            f"{Id(symbol, first)} to {Id(symbol, rest[-1])}" if rest else str(Id(symbol, first))
        )


def _verdict(item: Judgement, remedy: str) -> str:
    match item.status:
        case Status.GIVEN:
            return f"right given your {item.because}"
        case Status.WRONG if item.because:
            return f"wrong, the same mistake as in {item.because}"
        case Status.COARSE:
            return f"too coarse to tell, {remedy}"
    return item.status.value


def _named(item: Judgement) -> str:
    name = visible(item.given.name)
    return item.given.id if name in ("", item.given.id) else f"{name} ({item.given.id})"


def _leftovers(trace: Trace, checked: Checked, width: int) -> Iterator[tuple[str, str]]:
    """What was understood in another way, or not at all; nothing is dropped."""
    rows = [
        *(f"{_entry(item.entry)}: {item.text}" for item in checked.remarks),
        *dict.fromkeys(_notes(trace, checked.verdicts.judgements)),
    ]
    rows += [
        f"{_entry(item.entry)}: not recognised: {item.text}" for item in checked.unrecognised
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
