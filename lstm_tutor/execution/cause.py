"""Which number of a scenario's file makes a computation overflow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from lstm_tutor.execution.computation import NotFinite, values_of
from lstm_tutor.execution.program import program_of
from lstm_tutor.files.document import Document, KeyPath, Node, parse_data
from lstm_tutor.files.problem import BadInput, Place
from lstm_tutor.scenario.loading import build
from lstm_tutor.scenario.scenario import Scenario

_TRIED = 12  # numbers, the largest first
_USUAL = 10.0  # size of a number that is not looked at


def cause(scenario: Scenario, id_: str) -> Place | None:
    """Return the place of the largest number without which a step's value is finite; None
    if there is none, or if the scenario's numbers are not those of its file.

    Args:
        scenario: the scenario.
        id_: the step whose value is not finite.
    """
    document = scenario.document
    if document is None or _failing(document) != id_:
        return None
    numbers = sorted(_numbers(document.root, ()), key=lambda found: -abs(found[1]))
    for path, number in numbers[:_TRIED]:
        if _failing(_changed(document, path, math.copysign(1.0, number))) not in (None, id_):
            return document.place(path)
    return None


def _numbers(node: Node, path: KeyPath) -> Iterator[tuple[KeyPath, float]]:
    for key, inner in node.inside.items():
        yield from _numbers(inner, (*path, key))
    value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > _USUAL:
        yield path, float(value)


def _changed(document: Document, path: KeyPath, number: float) -> Document:
    tree: Any = deepcopy(document.root.value)
    inside = tree
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = number
    return parse_data(tree, document.file, "scenario")


def _failing(document: Document) -> str | None:
    """Return the id of the step whose value is not finite; "" if all are, None if there are
    no values.
    """
    try:
        scenario = build(document, Path(document.file))
        values_of(scenario, program_of(scenario))
    except NotFinite as error:
        return error.id
    except BadInput:
        return None
    return ""
