"""A formula as the text of code on the lanes that have it, or on all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Signal,
    Symbol,
    Transpose,
    addends,
    symbols,
)
from lstm_tutor.execution.fusion import Group
from lstm_tutor.execution.hoisting import Statement
from lstm_tutor.execution.passes import StackSource, Writer
from lstm_tutor.execution.places import Places
from lstm_tutor.model.symbol import Id

Array = NDArray[Any]
Lanes: TypeAlias = "slice | Array"
_LANES = "§"  # stands in a text for the lanes that it is written for


def is_alone(lanes: Lanes) -> bool:
    """Whether lanes are a single one."""
    return isinstance(lanes, slice) and lanes.stop - lanes.start == 1


class LaneSource(StackSource):
    """Writes the changed formulas of a statement, each for the lanes that have it.

    Most parts of them are the right formula's: every part is written once.
    """

    def __init__(
        self,
        writer: Writer,
        statement: Statement,
        places: Places,
        reads: Callable[[Symbol], Symbol],
        *,
        alone: bool,
    ) -> None:
        """Take a statement, what is read for each symbol, and whether one lane is alone."""
        super().__init__(writer, Group((statement,)))
        shape = writer.memory.shape
        self._symbol_rank = lambda symbol: shape.rank(reads(symbol).name)
        self._places = places
        self._reads = reads
        self._alone = alone
        self._texts: dict[Expression, str] = {}
        self._ranks: dict[Expression, int] = {}

    def put_in(self, text: str, lanes: Lanes) -> str:
        """Return a text for some lanes."""
        if _LANES not in text:
            return text
        if isinstance(lanes, slice):
            return text.replace(_LANES, f"{lanes.start}:{lanes.stop}")
        return text.replace(_LANES, self._writer.bind(lanes))

    def target(self) -> str:
        """Write where the statement's value is, in the lanes."""
        writer, one = self._writer, self._group.members[0]
        if one.over_time:
            return writer.signal([one.target], 0) + self._index(over_time=not writer.in_loop)
        return writer.parameter([one.target]) + self._index(over_time=False)

    @staticmethod
    def _index(*, over_time: bool) -> str:
        return f"[:, {_LANES}]" if over_time else f"[{_LANES}]"

    def text(self, node: Expression) -> str:
        """Write a formula, its parts that were written before as they were."""
        found = self._texts.get(node)
        if found is None:
            found = self._texts[node] = super().text(node)
        return found

    def rank(self, node: Expression) -> int:
        """Return the number of axes of a formula's value, by its operands'."""
        found = self._ranks.get(node)
        if found is None:
            found = self._ranks[node] = super().rank(node)
        return found

    def _leaf(self, symbol: Symbol, *, flat: bool = False) -> str:
        writer, symbol = self._writer, self._reads(symbol)
        name, over_time = symbol.name, not writer.in_loop
        if isinstance(symbol, Parameter):
            text, over_time = writer.parameter([name]), False
            if name in self._places.scenario.constants:
                return text
        elif symbol.fixed:
            text = writer.bind(self._fixed(symbol))
        else:
            text = writer.signal([name], symbol.shift)
            cut = set(writer.cut(name, symbol.shift)) if over_time else ()
            if cut:
                there = np.array([t not in cut for t in writer.times])
                text = f"kept({text}, {writer.bind(there.reshape(-1, 1, 1, 1))})"
        if name not in writer.memory.shape.varied:
            return text
        return text + self._index(over_time=over_time)

    def _product(self, left: Expression, right: Expression) -> str:
        """Write a matrix product; of one lane at one time step, the plainest one."""
        matrix = left.operand if isinstance(left, Transpose) else left
        ranks = self.rank(left), self.rank(right)
        if not (self._alone and self._writer.in_loop and ranks == (2, 1)):
            return super()._product(left, right)
        if isinstance(matrix, Parameter):
            name, memory = self._reads(matrix).name, self._writer.memory
            if memory.shape.units(name) == (1, 1):
                return f"({self.text(matrix)} * {self.text(right)})"
            if matrix is not left and name not in memory.shape.varied:
                turned = memory.whole(name).swapaxes(-1, -2)
                return f"({self._writer.bind(turned)} @ {self.text(right)})"
        return f"({self.text(left)} @ {self.text(right)})"

    def _fixed(self, symbol: Signal) -> Array:
        """Return the memory of a signal at a fixed time step."""
        memory, t = self._writer.memory, symbol.shift
        row = t + memory.early(symbol.name)
        if 0 <= row < len(memory.whole(symbol.name)):
            found = memory.whole(symbol.name)[row : row + 1]
        else:
            value = self._places.base(Id(symbol.name, t))
            lanes = memory.shape.lane(symbol.name)
            batch = memory.shape.sequences
            column = value.reshape(1, *(1 for _ in lanes), -1, batch)
            found = np.broadcast_to(column, (1, *lanes, value.size // batch, batch))
        return np.asarray(found[0] if self._writer.in_loop else found)

    def of_all(self, node: Expression) -> str:
        """Write a formula; of what has no time step, what a batch gives is added up."""
        memory, target = self._writer.memory, self._group.members[0]
        rank = memory.shape.rank(target.target)
        whole = rank == self.rank(node) == 2
        if memory.shape.sequences == 1 or target.over_time or whole:
            return self.text(node)
        parts = []
        for part in addends(node):
            text = self.text(part)
            of_time = any(isinstance(symbol, Signal) for symbol in symbols(part))
            parts.append(f"({text}).sum(-1, keepdims=True)" if of_time else text)
        return f"({' + '.join(parts)})"

    def summed(self, node: Expression) -> str:
        """Write the sum over time of a term."""
        return self._sum(node)
