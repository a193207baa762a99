"""The table of mistakes: one row of `kinds.yaml` for each kind, checked when it is read.

A row says how a formula is changed, in what roles an equation can have the mistake, how
usual it is, what it is called, and how it is explained in each of the roles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import getmembers, isfunction
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, TypeAlias

from lstm_tutor.algebra.expression import (
    Binary,
    Call,
    Number,
    Parameter,
    Signal,
    Symbol,
    addends,
    substitute,
    symbols,
)
from lstm_tutor.algebra.function import Kind as FunctionKind
from lstm_tutor.algebra.functions import FUNCTIONS
from lstm_tutor.algebra.parser import FormulaError
from lstm_tutor.files.document import Document, KeyPath, read
from lstm_tutor.files.problem import BadInput, Problem, described, did_you_mean
from lstm_tutor.mistakes import (
    brackets,
    gated,
    habits,
    layers,
    operators,
    reading,
    readouts,
    sums,
    velocity,
)
from lstm_tutor.mistakes.data import PREPARED
from lstm_tutor.mistakes.mistake import IN_GRADIENT, OTHER_ORDER, SECOND_WAYS, Edit, Mistake
from lstm_tutor.mistakes.rules import Rule, rules
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Found, Site
from lstm_tutor.mistakes.slips import WAYS
from lstm_tutor.scenario.scenario import Scenario

FILE = Path(__file__).parent / "kinds.yaml"
ROLES = ("given", "forward", "loss", "backward", "sum over time", "update")
"""What an equation, or what is given, can be for."""

Operator: TypeAlias = Callable[[Site, Setting], Found]
Fact: TypeAlias = Callable[[Edit, Scenario], bool]


def _is_way(way: str) -> Fact:
    return lambda edit, _: edit.way == way


def _exchanged(edit: Edit) -> bool:
    """Whether two symbols stand in each other's place, everywhere in the formula."""
    one, other = edit.part, edit.new
    symbol = Parameter | Signal
    if edit.right is None or not isinstance(one, symbol) or not isinstance(other, symbol):
        return False
    places: dict[Symbol, Symbol] = {one: other, other: one}
    used = {one, other} <= {*symbols(edit.right)}
    return used and substitute(edit.right, lambda s: places.get(s, s)) == edit.learner


FACTS: Mapping[str, Fact] = MappingProxyType(
    {
        "left out": lambda edit, _: edit.new is None,
        **{
            f"way {way}": _is_way(way)
            for way in (*WAYS, *PREPARED, *SECOND_WAYS, IN_GRADIENT, OTHER_ORDER)
        },
        "exchanged": lambda edit, _: _exchanged(edit),
        "rest": lambda edit, _: (
            edit.new is None
            or (
                {*symbols(edit.part)} <= {*symbols(edit.new)}
                or {*symbols(edit.new)} <= {*symbols(edit.part)}
            )
        ),
        "whole": lambda edit, _: edit.part == edit.right,
        "logarithm": lambda edit, _: edit.part != Signal(edit.place.name),
        "in the loss": lambda edit, _: edit.role == "loss",
        "one symbol": lambda edit, _: isinstance(edit.new, Signal | Parameter),
        "whole left out": lambda edit, _: edit.new is None and edit.part == edit.right,
        "initial state": lambda edit, _: edit.place.t is not None,
        "outer product": lambda edit, _: (
            isinstance(edit.part, Call)
            and FUNCTIONS[edit.part.function].kind is FunctionKind.OUTER
        ),
        "power": lambda edit, _: isinstance(edit.part, Binary) and edit.part.operator == "**",
        "square": lambda edit, _: (
            isinstance(edit.part, Binary) and edit.part.right == Number(2)
        ),
        "more terms": lambda edit, _: (
            edit.new is not None and set(addends(edit.part)) < set(addends(edit.new))
        ),
        "mean loss": lambda _, scenario: any(
            symbol.name == "N" for symbol in symbols(scenario.loss.expression)
        ),
        "delays": lambda _, scenario: scenario.cell.furthest > 1,
        "no loss": lambda _, scenario: not scenario.has_labels,
        "as many sequences": lambda _, scenario: scenario.batch == scenario.steps,
        "one time step": lambda _, scenario: scenario.steps == 1,
    }
)
"""What the words can depend on."""

GATES, GRADIENTS, LAYERS = "gates", "gradients", "layers"
"""In which equations a mistake can be made together, unless in all."""
_OTHERWISE, _NONE = "otherwise", "none"
_SLOTS = ("part", "new", "factor", "where")
_COLUMNS = ("called", "cost", "change", "shown", "says", "why")
_EMPTY: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(_COLUMNS, "-"),
        **{"cost": 1, "change": [], "why": {"given": "none"}, "together": "", "once": False},
    }
)
_TWICE = 1.0
Words: TypeAlias = tuple[tuple[str, str], ...]
"""Words for each of some facts, the last ones for all else."""


@dataclass(frozen=True)
class Kind:
    """One kind of mistake.

    Attributes:
        name: its key, as in ids.
        called: what it is, in a few words.
        cost: how unusual it is; the most usual ones have 1.
        changes: how it changes a formula at one of its sites.
        shown: what was done to a formula, in a few words.
        says: what was done, in a sentence to the person who did it.
        why: for each role in which it can be made, the explanation; may be empty.
        together: how it is made in several equations: in those of all gates, of all
            layers, in all gradients, or in all there are, and then what that is called.
        once: whether it cannot be made at every time step.
    """

    name: str
    called: str
    cost: float
    changes: tuple[Operator, ...]
    shown: Words
    says: Words
    why: Mapping[str, Words]
    together: str = ""
    once: bool = False


def chosen(words: Words, edit: Edit, scenario: Scenario) -> str:
    """Return the words for the first fact that holds."""
    return next(t for fact, t in words if fact == _OTHERWISE or FACTS[fact](edit, scenario))


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the table; of two kinds that make the same formula the first one names it."""
    return read_kinds(FILE)


@cache
def changes(role: str, top: tuple[type, str] | None) -> tuple[tuple[Kind, Operator], ...]:
    """Return what can change a site in an equation of a role, with its kind, as in the table.

    Args:
        role: what the equation is for.
        top: what a part has at its root; None for another site, which rules do not change.
    """
    return tuple(
        (kind, change)
        for kind in kinds().values()
        if role in kind.why
        for change in kind.changes
        if not isinstance(change, Rule) or (top is not None and change.may_change(top))
    )


def read_kinds(file: Path) -> Mapping[str, Kind]:
    """Read a table of mistakes.

    Raises:
        BadInput: every problem of it, each with its position.
    """
    table = _Table(read(file, "table of mistakes", file.name))
    found = {name: table.kind(name) for name in table.document.value}
    table.unused()
    if table.problems:
        raise BadInput(table.problems)
    return MappingProxyType(found)


_MODULES = (operators, brackets, readouts, layers, habits, sums, gated, reading, velocity)


class _Table:
    """Reads the rows, and collects what is wrong with them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self._operators: dict[str, Operator] = {
            name: function
            for module in _MODULES
            for name, function in getmembers(module, isfunction)
            if function.__module__ == module.__name__ and not name.startswith("_")
        }
        self._used: set[str] = set()

    def _problem(
        self, path: KeyPath, message: str, expected: str = "", remedy: str = ""
    ) -> None:
        self.problems.append(self.document.problem(path, message, expected, remedy))

    def kind(self, name: str) -> Kind:
        row = self.document.value[name]
        row = row if isinstance(row, dict) else {}
        for column in row:
            if column not in _EMPTY:
                remedy = did_you_mean(column, _EMPTY)
                self._problem((name, column), f"unknown key {column!r}", remedy=remedy)
        for column in _COLUMNS:
            if column not in row:
                self._problem((name,), f"the mistake {name} lacks the key {column!r}")
        row = {**_EMPTY, **row}
        return Kind(
            name,
            self._text((name, "called"), row["called"]),
            self._cost((name, "cost"), row["cost"]),
            tuple(self._changes((name, "change"), row["change"])),
            self._words((name, "shown"), row["shown"]),
            self._words((name, "says"), row["says"]),
            self._why((name, "why"), row["why"]),
            self._together((name, "together"), row["together"]),
            row["once"] is True,
        )

    def _together(self, path: KeyPath, value: Any) -> str:
        known = (GATES, GRADIENTS, LAYERS, *self.document.value)
        if value and value not in known:
            remedy = did_you_mean(str(value), known)
            self._problem(path, f"there is no mistake {described(value)}", remedy=remedy)
        return str(value)

    def _cost(self, path: KeyPath, value: Any) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            self._problem(path, f"the cost is {described(value)}", "a number above 0")
            return 1.0
        return float(value)

    def _changes(self, path: KeyPath, value: Any) -> Iterator[Operator]:
        if not isinstance(value, list):
            self._problem(path, f"change is {described(value)}", "a list of rules and names")
            return
        for number, text in enumerate(value):
            if isinstance(text, str) and text in self._operators:
                self._used.add(text)
                yield self._operators[text]
            elif isinstance(text, str) and "->" in text:
                try:
                    yield from rules(text)
                except (FormulaError, ValueError) as error:
                    self._problem((*path, number), str(error))
            else:
                message = f"there is no operator {described(text)}"
                remedy = did_you_mean(str(text), self._operators)
                self._problem((*path, number), message, "a rule, or its function", remedy)

    def _why(self, path: KeyPath, value: Any) -> Mapping[str, Words]:
        """Read the explanation for each role; one entry may be for several."""
        found: dict[str, Words] = {}
        if not isinstance(value, dict) or not value:
            self._problem(path, "no role is named", f"some of {', '.join(ROLES)}")
            return found
        for key, entry in value.items():
            words = self._words((*path, key), entry)
            for role in key.split(", "):
                if role not in ROLES:
                    remedy = did_you_mean(role, ROLES)
                    self._problem((*path, key), f"there is no role {role!r}", remedy=remedy)
                if role in found:
                    self._problem((*path, key), f"the role {role!r} is given twice")
                found[role] = words
        return found

    def _words(self, path: KeyPath, value: Any) -> Words:
        if not isinstance(value, dict):
            return ((_OTHERWISE, self._text(path, value)),)
        for fact in value:
            if fact not in (*FACTS, _OTHERWISE):
                remedy = did_you_mean(fact, FACTS)
                self._problem((*path, fact), f"there is no fact {fact!r}", remedy=remedy)
        if next(reversed(value), "") != _OTHERWISE:
            self._problem(path, f"the last entry is not {_OTHERWISE!r}")
        return tuple((fact, self._text((*path, fact), text)) for fact, text in value.items())

    def _text(self, path: KeyPath, value: Any) -> str:
        """Read words; ``none`` are none, which only an explanation may be."""
        if not isinstance(value, str) or not value:
            expected = f"words, or {_NONE!r}" if "why" in path else "words"
            self._problem(path, f"{path[-1]} is {described(value)}", expected)
            return ""
        try:
            slots = [slot for _, slot, _, _ in Formatter().parse(value) if slot is not None]
        except ValueError as error:
            self._problem(path, f"not a template: {error}")
            return ""
        for slot in slots:
            if slot not in _SLOTS:
                remedy = did_you_mean(slot, _SLOTS)
                self._problem(path, f"there is no placeholder {{{slot}}}", remedy=remedy)
        return "" if value == _NONE and "why" in path else value

    def unused(self) -> None:
        """Refuse a function that changes formulas and has no row."""
        for name in self._operators.keys() - self._used:
            message = f"the operator {name} is no kind of mistake"
            self._problem((), message, remedy=f"add a row with 'change: [{name}]'")


def cost(mistake: Mistake) -> tuple[float, int, float]:
    """Return how unusual a mistake is; the usual ones come first."""
    whole = mistake.edits[0].part == mistake.edits[0].right
    everywhere = 0.2 * (mistake.at is None)
    return unusual(mistake) + everywhere - 0.1 * whole, len(mistake.edits), len(mistake.id)


def unusual(mistake: Mistake) -> float:
    """Return how unusual the kind of a mistake is."""
    together = kinds()[mistake.together].cost if mistake.together else 0
    return (together or max(map(price, mistake.edits))) + _TWICE * any(
        edit.before for edit in mistake.edits
    )


def price(edit: Edit) -> float:
    """Return how unusual an edit is."""
    return kinds()[edit.kind].cost
