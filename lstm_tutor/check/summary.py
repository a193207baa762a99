"""The sources of a class: a row for each, and the mistakes that are made most often."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from io import StringIO

from lstm_tutor.check.source import Source, Unread
from lstm_tutor.diagnosis.finding import said
from lstm_tutor.diagnosis.judgement import Status
from lstm_tutor.files.text import visible
from lstm_tutor.mistakes.wording import called
from lstm_tutor.render.line import View
from lstm_tutor.render.sheet import GAP, Sheet
from lstm_tutor.render.words import words

_HEADER = ("file", "values", "right", "wrong", "first wrong", "mistake")
_LEAST = 20  # columns of a mistake in words


def row_of(source: Source, view: View) -> tuple[str, ...]:
    """Return a source's row in the table."""
    judgements = source.checked.verdicts.judgements
    good = (Status.RIGHT, Status.ROUNDED, Status.COARSE)
    right = sum(item.status in good for item in judgements)
    wrong = sum(item.status is Status.WRONG for item in judgements)
    first = source.checked.verdicts.first_wrong
    mistake = ""
    if first is not None:
        found = first.diagnoses
        mistake = said(source.trace, found[0], view) if found else "unknown"
    counts = (str(len(judgements)), str(right), str(wrong))
    return visible(source.name), *counts, first.given.id if first else "", mistake


def unread_row(source: Unread) -> tuple[str, ...]:
    """Return the row of a source that cannot be used."""
    return visible(source.name), "", "", "", "", "cannot be read"


def class_sheet(rows: Sequence[tuple[str, ...]], width: int) -> Sheet:
    """Return the table: the mistakes in words, broken to the width."""
    fixed = [max(map(len, column)) for column in zip(_HEADER, *rows, strict=True)][:-1]
    room = max(_LEAST, width - sum(fixed) - GAP * len(fixed))
    body = (
        (*(((text, ""),) for text in row[:-1]), tuple(words(row[-1], room)) or (("", ""),))
        for row in rows
    )
    return Sheet("", _HEADER, tuple(body))


def class_csv(rows: Sequence[tuple[str, ...]]) -> str:
    """Return the table as CSV."""
    stream = StringIO()
    csv.writer(stream).writerows([_HEADER, *rows])
    return stream.getvalue()


def usual_mistakes(sources: Sequence[Source | Unread]) -> Iterator[tuple[str, str]]:
    """Yield the kinds of mistakes with how many sources have each, the usual ones first."""
    counts: Counter[str] = Counter()
    for source in sources:
        if isinstance(source, Source):
            judgements = source.checked.verdicts.judgements
            made = (item.diagnoses[0].mistake for item in judgements if item.diagnoses)
            counts.update({one.kind for one in made})
    if counts:
        yield "", ""
        yield "Mistakes, by the number of files that have them:", ""
    for kind, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        yield f"  {count:>3}  {called(kind)}", ""
