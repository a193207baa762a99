"""Reports as plain data, for other programs; docs/check.schema.json describes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.check.order import GateOrder
from lstm_tutor.check.report import order_said, read_as
from lstm_tutor.check.source import Source, Unread
from lstm_tutor.diagnosis.finding import formulas, said
from lstm_tutor.diagnosis.judgement import Diagnosis, Judgement
from lstm_tutor.files.problem import BadInput, Place, Problem
from lstm_tutor.mistakes.wording import misconception
from lstm_tutor.render.line import View
from lstm_tutor.submission.convention import gates_said
from lstm_tutor.trace.trace import Trace

FORMAT = 1


def sources_data(
    sources: Sequence[Source | Unread], view_of: Callable[[Trace], View]
) -> dict[str, Any]:
    """Return the reports on several sources; of one that cannot be used, its problems."""
    files: list[dict[str, Any]] = []
    for source in sources:
        if isinstance(source, Unread):
            found: dict[str, Any] = {"problems": _problems(source)}
        else:
            found = source_data(source, view_of(source.trace))
            del found["format"]
        files.append({"file": source.name, **found})
    return {"format": FORMAT, "files": files}


def _problems(source: Unread) -> list[dict[str, Any]]:
    error = source.error
    if not isinstance(error, BadInput):
        error = BadInput([Problem(str(error), Place(source.name))])
    return [
        {
            "message": problem.message,
            "file": problem.place.file,
            "line": problem.place.line,
            "column": problem.place.column,
            "expected": problem.expected or None,
            "remedy": problem.remedy or None,
        }
        for problem in error.problems
    ]


def source_data(source: Source, view: View) -> dict[str, Any]:
    """Return the report on one source."""
    trace, checked = source.trace, source.checked
    first = checked.verdicts.first_wrong
    return {
        "format": FORMAT,
        "scenario": trace.scenario.name,
        "reading": _reading_data(source),
        "values": [
            *(_value_data(item) for item in checked.verdicts.judgements),
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
                for entry in (item.entry for item in checked.unrecognised)
            ),
        ],
        "gate_order": _order_data(checked.order),
        "first_wrong": None if first is None else first.given.id,
        "diagnoses": [
            _diagnosis_data(trace, diagnosis, view) for diagnosis in checked.verdicts.diagnoses
        ],
    }


def _order_data(order: GateOrder | None) -> dict[str, Any] | None:
    """Return in which other order gates stand, if that explains wrong values."""
    if order is None:
        return None
    return {
        "first": order.first,
        "names": list(order.names),
        "expected": list(order.expected),
        "found": list(order.found),
        "said": order_said(order),
    }


def _reading_data(source: Source) -> dict[str, Any]:
    """Return the convention under which everything was read."""
    checked = source.checked
    convention = checked.reading.convention
    gates = gates_said(source.trace.scenario, convention.stacked)
    return {
        "dialect": convention.dialect,
        "gates": gates.split() if checked.reading.stacked else None,
        "first_step": convention.first,
        "turned": convention.turned,
        "precision": checked.precision or None,
        "said": read_as(source.trace, checked),
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
    why = misconception(diagnosis.mistake, diagnosis.edit, trace.scenario)
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
