"""Everything that a person may get wrong in one program: the edits and their families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from lstm_tutor.algebra.expression import Number
from lstm_tutor.execution.program import Program
from lstm_tutor.mistakes.edits import Edit, edits_of, initial_edits
from lstm_tutor.mistakes.families import Family, families
from lstm_tutor.mistakes.mistake import Mistake
from lstm_tutor.mistakes.partners import Kinship
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import Id, parse
from lstm_tutor.scenario.scenario import Scenario


@dataclass(frozen=True)
class Repertoire:
    """Every edit and family of one scenario's program.

    Attributes:
        edits: each changed equation once.
        families: the same mistake in several equations.
        kinship: which symbols may be taken for each other.
    """

    edits: tuple[Edit, ...]
    families: tuple[Family, ...]
    kinship: Kinship

    @cached_property
    def of(self) -> dict[str, tuple[Edit, ...]]:
        """The edits by target."""
        found: dict[str, list[Edit]] = {}
        for edit in self.edits:
            found.setdefault(edit.target, []).append(edit)
        return {target: tuple(edits) for target, edits in found.items()}

    @cached_property
    def systematic(self) -> tuple[Edit, ...]:
        """The edits that a person may make at every time step: 0 for a gradient's only
        part is not one of them.
        """
        return tuple(edit for edit in self.edits if not _nothing_left(edit))

    @cached_property
    def families_of(self) -> dict[Edit, tuple[Family, ...]]:
        """The families by edit."""
        found: dict[Edit, list[Family]] = {}
        for family in self.families:
            for edit in family.edits:
                found.setdefault(edit, []).append(family)
        return {edit: tuple(members) for edit, members in found.items()}

    def twice(self, edit: Edit) -> Iterator[Edit]:
        """Yield the edits of an equation that has one mistake in it already."""
        equation = self._equation(edit)
        if equation is not None:
            wrong = replace(equation, expression=edit.learner)
            for second in edits_of(wrong, self.kinship):
                yield replace(second, target=edit.target, right=edit.right, before=edit)

    def mistake(self, id_: str) -> Mistake | None:
        """Return the mistake with an id; None if that names none of these.

        Raises:
            ValueError: if the id ends with a place that has no number for its time step.
        """
        name, at, place = id_.rpartition(" at ")
        once = parse(place) if at else None
        edits = (*self.of.get(once[0], ()), *self.of.get(place, ())) if once else self.edits
        begun = [edit for edit in edits if (name or id_).startswith(edit.id)]
        made = (Mistake((e,), once) for first in begun for e in (first, *self.twice(first)))
        whole = (Mistake(family.edits, operator=family.operator) for family in self.families)
        return next((found for found in chain(made, whole) if found.id == id_), None)

    def _equation(self, edit: Edit) -> Equation | None:
        target = edit.place.name
        found = (e for e in self.kinship.program.equations() if e.target == target)
        return next((e for e in found if edit.right and e.expression == edit.right), None)


def repertoire(scenario: Scenario, program: Program) -> Repertoire:
    """Return every edit of a program's equations, and the families among them."""
    kinship = Kinship(scenario, program)
    boundary = program.derivation.boundary
    first = [edit for equation in boundary for edit in edits_of(equation, kinship)]
    early = {_change(edit): edit.learner for edit in first}
    found = [replace(edit, target=str(Id(edit.target, -1))) for edit in first]
    for equation in program.equations():
        if equation not in boundary:
            edits = edits_of(equation, kinship)
            found += [replace(edit, first=early.get(_change(edit))) for edit in edits]
    found += initial_edits(scenario)
    once = {(edit.target, edit.learner): edit for edit in reversed(found)}
    edits_once = tuple(_numbered(list(once.values())[::-1]))
    return Repertoire(edits_once, tuple(families(scenario.cell, edits_once)), kinship)


def _numbered(edits: list[Edit]) -> Iterator[Edit]:
    """Number the edits that read alike but change different places of a formula."""
    counts: dict[str, int] = {}
    for edit in edits:
        number = counts[edit.id] = counts.get(edit.id, 0) + 1
        yield replace(edit, number=number) if number > 1 else edit


def _nothing_left(edit: Edit) -> bool:
    return edit.learner == Number(0) and edit.operator == "only-last"


def _change(edit: Edit) -> tuple[object, ...]:
    return edit.target, edit.operator, edit.part, edit.new
