"""Mistakes as data: which edits a person makes, and where.

Also what names one value: a place is a symbol and its time step.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from lstm_tutor.execution.computation import step_id
from lstm_tutor.mistakes.edits import Edit

Place: TypeAlias = tuple[str, int | None]
MISPRINT = "another-name"
"""The operator of a value that is reported under another's name."""


def place_of(id_: str) -> Place:
    """Return the symbol and time step of an id: ``dC@0``, ``dW_a``, ``dW_a@1``."""
    symbol, _, time = id_.partition("@")
    return symbol, int(time) if time else None


def id_of(place: Place) -> str:
    """Return the id of a place."""
    return step_id(*place)


@dataclass(frozen=True)
class Mistake:
    """A mistake: edits at every time step, or one edit at one place.

    Attributes:
        edits: the edits.
        at: the only place where they are made; None if everywhere.
        operator: of several edits, which kind of mistake they are together.
    """

    edits: tuple[Edit, ...]
    at: Place | None = None
    operator: str = ""

    @property
    def scope(self) -> str:
        """``local`` or ``systematic``."""
        return "systematic" if self.at is None else "local"

    @cached_property
    def id(self) -> str:
        """A stable name: of one edit, its id and place; of several, what and where."""
        first, *others = self.edits
        targets = [edit.target for edit in self.edits]
        if self.operator and self.operator != first.operator:
            return f"{self.operator}({', '.join(targets)})"
        if others:
            return f"{first.id} and in {', '.join(targets[1:])}"
        return first.id + (f" at {id_of(self.at)}" if self.at else "")
