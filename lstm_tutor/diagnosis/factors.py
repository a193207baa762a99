"""One number that explains several values: a factor, a rate, an addend, solved for.

A number that explains one value alone explains nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import Number, Parameter, substitute, symbols
from lstm_tutor.diagnosis.evidence import Evidence
from lstm_tutor.diagnosis.judgement import Given, agrees
from lstm_tutor.diagnosis.ranges import range_of
from lstm_tutor.diagnosis.solving import Solution
from lstm_tutor.diagnosis.world import world
from lstm_tutor.execution.places import Places
from lstm_tutor.execution.prepared import SUM
from lstm_tutor.execution.program import place_of
from lstm_tutor.execution.rules import TOTAL
from lstm_tutor.mistakes.bends import BENDS, CLAMPED, SMOOTHED
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.unknown import Unknown
from lstm_tutor.mistakes.unknowns import (
    ALL_SHORTENED,
    ARGUMENT,
    SETTING,
    alike,
    unknowns,
)
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import Id
from lstm_tutor.numbers.slip import shortest

Array: TypeAlias = NDArray[Any]
_SLACKS = (1.0, 2.0)  # a factor in the argument makes rounding larger
_FEWEST_CLAMPED = 2  # entries at a limit: one may be any number
_NOISE = 1e-10
_MOST_VALUES = 24  # that are looked at for one number
_MOST_DIGITS = 3  # of a setting that a person chooses
_WIDE = 0.1  # of a number; what is known no better fits too much


class Factors:
    """Solves the mistakes with a number in them of one value's equation."""

    def __init__(self, evidence: Evidence, given: Given) -> None:
        """Take what is known, and a wrong value."""
        self._evidence, self._given = evidence, given
        self._places: Places = evidence.places

    @cached_property
    def _equations(self) -> Mapping[str, Equation]:
        boundary = self._places.program.derivation.boundary
        found = [e for e in self._places.program.equations() if e not in boundary]
        return {e.target: e for e in reversed(found) if e.expression is not None}

    def solutions(self) -> Iterator[Solution]:
        """Yield the mistakes with which several values come out."""
        for number, unknown in enumerate(self._unknowns(self._given.place)):
            for slack in _SLACKS if unknown.kind == ARGUMENT else _SLACKS[:1]:
                together = self._together(number, unknown, slack)
                if together is not None:
                    yield together
                    yield from self._wherever(unknown, together)
                    break

    def _wherever(self, unknown: Unknown, found: Solution) -> Iterator[Solution]:
        """Yield a setting with its other number in every equation that reads it."""
        new = found.mistake.edits[0].new
        if unknown.kind != SETTING or not isinstance(new, Number):
            return
        own, edits = Parameter(unknown.part), list(found.mistake.edits)
        targets = {edit.target for edit in edits}
        for target, equation in self._equations.items():
            right = equation.expression
            if target not in targets and right is not None and own in symbols(right):
                learner = substitute(right, lambda s: new if s == own else s)
                edits.append(replace(edits[0], target=target, right=right, learner=learner))
        if len(edits) > len(targets):
            yield replace(found, mistake=Mistake(tuple(edits), together=SETTING))

    def _unknowns(self, place: Id) -> list[Unknown]:
        rule = self._places.rule(place)
        if rule.expression is None or place.name != rule.key.removesuffix(SUM):
            return []
        equation = self._equations.get(place.name)
        if equation is None or rule.right not in (None, equation.expression):
            return []
        if rule.expression not in (TOTAL, equation.expression):
            return []
        setting = Setting(equation, self._evidence.all_edits.partners)
        return list(unknowns(equation, setting, self._places.scenario.constants))

    def _together(self, number: int, unknown: Unknown, slack: float) -> Solution | None:
        """Return the mistake in all the equations whose values have the number in common."""
        place, found = self._given.place, range_of(self._evidence, self._given, unknown, slack)
        if found is None:
            return None
        partners = self._evidence.all_edits.partners
        name = alike(place.name, Setting(self._equations[place.name], partners))
        chosen: dict[str, Unknown] = {place.name: unknown}
        refused: set[str] = set()
        several = 1
        for given in self._others(name):
            target = given.place.name
            if self._places.rule(given.place).key.removesuffix(SUM) != target:
                continue  # before the first time step, or after the last one
            same = [u for u in self._unknowns(given.place) if _same(u, unknown)]
            own = (
                range_of(self._evidence, given, same[0], slack)
                if same and target not in refused
                else None
            )
            both = own.met(found) if own is not None else None
            if both is None:
                refused.add(target)
                if target == place.name:
                    return None
                chosen.pop(target, None)
            else:
                found, several = both, several + 1
                chosen[target] = same[0]
        if several == 1 and np.size(self._given.value) < 3:
            return None
        if not np.isfinite(found.high) or found.high - found.low > _WIDE * abs(found.high):
            return None
        value = shortest(found.low, found.high)
        if abs(value - unknown.start) <= (found.high - found.low):
            return None
        if unknown.kind == SETTING and not _chosen(value, unknown.start):
            return None
        if unknown.kind in BENDS and not _chosen(value, value):
            return None
        if unknown.kind == SMOOTHED and not 0 < value < 1:
            return None
        at_limit = unknown.kind == CLAMPED and not unknown.part
        if at_limit and self._clamped(name, value) < _FEWEST_CLAMPED:
            return None
        rate = self._places.scenario.constants.get("lr", 1.0)
        if unknown.kind == ALL_SHORTENED and (
            several == 1 or not 0 < value < 1 or _round(float(f"{value * rate:.12g}"))
        ):
            return None  # or it is another learning rate
        if not refused and several > 1:
            chosen |= self._silent(name, unknown, chosen, value)
        edits = tuple(self._with_first(one, value) for one in chosen.values())
        once = Mistake(edits, together=unknown.kind if len(edits) > 1 else "")
        return Solution(once, float(6 + number))

    def _clamped(self, name: str, limit: float) -> int:
        """Return how many entries of wrong values that are alike stand at a limit."""
        found = 0
        for given in (self._given, *self._others(name)):
            off = np.abs(np.abs(np.asarray(given.value, dtype=float)) - abs(limit))
            at_limit = off <= given.unit + _NOISE * abs(limit)
            found += int(np.count_nonzero(at_limit))
        return found

    def _with_first(self, unknown: Unknown, value: float) -> Edit:
        """Return the edit with a number, and with the same for the initial state."""
        edit = unknown.make(value)
        program, scenario = self._places.program, self._places.scenario
        for equation in program.derivation.boundary:
            if equation.target == edit.target and equation.beyond == 1:
                setting = Setting(equation, self._evidence.all_edits.partners)
                for other in unknowns(equation, setting, scenario.constants):
                    if _same(other, unknown):
                        first = other.make(value).learner
                        at = place_of(equation, scenario.cell, scenario.steps)
                        return replace(edit, first=first, first_at=at)
        return edit

    def _silent(
        self, name: str, unknown: Unknown, chosen: Mapping[str, Unknown], value: float
    ) -> dict[str, Unknown]:
        """Return the alike equations of whose values none is given, or none is against it."""
        found = {}
        for target, equation in self._equations.items():
            partners = self._evidence.all_edits.partners
            if target in chosen or alike(target, Setting(equation, partners)) != name:
                continue
            place = next((p for p in self._places.places() if p.name == target), None)
            same = [u for u in self._unknowns(place) if _same(u, unknown)] if place else []
            if same and self._never_against(target, same[0].make(value)):
                found[target] = same[0]
        return found

    def _never_against(self, target: str, edit: Edit) -> bool:
        evidence = self._evidence
        made = world((*evidence.known, Mistake((edit,))))
        return all(
            agrees(
                given,
                np.asarray(evidence.plain.predicted(given.place, 0, made)),
                evidence.radii.before(given.place),
            )
            for given in evidence.givens
            if given.place.name == target
        )

    def _others(self, name: str) -> list[Given]:
        """Return the other wrong values of equations that are alike."""
        partners, found = self._evidence.all_edits.partners, []
        for given, (right, follows) in zip(
            self._evidence.givens, self._evidence.grades, strict=True
        ):
            equation = self._equations.get(given.place.name)
            if given is self._given or right or follows or equation is None:
                continue
            if alike(given.place.name, Setting(equation, partners)) == name:
                found.append(given)
        return found[:_MOST_VALUES]


def _chosen(value: float, right: float) -> bool:
    """Whether a person would choose a setting so: with few digits, and no other sign."""
    return value * right >= 0 and value == float(f"{value:.{_MOST_DIGITS}g}")


def _round(value: float) -> bool:
    """Whether a rate is one that people like: with one digit."""
    return value == float(f"{value:.1g}")


def _same(one: Unknown, other: Unknown) -> bool:
    return (one.kind, one.part) == (other.kind, other.part)
