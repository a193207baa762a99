"""Losses: how an output is compared with a label, one equation each, from a file.

What a loss file says is data; nothing here knows a particular loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.axes import Axes, AxesError, axes_of
from lstm_tutor.algebra.expression import (
    Binary,
    Expression,
    Parameter,
    Signal,
    Symbol,
    substitute,
    symbols,
)
from lstm_tutor.algebra.parser import FormulaError, parse_assignment
from lstm_tutor.algebra.printer import PLAIN, show
from lstm_tutor.files.document import Document, read
from lstm_tutor.files.problem import BadInput, Problem, described, did_you_mean
from lstm_tutor.files.text import visible
from lstm_tutor.model.catalog import is_path
from lstm_tutor.model.page import symbol_column
from lstm_tutor.model.symbol import LABEL, LOSS, OUTPUT

_LOSSES = Path(__file__).parent / "losses.yaml"
_KEYS = ("title", "about", "labels", "equation")
NUMBERS, CLASSES, SHARES = _KINDS = ("numbers", "classes", "shares")
_LABEL, _COUNT = Signal(LABEL), Parameter("N")
_ANY: Axes = ("output",)


@dataclass(frozen=True)
class Loss:
    """The loss of one labelled time step, as an equation for ``L[t]``.

    Attributes:
        name: what it is called.
        about: what it compares, in words.
        expression: the right side of its equation.
        reads: the signal that it compares with the label: a model's output takes its place.
        labels: what a label is: numbers; classes, each 0 or 1; shares, which add up to 1.
        page: its file's entries, for a loss that is not bundled.
    """

    name: str
    about: str
    expression: Expression
    reads: str = OUTPUT
    labels: str = NUMBERS
    page: Mapping[str, Any] | None = None

    @property
    def averages(self) -> bool:
        """Whether it is divided by how many there are."""
        return _COUNT in symbols(self.expression)

    def averaged(self) -> Loss:
        """Return the loss divided by N."""
        divided = Binary("/", self.expression, _COUNT)
        return replace(self, expression=divided, about=f"{self.about}, divided by N")

    def labels_of(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return labels of the kind that the loss takes, made of any numbers.

        Args:
            numbers: (time, …), of labels' shape.
        """
        if self.labels == CLASSES:
            return np.asarray(numbers > 0, dtype=float)
        if self.labels == SHARES:
            return one_hot(numbers.argmax(axis=1), numbers.shape[1])
        return numbers

    def of(self, output: str) -> Expression:
        """Return the formula for a model's output, in place of what the page calls it."""

        def bound(symbol: Symbol) -> Symbol:
            return replace(symbol, name=output) if symbol == Signal(self.reads) else symbol

        return substitute(self.expression, bound)


def one_hot(chosen: NDArray[Any], count: int) -> NDArray[Any]:
    """Return rows that are 1 in one place and 0 in all others: (time, count, …).

    Args:
        chosen: (time, …), the place of each.
        count: how many places there are.
    """
    places = np.arange(count).reshape(1, count, *(1,) * (chosen.ndim - 1))
    return np.asarray(chosen[:, None] == places, dtype=float)


@cache
def losses() -> Mapping[str, Loss]:
    """Return the bundled losses by name, the default one first."""
    document = read(_LOSSES, "losses", _LOSSES.name)
    return MappingProxyType(
        {name: loss_of(document.within((name,)), name) for name in document.value}
    )


def load_loss(name: str, relative_to: Path) -> Loss:
    """Load a bundled loss by name, or a loss file by its path.

    Raises:
        KeyError: if no bundled loss has the name.
        BadInput: if the file is no loss; every problem with its position.
    """
    if is_path(name):
        path = relative_to / name
        return own_loss(read(path, "loss"), visible(path.stem))
    return losses()[name]


def loss_files() -> dict[str, str]:
    """Return each bundled loss as the text of a file of its own, by its name."""
    _, *parts = re.split(r"(?m)^(\S+):\n", _LOSSES.read_text("utf-8"))
    return dict(zip(parts[::2], map(dedent, parts[1::2]), strict=True))


def own_loss(document: Document, name: str) -> Loss:
    """Return the loss of a file or entry, which travels with the scenario that uses it."""
    loss = loss_of(document, name)
    page = {"title": loss.name, **document.value}
    return replace(loss, page=page)


def loss_of(document: Document, name: str) -> Loss:
    """Read a loss: its equation, and what it is called.

    Args:
        document: the entries ``equation``, ``about`` and ``title``.
        name: what it is called if it has no title.

    Raises:
        BadInput: every problem with its position.
    """
    value: dict[str, Any] = document.value
    problems = list(_structure(document))
    if problems:
        raise BadInput(problems)
    title, about = (" ".join(value.get(key, "").split()) for key in ("title", "about"))
    expression, reads = _expression(document)
    labels = value.get("labels", NUMBERS)
    return Loss(title or name, about or title or name, expression, reads, labels)


def _structure(document: Document) -> Iterator[Problem]:
    for key, entry in document.value.items():
        if key not in _KEYS:
            remedy = did_you_mean(key, _KEYS)
            yield document.problem((key,), f"unknown key {key!r}", remedy=remedy, key=True)
        elif not isinstance(entry, str):
            yield document.problem((key,), f"{key} is {described(entry)}", "text", key=True)
        elif key == "labels" and entry not in _KINDS:
            message = f"labels is {entry!r:.40}"
            yield document.problem((key,), message, f"one of {', '.join(_KINDS)}")
    if "equation" not in document.value:
        expected = "the loss of one time step, such as L[t] = sum((h[t] - y[t])**2) / 2"
        yield document.problem((), "the key 'equation' is missing", expected)


def _expression(document: Document) -> tuple[Expression, str]:
    """Return the loss's formula, and which signal it compares with the label."""
    lines = document.value["equation"].split("\n")
    written = [number for number, line in enumerate(lines) if line.partition("#")[0].strip()]
    if len(written) != 1:
        message = f"the equation has {len(written)} lines"
        raise BadInput([document.problem(("equation",), message, "one line: L[t] = …")])
    formula = lines[written[0]].partition("#")[0]
    row, column = document.block_line(("equation",), written[0])
    try:
        found = parse_assignment(formula)
    except FormulaError as error:
        place = document.at(row, column + error.column)
        raise BadInput([Problem(error.message, place)]) from None
    reads = next((s.name for s in symbols(found.expression) if _is_output(s)), "")
    problems = [
        Problem(message, document.at(row, column + offset), "an output, y[t] and N")
        for offset, message in _unknown(found.expression, formula, reads)
    ]
    message = _misfit(found.target, found.expression, reads) if not problems else ""
    if message:
        problems.append(Problem(message, document.at(row, column), "L[t] = one number"))
    if problems:
        raise BadInput(problems)
    return found.expression, reads


def _is_output(symbol: Symbol) -> bool:
    return isinstance(symbol, Signal) and symbol.name not in (LABEL, LOSS)


def _unknown(expression: Expression, formula: str, reads: str) -> Iterator[tuple[int, str]]:
    """Yield the column of each symbol that a loss may not read, and what to say of it."""
    for symbol in symbols(expression):
        if symbol not in (Signal(reads), _LABEL, _COUNT):
            name = show(symbol, PLAIN)
            yield symbol_column(symbol, formula), f"a loss cannot read {name}"


def _misfit(target: str, expression: Expression, reads: str) -> str:
    """Say what keeps an equation from being a loss; empty if it is one."""
    if target != LOSS:
        return f"the equation computes {target}, not the loss L"
    if not reads:
        return "the loss does not depend on an output, such as h[t]"
    try:
        axes = axes_of(expression, lambda s: () if s == _COUNT else _ANY)
    except AxesError as error:
        return str(error)
    return f"the loss has the axes ({', '.join(axes)})" if axes else ""
