"""Mistakes as data: which edits of equations a person makes, and where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lstm_tutor.algebra.expression import Expression
from lstm_tutor.algebra.functions import summed_over_time
from lstm_tutor.algebra.printer import plain
from lstm_tutor.model.symbol import Id, parse

MISPRINT = "another-name"
"""The kind of a value that is reported under another's name."""
NOT_SUMMED, ONE_SEQUENCE, WRONG_AXIS = "not-summed", "one-sequence", "softmax-axis"
TURNED, LOOP = "reversed-time", "loop-forward"
MISSING_LABEL = "missing-label"
"""The kinds of values that are summed or taken along another axis, or in another order."""
SLIP, MISTYPED, ON_THE_WAY = "slip-of-result", "slip-of-given", "slip-on-the-way"
"""The kinds of numbers that are copied or typed wrongly: a value, what is given, or a value
that the person went on with and does not show.
"""
COPIED = frozenset({SLIP, MISTYPED, ON_THE_WAY})
ASIDE = frozenset({MISPRINT, SLIP})
"""The kinds after which a person may go on with the right value."""
NOT_UPDATED, SECOND_START = "not-updated", "second-start"
SECOND = (NOT_UPDATED, SECOND_START)
"""The kinds of what the loss after the update is worked with, which nobody prints."""
NOTHING_NEW, STILL_OLD, ONLY_NEW, ANOTHER_STEP = "nothing new", "still old", "only new", "step"
FROM_ZERO, MOVED_START = "zero", "moved start"
SECOND_WAYS = (NOTHING_NEW, STILL_OLD, ONLY_NEW, ANOTHER_STEP, FROM_ZERO, MOVED_START)
"""The ways of these."""
OTHER_ORDER = "other order"
"""The way of initial states that belong to other sequences."""
IN_GRADIENT = "gradient"
"""The way of a weight decay that is added to the gradient."""
REPORTED = frozenset({*ASIDE, NOT_SUMMED, ONE_SEQUENCE, WRONG_AXIS, TURNED, LOOP})
"""The kinds that change what is reported of a value, and no equation."""


@dataclass(frozen=True)
class Edit:
    """One equation with one thing changed.

    Attributes:
        target: the symbol whose equation it is; its id where it is that of an initial state.
        kind: which kind of mistake it is, a key of the table.
        right: the right side as it should be; None for what is given.
        learner: the right side as it is with the mistake.
        part: what was changed.
        new: what stands there now; None if it was left out.
        role: what the equation is for, a role of the table.
        first: the same change in the equation for the initial state, if it has its own.
        first_at: the time step of that one.
        before: the mistake that was made before this one, in the same equation.
        number: which one it is of those that read alike, from 1.
        sequence: the only sequence of a batch that it counts; None if it is of all.
        way: of a number that is copied or typed wrongly, how.
        entry: which one of an array that is, from 0.
    """

    target: str
    kind: str
    right: Expression | None
    learner: Expression
    part: Expression
    new: Expression | None
    role: str = "given"
    first: Expression | None = None
    first_at: int = -1
    before: Edit | None = None
    number: int = 1
    sequence: int | None = None
    way: str = ""
    entry: tuple[int, ...] = ()

    @cached_property
    def place(self) -> Id:
        """The target, with its time step where it has an equation of its own there."""
        return parse(self.target)

    @property
    def in_every_term(self) -> bool:
        """Whether it changes each term of a sum over time, and not the sum."""
        return summed_over_time(self.learner) is not None

    @cached_property
    def id(self) -> str:
        """A stable name: target, kind, what was changed, into what."""
        became = "" if self.new in (None, self.part) else f" -> {plain(self.new)}"
        again = f"#{self.number}" if self.number > 1 else ""
        entry = f"[{', '.join(map(str, self.entry))}]" if self.entry else ""
        own = f"{self.kind}({plain(self.part)}{became}){entry}{again}"
        return f"{self.before.id} and {own}" if self.before else f"{self.target}:{own}"


@dataclass(frozen=True)
class Mistake:
    """A mistake: edits at every time step, or one edit at one place.

    Attributes:
        edits: the edits, one per equation.
        at: the only place where they are made; None if everywhere.
        together: of several edits, which kind of mistake they are together.
    """

    edits: tuple[Edit, ...]
    at: Id | None = None
    together: str = ""

    @property
    def kind(self) -> str:
        """Which kind of mistake it is."""
        return self.together or self.edits[0].kind

    @property
    def reported(self) -> bool:
        """Whether it changes only what is reported of a value, and no equation."""
        return self.kind in REPORTED

    @property
    def scope(self) -> str:
        """``local`` or ``systematic``."""
        return "systematic" if self.at is None else "local"

    @cached_property
    def id(self) -> str:
        """A stable name: of one edit, its id and place; of several, what and where."""
        first, *others = self.edits
        targets = [edit.target for edit in self.edits]
        if self.kind != first.kind:
            return f"{self.kind}({', '.join(targets)})"
        if others:
            return f"{first.id} and in {', '.join(targets[1:])}"
        return first.id + (f" at {self.at}" if self.at else "")
