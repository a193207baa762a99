"""The update of a model: pages of equations, written out for each of its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.expression import (
    Call,
    Expression,
    Parameter,
    Symbol,
    replaced,
    substitute,
    symbols,
    total,
)
from lstm_tutor.algebra.functions import SUM
from lstm_tutor.files.phrase import listed, the
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Phase, Role
from lstm_tutor.model.symbol import (
    CONSTANTS,
    EPOCH,
    WEIGHT,
    Quantity,
    beside,
    is_each,
    is_new,
    new,
    old,
)
from lstm_tutor.model.update import CLIPPED, SLOPE, Update, axes_in


class NoUpdate(ValueError):  # noqa: N818  # a property of the pages, reported as such
    """An update that does not go with a model; the message says why."""


@dataclass(frozen=True)
class Updates:
    """What makes a model's new parameters of its gradients.

    Attributes:
        cell: the model.
        pages: the one that clips, if there is one, and the update.
    """

    cell: Cell
    pages: tuple[Update, ...]

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """Every equation, parameter by parameter, and after a block's the blocks of rows."""
        return tuple(e for page in self.pages for e in self._of(page))

    @cached_property
    def kept(self) -> dict[str, float]:
        """What is kept from epoch to epoch, by name, and where it starts."""
        return {
            name: start
            for page in self.pages
            for state, start in page.initial.items()
            for name in self.names_of(state)
        }

    @cached_property
    def blocks(self) -> tuple[Equation, ...]:
        """What is kept, as it is given, with blocks of rows."""
        return tuple(e for page in self.pages for e in self._kept(page))

    @cached_property
    def axes(self) -> dict[str, Axes]:
        """The axes of all that the equations compute or keep, and of the settings."""
        found: dict[str, Axes] = {EPOCH: ()}
        for page in self.pages:
            found |= dict.fromkeys(page.settings, ())
            for name, own in self.cell.parameters.items():
                known = axes_in(page.equations, page.initial, own)
                found |= {beside(key, name): axes for key, axes in known.items()}
        return found

    def named(self) -> Cell:
        """Return the model with what the update makes among its names.

        Raises:
            NoUpdate: if a name is in use.
        """
        found: dict[str, Quantity] = {}
        called: dict[str, str] = {}
        for page in self.pages:
            own = dict.fromkeys([*page.initial, *(old(e.target) for e in page.equations)])
            for name in own:
                if name != WEIGHT:
                    self._name(name, page, found, called)
            for name in page.settings:
                self._require_free(name, found)
                found[name] = Quantity(name)
        if not found:
            return self.cell
        names = {**called, **self.cell.names}
        return replace(self.cell, beside=found, names=names)

    def _name(
        self, name: str, page: Update, found: dict[str, Quantity], called: dict[str, str]
    ) -> None:
        for own in self.names_of(name):
            self._require_free(own, found)
        text = page.call(name)
        if not is_each(name):
            found[name] = Quantity(name)
            called[name] = text
            return
        for block, members in self.cell.blocks.items():
            whole = beside(name, block)
            called[whole] = f"{text} of {the(self.cell.names.get(block, block))}"
            for one in members:
                _, gate = self.cell.rows[one]
                what = beside(name, one)
                found[what] = Quantity(what, block=whole, gate=gate, weight=one)
            found.setdefault(whole, Quantity(whole, block=whole, weight=block))

    def names_of(self, name: str) -> list[str]:
        """Return what a name of a page is: one for each parameter, or the name itself."""
        if not is_each(name):
            return [name]
        return [beside(name, own) for own in self.cell.parameters]

    def _require_free(self, name: str, found: Mapping[str, Quantity]) -> None:
        if name in found or name in self.cell.quantities or name in CONSTANTS:
            pages = listed([page.name for page in self.pages])
            raise NoUpdate(f"{pages} and the model both have a {name}")

    def _of(self, page: Update) -> Iterator[Equation]:
        """Write a page out for every parameter; what is one number for all stands once."""
        for each, run in groupby(page.equations, key=lambda e: is_each(e.target)):
            if each:
                yield from self._each(page, tuple(run))
            else:
                for equation in run:
                    if equation.expression is not None:
                        right = self._for_all(page, equation.expression)
                        yield replace(equation, expression=right)

    def _each(self, page: Update, run: Sequence[Equation]) -> Iterator[Equation]:
        for block, members in self.cell.blocks.items():
            for own in members:
                called = self.cell.call(own)
                for equation in run:
                    target = beside(equation.target, own)
                    what, colon, more = equation.caption.partition(": ")
                    caption = f"{what} of {the(called)}{colon}{more}"
                    if equation.target == new(WEIGHT):
                        caption = f"new {called}: {equation.caption}"
                    if equation.expression is not None:
                        right = self._for(page, own, equation.expression)
                        yield replace(
                            equation, target=target, expression=right, caption=caption
                        )
            if members != (block,):
                ends = [e.target for e in run if is_new(e.target) or e.target == CLIPPED]
                yield from self._rows(page, block, ends, Phase.UPDATE)

    def _kept(self, page: Update) -> Iterator[Equation]:
        for name in page.initial:
            if not is_each(name):
                yield Equation(name, None, Phase.GIVEN, page.call(name), Role.GIVEN)
        each = [name for name in page.initial if is_each(name)]
        for block, members in self.cell.blocks.items():
            for name in each:
                for own in members:
                    of = the(self.cell.call(own))
                    caption = f"{page.call(name)} of {of}, before this update"
                    target = beside(name, own)
                    yield Equation(target, None, Phase.GIVEN, caption, Role.GIVEN)
            if members != (block,):
                yield from self._rows(page, block, each, Phase.GIVEN)

    def _rows(
        self, page: Update, block: str, targets: Iterable[str], phase: Phase
    ) -> Iterator[Equation]:
        members, called = self.cell.blocks[block], self.cell.names.get(block, block)
        for target in targets:
            parts = tuple(beside(target, own) for own in members)
            caption = f"{page.call(old(target))} of {the(called)}, gate by gate"
            if phase is Phase.GIVEN:
                caption = f"{page.call(target)} of {the(called)} before, gate by gate"
            if target == new(WEIGHT):
                caption = f"new {called}, gate by gate"
            yield Equation(beside(target, block), None, phase, caption, Role.BLOCK, parts=parts)

    def _for(self, page: Update, own: str, expression: Expression) -> Expression:
        """Return a page's formula as it reads for one parameter."""
        clipped = not page.clips and any(one.clips for one in self.pages)

        def named(symbol: Symbol) -> Symbol:
            slope = clipped and symbol.name == SLOPE
            return Parameter(beside(CLIPPED if slope else symbol.name, own))

        return substitute(expression, named)

    def _for_all(self, page: Update, expression: Expression) -> Expression:
        """Return a page's formula with its sums taken over all parameters."""

        def whole(node: Expression) -> Expression | None:
            if not isinstance(node, Call) or node.function != SUM:
                return None
            if not any(is_each(symbol.name) for symbol in symbols(node)):
                return None
            return total(tuple(self._for(page, own, node) for own in self.cell.parameters))

        return replaced(expression, whole)
