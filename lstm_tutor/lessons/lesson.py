"""Lessons as data: what is said, asked, practised and aimed at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lstm_tutor.scenario.scenario import Scenario


@dataclass(frozen=True)
class Aim:
    """A mistake that a lesson looks for: a kind of the table, in one equation.

    Attributes:
        kind: the kind, as in the table of mistakes.
        symbol: whose equation it is in.
        of: what is changed, where the kind can change several things; "" for any.
        into: what stands there then; "" for any.
    """

    kind: str
    symbol: str
    of: str = ""
    into: str = ""

    def __str__(self) -> str:
        return f"{self.kind} in {self.symbol}"


@dataclass(frozen=True)
class Choice:
    """One answer of a guess: the right value, that of a mistake, made once or everywhere, or
    another step's.
    """

    aim: Aim | None = None
    only: str = ""
    everywhere: bool = False


@dataclass(frozen=True)
class Predict:
    """A guess before anything is shown; it never counts."""

    ask: str
    says: str
    choices: tuple[Choice, ...]
    after: str = ""


@dataclass(frozen=True)
class Draw:
    """Of which numbers fresh ones are picked.

    Attributes:
        inputs, labels: for every entry.
        classes: whether each label is any of the classes.
        weights: by block or parameter.
        initial: by state.
        digits: how many digits the values asked for have at most; None for any number.
        different: whether no two values asked for are alike.
    """

    inputs: tuple[float, ...] = ()
    labels: tuple[float, ...] = ()
    classes: bool = False
    weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    initial: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    digits: int | None = None
    different: bool = False


@dataclass(frozen=True)
class Transfer:
    """One more question, on another page of equations."""

    scenario: Scenario
    ask: str
    skill: str
    says: str


@dataclass(frozen=True)
class Lesson:
    """One lesson.

    Attributes:
        id, title, goal, text: for people; ``text`` and what is said hold live values.
        needs: the ids of lessons that come before.
        scenario: the numbers of the look.
        digits: how many significant digits are asked for.
        trains: the skills that are practised.
        aims: the mistakes looked for.
        predict: the guess.
        steps: the ids of the walk.
        notes: by id, what is said beside a step.
        explain: the id of a term and of the step it stands in; None for no reason asked.
        asked: the ids that practice asks for.
        fade: whether more is left blank as a learner gets better.
        draw: where the numbers of practice come from.
        spot: how many rounds of find-the-error there are.
        transfer: the question on another page.
        known: the ids that "I know this" asks for.
        following: the ids of lessons to go on with.
    """

    id: str
    title: str
    goal: str
    needs: tuple[str, ...]
    scenario: Scenario
    digits: int
    trains: tuple[str, ...]
    aims: tuple[Aim, ...]
    text: str
    predict: Predict
    steps: tuple[str, ...]
    notes: Mapping[str, str]
    explain: tuple[str, str] | None
    asked: tuple[str, ...]
    fade: bool
    draw: Draw
    spot: int
    transfer: Transfer | None
    known: tuple[str, ...]
    following: tuple[str, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    """The place in the file of each entry that playing may find wrong, by a name."""
