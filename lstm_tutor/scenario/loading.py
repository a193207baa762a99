"""Scenario files, bundled or a person's own, found and read."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lstm_tutor.files.document import Document, read
from lstm_tutor.files.problem import BadInput, Place, Problem, did_you_mean
from lstm_tutor.scenario.assembly import Assembly
from lstm_tutor.scenario.catalog import bundled, path_of
from lstm_tutor.scenario.scenario import Scenario
from lstm_tutor.scenario.structure import structure_problems


def load(name: str) -> Scenario:
    """Load a scenario by bundled name or by path.

    Raises:
        BadInput: every problem of the file, each with its position.
    """
    path = path_of(name)
    if path is None:
        remedy = did_you_mean(name, bundled())
        place = Place(name)
        message = "there is neither a bundled scenario nor a file of this name"
        raise BadInput([Problem(message, place, remedy=remedy)])
    return _bundled(path) if name in bundled() else build(read(path, "scenario", name), path)


@cache
def _bundled(path: Path) -> Scenario:
    return build(read(path, "scenario", path.name), path)


def build(document: Document, path: Path) -> Scenario:
    """Make a scenario of a YAML document; what it refers to is looked for beside the path.

    Raises:
        BadInput: every problem of the document, each with its position.
    """
    structure, problems = structure_problems(document)
    if structure is None:
        raise BadInput(problems)
    return Assembly(document, structure, path, problems).scenario()
