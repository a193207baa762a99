"""A quiz's progress as a text that a person can read, and back.

One line per question that has been touched, its parts separated by tabs. Where the text
is kept is not known here.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from lstm_tutor.numbers.numeral import FULL, array_text
from lstm_tutor.quiz.answer import Typed
from lstm_tutor.quiz.quiz import Outcome, Record
from lstm_tutor.scenario.scenario import Scenario

_TITLE = "# lstm-tutor quiz, progress"
_COLUMNS = ("id", "outcome", "hints", "wrong answers", "value", "known to within")
_MOST_COUNT = 1_000_000
LARGEST = 1 << 20  # characters of a progress file


class Damaged(ValueError):  # noqa: N818  # a state of the file, reported as such
    """A text that is no progress of this quiz; the message says in one line why."""


def fingerprint(scenario: Scenario, options: Sequence[str]) -> str:
    """Return a name for a quiz: the same for the same numbers, equations and options."""
    arrays = {
        "inputs": scenario.inputs,
        "labels": scenario.labels,
        "labelled": scenario.labelled,
        **{f"initial {name}": value for name, value in scenario.initial.items()},
        **scenario.parameters,
    }
    text = [f"{name} {array.shape}" for name, array in arrays.items()]
    text += [repr(scenario.cell.equations), repr(scenario.loss.expression)]
    text += [repr(scenario.learning_rate), repr(scenario.truncate), *options]
    found = hashlib.sha256("\n".join(text).encode(errors="replace"))
    for array in arrays.values():
        found.update(np.ascontiguousarray(array, dtype=float).tobytes())
    return found.hexdigest()[:12]


def text_of(ids: Sequence[str], records: Sequence[Record], at: int, about: str) -> str:
    """Write progress.

    Args:
        ids: what each question is about.
        records: what has happened, per question.
        at: the current question; their number at the end.
        about: the command that goes on with it.
    """
    place = ids[at] if at < len(ids) else "done"
    lines = [_TITLE, f"# go on with: {about}", f"now at\t{place}", "\t".join(_COLUMNS)]
    for id_, record in zip(ids, records, strict=True):
        if record != Record():
            lines.append("\t".join((id_, *_fields(record))))
    return "".join(f"{line}\n" for line in lines)


def _fields(record: Record) -> Iterable[str]:
    own = record.own
    numbers = ("", "") if own is None else (own.value, own.unit)
    return (
        record.outcome.value,
        str(record.hints),
        str(record.wrong),
        *(part if isinstance(part, str) else array_text(part, FULL) for part in numbers),
    )


def read_progress(
    text: str, ids: Sequence[str], sizes: Mapping[str, int]
) -> tuple[tuple[Record, ...], int]:
    """Read progress.

    Args:
        text: the text.
        ids: what each question of the quiz is about.
        sizes: how many entries the value has that each asks for.

    Returns:
        What has happened, per question; and the current question.

    Raises:
        Damaged: if the text is not the progress of this quiz.
    """
    title, *lines = text.splitlines() or [""]
    lines = [line for line in lines if not line.startswith("#")]
    if title != _TITLE or len(lines) < 2 or lines[1] != "\t".join(_COLUMNS):
        raise Damaged("it is not the progress of a quiz")
    key, _, place = lines[0].partition("\t")
    if key != "now at" or place not in (*ids, "done"):
        raise Damaged("it does not say at which question")
    found: dict[str, Record] = {}
    for number, line in enumerate(lines[2:], 1):
        id_, *fields = line.split("\t")
        if id_ not in sizes or id_ in found or len(fields) != len(_COLUMNS) - 1:
            raise Damaged(f"entry {number} is not one of a question")
        found[id_] = _record(fields, sizes[id_], number)
    at = ids.index(place) if place in ids else len(ids)
    return tuple(found.get(id_, Record()) for id_ in ids), at


def _record(fields: list[str], size: int, number: int) -> Record:
    outcome, hints, wrong, value, unit = fields
    try:
        record = Record(Outcome(outcome), _count(hints), _count(wrong))
        if value or unit:
            own = Typed(_numbers(value, size), _numbers(unit, size))
            record = replace(record, own=own)
    except (ValueError, TypeError, RecursionError):
        raise Damaged(f"entry {number} has a part that is not one of a question") from None
    return record


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text[:8]) <= _MOST_COUNT):
        raise ValueError(text)
    return int(text[:8])


def _numbers(text: str, size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    found = np.array(json.loads(text), dtype=float)
    if found.size != size or not all(map(math.isfinite, found.ravel().tolist())):
        raise ValueError(text)
    return found
