"""Families: the same mistake in several equations of a program.

A program that has a bug has it for every gate, or in every sum over time, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial

from lstm_tutor.algebra.expression import (
    Binary,
    Expression,
    Parameter,
    Signal,
    Symbol,
    renamed,
    substitute,
)
from lstm_tutor.algebra.printer import plain
from lstm_tutor.dialects.notation import gate_orders
from lstm_tutor.mistakes.mistake import Edit, Mistake
from lstm_tutor.mistakes.table import GATES, GRADIENTS, LAYERS, kinds
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.symbol import Form, bare, is_new, layer_of, parameter

_RATE, _STEP, _BARE = "rate-in-the-velocity", "velocity-added", "no-learning-rate"


def families(cell: Cell, edits: Sequence[Edit]) -> Iterator[Mistake]:
    """Yield the families among some edits, and weights read in another gate order."""
    groups: dict[tuple[str, str, str], dict[str, Edit]] = {}
    starred = cache(lambda node, own: _starred(node, own, cell))  # edits share their parts
    for edit in edits:
        for group, key in _keys(edit, cell, starred):
            groups.setdefault((group, edit.kind, key), {}).setdefault(edit.target, edit)
    seen = set()
    for (_, kind, _), members in groups.items():
        chosen = tuple(members.values())
        if len(chosen) > 1 and chosen not in seen:
            seen.add(chosen)
            yield Mistake(chosen, together=kind)
    alike: dict[str, dict[str, Edit]] = {}
    for edit in edits:
        name = kinds()[edit.kind].together
        if name not in ("", GATES, GRADIENTS, LAYERS):
            alike.setdefault(name, {})[edit.target] = edit
    for name, members in alike.items():
        if len(members) > 1:
            yield Mistake(tuple(members.values()), together=name)
    yield from _velocities(edits)
    yield from _permuted(cell)


def _velocities(edits: Sequence[Edit]) -> Iterator[Mistake]:
    """Yield the learning rate in the velocity, and the velocity added, as one mistake: with
    either sign.
    """
    own = [edit for edit in edits if edit.kind == _RATE]
    steps = {edit.target: edit for edit in edits if edit.kind == _STEP}
    other = [edit for edit in edits if edit.kind == _BARE]
    less = [
        edit
        for edit in own
        if isinstance(edit.learner, Binary) and edit.learner.operator == "-"
    ]
    more = [edit for edit in own if edit not in less]
    for velocities, changes in ((less, list(steps.values())), (more, other)):
        if velocities and changes:
            yield Mistake((*velocities, *changes), together=_RATE)


def _keys(
    edit: Edit, cell: Cell, starred: Callable[[Expression, str], str]
) -> Iterator[tuple[str, str]]:
    """Say which families an edit belongs to: the same part in the other gates' equations,
    and, for what is done alike everywhere, the same kind.
    """
    if kinds()[edit.kind].together == GRADIENTS and edit.role == "sum over time":
        yield "all gradients", edit.kind
    if layer_of(edit.target):
        one = partial(_bare, cell=cell)
        yield (
            bare(edit.target),
            f"{one(edit.part)} -> {one(edit.new)} in {one(edit.right)}",
        )
        if kinds()[edit.kind].together == LAYERS:
            yield bare(edit.target), edit.kind
    what = cell.quantities.get(edit.target)
    if what is None:
        return
    if is_new(edit.target) or what.weight:
        yield "all updates", _update_kind(edit, cell)
    if not what.gate:
        return
    group, own = cell.at_gate(what, "*"), what.gate
    parts = (edit.part, edit.new, edit.right)
    part, new, right = ("" if node is None else starred(node, own) for node in parts)
    yield group, f"{part} -> {new}"
    yield group, f"{part} -> {new} in {right}"
    together = kinds()[edit.kind].together
    if together == GATES:
        yield group, edit.kind


def _bare(node: Expression | None, cell: Cell) -> str:
    """Write a formula with the layers' names left out, and of a layer that runs from right to
    left as if it ran the other way.
    """
    turned = {layer_of(name) for name in cell.late}

    def alone(symbol: Symbol) -> Symbol:
        name = bare(symbol.name)
        if isinstance(symbol, Signal) and layer_of(symbol.name) in turned:
            return replace(symbol, name=name, shift=-symbol.shift)
        return renamed(symbol, name)

    return "" if node is None else plain(substitute(node, alone))


def _starred(node: Expression, own: str, cell: Cell) -> str:
    """Write a formula with a star in place of one gate's name."""

    def star(symbol: Symbol) -> Expression:
        what = cell.quantities.get(symbol.name)
        if what is None or what.gate != own or what.form is Form.NEW:
            return symbol
        return renamed(symbol, cell.at_gate(what, "*"))

    return plain(substitute(node, star))


def _update_kind(edit: Edit, cell: Cell) -> str:
    """Write an update with the parameter's name left out: W′, U′ and b′ are alike."""
    weight = cell.weight_of(edit.target)

    def neutral(symbol: Symbol) -> Expression:
        if not isinstance(symbol, Parameter) or cell.weight_of(symbol.name) != weight:
            return symbol
        return Parameter(symbol.name.replace(bare(weight), "*"))

    shown = [plain(substitute(node, neutral)) for node in (edit.part, edit.learner)]
    return " in ".join(shown)


def _permuted(cell: Cell) -> Iterator[Mistake]:
    """The weights, stacked in the cell's gate order, read in another source's order."""
    for order in gate_orders(cell):
        found = in_order(cell, order)
        if found:
            yield found


def in_order(cell: Cell, order: Sequence[str]) -> Mistake | None:
    """Return the weights, stacked in the cell's gate order, read in another order of gates;
    None if that is the cell's own.
    """
    chosen = tuple(
        _exchanged(name, other)
        for block, members in cell.blocks.items()
        for name, other in zip(_stacked(block, order, members), members, strict=True)
        if name != other
    )
    return Mistake(chosen, together="permuted-gates") if chosen else None


def _stacked(block: str, order: Sequence[str], members: Sequence[str]) -> list[str]:
    """Return a block's parameters in an order of gates, of which it may not have all."""
    if len(members) < 2:
        return list(members)
    return sorted(members, key=[parameter(block, gate) for gate in order].index)


def _exchanged(name: str, other: str) -> Edit:
    part, new = Parameter(name), Parameter(other)
    return Edit(name, "permuted-gates", None, new, part, new)
