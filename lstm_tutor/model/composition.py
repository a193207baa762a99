"""Models: pages composed into one flat page, from which everything is derived.

Each page reads the output of the one before. Names get their layer before them where there
is more than one; a page that runs from right to left is the same page with all shifts
negated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.expression import (
    Call,
    Expression,
    Signal,
    Symbol,
    renamed,
    substitute,
)
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Phase
from lstm_tutor.model.symbol import INPUT, bare, layered

FORWARD, BACKWARD, BOTH = DIRECTIONS = ("forward", "backward", "both")
JOIN = "join"
FORWARDS, BACKWARDS = "fw", "bw"
LAYER = "[A-Za-z][A-Za-z0-9]*"
"""What a layer may be called."""


class NoModel(ValueError):  # noqa: N818  # of what was given, reported as such
    """Pages that cannot be composed; the message says why."""


@dataclass(frozen=True)
class Layer:
    """One page of a model, and how it is used.

    Attributes:
        cell: the page.
        name: what stands before its ids; "" for a name by its place.
        direction: one of `DIRECTIONS`.
    """

    cell: Cell
    name: str = ""
    direction: str = FORWARD

    @property
    def recurrent(self) -> bool:
        """Whether it has a state; else it is a readout."""
        return bool(self.cell.states)


def composed(layers: Sequence[Layer]) -> Cell:
    """Return the one page that a model is; a single page is what it was.

    Raises:
        NoModel: saying which pages do not fit, and why.
    """
    if len(layers) == 1 and layers[0] == Layer(layers[0].cell) and layers[0].cell.port == INPUT:
        return layers[0].cell
    found = _Composition()
    for layer, name in zip(layers, names_of(layers), strict=True):
        found.add(layer, name)
    return found.cell(layers)


def names_of(layers: Sequence[Layer]) -> list[str]:
    """Return what stands before each page's ids: nothing where there is one of its kind."""
    every = Counter(layer.recurrent for layer in layers)
    seen: Counter[bool] = Counter()
    chosen = []
    for layer in layers:
        kind = layer.recurrent
        seen[kind] += 1
        usual = f"{'l' if kind else 'r'}{seen[kind]}" if every[kind] > 1 else ""
        chosen.append(layer.name or usual)
    twice = [name for name, count in Counter(filter(None, chosen)).items() if count > 1]
    if twice:
        raise NoModel(f"two pages are called {twice[0]}: give one another name with 'as'")
    return chosen


@dataclass(frozen=True)
class Part:
    """One page of a model in one direction: what frameworks call a layer, or one of its two.

    Attributes:
        cell: the page.
        name: what stands before its ids; "" for nothing.
        number: how many pages of its kind, with or without a state, are below it.
        backward: whether it runs from right to left.
        paired: whether the other direction of it is there too.
    """

    cell: Cell
    name: str = ""
    number: int = 0
    backward: bool = False
    paired: bool = False


def parts_of(layers: Sequence[Layer]) -> list[Part]:
    """Return every page of a model, both directions apart, from the first on."""
    found = []
    below: Counter[bool] = Counter()
    for layer, name in zip(layers, names_of(layers), strict=True):
        cell, number = layer.cell, below[layer.recurrent]
        below[layer.recurrent] += 1
        if layer.direction == BOTH:
            for part, back in ((FORWARDS, False), (BACKWARDS, True)):
                found.append(Part(cell, layered(name, part), number, back, paired=True))
        else:
            found.append(Part(cell, name, number, layer.direction == BACKWARD))
    return found


class _Composition:
    """Pages on their way to be one."""

    def __init__(self) -> None:
        self._equations: list[Equation] = []
        self._signals: dict[str, Axes] = {}
        self._parameters: dict[str, Axes] = {}
        self._rows: dict[str, tuple[str, str]] = {}
        self._gates: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._states: list[str] = []
        self._late: set[str] = set()
        self._pages: dict[str, tuple[str, ...]] = {}
        self._layers: set[str] = set()
        self._output = ""

    def add(self, layer: Layer, name: str) -> None:
        """Add a page, or its two directions and what joins them."""
        if layer.direction != BOTH:
            self._output = self._add(layer.cell, name, layer.direction == BACKWARD)
            return
        before = self._output
        outputs = []
        for part, back in ((FORWARDS, False), (BACKWARDS, True)):
            self._output = before
            outputs.append(self._add(layer.cell, layered(name, part), back))
        self._join(layered(name, JOIN), outputs)

    def _join(self, name: str, outputs: Sequence[str]) -> None:
        axes = ("+".join(axis for output in outputs for axis in self._signals[output]),)
        caption = "what both directions found, one below the other"
        right = Call("concat", tuple(map(Signal, outputs)))
        self._equations.append(Equation(name, right, Phase.FORWARD, caption))
        self._signals[name], self._names[name] = axes, "output of both directions"
        self._output = name

    def _add(self, cell: Cell, name: str, backward: bool) -> str:
        """Add a page under a name; return its output."""
        source = self._output or INPUT
        if not self._output:
            self._signals[INPUT] = cell.signals[cell.port]
            self._names[INPUT] = cell.call(cell.port)
        port, given = cell.signals[cell.port], self._signals[source]
        if len(port) != len(given):
            kinds = ("a number", "a list of numbers")
            wants, gets = kinds[len(port)], kinds[len(given)]
            raise NoModel(f"the page {cell.name} reads {wants}, and gets {gets}")
        axes = dict(zip(port, given, strict=True))

        if name and name in self._layers:
            raise NoModel(f"two pages are called {name}: give one another name with 'as'")
        self._layers.add(name)

        def called(own: str) -> str:
            return source if own == cell.port else layered(name, own)

        def moved(symbol: Symbol) -> Expression:
            found = renamed(symbol, called(symbol.name))
            if isinstance(found, Signal) and backward:
                return replace(found, shift=-found.shift)
            return found

        def placed(own: Axes) -> Axes:
            return tuple(
                "+".join(axes.get(part, layered(name, part)) for part in axis.split("+"))
                for axis in own
            )

        self._pages[name] = (*self._pages.get(name, ()), cell.name)
        self._described(cell, name)
        for own, own_axes in cell.signals.items():
            if own != cell.port:
                self._new(called(own))
                self._signals[called(own)] = placed(own_axes)
        blocks = {block for block, _ in self._rows.values()}
        for own, own_axes in cell.parameters.items():
            for known in (called(own), called(cell.rows[own][0])):  # a block has an id, too
                self._new(known, blocks)
            self._parameters[called(own)] = placed(own_axes)
            block, gate = cell.rows[own]
            self._rows[called(own)] = called(block), called(gate) if gate else ""
        self._states += map(called, cell.states)
        self._late |= set(map(called, cell.states)) if backward else set()
        for equation in cell.equations:
            right = equation.expression and substitute(equation.expression, moved)
            target = called(equation.target)
            self._equations.append(replace(equation, target=target, expression=right))
        return called(cell.output)

    def _described(self, cell: Cell, name: str) -> None:
        """Take over what a page calls its symbols, with the layer where there is one."""
        suffix = f" of {name}" if name else ""
        for gate, text in cell.gates.items():
            self._gates[layered(name, gate)] = text + suffix
        for symbol, text in cell.names.items():
            if symbol != cell.port:
                self._names[layered(name, symbol)] = text + suffix

    def _new(self, name: str, blocks: Collection[str] = ()) -> None:
        if name in self._signals or name in self._parameters or name in blocks:
            raise NoModel(f"two pages have a {bare(name)}: give one a name with 'as'")

    def cell(self, layers: Iterable[Layer]) -> Cell:
        """Return the one page."""
        layers = tuple(layers)
        blocks = {block for block, _ in self._rows.values()}
        for name in sorted(filter(None, self._layers)):
            first, _, _ = name.partition(".")
            if first in {*self._signals, *blocks, *self._gates}:
                message = f"a page is called {first}, which is a name of the model, too"
                raise NoModel(f"{message}: give it another name with 'as'")
        whole = [layer.cell.name for layer in layers]
        return Cell(
            name=", ".join(whole),
            title=", ".join(layer.cell.title for layer in layers),
            source="; ".join(dict.fromkeys(_texts(layer.cell.source for layer in layers))),
            about="",
            gates=self._gates,
            names=self._names,
            equations=tuple(self._equations),
            parameters=self._parameters,
            rows=self._rows,
            signals=self._signals,
            states=tuple(self._states),
            late=frozenset(self._late),
            output=self._output,
            pages=self._pages,
        )


def _texts(texts: Iterable[str]) -> Iterator[str]:
    return (text for text in texts if text)
