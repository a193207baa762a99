"""Mistakes as data: which edits a person makes, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lstm_tutor.mistakes.edits import Edit
from lstm_tutor.model.symbol import Id

MISPRINT = "another-name"
"""The operator of a value that is reported under another's name."""


@dataclass(frozen=True)
class Mistake:
    """A mistake: edits at every time step, or one edit at one place.

    Attributes:
        edits: the edits.
        at: the only place where they are made; None if everywhere.
        operator: of several edits, which kind of mistake they are together.
    """

    edits: tuple[Edit, ...]
    at: Id | None = None
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
        return first.id + (f" at {self.at}" if self.at else "")
