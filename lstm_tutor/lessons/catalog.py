"""Paths of lessons: the bundled one, a teacher's folder, or a single file.

Only the head of each lesson is read, so that the map is there at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from lstm_tutor.files.document import LARGEST, Document, parse, read
from lstm_tutor.files.problem import BadInput, Problem, described, did_you_mean
from lstm_tutor.files.reading import read_text

BUNDLED = Path(__file__).parent / "path"
_FILE = "path.yaml"
_HEAD = ("id", "title", "goal", "needs", "skills", "next")
_BLOCK = re.compile(r"^(?=\S)", re.M)  # where an entry of the whole file begins


@dataclass(frozen=True)
class Entry:
    """A lesson of a path: what the map shows of it without reading all of it."""

    id: str
    title: str
    goal: str
    needs: tuple[str, ...]
    trains: tuple[str, ...]
    following: tuple[str, ...]
    path: Path


@dataclass(frozen=True)
class Route:
    """Lessons in an order, with a title."""

    title: str
    entries: tuple[Entry, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Entry]:
        """The lessons by id."""
        return {entry.id: entry for entry in self.entries}


def route(place: Path = BUNDLED) -> Route:
    """Return the lessons of a folder with a ``path.yaml``, or of one file.

    Raises:
        BadInput: every problem, each with its position.
    """
    if not place.is_dir():
        document = read(place, "lesson")
        return Route(_text(document, "title"), (_entry(document, place),))
    document = read(place / _FILE, "path")
    problems = [*_unknown(document), *_order(document)]
    names = document.value.get("lessons")
    found = []
    for number, name in enumerate(names if isinstance(names, list) else ()):
        if not isinstance(name, str) or "/" in name:
            continue  # that is said already
        path = place / f"{name}.yaml"
        if path.is_file():
            found.append(_entry(_head(path), path))
        else:
            files = sorted(file.stem for file in place.glob("*.yaml"))
            message = f"there is no lesson file {path.name}"
            remedy = did_you_mean(str(name), files)
            problems.append(document.problem(("lessons", number), message, remedy=remedy))
    if problems:
        raise BadInput(problems)
    made = Route(str(document.value.get("title", "")), tuple(found))
    problems = [*_needs(document, made)]
    if problems:
        raise BadInput(problems)
    return made


@cache
def bundled_lessons() -> tuple[str, ...]:
    """Return the names of the bundled lessons, in their order."""
    return tuple(read(BUNDLED / _FILE, "path").value["lessons"])


def looks_like_lesson(path: Path) -> bool:
    """Whether a YAML file is a lesson, and not a scenario or a page, by its first words."""
    try:
        text = read_text(path, str(path), "lesson", LARGEST)
    except BadInput:
        return False
    return any(block.startswith("practise:") for block in _BLOCK.split(text))


def _unknown(document: Document) -> Iterator[Problem]:
    for key in document.value:
        if key not in ("title", "lessons"):
            remedy = did_you_mean(str(key), ("title", "lessons"))
            yield document.problem((key,), f"unknown key {key!r}", remedy=remedy, key=True)


def _order(document: Document) -> Iterator[Problem]:
    names = document.value.get("lessons")
    if not isinstance(names, list) or not names:
        message = f"lessons is {described(names)}"
        yield document.problem(("lessons",), message, "the names of lesson files, in order")
        return
    for number, name in enumerate(names):
        if not isinstance(name, str) or "/" in name or names.index(name) != number:
            message = f"{described(name)} is no lesson's name, or stands here twice"
            yield document.problem(("lessons", number), message, "a file's name without .yaml")


def _needs(document: Document, made: Route) -> Iterator[Problem]:
    """Refuse lessons that have one id, or whose needs lead in a circle."""
    seen: dict[str, int] = {}
    for number, entry in enumerate(made.entries):
        if entry.id in seen:
            message = f"the id {entry.id!r} is that of another lesson too"
            yield document.problem(("lessons", number), message)
        seen[entry.id] = number
    for entry in made.entries:
        for name in dict.fromkeys((*entry.needs, *entry.following)):
            if name not in made.by_id and name not in bundled_lessons():
                message = f"{entry.id} names the lesson {name!r}, which is not on this path"
                remedy = did_you_mean(name, made.by_id)
                yield document.problem(("lessons", seen[entry.id]), message, remedy=remedy)
        if entry.id in _above(made, entry.id):
            message = f"{entry.id} needs itself, by way of what it needs"
            yield document.problem(
                ("lessons", seen[entry.id]), message, remedy="cut the circle"
            )


def _above(made: Route, id_: str) -> set[str]:
    found: set[str] = set()
    waiting = [id_]
    while waiting:
        entry = made.by_id.get(waiting.pop())
        for need in entry.needs if entry else ():
            if need not in found:
                found.add(need)
                waiting.append(need)
    return found


def _head(path: Path) -> Document:
    """Read those entries of a lesson file that the map shows."""
    text = read_text(path, str(path), "lesson", LARGEST)
    blocks = _BLOCK.split(text)
    head = "".join(block for block in blocks if block.partition(":")[0] in _HEAD)
    return parse(head, str(path), "lesson") if head else read(path, "lesson")


def _entry(document: Document, path: Path) -> Entry:
    skills = document.value.get("skills")
    trains = skills.get("trains") if isinstance(skills, dict) else ()
    return Entry(
        _text(document, "id"),
        _text(document, "title"),
        _text(document, "goal"),
        _names(document.value.get("needs")),
        _names(trains),
        _names(document.value.get("next")),
        path,
    )


def _names(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _text(document: Document, key: str) -> str:
    value: Any = document.value.get(key)
    return value if isinstance(value, str) else document.file
