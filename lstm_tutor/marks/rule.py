"""How marks are given: how much of its points a blank gets for how it was answered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from lstm_tutor.marks.returned import Outcome, Returned

USUAL = {Outcome.RIGHT: 1.0, Outcome.GIVEN: 1.0, Outcome.WRONG: 0.0}


class NoRule(LookupError):  # noqa: N818  # the user's choice, reported as such
    """A text that is no rule for marks; the message says what to write."""


@dataclass(frozen=True)
class Rule:
    """How much of its points a blank gets, by what became of it; 0 where nothing is said."""

    shares: Mapping[Outcome, float] = field(default_factory=lambda: USUAL)

    def marks(self, returned: Returned) -> float:
        """Return the marks of a file."""
        return sum(
            self.shares.get(outcome, 0.0) * returned.points.get(id_, 1)
            for id_, outcome in returned.outcomes.items()
        )

    def most(self, returned: Returned) -> float:
        """Return the marks of a file in which all is right."""
        return self.shares[Outcome.RIGHT] * returned.most


def rule_of(text: str) -> Rule:
    """Read a rule, such as ``right=1,given=0.5,wrong=0``; what it leaves out is as usual, and
    right given earlier errors counts like right.

    Raises:
        NoRule: if it is none, or if an answer would get more than a right one.
    """
    shares: dict[Outcome, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        word, _, number = part.partition("=")
        try:
            outcome, share = Outcome(word.strip()), float(number)
        except ValueError:
            share = math.nan
        if not math.isfinite(share):
            raise NoRule(
                f"{part!r} is no rule for marks: write a word of {', '.join(Outcome)} and a "
                "number, as in right=1,given=0.5,wrong=0"
            )
        shares[outcome] = share
    right = shares.setdefault(Outcome.RIGHT, USUAL[Outcome.RIGHT])
    shares.setdefault(Outcome.GIVEN, right)
    if right <= 0:
        raise NoRule(
            f"right={right:g} gives nobody any marks: write more than 0, as in right=1"
        )
    for outcome, share in shares.items():
        if share > right:
            raise NoRule(
                f"{outcome}={share:g} is more than a right answer gets ({right:g}): write at "
                "most that"
            )
    return Rule({**USUAL, **shares})


def number_text(value: float) -> str:
    """Write marks: at most two decimals, none that are 0."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
