"""Everything that a person may get wrong in one program: the edits and their families."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import chain
from typing import TypeAlias

from lstm_tutor.algebra.expression import Binary, Expression, Parameter, Signal, replaced, walk
from lstm_tutor.algebra.functions import over_time
from lstm_tutor.algebra.order import unordered
from lstm_tutor.algebra.printer import plain
from lstm_tutor.execution.program import Program, place_of
from lstm_tutor.mistakes.data import data_mistakes
from lstm_tutor.mistakes.families import families
from lstm_tutor.mistakes.given import (
    initial_edits,
    label_mistakes,
    loss_mistakes,
    sequence_mistakes,
)
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.mistakes.online import online_mistakes
from lstm_tutor.mistakes.partners import Partners, general
from lstm_tutor.mistakes.pattern import root
from lstm_tutor.mistakes.setting import Setting
from lstm_tutor.mistakes.sites import Formula, Node, Put, Result, Site, sites
from lstm_tutor.mistakes.table import changes, kinds, unusual
from lstm_tutor.model.equation import Equation
from lstm_tutor.model.symbol import Id, layer_of, parse
from lstm_tutor.scenario.scenario import Scenario


@dataclass(frozen=True)
class AllEdits:
    """Every edit and family of one scenario's program.

    Attributes:
        edits: each changed equation once.
        families: the same mistake in several equations.
        partners: which symbols may be taken for each other.
    """

    edits: tuple[Edit, ...]
    families: tuple[Mistake, ...]
    partners: Partners

    @cached_property
    def of(self) -> dict[str, tuple[Edit, ...]]:
        """The edits by target."""
        found: dict[str, list[Edit]] = {}
        for edit in self.edits:
            found.setdefault(edit.target, []).append(edit)
        return {target: tuple(edits) for target, edits in found.items()}

    @cached_property
    def systematic(self) -> tuple[Edit, ...]:
        """The edits that a person may make at every time step."""
        return tuple(edit for edit in self.edits if not kinds()[edit.kind].once)

    @cached_property
    def families_of(self) -> dict[Edit, tuple[Mistake, ...]]:
        """The families by edit."""
        found: dict[Edit, list[Mistake]] = {}
        for family in self.families:
            for edit in family.edits:
                found.setdefault(edit, []).append(family)
        return {edit: tuple(members) for edit, members in found.items()}

    @cached_property
    def repeated(self) -> dict[Expression, tuple[Mistake, ...]]:
        """The families of what is else made once, by the formula that each has."""
        found: dict[Expression, list[Mistake]] = {}
        for family in self.families:
            if kinds()[family.edits[0].kind].once:
                found.setdefault(family.edits[0].learner, []).append(family)
        return {learner: tuple(members) for learner, members in found.items()}

    @cached_property
    def written_out(self) -> dict[str, tuple[Mistake, ...]]:
        """The families that have a formula of its own at each time step, by those places."""
        found: dict[str, list[Mistake]] = {}
        for family in self.families:
            if kinds()[family.kind].once and family.kind == family.edits[0].kind:
                for edit in family.edits:
                    found.setdefault(edit.target, []).append(family)
        return {place: tuple(members) for place, members in found.items()}

    @cached_property
    def usual_first(self) -> tuple[Mistake, ...]:
        """Every edit made at all time steps and every family, the most usual ones first: where
        not all can be tried, those are; of equally usual ones those of the most layers.
        """
        found = [*self.families, *(Mistake((edit,)) for edit in self.edits)]
        return tuple(sorted(found, key=lambda one: (unusual(one), -_layers(one))))

    def twice(self, edit: Edit) -> Iterator[Edit]:
        """Yield the edits of an equation that has one mistake in it already."""
        equation = self._equation(edit)
        if equation is not None:
            wrong = replace(equation, expression=edit.learner)
            for second in edits_of(wrong, self.partners):
                yield replace(second, target=edit.target, right=edit.right, before=edit)

    def mistake(self, id_: str) -> Mistake | None:
        """Return the mistake with an id; None if that names none of these.

        Raises:
            ValueError: if the id ends with a place that has no number for its time step.
        """
        name, at, place = id_.rpartition(" at ")
        once = parse(place) if at else None
        edits = (*self.of.get(once.name, ()), *self.of.get(place, ())) if once else self.edits
        begun = [edit for edit in edits if (name or id_).startswith(edit.id)]
        made = (Mistake((e,), once) for first in begun for e in (first, *self.twice(first)))
        return next((found for found in chain(made, self.families) if found.id == id_), None)

    def _equation(self, edit: Edit) -> Equation | None:
        target = edit.place.name
        found = (e for e in self.partners.program.equations() if e.target == target)
        return next((e for e in found if edit.right and e.expression == edit.right), None)


def all_edits(scenario: Scenario, program: Program) -> AllEdits:
    """Return every edit of a program's equations, and the families among them."""
    partners = Partners(scenario, program)
    edits = _edits(partners)
    together = (
        *families(scenario.cell, edits),
        *label_mistakes(scenario),
        *loss_mistakes(scenario, edits),
        *sequence_mistakes(scenario),
        *data_mistakes(scenario),
        *online_mistakes(scenario, program),
    )
    return AllEdits(edits, together, partners)


def single_edits(scenario: Scenario, program: Program) -> tuple[Edit, ...]:
    """Return every edit of a program's equations."""
    return _edits(Partners(scenario, program))


def _edits(partners: Partners) -> tuple[Edit, ...]:
    program, scenario = partners.program, partners.scenario
    early: dict[object, Expression] = {}
    sides: dict[str, int] = {}
    found = []
    for equation in program.derivation.boundary:
        t = place_of(equation, scenario.cell, scenario.steps)
        edits = edits_of(equation, partners)
        found += [replace(edit, target=str(Id(edit.target, t))) for edit in edits]
        if equation.beyond == 1:
            sides[equation.target] = t
            early |= {_change(edit): edit.learner for edit in edits}
    for equation in program.equations():
        if not equation.beyond:
            side = sides.get(equation.target)
            edits = edits_of(equation, partners)
            found += edits if side is None else [_with_first(e, early, side) for e in edits]
    found += initial_edits(scenario)
    return tuple(_numbered(_once(found)))


def _with_first(edit: Edit, early: Mapping[object, Expression], side: int) -> Edit:
    """Return an edit with the same change in the equation for the initial state."""
    first = early.get(_change(edit))
    same = first is None and side == edit.first_at
    return edit if same else replace(edit, first=first, first_at=side)


def _layers(mistake: Mistake) -> int:
    return len({layer_of(edit.target) for edit in mistake.edits})


def _once(edits: Iterable[Edit]) -> list[Edit]:
    """Return every wrong formula once, as the most usual mistake that makes it, and none that
    is right but for the order of what it multiplies or adds up.
    """
    found: dict[tuple[str, Hashable], Edit] = {}
    for edit in edits:
        learner = unordered(edit.learner)
        if edit.right is not None and learner == unordered(edit.right):
            continue
        known = found.setdefault((edit.target, learner), edit)
        if kinds()[edit.kind].cost < kinds()[known.kind].cost:
            found[edit.target, learner] = edit
    return list(found.values())


def _numbered(edits: list[Edit]) -> Iterator[Edit]:
    """Number the edits that read alike but change different places of a formula."""
    counts: dict[str, int] = {}
    for edit in edits:
        number = counts[edit.id] = counts.get(edit.id, 0) + 1
        yield replace(edit, number=number) if number > 1 else edit


def _change(edit: Edit) -> tuple[object, ...]:
    return edit.target, edit.kind, edit.part, edit.new


_Edits: TypeAlias = dict[Expression, Edit]


def edits_of(equation: Equation, partners: Partners) -> list[Edit]:
    """Return the edits of one equation, each wrong formula once; none of what is given."""
    if equation.expression is None:
        return []
    setting = Setting(equation, partners)
    right, inner = setting.right, setting.inner
    found: _Edits = {}
    if inner is right or equation.terms:
        for site, put in (*sites(inner), (Formula(inner), _same)):
            _add(found, setting, site, put if inner is right else _summed(put))
        _in_every_term(found, setting)
    _add(found, setting, Result(right), _same)
    if inner is not right:
        _add(found, setting, Result(inner), _summed(_same))
    return list(found.values())


def _same(node: Expression) -> Expression:
    return node


def _summed(put: Put) -> Put:
    return lambda node: over_time(put(node))


def _add(found: _Edits, setting: Setting, site: Site, put: Put) -> None:
    """Add what every kind of mistake does at a site."""
    target, role, right = setting.equation.target, setting.role, setting.right
    for kind, change in changes(role, root(site.node) if isinstance(site, Node) else None):
        for part, new, changed in change(site, setting):
            learner = put(changed)
            known = learner == right or learner in found
            if not known and not _vanishes(new, learner):
                found[learner] = Edit(target, kind.name, right, learner, part, new, role)


def _vanishes(new: Expression | None, changed: Expression) -> bool:
    """Whether a change takes something from itself, which nobody would compute."""
    return isinstance(new, Parameter | Signal) and any(
        isinstance(node, Binary) and node.operator == "-" and node.left == node.right
        for node in walk(changed)
    )


def _in_every_term(found: _Edits, setting: Setting) -> None:
    """Add the same change in the terms of all gates."""
    cell, inner = setting.cell, setting.inner
    groups: dict[tuple[str, str, str], dict[Expression, Edit]] = {}
    starred = cache(lambda node: general(node, cell))
    for edit in found.values():
        if edit.new is not None and edit.part != inner:
            part, new = starred(edit.part), starred(edit.new)
            for became in (new, plain(edit.new)):
                group = groups.setdefault((edit.kind, part, became), {})
                group.setdefault(edit.part, edit)
    for members in groups.values():
        if len(members) > 1:
            edit = next(iter(members.values()))
            news = {part: item.new for part, item in members.items()}
            learner = replaced(setting.right, news.get)
            if learner != setting.right:
                found.setdefault(learner, replace(edit, learner=learner))
