"""The pages of updates and of clipping: read, and checked that they are whole."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from lstm_tutor.algebra.axes import Axes, AxesError
from lstm_tutor.algebra.expression import (
    Call,
    Expression,
    Literal,
    Parameter,
    Signal,
    Transpose,
    children,
    symbols,
    walk,
)
from lstm_tutor.algebra.functions import FUNCTIONS, SUM
from lstm_tutor.algebra.parser import NAME, FormulaError, parse
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.files.document import Document, read
from lstm_tutor.files.problem import BadInput, Problem, described, did_you_mean
from lstm_tutor.files.text import visible
from lstm_tutor.model.catalog import is_path
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import EPOCH, RATE, WEIGHT, is_each, is_new, new, old
from lstm_tutor.model.update import CLIPPED, DEFAULT, SLOPE, Update, axes_in

_FOLDER = Path(__file__).parent
UPDATES, CLIPPING = _FOLDER / "updates", _FOLDER / "clipping"
_TEXTS = ("title", "source", "about", "equations")
_TABLES = ("names", "settings", "initial")
_KEYS = (*_TEXTS[:3], "learning_rate", *_TABLES, "equations")
_LINE = re.compile(rf"\s*({NAME})\s*$")
_KNOWN = (WEIGHT, SLOPE, RATE, EPOCH)
_GIVEN = {RATE: "the learning rate", EPOCH: "the number of the epoch"}
_GIVEN |= {"N": "what a mean is divided by", "t": "the time step"}
_RANKS: tuple[Axes, ...] = ((), ("row",), ("row", "column"))


def bundled_updates(*, clip: bool = False) -> list[str]:
    """Return the names of the updates, or kinds of clipping, that come with the program."""
    found = sorted(path.stem for path in (CLIPPING if clip else UPDATES).glob("*.yaml"))
    return sorted(found, key=lambda name: name != DEFAULT)


def load_update(name: str, relative_to: Path, *, clip: bool = False) -> Update:
    """Load a bundled update by name, or one of a person's own by its path.

    Raises:
        KeyError: if no bundled one has the name.
        BadInput: if the file is none; every problem with its position.
    """
    if is_path(name):
        path = relative_to / name
        return own_update(read(path, "update"), visible(path.stem), clip=clip)
    if name not in bundled_updates(clip=clip):
        raise KeyError(name)
    return _bundled(name, clip)


@cache
def _bundled(name: str, clip: bool) -> Update:
    path = (CLIPPING if clip else UPDATES) / f"{name}.yaml"
    return _Page(read(path, "update", path.name), clip).update(name)


def default_update() -> Update:
    """Return the update of a scenario that names none."""
    return _bundled(DEFAULT, False)


def own_update(document: Document, name: str, *, clip: bool = False) -> Update:
    """Return the update of a file or entry, which travels with the scenario that uses it.

    Raises:
        BadInput: every problem with its position.
    """
    found = _Page(document, clip).update(name)
    return replace(found, page={"title": found.title, **document.value})


class _Page:
    """Reads one page, collecting every problem."""

    def __init__(self, document: Document, clip: bool) -> None:
        self._document = document
        self._clip = clip
        self._value: dict[str, Any] = document.value
        self._problems = list(self._structure())
        if self._problems:
            raise BadInput(self._problems)
        self._lines: list[str] = self._value["equations"].split("\n")
        heads = (_LINE.match(line.partition("=")[0]) for line in self._lines)
        self._targets = {head[1] for head in heads if head}
        self._settings: dict[str, float] = self._value.get("settings", {})
        states = sorted({old(target) for target in self._targets if is_new(target)} - {WEIGHT})
        given = self._value.get("initial", {})
        self._initial = {name: float(given.get(name, 0)) for name in states}
        self._done: dict[str, Equation] = {}
        self._places: dict[str, tuple[int, int]] = {}

    def update(self, name: str) -> Update:
        """Return the page.

        Raises:
            BadInput: every problem with its position.
        """
        for number, line in enumerate(self._lines):
            if line.partition("#")[0].strip():
                self._equation(number, line)
        self._whole()
        if not self._problems:
            self._check_axes()
        if self._problems:
            raise BadInput(self._problems)
        texts = {key: " ".join(self._value.get(key, "").split()) for key in _TEXTS[:3]}
        rate = None if self._clip else float(self._value.get("learning_rate", 0.1))
        return Update(
            name=name,
            title=texts["title"] or name,
            source=texts["source"],
            about=texts["about"],
            equations=tuple(self._done.values()),
            names={
                key: " ".join(text.split())
                for key, text in self._value.get("names", {}).items()
            },
            settings={k: float(v) for k, v in self._settings.items()},
            initial=dict(self._initial),
            learning_rate=rate,
        )

    def _structure(self) -> Iterator[Problem]:
        document = self._document
        if not isinstance(self._value, dict):
            yield document.problem((), f"an update is {described(self._value)}", "entries")
            return
        for key, entry in self._value.items():
            if key not in _KEYS or (key == "learning_rate" and self._clip):
                remedy = did_you_mean(key, _KEYS)
                yield document.problem((key,), f"unknown key {key!r}", remedy=remedy, key=True)
            elif key == "learning_rate":
                if not _number(entry) or entry <= 0:
                    message = f"{key} is {described(entry)}"
                    yield document.problem((key,), message, "a number above 0")
            elif key in _TABLES:
                yield from self._table(key, entry)
            elif not isinstance(entry, str):
                yield document.problem((key,), f"{key} is {described(entry)}", "text", key=True)
            elif key == "equations" and document.node((key,)).style == ">":
                message = "'>' joins the lines of the equations into one"
                yield document.problem((key,), message, remedy="write 'equations: |'")
        if "equations" not in self._value:
            expected = f"one a line, such as {_example(self._clip)}"
            yield document.problem((), "the key 'equations' is missing", expected)

    def _table(self, key: str, entry: Any) -> Iterator[Problem]:
        if not isinstance(entry, dict):
            message = f"{key} is {described(entry)}"
            yield self._document.problem((key,), message, "a set of 'key: value' entries")
            return
        for name, value in entry.items():
            good = isinstance(value, str) if key == "names" else _number(value)
            if not good:
                expected = "text: what it is called" if key == "names" else "a number"
                message = f"{key}.{name} is {described(value)}"
                yield self._document.problem((key, name), message, expected)
            elif key == "settings":
                yield from self._setting(name)

    def _setting(self, name: str) -> Iterator[Problem]:
        message = remedy = ""
        if not re.fullmatch(NAME, name) or is_new(name):
            message, remedy = "is not a name", "write letters and digits"
        elif name in _GIVEN:
            message, remedy = f"is {_GIVEN[name]}", "choose another name"
            if name == RATE:
                remedy = "write learning_rate beside 'settings'"
        elif is_each(name):
            message = "ends in w, as what each parameter has"
            remedy = "choose another name"
        if message:
            where = ("settings", name)
            said = f"settings.{name} {message}"
            yield self._document.problem(where, said, remedy=remedy, key=True)

    def _problem(self, at: tuple[int, int], message: str, expected: str = "") -> None:
        self._problems.append(Problem(message, self._document.at(*at), expected))

    def _equation(self, number: int, line: str) -> None:
        formula, _, comment = line.partition("#")
        row, column = self._document.block_line(("equations",), number)
        start = row, column + len(line) - len(line.lstrip())
        left, equals, right = formula.partition("=")
        head = _LINE.match(left)
        if not equals or not head:
            self._problem(start, "this is no equation", f"one such as {_example(self._clip)}")
            return
        target, offset = head[1], len(left) + 1
        try:
            expression = parse(right, derived=True)
        except FormulaError as error:
            self._problem((row, column + offset + error.column), error.message)
            return
        refused = _refused_target(target, self._settings)
        if target in self._done:
            refused = f"{target} is computed twice"
        if is_each(target) and "_" in target:
            refused = f"{target} has an underscore, which comes from the parameter's name"
        if refused:
            self._problem(start, refused, "another name")
            return
        self._formula(target, expression, (row, column), formula, offset)
        caption = " ".join(comment.split()) or self._value.get("names", {}).get(target, target)
        self._places[target] = start
        self._done[target] = Equation(target, expression, Phase.UPDATE, caption)

    def _formula(
        self, target: str, expression: Expression, at: tuple[int, int], text: str, offset: int
    ) -> None:
        row, column = at
        for node in walk(expression):
            if isinstance(node, Signal | Literal | Transpose) or _derived(node):
                message = f"{show(node, PLAIN)} has no place in an update"
                self._problem(
                    (row, column + offset), message, "w, dw, and what is made of them"
                )
        for symbol in symbols(expression):
            said = self._unknown(symbol.name)
            if said and isinstance(symbol, Parameter):
                whole = rf"(?<![\w'.]){re.escape(symbol.name)}(?![\w'])"
                found = re.search(whole, text[offset:])
                place = row, column + offset + (found.start() if found else 0)
                known = [*_KNOWN, *self._settings, *self._targets, *self._initial]
                near = did_you_mean(symbol.name, known)
                if symbol.name in self._targets:
                    near = "move its equation up"
                self._problems.append(Problem(said, self._document.at(*place), remedy=near))
        if not is_each(target):
            for name in sorted(_outside_of_sums(expression)):
                message = f"{target} is one number for all parameters, and {name} one for each"
                expected = f"sum({name}), or a name that ends in w for what each has"
                self._problem((row, column), message, expected)

    def _unknown(self, name: str) -> str:
        """Say what is wrong with a name that is read; nothing if it is known."""
        if name in _KNOWN or name in self._settings or name in self._done:
            return ""
        if name in self._initial:
            return ""
        if name in self._targets:
            return f"{name} is read before it is computed"
        return f"{name} is not computed by any equation, and no setting"

    def _whole(self) -> None:
        wanted = CLIPPED if self._clip else new(WEIGHT)
        end = self._document.place(("equations",), key=True)
        if wanted not in self._targets:
            message = f"no equation computes {wanted}, {_said(self._clip)}"
            self._problems.append(Problem(message, end, _example(self._clip)))
        for name in self._value.get("initial", {}):
            if name not in self._initial:
                message = f"initial.{name}: no equation computes {new(name)}"
                place = self._document.place(("initial", name), key=True)
                near = did_you_mean(name, self._initial)
                self._problems.append(Problem(message, place, remedy=near))
        for name in self._initial:
            if name in self._targets:
                message = f"{name} is both computed and kept from epoch to epoch"
                self._problems.append(Problem(message, end, "two names"))
        other = new(WEIGHT) if self._clip else CLIPPED
        if other in self._targets:
            message = f"{other} does not belong here, where {wanted} is computed"
            self._problems.append(Problem(message, end))

    def _check_axes(self) -> None:
        """Check every equation for a number, a list and a matrix."""
        done = list(self._done.values())
        for rank in _RANKS:
            for count, equation in enumerate(done, 1):
                try:
                    axes_in(done[:count], self._initial, rank)
                except AxesError as error:
                    self._problem(self._places[equation.target], str(error))
                    return


def _number(value: Any) -> bool:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return good and math.isfinite(float(value))


def _example(clip: bool) -> str:
    return f"{CLIPPED} = min({SLOPE}, limit)" if clip else "w' = w - lr * dw"


def _said(clip: bool) -> str:
    return "the clipped gradient" if clip else "the new weights"


def _derived(node: Expression) -> bool:
    return isinstance(node, Call) and FUNCTIONS[node.function].derived


def _refused_target(target: str, settings: Mapping[str, float]) -> str:
    if target in (*_KNOWN, new(SLOPE)) or old(target) in (RATE, EPOCH):
        return f"{target} is given, and not computed"
    return f"{target} is a setting, and not computed" if old(target) in settings else ""


def _outside_of_sums(node: Expression) -> set[str]:
    """Return what a formula reads of each parameter, but for what sums add up over all."""
    match node:
        case Call(name) if name == SUM:
            return set()
        case Parameter(name):
            return {name} if is_each(name) else set()
    return {name for child in children(node) for name in _outside_of_sums(child)}
