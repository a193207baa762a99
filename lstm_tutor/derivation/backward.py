"""The backward pass through time, derived from a cell's forward equations.

Reverse mode, with the rules that make it read like a textbook: a quantity's gradient
gets an equation of its own exactly if more than one place uses it, or a parameter or
the outside needs it; otherwise it is put in where it is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lstm_tutor.algebra.axes import Axes
from lstm_tutor.algebra.derivative import gradients
from lstm_tutor.algebra.expression import (
    Expression,
    Parameter,
    Signal,
    Symbol,
    symbols,
    total,
)
from lstm_tutor.algebra.functions import over_time
from lstm_tutor.algebra.product import ONE
from lstm_tutor.algebra.rewriting import Rewriting, put_in
from lstm_tutor.derivation.caption import initial, those
from lstm_tutor.derivation.use import Use, symbol_of
from lstm_tutor.files.phrase import the
from lstm_tutor.model.cell import Cell
from lstm_tutor.model.equation import Equation, Link, Phase, Role, Term
from lstm_tutor.model.loss import SHARES, Loss
from lstm_tutor.model.symbol import (
    CARRY,
    CONSTANTS,
    DELTA,
    DGATES,
    DOUT,
    INPUT,
    LABEL,
    LOSS,
    OUTPUT,
    bare,
    gradient,
    layer_of,
    layered,
    upstream,
)

_LONGEST = 12  # factors that a gradient without a name may have; longer ones get a name


@dataclass(frozen=True)
class Derivation:
    """The derived equations of one cell and loss.

    Attributes:
        backward: at each time step, in order of evaluation.
        boundary: the gradients of the initial states, beyond the first or last time step.
        gradients: the parameters' gradients, sums over time, block by block.
    """

    backward: tuple[Equation, ...]
    boundary: tuple[Equation, ...]
    gradients: tuple[Equation, ...]

    def __repr__(self) -> str:
        names = ", ".join(one.target for one in (*self.backward, *self.gradients))
        return (
            f"Derivation of {names}" if len(names) < 1000 else f"Derivation of {names[:1000]}…"
        )


def derive(cell: Cell, loss: Loss | None, outside: Sequence[str] = ()) -> Derivation:
    """Derive the backward pass of a cell.

    Args:
        cell: the forward equations.
        loss: where the gradients start; None if they come from outside.
        outside: the signals whose gradients come from outside.
    """
    return _Derivation(cell, loss, outside).result()


class _Derivation:
    def __init__(self, cell: Cell, loss: Loss | None, outside: Sequence[str]) -> None:
        self._cell = cell
        self._forward = {equation.target: equation.expression for equation in cell.equations}
        if loss is not None:
            self._forward[LOSS] = loss.of(cell.output)
        self._axes: dict[str, Axes] = {**cell.signals, **cell.parameters, LOSS: (), "N": ()}
        self._axes[LABEL] = cell.signals[cell.output]
        shares = loss is not None and loss.labels == SHARES
        self._shares = frozenset([Signal(LABEL)] if shares else [])
        for symbol, axes in list(self._axes.items()):
            self._axes[self._cell.gradient(symbol)] = axes
        self._uses: dict[str, list[Use]] = {}
        for name in outside:
            self._axes[upstream(name)] = cell.signals[name]
            whole = ONE.times(Signal(upstream(name)))
            self._uses[name] = [Use(Signal(name), whole, None, (), 0)]
        self._collect()

    def _look(self, symbol: Symbol) -> Axes:
        return self._axes[symbol.name]

    def _named(self, symbol: str) -> bool:
        """Whether the gradient of an equation's value gets an equation of its own."""
        before = self._cell.preactivations
        if symbol == LOSS:
            return False
        own = (*self._cell.states, *self._cell.gates_apart, *before.values())
        if bare(symbol) == OUTPUT or symbol in own:
            return True
        if symbol in before:
            return False
        uses = self._uses.get(symbol, [])
        if len(uses) > 1 or any(len(use.whole.factors) > _LONGEST for use in uses):
            return True
        receivers = [item for item in symbols(self._right_side(symbol)) if self._receives(item)]
        return len(receivers) > 1 or any(isinstance(item, Parameter) for item in receivers)

    def _right_side(self, symbol: str) -> Expression:
        expression = self._forward[symbol]
        if expression is None:
            raise TypeError(symbol)
        return expression

    @staticmethod
    def _receives(symbol: Symbol) -> bool:
        return symbol.name not in (LABEL, *CONSTANTS)

    def _collect(self) -> None:
        """Visit the equations from the loss backwards and note every use."""
        for consumer in reversed(self._forward):
            for use in self._from(consumer):
                self._uses.setdefault(use.symbol.name, []).append(use)

    def _from(self, consumer: str) -> Iterator[Use]:
        """Yield what one equation sends back, as seen from each receiver's time step."""
        for sent in self._arriving(consumer):
            right = self._right_side(consumer)
            value = Signal(consumer)
            found = list(
                gradients(right, sent.whole, self._look, value, self._shares, sent.way)
            )
            places = Counter(received.symbol for received in found)
            met: Counter[Symbol] = Counter()
            for received in found:
                symbol = received.symbol
                if not self._receives(symbol):
                    continue
                met[symbol] += 1
                link = Link(consumer, 0, symbol, received.local, met[symbol], places[symbol])
                links = (*sent.links, link)
                use = Use(
                    symbol, received.whole, sent.gradient, links, sent.shift, received.way
                )
                back = symbol.shift if isinstance(symbol, Signal) else 0
                yield use.later(-back) if back else use

    def _arriving(self, consumer: str) -> Iterator[Use]:
        """Yield the gradients that reach the consumer: one name, or what stands for it."""
        if consumer == LOSS:
            yield Use(Signal(consumer), ONE, None, (), 0)
        elif self._named(consumer):
            name = Signal(self._cell.gradient(consumer))
            yield Use(Signal(consumer), ONE.times(name), name, (), 0)
        else:
            yield from self._uses.get(consumer, [])

    def result(self) -> Derivation:
        backward: list[Equation] = []
        order = self._order()
        gates = self._gates_by_layer()
        last = {max(own, key=order.index): layer for layer, own in gates.items()}
        for symbol in order:
            if bare(symbol) == OUTPUT and self._split(symbol):
                backward += self._output(symbol)
            else:
                backward.append(self._gradient(symbol))
            if symbol in last:
                backward.append(self._gates(last[symbol], gates[last[symbol]]))
        return Derivation(tuple(backward), self._boundary(), self._parameters())

    def _order(self) -> list[str]:
        """Order the gradients so that each comes after those of the same time step it
        needs; the states first, then the gates in the cell's order, then the input.
        """
        gates = self._cell.preactivations.values()
        named = [symbol for symbol in self._forward if self._named(symbol)]
        others = [symbol for symbol in reversed(named) if symbol not in gates]
        waiting = dict.fromkeys((*others, *gates, INPUT))
        needs = {symbol: self._needs(symbol) for symbol in waiting}
        done: dict[str, str] = {}
        while waiting:
            ready = next(symbol for symbol in waiting if needs[symbol] <= done.keys())
            del waiting[ready]
            done[self._cell.gradient(ready)] = ready
        return list(done.values())

    def _needs(self, symbol: str) -> set[str]:
        """Return the gradients of the same time step that this one's needs."""
        return {
            use.gradient.name
            for use in self._uses.get(symbol, [])
            if use.gradient is not None and use.shift == 0
        }

    def _terms(self, symbol: str) -> tuple[Term, ...]:
        """Return a gradient's terms: those of the same time step first, then in the
        order of the forward equations that they come from.
        """
        order = list(self._forward)
        uses = sorted(
            self._uses.get(symbol, []),
            key=lambda use: (
                abs(use.shift),
                order.index(use.links[-1].consumer) if use.links else len(order),
            ),
        )
        if len(uses) == 1 and not uses[0].way:
            uses = [replace(uses[0], way=self._shorter(uses[0]))]
        return tuple(use.term() for use in uses)

    def _shorter(self, use: Use) -> tuple[Rewriting, ...]:
        """Return how a term would be shorter with the gradient's own formula in it; () if not:
        a loss often divides by what an activation multiplies with.
        """
        consumer = use.links[-1].consumer if use.links else ""
        sent = self._uses.get(consumer, [])
        if use.gradient not in use.whole.factors or any(one.gradient for one in sent):
            return ()
        return put_in(use.whole, use.gradient, [one.whole for one in sent])

    def _gradient(self, symbol: str) -> Equation:
        terms = self._terms(symbol)
        called = self._cell.call(symbol)
        starting = bool(terms) and all(term.starts and not term.shift for term in terms)
        return Equation(
            self._cell.gradient(symbol),
            total(tuple(term.expression for term in terms)),
            Phase.BACKWARD,
            f"gradient at the {called}",
            Role.LABEL if starting else Role.COMPUTE,
            terms=terms,
            of=symbol,
        )

    def _split(self, symbol: str) -> bool:
        """Whether what comes from other time steps is a step of its own."""
        return symbol in self._cell.states or any(t.shift for t in self._terms(symbol))

    def _output(self, symbol: str) -> list[Equation]:
        """An output's gradient in its parts: from this time step, from the next one, sum."""
        called, layer = self._cell.call(symbol), layer_of(symbol)
        terms = self._terms(symbol)
        here = tuple(term for term in terms if not term.shift)
        carry = tuple(term for term in terms if term.shift)
        delta, carried = layered(layer, DELTA), layered(layer, CARRY)
        parts: tuple[Expression, ...] = (Signal(delta), Signal(carried))
        starting = bool(here) and all(term.starts for term in here)
        whose = f"gradient of this step's loss at the {called}"
        if not starting or LOSS not in self._forward:
            whose = f"gradient at the {called} from this time step"
        role = Role.LABEL if starting else Role.COMPUTE
        shifts = {term.shift for term in carry}
        whose_carry = f"what {those(shifts, symbol in self._cell.late)} back to the {called}"
        return [
            _sum_of(here, symbol, delta, whose, role),
            _sum_of(
                carry,
                symbol,
                carried,
                whose_carry,
                Role.CARRY,
            ),
            Equation(
                layered(layer, DOUT),
                total(parts),
                Phase.BACKWARD,
                f"gradient at the {called}: both together",
                terms=tuple(Term(part, symbol_of(part), (), 0) for part in parts),
                of=symbol,
            ),
        ]

    def _gates_by_layer(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name in self._cell.preactivations.values():
            found[layer_of(name)] = (*found.get(layer_of(name), ()), name)
        return found

    def _gates(self, layer: str, names: tuple[str, ...]) -> Equation:
        parts = tuple(self._cell.gradient(name) for name in names)
        caption = "the gradients at all gates' pre-activations" + f" of {layer}" * bool(layer)
        target = layered(layer, DGATES)
        return Equation(target, None, Phase.BACKWARD, caption, Role.BLOCK, parts=parts)

    def _boundary(self) -> tuple[Equation, ...]:
        """The gradients of the initial states: only what the time steps send that read them."""
        found = []
        for state in sorted(self._cell.states, key=lambda state: bare(state) != OUTPUT):
            side = -1 if state in self._cell.late else 1
            carry = layered(layer_of(state), CARRY)
            name = carry if bare(state) == OUTPUT else gradient(state)
            for beyond, _ in enumerate(self._cell.beyond(state, 0), 1):
                terms = tuple(t for t in self._terms(state) if t.shift * side >= beyond)
                caption = f"gradient at the {initial(self._cell, state, beyond)}"
                equation = _sum_of(terms, state, name, caption, Role.CARRY)
                found.append(replace(equation, beyond=beyond))
        return tuple(found)

    def _parameters(self) -> tuple[Equation, ...]:
        found = []
        for block, members in self._cell.blocks.items():
            for symbol in members:
                terms = self._terms(symbol)
                inner = total(tuple(term.expression for term in terms))
                found.append(
                    Equation(
                        gradient(symbol),
                        over_time(inner),
                        Phase.GRADIENTS,
                        f"gradient of {the(self._cell.call(symbol))}: sum over time",
                        Role.SUM_OVER_TIME,
                        terms,
                        symbol,
                    )
                )
            if members == (block,):
                continue
            parts = tuple(gradient(symbol) for symbol in members)
            caption = f"gradient of {the(self._cell.names.get(block, block))}, gate by gate"
            found.append(
                Equation(
                    gradient(block), None, Phase.GRADIENTS, caption, Role.BLOCK, parts=parts
                )
            )
        return tuple(found)


def _sum_of(
    terms: tuple[Term, ...], of: str, target: str, caption: str, role: Role
) -> Equation:
    expression = total(tuple(term.expression for term in terms))
    return Equation(target, expression, Phase.BACKWARD, caption, role, terms, of)
