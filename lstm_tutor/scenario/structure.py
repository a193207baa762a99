"""The structure of a scenario file, checked: each problem where it is, with what to write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import (
    BaseModel,
    ValidationError,
)
from pydantic_core import ErrorDetails

from lstm_tutor.files.document import Document, KeyPath, dotted
from lstm_tutor.files.problem import Problem, described, did_you_mean, nearest
from lstm_tutor.files.scalar import number_remedy
from lstm_tutor.scenario.instead import ENTRIES
from lstm_tutor.scenario.schema import FileWeights, GeneratedWeights, Init, ScenarioFile

_KINDS = {
    "float_type": "a number",
    "int_type": "a whole number",
    "dict_type": "a set of entries",
    "model_type": "a set of entries",
}


def structure_problems(document: Document) -> tuple[ScenarioFile | None, list[Problem]]:
    """Check a scenario's structure; return it as a model, and every problem.

    There is a model unless something that a scenario needs is missing or wrong; what
    is wrong in the rest is left out of it.
    """
    problems = list(_without_model(document))
    try:
        return ScenarioFile.model_validate(document.value), problems
    except ValidationError as error:
        details = error.errors()
    problems += [_problem(document, detail) for detail in details]
    wrong = {detail["loc"][0] for detail in details}
    good = {key: value for key, value in document.value.items() if key not in wrong}
    try:
        return ScenarioFile.model_validate(good), problems
    except ValidationError:
        return None, problems


def _without_model(document: Document) -> Iterator[Problem]:
    if not {"cell", "model"} & document.value.keys():
        about = ScenarioFile.model_fields["cell"].description or ""
        expected = f"{about}; or 'model' with a list of pages"
        yield document.problem((), "the key 'cell' is missing", expected, key=True)


def _problem(document: Document, detail: ErrorDetails) -> Problem:
    path = tuple(_real_path(detail["loc"]))
    label = dotted(path)
    known = _model(document.value, path[:-1]).model_fields
    entry = known.get(str(path[-1]))
    about = (entry and entry.description) or ""
    match detail["type"]:
        case "extra_forbidden" if str(path[-1]) in ENTRIES and len(path) == 1:
            message = f"{label} is no entry of a scenario"
            remedy = ENTRIES[str(path[-1])]
            return document.problem(path, message, remedy=remedy, key=True)
        case "extra_forbidden":
            remedy = did_you_mean(str(path[-1]), known)
            return document.problem(path, f"unknown key {label!r}", remedy=remedy, key=True)
        case "missing":
            return document.problem(path[:-1], f"the key {label!r} is missing", about, key=True)
    value = detail["input"]
    expected, remedy = _wanted(detail, about)
    return document.problem(path, f"{label} is {described(value)}", expected, remedy)


def _wanted(detail: ErrorDetails, about: str) -> tuple[str, str]:
    """Say what was expected instead of a value, and what to do."""
    value = detail["input"]
    limits = detail.get("ctx", {})
    match detail["type"]:
        case "finite_number":
            return "a finite number", ""
        case "greater_than":
            return f"more than {limits['gt']:g}", ""
        case "greater_than_equal":
            return f"{limits['ge']} or more", ""
        case "less_than_equal":
            return f"{limits['le']} or less", ""
        case "literal_error":
            near = nearest(str(value), re.findall(r"'(.*?)'", limits["expected"]))
            return about, f"did you mean {near!r}?" if near else ""
        case "string_type":
            remedy = "put it in quotes" if isinstance(value, int | float) else ""
            return f"text ({about})", remedy
    kind = _KINDS.get(detail["type"], detail["msg"])
    expected = f"{kind} ({about})" if about else kind
    if kind == "a whole number" and isinstance(value, float) and value.is_integer():
        return expected, f"write {value:.0f}"
    return expected, number_remedy(value) if "number" in kind else ""


def _real_path(loc: tuple[str | int, ...]) -> Iterator[str | int]:
    """Drop from pydantic's location what is not in the file: the tag of a choice."""
    for index, step in enumerate(loc):
        if loc[:1] == ("weights",) and index == 1 and step in ("init", "file", "blocks"):
            continue
        if loc[:3] == ("weights", "init", "hidden") and index == 3:
            continue
        if step == "[key]":
            continue
        yield step


def _model(value: Any, path: KeyPath) -> type[BaseModel]:
    if not path:
        return ScenarioFile
    if path[-1] == "init":
        return Init
    return GeneratedWeights if "init" in value.get("weights", {}) else FileWeights
