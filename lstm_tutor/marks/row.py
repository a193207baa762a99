"""A row of a class's table: the same columns on a screen, in CSV and in Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lstm_tutor.marks.returned import Outcome, Returned
from lstm_tutor.marks.rule import Rule, number_text
from lstm_tutor.marks.tally import Tally

COLUMNS = (
    "name",
    "file",
    "asked",
    "answered",
    "right",
    "right given earlier errors",
    "wrong",
    "blank",
    "unreadable",
    "slips",
    "marks",
    "of",
    "first wrong",
    "mistake",
)
_COUNTED = (Outcome.RIGHT, Outcome.GIVEN, Outcome.WRONG, Outcome.BLANK, Outcome.UNREADABLE)


def row_of(one: Returned, rule: Rule) -> tuple[str, ...]:
    """Return a file's row; what cannot be used has no numbers."""
    if one.problem:
        return (one.name, one.file, *[""] * 10, "", f"cannot be used: {one.problem}")
    first = one.first
    return (
        one.name,
        one.file,
        str(one.asked),
        str(one.answered),
        *(str(one.count(outcome)) for outcome in _COUNTED),
        str(len(one.slips)),
        number_text(rule.marks(one)),
        number_text(rule.most(one)),
        first.id if first else "",
        (first.said or first.called) if first else "",
    )


def told_apart(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return rows with the file behind each name that several have."""
    counts = Counter(row[0] for row in rows)
    return [(f"{row[0]} ({row[1]})", *row[1:]) if counts[row[0]] > 1 else row for row in rows]


def total_row(tally: Tally) -> tuple[str, ...]:
    """Return the row below all others: everything added up."""
    return (
        "total",
        "",
        str(tally.asked),
        str(tally.answered),
        *(str(tally.outcomes[outcome]) for outcome in _COUNTED),
        str(tally.slips.total()),
        number_text(tally.marks),
        number_text(tally.most),
        "",
        "",
    )
